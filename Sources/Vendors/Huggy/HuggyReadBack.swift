import JSON
import Model
import VendorKit

/// Settles a doubt about giving a chat back to the queue, by the chat's situation. Other calls set what is set already, but
/// for messages, which nothing of ours can be found in again.
struct HuggyReadBack {
    let effect: Effect

    func request(account: Account) throws(ActionError) -> VendorRequest? {
        guard case .route(.queue) = effect.action else { return nil }
        return HuggyAPI(account: account).get("/chats/\(try effect.conversationSegment())")
    }

    func isDone(_ answer: VendorResponse) -> Bool? {
        guard case .route(.queue) = effect.action, answer.status == 200 else { return nil }
        return answer.json?.object?["situation"]?.string.map { $0 == "wait_for_chat" }
    }
}
