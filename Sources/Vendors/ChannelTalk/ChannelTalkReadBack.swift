import JSON
import Model
import VendorKit

/// Settles a doubt about a message by the `requestId` that was chosen for it: messages show it. Other calls set what is set
/// already, and messages of a team chat are not known to be readable.
struct ChannelTalkReadBack {
    let effect: Effect

    func request(account: Account) throws(ActionError) -> VendorRequest? {
        guard let sent = try sent() else { return nil }
        return ChannelTalkAPI(account: account)
            .get("/user-chats/\(sent.chat)/messages?sortOrder=desc&limit=\(Self.limit)")
    }

    /// The newest messages: ours is among them, or it is not in the chat.
    func isDone(_ answer: VendorResponse) -> Bool? {
        guard let sent = try? sent(), answer.status == 200, let list = answer.json?.object?["messages"], list.kind == .array
        else { return nil }
        return list.elements.contains { $0["requestId"]?.identifier.isSameID(as: sent.requestID) == true }
    }

    /// The message that the effect sends to a customer, the chat as it stands in a path; nil for an effect that sends none.
    private func sent() throws(ActionError) -> (chat: String, requestID: String)? {
        switch effect.action {
        case .reply, .note:
            guard effect.target.channel != "group" else { return nil }
            return (try effect.conversationSegment(), Idempotency.id(for: effect))
        case .call(let call): return ChannelTalkCall(call).message
        default: return nil
        }
    }

    private static let limit = 100
}
