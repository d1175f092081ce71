import JSON
import Model
import VendorKit

/// A payload as events: the messages of a `Message`, one event for everything else. The history inside a session's event
/// is never turned into messages.
struct RocketChatEvents {
    let payload: RocketChatPayload
    let context: DecodingContext
    private let identity: EventIdentity

    init(payload: RocketChatPayload, context: DecodingContext) {
        self.payload = payload
        self.context = context
        identity = EventIdentity(vendor: .rocketchat, context: context)
    }

    var events: [Event] {
        switch payload.type {
        case .sessionStart: [event(.conversationStarted, id: identity.id("started", room), at: body("createdAt"))]
        case .sessionQueued: [event(.conversationQueued, id: hashed("queued"), handler: .queue)]
        case .sessionTaken: [taken]
        case .sessionForwarded: [forwarded]
        case .sessionClosed, .closeRoom: [closed]
        case .edit, .saveLivechatInfo: [event(.conversationTagged, id: hashed("edited"), handler: .closed)]
        case .leadCapture: [event(.leadCaptured, id: hashed("lead"))]
        case .offlineMessage: [offlineMessage]
        case .message: messages.or(other)
        case nil: [other]
        }
    }

    private var room: String? { payload.roomID }
    private var other: Event { event(.other, id: hashed("other")) }

    private func body(_ key: String) -> Instant? { payload.body[key]?.instant() }
    private func hashed(_ word: String) -> String { identity.id(word, room, identity.bodyHash) }
}

// MARK: - Sessions

extension RocketChatEvents {
    private var taken: Event {
        let servedBy = payload.servedBy
        let agent = payload.agent
        return event(
            .conversationAssigned,
            id: identity.id("assigned", room, servedBy?.id ?? agent?.id, timeKey(servedBy?.since)),
            at: servedBy?.since, details: target("to", agent: agent?.id))
    }

    private var forwarded: Event {
        let (old, new) = (payload.oldServedBy, payload.servedBy)
        let isStale = hasStaleAgent
        var (from, to): (Value.Object, Value.Object) = ([:], [:])
        if let old, !old.id.isSameID(as: new?.id) {
            from["agent"] = old.id.map(Value.string)
            if !isStale { to["agent"] = new?.id.map(Value.string) }
        }
        if let department = payload.oldDepartmentID {
            from["department"] = .string(department)
            to["department"] = payload.departmentID.map(Value.string)
        }
        var details: Value.Object = [:]
        if !from.isEmpty { details["from"] = .object(from) }
        if !to.isEmpty { details["to"] = .object(to) }
        let key: [String?] = [
            room, new?.id, new?.since?.iso8601, payload.departmentID, payload.oldDepartmentID, old?.since?.iso8601,
        ]
        // Without a time the rest may come again: a room can go to and fro between two departments.
        let hasTime = new?.since != nil || old?.since != nil
        return event(
            .conversationTransferred, id: identity.id("transferred", hasTime ? key : key + [identity.bodyHash]),
            handler: isStale ? .queue : nil, agent: isStale ? .some(nil) : nil, details: details)
    }

    /// When a department changes and nobody takes the room at once, the server reports the hand-over before it removes the
    /// old agent. `servedBy` is new only if it began after the old one did, or, where no old one is told, after
    /// everything that the payload knows to have been before the hand-over.
    private var hasStaleAgent: Bool {
        guard payload.oldDepartmentID != nil else { return false }
        guard let since = payload.servedBy?.since else { return true }
        if let before = payload.oldServedBy?.since { return since <= before }
        let before = [payload.lastMessageAt, body("createdAt")] + payload.messages.map(\.sentAt)
        return before.compactMap(\.self).contains { since <= $0 }
    }

    private var closed: Event {
        let closedAt = body("closedAt")
        var details: Value.Object = [:]
        if let closedBy { details["closed_by"] = closedBy }
        return event(
            .conversationClosed, id: identity.id("closed", room, timeKey(closedAt)), at: closedAt, handler: .closed,
            details: details)
    }

    /// A close by inactivity is told as one by the user `rocket.cat`.
    private var closedBy: Value? {
        let user = payload.body["closedBy"]?.object
        let closer = payload.body["closer"]?.string
        guard user != nil || closer != nil else { return nil }
        let userID = user?["_id"]?.identifier
        let username = user?["username"]?.filledText
        let role: SenderRole =
            if closer == "visitor" || userID.isSameID(as: payload.visitorID) {
                .customer
            } else {
                self.role(id: userID, username: username)
            }
        let id = userID ?? (role == .customer ? payload.visitorID : nil)
        return ["role": .string(role.rawValue), "id": .optional(id)]
    }

    /// The time, or what else tells one such event of a room from the next.
    private func timeKey(_ time: Instant?) -> String { time?.iso8601 ?? identity.bodyHash }

    private func target(_ key: String, agent: String?) -> Value.Object {
        guard let agent else { return [:] }
        return [key: ["agent": .string(agent)]]
    }

    /// The form for visitors who find nobody online. It belongs to no room.
    private var offlineMessage: Event {
        let sentAt = body("sentAt")
        let text = payload.body["message"]?.text ?? ""
        let contact = payload.contact
        return Event(
            id: identity.id(
                "offline", BodyHash.text(of: "\(sentAt?.iso8601 ?? "")\n\(contact?.email ?? "")\n\(text)".utf8)),
            vendor: .rocketchat, account: context.account.id, kind: .leadCaptured, isTest: payload.isTest,
            occurredAt: sentAt ?? fallbackTime, message: Message(id: nil, text: text),
            sender: Sender(role: .customer, id: contact?.id, name: contact?.name), contact: contact, raw: context.raw)
    }
}

// MARK: - Messages

extension RocketChatEvents {
    private var messages: [Event] {
        let messages = payload.messages
        return messages.enumerated().map { event(for: $0.element, index: $0.offset) }.uniqued
    }

    private func event(for message: RocketChatMessage, index: Int) -> Event {
        let role = role(ofAuthorOf: message)
        let kind: EventKind =
            if message.isClosingComment {
                .messageSent
            } else if message.isEdited {
                .messageUpdated
            } else {
                role == .customer ? .messageReceived : .messageSent
            }
        return event(
            kind, id: identity(of: message, index: index),
            at: message.isEdited ? message.editedAt ?? message.sentAt : message.sentAt,
            handler: role == .agent ? .human : nil, message: message.message, sender: sender(of: message, role))
    }

    /// Messages of 0.x have no id.
    private func identity(of message: RocketChatMessage, index: Int) -> String {
        guard let id = message.id else { return identity.id("message", room, "\(identity.bodyHash)-\(index)") }
        return message.isEdited
            ? identity.id("message", room, id, message.editedAtText ?? identity.bodyHash)
            : identity.id("message", room, id)
    }

    private func sender(of message: RocketChatMessage, _ role: SenderRole) -> Sender {
        guard message.authorID == nil else {
            return Sender(role: role, id: message.authorID, name: message.authorName)
        }
        // 0.x names no author: it can only be the visitor or the serving agent.
        if role == .customer { return Sender(role: role, id: payload.visitorID, name: payload.contact?.name) }
        let agent = payload.agent
        let name = message.agentID.isSameID(as: agent?.id) ? agent?.name : nil
        return Sender(role: role, id: message.agentID, name: message.authorName ?? name)
    }

    /// Who is known by id goes before the sign that a missing `agentId` gives.
    private func role(ofAuthorOf message: RocketChatMessage) -> SenderRole {
        let id = message.authorID ?? message.agentID
        if id.isSameID(as: payload.visitorID) { return .customer }
        let role = role(id: id, username: message.authorUsername)
        guard role == .agent else { return role }
        if message.isNavigation { return .system }
        return message.agentID == nil ? .customer : .agent
    }

    /// What somebody is who is not the visitor.
    private func role(id: String?, username: String?) -> SenderRole {
        if context.account.isBot(id) || context.account.isBot(username) { return .bot }
        return id.isSameID(as: "rocket.cat") || username.isSameID(as: "rocket.cat") ? .system : .agent
    }
}

// MARK: - What all events share

extension RocketChatEvents {
    /// `agent` and `handler` are what the payload tells where they are nil.
    private func event(
        _ kind: EventKind, id: String, at time: @autoclosure () -> Instant? = nil, handler: Handler? = nil,
        agent: Agent?? = nil, message: @autoclosure () -> Message? = nil, sender: @autoclosure () -> Sender? = nil,
        details: Value.Object = [:]
    ) -> Event {
        guard context.extent == .whole else {
            return context.header(id, vendor: .rocketchat, kind: kind, conversation: room, contact: payload.contact?.id)
        }
        let agent = agent ?? payload.agent
        return Event(
            id: id, vendor: .rocketchat, account: context.account.id, kind: kind, isTest: payload.isTest,
            occurredAt: time() ?? fallbackTime, conversation: conversation(handler: handler ?? self.handler(servedBy: agent)),
            message: message(), sender: sender(), contact: payload.contact, agent: agent, details: details, raw: context.raw)
    }

    private func conversation(handler: Handler) -> Conversation? {
        guard let room else { return nil }
        return Conversation(
            id: room, channel: "livechat", handler: handler,
            department: payload.departmentID ?? payload.visitor?["department"]?.identifier,
            tags: payload.body["tags"]?.texts ?? [], topic: payload.body["topic"]?.filledText)
    }

    private func handler(servedBy agent: Agent?) -> Handler {
        if body("closedAt") != nil { return .closed }
        guard let agent else { return .queue }
        return context.account.isBot(agent.id) || context.account.isBot(agent.username) ? .bot : .human
    }

    /// Where the payload tells no time of what happened: the receipt. A file, whose receipt nobody knows, has the room's
    /// last message.
    private var fallbackTime: Instant {
        if context.isReceiptKnown { return context.receivedAt }
        return payload.lastMessageAt ?? body("createdAt") ?? context.receivedAt
    }
}
