import JSON
import Model

/// Who wrote a message item, and what.
extension HuggyItem {
    /// The id of the agent "Auto", who is the vendor's own bot.
    static let autoID = "1"

    /// True only where everything says so: the same event also reports what bots and agents write, and the channel in
    /// place of the sender's type is no proof.
    var isFromCustomer: Bool {
        switch event {
        case .receivedMessage, .receivedAllMessage:
            !isInternal && !isSenderAgent && sender?["id"]?.identifier.isSameID(as: customer?["id"]?.identifier) == true
        default: false
        }
    }

    func sender(for account: Account) -> Sender {
        let id = sender?["id"]?.identifier
        return Sender(role: role(ofSender: id, account), id: id, name: sender?["name"]?.filledText)
    }

    private func role(ofSender id: String?, _ account: Account) -> SenderRole {
        if isFromCustomer { return .customer }
        if id.isSameID(as: Self.autoID) || account.isBot(id) { return .bot }
        // Nobody is named: only the type can tell an agent from the platform.
        return id == nil && !isSenderAgent ? .system : .agent
    }

    var message: Message {
        let attachments = attachments
        let type = isInternal ? .note : attachments.first?.type ?? .text
        return Message(id: id, text: element["body"]?.text ?? "", type: type, attachments: attachments)
    }

    /// The URL is good for ten minutes.
    private var attachments: [Attachment] {
        let file = element["file"]
        guard let url = file?.object?["url"]?.filledText ?? file?.filledText else { return [] }
        let path = FileKind.lastComponent(of: url)
        let name = file?.object?["name"]?.filledText ?? (path.isEmpty ? nil : path)
        return [Attachment(type: FileKind.type(ofName: name), name: name, url: url, size: file?.object?["size"]?.int64)]
    }
}
