import JSON
import Model
import VendorKit

/// Settles a doubt about a message by the `requestId` that we chose for it: messages show it. Other calls set what is set
/// already, and messages of a team chat are not known to be readable.
struct ChannelTalkReadBack {
    let effect: Effect

    func request(account: Account) throws(ActionError) -> VendorRequest? {
        guard isMessage else { return nil }
        return ChannelTalkAPI(account: account)
            .get("/user-chats/\(try effect.conversationSegment())/messages?sortOrder=desc&limit=\(Self.limit)")
    }

    /// The newest messages: ours is among them, or it is not in the chat.
    func isDone(_ answer: VendorResponse) -> Bool? {
        guard isMessage, answer.status == 200, let list = answer.json?.object?["messages"], list.kind == .array else {
            return nil
        }
        let id = Idempotency.id(for: effect)
        return list.elements.contains { $0["requestId"]?.identifier.isSameID(as: id) == true }
    }

    private var isMessage: Bool {
        switch effect.action {
        case .reply, .note: effect.target.channel != "group"
        default: false
        }
    }

    private static let limit = 100
}
