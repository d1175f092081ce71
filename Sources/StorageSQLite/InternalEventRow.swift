import Model
import Storage

/// An event that no vendor told, as it stands in columns.
struct InternalEventRow: Sendable {
    let id: StoredText
    let account: StoredText
    let conversation: StoredText
    let vendor: String
    let kind: String
    let json: String

    init(_ event: InternalEvent) throws(StoreError) {
        self.init(
            id: StoredText(event.id), account: StoredText(event.conversation.account),
            conversation: StoredText(event.conversation.conversation), vendor: event.vendor.rawValue,
            kind: event.kind.rawValue, json: try StateJSON.encoded(event))
    }

    init(id: StoredText, account: StoredText, conversation: StoredText, vendor: String, kind: String, json: String) {
        self.id = id
        self.account = account
        self.conversation = conversation
        self.vendor = vendor
        self.kind = kind
        self.json = json
    }
}

extension InternalEventRow {
    /// By the bytes of account and conversation, as the database sorts.
    func precedes(_ other: InternalEventRow) -> Bool {
        guard account.text.utf8.elementsEqual(other.account.text.utf8) else {
            return account.text.utf8.lexicographicallyPrecedes(other.account.text.utf8)
        }
        return conversation.text.utf8.lexicographicallyPrecedes(other.conversation.text.utf8)
    }
}
