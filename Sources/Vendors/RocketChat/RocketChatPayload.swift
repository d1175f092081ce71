import JSON
import Model

/// A webhook body of any Rocket.Chat since 0.3: every field may be missing, null, or of an older form.
struct RocketChatPayload {
    let body: JSONElement
    let type: RocketChatType?
    let roomID: String?
    let visitor: JSONElement?
    let visitorID: String?

    init(_ body: JSONElement) {
        self.body = body
        visitor = body["visitor"]?.object
        visitorID = visitor?["_id"]?.identifier
        type = body["type"]?.string.flatMap(RocketChatType.init)
        roomID = body["_id"]?.identifier
    }

    /// The `_id` that the administration's test button sends, always the same.
    var isTest: Bool { roomID.isSameID(as: "fasd6f5a4sd6f8a4sdf") }

    /// True for a body that no other vendor sends: `Livechat…` types are Rocket.Chat's alone, other words are not. Without
    /// one it takes a visitor, null or not, beside two more members.
    var hasShape: Bool {
        guard body["entity"] == nil, body["resource"] == nil else { return false }
        switch type {
        case .message: return roomID != nil || visitor != nil || body["messages"]?.kind == .array
        case nil: return body["type"]?.string?.hasPrefix("Livechat") == true || hasVisitorsMembers
        default: return true
        }
    }

    private var hasVisitorsMembers: Bool {
        let members = ["_id", "type", "createdAt", "lastMessageAt", "agent", "messages", "sentAt", "message"]
        return body["visitor"] != nil && members.count { body[$0] != nil } >= 2
    }

    /// The history of a session, or the one message of a `Message`.
    var messages: [RocketChatMessage] {
        (body["messages"]?.elements ?? []).compactMap(\.object).map(RocketChatMessage.init)
    }

    var servedBy: RocketChatAssignment? { body["servedBy"]?.object.map(RocketChatAssignment.init) }
    var oldServedBy: RocketChatAssignment? { body["oldServedBy"]?.object.map(RocketChatAssignment.init) }
    var departmentID: String? { body["departmentId"]?.identifier }
    var oldDepartmentID: String? { body["oldDepartmentId"]?.identifier }
    var lastMessageAt: Instant? { body["lastMessageAt"]?.instant() }

    /// The agent who serves the room, as the payload tells it: `agent` has the name, `servedBy` is there without it.
    var agent: Agent? {
        if let agent = body["agent"]?.object, let read = Self.agent(agent) { return read }
        return body["servedBy"]?.object.flatMap(Self.agent)
    }

    private static func agent(_ element: JSONElement) -> Agent? {
        let agent = Agent(
            id: element["_id"]?.identifier, name: element["name"]?.filledText, username: element["username"]?.filledText,
            email: element["email"].flatMap { contactDetail($0, key: "address") })
        return agent == Agent(id: nil) ? nil : agent
    }

    var contact: Contact? {
        guard let visitor else { return nil }
        let contact = Contact(
            id: visitorID, name: visitor["name"]?.filledText,
            email: visitor["email"].flatMap { Self.contactDetail($0, key: "address") },
            phone: visitor["phone"].flatMap { Self.contactDetail($0, key: "phoneNumber") },
            attributes: visitor["customFields"]?.valueObject ?? [:])
        let isKnown = contact.id != nil || contact.name != nil || contact.email != nil || contact.phone != nil
        return isKnown ? contact : nil
    }

    /// The first of several: `"a"`, `[{"address": "a"}]` and `["a"]` are one address.
    private static func contactDetail(_ element: JSONElement, key: String) -> String? {
        switch element.kind {
        case .array: element.elements.lazy.compactMap { $0.object?[key]?.filledText ?? $0.filledText }.first
        case .object: element[key]?.filledText
        default: element.filledText
        }
    }
}

/// What happened, by the word in `type`.
enum RocketChatType: String {
    case sessionStart = "LivechatSessionStart"
    case sessionQueued = "LivechatSessionQueued"
    case sessionTaken = "LivechatSessionTaken"
    case sessionForwarded = "LivechatSessionForwarded"
    case sessionClosed = "LivechatSession"
    /// The close of 0.2 and 0.3.
    case closeRoom
    case edit = "LivechatEdit"
    /// The edit of 0.2 and 0.3.
    case saveLivechatInfo
    case message = "Message"
    case leadCapture = "LeadCapture"
    case offlineMessage = "LivechatOfflineMessage"
}

/// Who serves or served a room, and since when.
struct RocketChatAssignment {
    let id: String?
    let username: String?
    let since: Instant?

    init(_ element: JSONElement) {
        id = element["_id"]?.identifier
        username = element["username"]?.filledText
        since = element["ts"]?.instant()
    }
}
