import JSON
import Model

/// What a message says and holds.
struct ChannelTalkContent {
    let text: String
    let attachments: [Attachment]
    /// Buttons stand under it, of its own, a workflow's or a support bot's.
    let offersButtons: Bool
    /// It holds something else than text and files: a form, a call, a carousel.
    let holdsOther: Bool

    init(_ entity: JSONElement) {
        text = Self.text(of: entity)
        attachments = (entity["files"]?.elements ?? []).compactMap(Self.attachment)
        offersButtons = Self.offersButtons(entity)
        holdsOther = ["form", "carousel", "meet", "ivr", "customPayload"].contains { entity[$0]?.object != nil }
    }

    /// Buttons are offered by the company alone: a customer's message holds those that were pressed.
    func type(offered: Bool) -> MessageType {
        if offered, offersButtons { return .buttons }
        if !text.isEmpty { return .text }
        return attachments.first?.type ?? (holdsOther ? .other : .text)
    }

    private static func text(of entity: JSONElement) -> String {
        if let plain = entity["plainText"]?.string, !plain.isEmpty { return plain }
        let blocks = ChannelTalkText.flattened(entity["blocks"])
        // Version 3 had a text in place of blocks.
        return blocks.isEmpty ? entity["message"]?.string ?? "" : blocks
    }

    private static func offersButtons(_ entity: JSONElement) -> Bool {
        let lists = [["buttons"], ["supportBot", "buttons"], ["action", "buttons"]]
        return lists.contains { (entity.path($0)?.count ?? 0) > 0 }
            || entity.path(["workflow", "buttonBotMessage"])?.saysTrue == true
    }

    /// A file comes without a URL: one that opens it must be asked for, and does not last.
    private static func attachment(_ file: JSONElement) -> Attachment? {
        guard file.kind == .object else { return nil }
        let name = file["name"]?.filledText
        return Attachment(
            type: type(of: file, name: name), name: name, url: file["url"]?.filledText, size: file["size"]?.int64)
    }

    private static func type(of file: JSONElement, name: String?) -> MessageType {
        switch file["type"]?.string?.lowercased() {
        case "image": .image
        case "video": .video
        case "audio": .audio
        case "file": .file
        default: FileKind.type(ofMedia: file["contentType"]?.string) ?? FileKind.type(ofName: name)
        }
    }
}
