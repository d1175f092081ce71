import JSON
import Model

/// One item of `messages`.
struct RocketChatMessage {
    let element: JSONElement

    init(_ element: JSONElement) {
        self.element = element
    }

    var id: String? { element["_id"]?.identifier }
    var sentAt: Instant? { element["ts"]?.instant() }
    var isEdited: Bool { isPresent("editedAt") }
    var editedAt: Instant? { element["editedAt"]?.instant() }
    /// The time of the edit for an identity: as an instant where it is one, else as it was written.
    var editedAtText: String? { editedAt?.iso8601 ?? element["editedAt"]?.text }
    var isClosingComment: Bool { element["closingMessage"]?.saysTrue == true }
    /// A page that the visitor opened, written as a message of `rocket.cat`.
    var isNavigation: Bool { element["navigation"]?.object != nil }
    /// There for every author who is not the visitor.
    var agentID: String? { element["agentId"]?.identifier }

    /// The author; nil in the shapes of 0.x, which have no `u`.
    private var author: JSONElement? { element["u"]?.object }
    var authorID: String? { author?["_id"]?.identifier }
    var authorUsername: String? { author?["username"]?.filledText ?? element["username"]?.filledText }
    var authorName: String? { author?["name"]?.filledText }

    private func isPresent(_ key: String) -> Bool {
        guard let member = element[key] else { return false }
        return !member.isNull && member.bool != false && member.string != ""
    }
}

// MARK: - Content

extension RocketChatMessage {
    var message: Message {
        let attachments = attachments
        let blocks = RocketChatBlocks(element["blocks"])
        let written = element["msg"]?.text ?? ""
        // Servers put the blocks' JSON in place of a text that is not there.
        let text = blocks.isSpelledOut(in: written) ? "" : written
        let type: MessageType = attachments.first?.type ?? (blocks.holdsButton ? .buttons : .text)
        return Message(
            id: id, text: text.isEmpty ? blocks.text : text, type: type, attachments: attachments,
            inReplyTo: element["tmid"]?.identifier)
    }

    /// A message brings one file; `attachments` describes the same one, with URLs that only the site knows how to complete.
    private var attachments: [Attachment] {
        let described = (element["attachments"]?.elements ?? []).compactMap(\.object)
        let file = element["file"]?.object
        let upload = element["fileUpload"]?.object
        guard file != nil || upload != nil else { return described.compactMap(Self.attachment) }
        let description = described.first.flatMap(Self.attachment)
        let media = file?["type"]?.string ?? upload?["type"]?.string
        let name = file?["name"]?.filledText ?? description?.name
        return [
            Attachment(
                type: FileKind.type(ofMedia: media) ?? description?.type ?? FileKind.type(ofName: name), name: name,
                url: upload?["publicFilePath"]?.filledText ?? description?.url,
                size: Self.size(file) ?? Self.size(upload))
        ]
    }

    /// Nil for what has no URL: a quote or a card is no file.
    private static func attachment(_ element: JSONElement) -> Attachment? {
        let kinds: [(key: String, type: MessageType)] = [("image", .image), ("audio", .audio), ("video", .video)]
        let kind = kinds.first { element["\($0.key)_url"]?.filledText != nil }
        let link = element["title_link"]?.filledText
        guard let url = kind.flatMap({ element["\($0.key)_url"]?.filledText }) ?? link else { return nil }
        let name = element["title"]?.filledText
        return Attachment(
            type: kind?.type ?? FileKind.type(ofName: name ?? url), name: name, url: url,
            size: kind.flatMap { element["\($0.key)_size"]?.int64 })
    }

    private static func size(_ element: JSONElement?) -> Int64? {
        element?["size"]?.int64.flatMap { $0 >= 0 ? $0 : nil }
    }
}
