import Model
import VendorKit

/// A message that a call of ours sends under an `_id` of ours, which the server stores once.
struct RocketChatSentMessage {
    let id: String
    let room: String?
    /// Of the visitor who says it; nil for one of our user.
    let token: String?

    init(id: String, room: String?) {
        self.id = id
        self.room = room
        token = nil
    }

    /// Nil without an `_id`.
    init?(_ json: Value, token: String?) {
        guard let id = json["_id"]?.string, !id.isEmpty else { return nil }
        self.id = id
        room = json["rid"]?.string
        self.token = token
    }

    /// Nil for an effect that sends none.
    init?(_ effect: Effect) {
        switch effect.action {
        case .reply: self.init(id: Idempotency.id(for: effect), room: effect.target.conversationID)
        case .call(let call):
            guard let message = RocketChatCall(call).message else { return nil }
            self = message
        default: return nil
        }
    }

    /// The call that shows it, if it is there.
    func read(by api: RocketChatAPI) -> VendorRequest {
        guard let token else { return api.get("/chat.getMessage", ("msgId", id)) }
        return api.get(
            "/livechat/message/\(URLText.encoded(id))", ("token", token), ("rid", room ?? ""), isVisitors: true)
    }
}
