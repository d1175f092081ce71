import JSON
import Model
import VendorKit

/// Settles a doubt about closing a chat by the chat's status. That a single chat can be read is taken from the list of them,
/// so an answer without it settles nothing. Nothing of ours can be found again in messages, and a chat does not tell the id
/// of the user who has it.
struct OmniChatReadBack {
    let effect: Effect

    func request(account: Account) throws(ActionError) -> VendorRequest? {
        guard case .close = effect.action else { return nil }
        return OmniChatAPI(account: account).get("/chats/\(try effect.conversationSegment())")
    }

    func isDone(_ answer: VendorResponse) -> Bool? {
        guard case .close = effect.action, answer.status == 200, let chat = answer.json?.object,
            chat["objectId"]?.identifier.isSameID(as: effect.target.conversationID) == true
        else { return nil }
        return chat["status"]?.string.map { $0.uppercased() == "FINISHED" }
    }
}
