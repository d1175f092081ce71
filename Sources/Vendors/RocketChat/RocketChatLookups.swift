import JSON
import Model
import VendorKit

/// What the webhooks of single messages lack: who serves the room, and in which department. Those of sessions tell it.
///
/// A visitor's email and phone are not asked for: a webhook shows the visitor as the server has it.
struct RocketChatLookups {
    let event: Event
    let account: Account

    var lookups: [Lookup] {
        guard let room = event.conversation?.id, event.conversation?.department == nil || event.agent == nil else { return [] }
        let bots = account.bots
        return [
            Lookup(
                "room/\(room)",
                fields: [.conversationDepartment, .conversationHandler, .agentID, .agentUsername, .contactID],
                request: RocketChatAPI(account: account).get("/rooms.info", ("roomId", room))
            ) { response in
                guard let body = response.json?.object else { return .unreadable }
                guard let found = body["room"]?.object, found["_id"]?.identifier.isSameID(as: room) == true else {
                    return .missing
                }
                return .found(Self.fields(of: found, bots: bots))
            }
        ]
    }

    private static func fields(of room: JSONElement, bots: [String]) -> [EventField: Value] {
        let server = room["servedBy"]?.object.map(RocketChatAssignment.init)
        var fields: [EventField: Value] = [:]
        fields[.conversationDepartment] = (room["departmentId"]?.identifier).map(Value.string)
        fields[.agentID] = (server?.id).map(Value.string)
        fields[.agentUsername] = (server?.username).map(Value.string)
        fields[.contactID] = (room["v"]?.object?["_id"]?.identifier).map(Value.string)
        let names = [server?.id, server?.username].compactMap(\.self)
        if room["open"]?.bool == false {
            fields[.conversationHandler] = "closed"
        } else if names.isEmpty {
            fields[.conversationHandler] = "queue"
        } else {
            let isBot = names.contains { name in bots.contains { $0.utf8.elementsEqual(name.utf8) } }
            fields[.conversationHandler] = isBot ? "bot" : "human"
        }
        return fields
    }
}
