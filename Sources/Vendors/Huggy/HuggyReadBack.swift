import JSON
import Model
import VendorKit

/// Settles a doubt about closing a chat or giving it back to the queue, by the chat's situation. Other calls set what is set
/// already, but for messages, which nothing of ours can be found in again.
struct HuggyReadBack {
    let effect: Effect

    func request(account: Account) throws(ActionError) -> VendorRequest? {
        guard situation != nil else { return nil }
        return HuggyAPI(account: account).get("/chats/\(try effect.conversationSegment())")
    }

    func isDone(_ answer: VendorResponse) -> Bool? {
        guard let situation, answer.status == 200 else { return nil }
        return answer.json?.object?["situation"]?.string.map { $0 == situation }
    }

    /// What the chat's is after the effect; nil for one that leaves no trace in it.
    private var situation: String? {
        switch effect.action {
        case .route(.queue): "wait_for_chat"
        case .close: "finishing"
        default: nil
        }
    }
}
