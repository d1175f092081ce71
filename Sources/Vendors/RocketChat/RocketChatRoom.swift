import JSON
import Model
import VendorKit

/// The room that an effect acts on, as the server has it now.
///
/// `room.saveInfo` replaces all tags of a room, and deletes them when it names none. What Bellhop knows of them is as old as
/// the last event, so they are read right before. Closing merges tags by itself and needs no read.
struct RocketChatRoom {
    let effect: Effect
    let account: Account

    /// `GET rooms.info`, for the actions that save a room. Source: `apps/meteor/app/api/server/v1/rooms.ts`, read in 7.x: it
    /// answers `{room: {…}}` with every field of the room.
    func preparation() throws(ActionError) -> VendorRequest? {
        switch effect.action {
        case .tag(_, of: .conversation), .untag(_, of: .conversation), .contact:
            RocketChatAPI(account: account).get("/rooms.info", ("roomId", try effect.conversationID()))
        default: nil
        }
    }

    /// Nil when the room has the tags already. A server that refuses to show the room, has no such call, or answers without
    /// one, gets the tags that are known: it then refuses the call itself, or has told them with its last event. What is no
    /// answer of a server at all is an error, since tags would be lost.
    func request(after prepared: VendorResponse) throws(ActionError) -> VendorRequest? {
        guard try preparation() != nil else { return try RocketChatRequests(effect: effect, account: account).request() }
        let body = prepared.json?.object
        guard body != nil || (400..<500).contains(prepared.status) else {
            throw ActionError("the room's tags could not be read, and saving without them would delete them")
        }
        var effect = effect
        let room = body?["room"]?.object
        if effect.target.contactID == nil { effect.target.contactID = room?["v"]?["_id"]?.identifier }
        if let room {
            let present = room["tags"]?.texts ?? []
            effect.target.tags = present
            if RocketChatRequests(effect: effect, account: account).tags(changing: present) == present { return nil }
        }
        return try RocketChatRequests(effect: effect, account: account).request()
    }
}
