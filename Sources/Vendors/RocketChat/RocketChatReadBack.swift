import JSON
import Model
import VendorKit

/// Settles a doubt about a message by the `_id` that was chosen for it. Every other call may be made again, so there is no
/// doubt about it to settle.
struct RocketChatReadBack {
    private let sent: RocketChatSentMessage?

    init(effect: Effect) {
        sent = RocketChatSentMessage(effect)
    }

    func request(account: Account) -> VendorRequest? { sent?.read(by: RocketChatAPI(account: account)) }

    /// A message that is not there, or not for our eyes, is a 400 `{success: false}` without a reason: then it is sent again
    /// with the same `_id`, which makes no second one.
    func isDone(_ answer: VendorResponse) -> Bool? {
        guard let sent, let body = answer.json?.object else { return nil }
        if answer.status == 400 { return body["success"]?.bool == false && RocketChatError(body).text == nil ? false : nil }
        guard (200..<300).contains(answer.status), body["success"]?.bool != false else { return nil }
        guard let message = body["message"]?.object else { return false }
        let isOurs =
            message["_id"]?.identifier.isSameID(as: sent.id) == true
            && message["rid"]?.identifier.isSameID(as: sent.room) == true
        return isOurs ? true : nil
    }
}
