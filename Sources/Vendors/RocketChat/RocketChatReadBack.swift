import JSON
import Model
import VendorKit

/// Settles a doubt about a reply by the `_id` that we chose for it. Every other call may be made again, so there is no doubt
/// about it to settle.
struct RocketChatReadBack {
    let effect: Effect

    func request(account: Account) -> VendorRequest? {
        guard case .reply = effect.action else { return nil }
        return RocketChatAPI(account: account).get("/chat.getMessage", ("msgId", Idempotency.id(for: effect)))
    }

    /// A message that is not there, or not for our eyes, is a 400 `{success: false}` without a reason: then it is sent again
    /// with the same `_id`, which makes no second one.
    func isDone(_ answer: VendorResponse) -> Bool? {
        guard case .reply = effect.action, let body = answer.json?.object else { return nil }
        if answer.status == 400 { return body["success"]?.bool == false && RocketChatError(body).text == nil ? false : nil }
        guard (200..<300).contains(answer.status), body["success"]?.bool != false else { return nil }
        guard let message = body["message"]?.object else { return false }
        let isOurs =
            message["_id"]?.identifier.isSameID(as: Idempotency.id(for: effect)) == true
            && message["rid"]?.identifier.isSameID(as: effect.target.conversationID) == true
        return isOurs ? true : nil
    }
}
