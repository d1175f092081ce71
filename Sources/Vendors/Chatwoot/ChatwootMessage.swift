import JSON
import Model

/// A message as its webhook has it: the body itself.
struct ChatwootMessage {
    let element: JSONElement
    let id: String

    init?(_ element: JSONElement) {
        guard let id = element["id"]?.identifier else { return nil }
        self.element = element
        self.id = id
    }

    enum Direction: Int { case incoming, outgoing, activity, template }

    /// `message_type`, as a word or as its number.
    var direction: Direction? {
        switch element["message_type"]?.filledText?.lowercased() {
        case "incoming", "0": .incoming
        case "outgoing", "1": .outgoing
        case "activity", "2": .activity
        case "template", "3": .template
        default: nil
        }
    }

    /// A note: the customer never sees it.
    var isPrivate: Bool { element["private"]?.saysTrue ?? false }
    var text: String { element["content"]?.text ?? "" }
    var sender: ChatwootPerson? { element["sender"]?.object.map(ChatwootPerson.init) }
    /// `sent`, `delivered`, `read` or `failed`, where it is told; `deleted` is our word for a message that was taken back.
    var status: String? { attributes?["deleted"]?.saysTrue == true ? "deleted" : element["status"]?.filledText }
    var createdAt: Instant? { element["created_at"]?.chatwootTime }
    var updatedAt: Instant? { element["updated_at"]?.chatwootTime }
    var inReplyTo: String? { attributes?["in_reply_to"]?.identifier }

    private var attributes: JSONElement? { element["content_attributes"]?.object }
    private var contentType: String { element["content_type"]?.string?.lowercased() ?? "" }

    // MARK: - Who or what wrote it

    /// A mail that a machine sent in the customer's name, such as an absence note.
    var isAutoReply: Bool { attributes?["email"]?["auto_reply"]?.saysTrue ?? false }

    /// Of an automation rule or a campaign, whoever it is sent in the name of.
    var isAutomatic: Bool {
        attributes?["automation_rule_id"]?.identifier != nil
            || element["additional_attributes"]?["campaign_id"]?.identifier != nil
    }

    /// Written in the channel's own app, outside of Chatwoot.
    var isWrittenElsewhere: Bool { attributes?["external_echo"]?.saysTrue ?? false }

    // MARK: - What it is

    var type: MessageType {
        if isPrivate { return .note }
        if let attachment = attachments.first { return attachment.type }
        if element["additional_attributes"]?["template_params"]?.object != nil { return .template }
        switch contentType {
        case "", "text", "incoming_email": return .text
        case "input_select", "cards": return .buttons
        case "sticker": return .sticker
        default: return .other
        }
    }

    var attachments: [Attachment] {
        (element["attachments"]?.elements ?? []).compactMap(\.object).map { attachment in
            Attachment(
                type: Self.type(attachment["file_type"]?.string?.lowercased()),
                name: attachment["fallback_title"]?.filledText, url: attachment["data_url"]?.filledText,
                size: attachment["file_size"]?.int64.flatMap { $0 < 0 ? nil : $0 })
        }
    }

    private static func type(_ word: String?) -> MessageType {
        switch word {
        case "image", "story_mention", "ig_story", "ig_post": .image
        case "audio": .audio
        case "video", "ig_reel": .video
        case "location": .location
        case "contact": .contact
        default: .file
        }
    }

    // MARK: - What a contact filled in

    /// Labels of the options that a contact pressed in web chat. They come as a change of the message that offered them.
    var pressed: [String] {
        guard contentType == "input_select" else { return [] }
        return submitted.compactMap { $0["title"]?.filledText ?? $0["value"]?.filledText }
    }

    /// A form's answers by the names of its fields; empty where none was sent.
    var answers: Value.Object {
        guard contentType == "form" else { return [:] }
        return submitted.reduce(into: [:]) { answers, item in
            guard let name = item["name"]?.filledText, let value = item["value"] else { return }
            answers[name] = value.value
        }
    }

    private var submitted: [JSONElement] {
        (attributes?["submitted_values"]?.elements ?? []).compactMap(\.object)
    }
}
