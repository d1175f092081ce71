import JSON
import Model

/// The members of a webhook body that are read, each in any of the forms in which it may come.
struct OmniChatPayload {
    /// The id of the message, interaction or order.
    let objectID: String?
    let resource: Resource?
    let action: Action?
    let timestamp: Instant?
    /// Only messages have one.
    let message: OmniChatMessage?

    enum Resource { case message, interaction, order }
    enum Action { case create, update, delete }

    init(_ body: JSONElement) {
        message = body["payload"]?.object.map(OmniChatMessage.init)
        objectID = body["objectId"]?.identifier ?? message?.objectID
        timestamp = body["timestamp"]?.instant()
        resource =
            switch body["resource"]?.string?.lowercased() {
            case "message": .message
            case "interaction": .interaction
            case "order": .order
            default: nil
            }
        action =
            switch body["event"]?.string?.uppercased() {
            case "CREATE": .create
            case "UPDATE": .update
            case "DELETE": .delete
            default: nil
            }
    }
}

/// The `payload` of a message's webhook.
struct OmniChatMessage {
    let objectID: String?
    let chat: String?
    let platform: String?
    /// As it was written.
    let status: String?
    let isSystem: Bool
    /// In upper case; `""` when there is none.
    let type: String
    let text: String
    /// Who wrote it, or who routes the conversation.
    let user: OmniChatUser?
    let routeToUser: OmniChatUser?
    let routeToTeam: String?
    let attachmentURL: String?
    let createdAt: Instant?
    let updatedAt: Instant?

    init(_ payload: JSONElement) {
        objectID = payload["objectId"]?.identifier
        chat = payload["chat"].flatMap(OmniChatPointer.objectID)
        platform = payload["platform"]?.filledText
        status = payload["status"]?.filledText
        isSystem = payload["system"]?.saysTrue ?? false
        type = payload["type"]?.string?.uppercased() ?? ""
        text = payload["text"]?.text ?? ""
        user = payload["user"].flatMap(OmniChatUser.init)
        routeToUser = payload["routeToUser"].flatMap(OmniChatUser.init)
        routeToTeam = payload["routeToTeam"].flatMap(OmniChatPointer.objectID)
        attachmentURL = payload["attachmentUrl"]?.filledText
        createdAt = payload["createdAt"]?.instant()
        updatedAt = payload["updatedAt"]?.instant()
    }

    enum Direction { case incoming, outgoing }

    /// By the status alone: a message has a `user` in both directions.
    var direction: Direction? {
        guard let status = status?.uppercased() else { return nil }
        if status.hasPrefix("INCOMING_") { return .incoming }
        if status.hasPrefix("OUTGOING_") { return .outgoing }
        return nil
    }

    /// Internal: the customer never sees it.
    var isSilent: Bool { status?.uppercased() == "OUTGOING_SILENT" }

    var channel: String? { OmniChatChannel.channel(of: platform) }
}

/// One vocabulary for all vendors.
enum OmniChatChannel {
    static func channel(of platform: String?) -> String? {
        guard let word = platform?.lowercased() else { return nil }
        if word.hasPrefix("wab-") || word == "wab" { return "whatsapp" }
        return word == "fbmessenger" ? "messenger" : word
    }
}

/// A member that points to another object: `{className, objectId}`, or the id alone.
enum OmniChatPointer {
    static func objectID(_ element: JSONElement) -> String? {
        element.kind == .object ? element["objectId"]?.identifier : element.identifier
    }
}

/// A pointer to a person who works with OmniChat.
struct OmniChatUser {
    let id: String
    /// Only where the pointer was filled in.
    let name: String?
    let email: String?

    init?(_ element: JSONElement) {
        guard let id = OmniChatPointer.objectID(element) else { return nil }
        self.id = id
        let names = ["name", "lastName"].compactMap { element[$0]?.filledText }
        name = names.isEmpty ? nil : names.joined(separator: " ")
        email = element["email"]?.filledText
    }

    var agent: Agent { Agent(id: id, name: name, email: email) }
}
