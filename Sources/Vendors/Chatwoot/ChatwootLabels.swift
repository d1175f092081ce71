import JSON
import Model
import VendorKit

/// Labels of a conversation or a contact as they are now: the API replaces the whole list.
struct ChatwootLabels {
    let effect: Effect
    let account: Account

    /// `GET …/labels`, which is answered with `{payload: [label…]}`.
    func preparation() throws(ActionError) -> VendorRequest? {
        switch effect.action {
        case .tag, .untag:
            ChatwootAPI(account: account).get(try ChatwootRequests(effect: effect, account: account).labelsPath())
        default: nil
        }
    }

    /// Nil when the labels are as they should be. Never writes a list that was not read.
    func request(after prepared: VendorResponse) throws(ActionError) -> VendorRequest? {
        let requests = ChatwootRequests(effect: effect, account: account)
        guard try preparation() != nil else { return try requests.request() }
        guard (200..<300).contains(prepared.status) else {
            throw ActionError("the labels could not be read (HTTP \(prepared.status))")
        }
        guard let list = prepared.json?["payload"], list.kind == .array else {
            throw ActionError("the labels could not be read, and saving without them would take them away")
        }
        let present = list.texts
        let changed: [String] =
            switch effect.action {
            case .tag(let tags, _): present.merged(with: tags)
            case .untag(let tags, _): present.without(tags)
            default: present
            }
        return changed == present ? nil : try requests.saveLabels(changed)
    }
}
