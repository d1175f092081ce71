import JSON
import Model
import VendorKit

/// A payload as events: one for everything but a change of a conversation, which may be of its labels and its assignee.
struct ChatwootEvents {
    let payload: ChatwootPayload
    let context: DecodingContext
    private let identity: EventIdentity
    private let conversation: ChatwootConversation?

    init(payload: ChatwootPayload, context: DecodingContext) {
        self.payload = payload
        self.context = context
        identity = EventIdentity(vendor: .chatwoot, context: context)
        conversation = payload.conversation
    }

    var events: [Event] {
        switch payload.event {
        case .messageCreated: [payload.message.map(created) ?? other]
        case .messageUpdated: [payload.message.map(updated) ?? other]
        case .conversationCreated: [started]
        case .conversationStatusChanged, .conversationOpened, .conversationResolved: [statusChanged]
        case .conversationUpdated: changed.or(other)
        case .contactCreated: [contactEvent(.contactCreated, "contact", stamp: nil)]
        case .contactUpdated: [contactEvent(.contactUpdated, "contact-updated", stamp: identity.bodyHash)]
        case .webwidgetTriggered, nil: [other]
        }
    }

    private var other: Event {
        event(.other, id: identity.id("other", identity.bodyHash), at: nil, contact: contact(), details: details())
    }
}

// MARK: - Messages

extension ChatwootEvents {
    /// Only what a contact wrote is a message received: everything else would have the bot answer itself, or another
    /// machine.
    private func created(_ message: ChatwootMessage) -> Event {
        let role = role(of: message)
        let kind: EventKind =
            switch message.direction {
            case .incoming where message.isPrivate || role != .customer: .messageSent
            case .incoming: message.isAutoReply ? .other : .messageReceived
            case .outgoing, .template: .messageSent
            case .activity, nil: .other
            }
        return event(kind, id: identity.id("message", message.id), message, role)
    }

    private func updated(_ message: ChatwootMessage) -> Event {
        // What a contact fills in stays in the message, and comes again with every later change of it.
        if !message.pressed.isEmpty { return pressed(message) }
        let answers = message.answers
        if !answers.isEmpty {
            return event(
                .leadCaptured, id: identity.id("message", message.id, "submitted"), at: updatedAt(message), contact: contact(),
                details: ["answers": .object(answers)])
        }
        let stamp = message.updatedAt?.iso8601 ?? identity.bodyHash
        let id = identity.id("message", message.id, "updated", message.status, stamp)
        return event(
            .messageUpdated, id: id, message, role(of: message), at: updatedAt(message),
            details: message.status.map { ["status": .string($0)] } ?? [:])
    }

    /// A button in web chat: what the contact would have written.
    private func pressed(_ message: ChatwootMessage) -> Event {
        let text = message.pressed.joined(separator: "\n")
        let contact = contact()
        return event(
            .messageReceived, id: identity.id("message", message.id, "submitted", text),
            at: updatedAt(message),
            message: Message(id: message.id, text: text, inReplyTo: message.id),
            sender: Sender(role: .customer, id: contact?.id, name: contact?.name), contact: contact)
    }

    /// Most payloads do not tell; when the message was written is then better than when a file of it was read.
    private func updatedAt(_ message: ChatwootMessage) -> Instant {
        message.updatedAt ?? (context.isReceiptKnown ? nil : message.createdAt) ?? context.receivedAt
    }

    private func event(
        _ kind: EventKind, id: String, _ message: ChatwootMessage, _ role: SenderRole, at: Instant? = nil,
        details: Value.Object = [:]
    ) -> Event {
        let writer = message.sender
        let contact = contact(writing: role == .customer ? writer : nil)
        let sender =
            role == .customer
            ? Sender(role: role, id: contact?.id, name: contact?.name)
            : Sender(role: role, id: writer?.id, name: writer?.name)
        let isTakeover = kind == .messageSent && role == .agent && !message.isPrivate
        return event(
            kind, id: id, at: at ?? message.createdAt,
            message: Message(
                id: message.id, text: message.text, type: message.type, attachments: message.attachments,
                inReplyTo: message.inReplyTo),
            sender: sender, contact: contact,
            agent: assignedAgent ?? (role == .agent ? writer?.agent : nil), isTakeover: isTakeover, details: details)
    }

    /// Contacts write incoming messages. An outgoing one is a person's where a user wrote it and no rule or campaign did.
    private func role(of message: ChatwootMessage) -> SenderRole {
        let sender = message.sender
        if message.direction == .incoming, sender?.kind == nil || sender?.kind == .contact { return .customer }
        if sender?.kind == .bot || context.account.isBot(sender?.id) || context.account.isBot(sender?.email) { return .bot }
        if message.direction != .outgoing && message.direction != .incoming || message.isAutomatic { return .system }
        return sender?.kind == .user || message.isWrittenElsewhere ? .agent : .system
    }
}

// MARK: - Conversations

extension ChatwootEvents {
    private var started: Event {
        guard let conversation else { return other }
        return event(
            .conversationStarted, id: identity.id("started", conversation.id),
            at: conversation.createdAt ?? conversation.lastActivityAt, contact: contact())
    }

    /// Bots are told of the same change in other words, so that the kind is a part of its identity and the word is not.
    private var statusChanged: Event {
        guard let conversation else { return other }
        // An old server reports the state of before beside `conversation_resolved`, so the word goes before it.
        let isClosed = conversation.status == "resolved" || payload.event == .conversationResolved
        let kind: EventKind = isClosed ? .conversationClosed : isWaiting ? .conversationQueued : .other
        let word = isClosed ? "closed" : kind == .conversationQueued ? "queued" : "status"
        return event(
            kind, id: changeID(word, conversation), at: changedAt, contact: contact(), isClosed: isClosed,
            details: details())
    }

    /// Open, and nobody serves it.
    private var isWaiting: Bool { conversation?.status == "open" && handler == .queue }

    /// A status is told by an event of its own.
    private var changed: [Event] {
        guard let conversation else { return [] }
        var events: [Event] = []
        if let (kind, word) = assignment {
            events.append(
                event(kind, id: changeID(word, conversation), at: changedAt, contact: contact(), details: details()))
        }
        if payload.change("label_list") != nil || payload.change("cached_label_list") != nil {
            events.append(
                event(
                    .conversationTagged, id: changeID("tagged", conversation), at: changedAt, contact: contact(),
                    details: details()))
        }
        return events
    }

    /// A new assignee goes before a new team; one who is taken away leaves the conversation to the queue.
    private var assignment: (EventKind, String)? {
        let assignee = payload.change("assignee_id")
        if assignee?.current != nil { return (.conversationAssigned, "assigned") }
        if payload.change("team_id")?.current != nil { return (.conversationTransferred, "transferred") }
        return assignee?.previous != nil && isWaiting ? (.conversationQueued, "queued") : nil
    }

    private func changeID(_ word: String, _ conversation: ChatwootConversation) -> String {
        identity.id(word, conversation.id, conversation.changeStamp ?? identity.bodyHash)
    }

    private var changedAt: Instant? { conversation?.updatedAt ?? conversation?.lastActivityAt }

    private func details() -> Value.Object {
        var details = Value.Object()
        if payload.change("status") != nil || payload.event == .conversationStatusChanged {
            details["status"] = conversation?.status.map(Value.string)
        }
        var (from, to) = (Value.Object(), Value.Object())
        for (key, name) in [("assignee_id", "agent"), ("team_id", "team")] {
            guard let change = payload.change(key) else { continue }
            from[name] = change.previous.map(Value.string)
            to[name] = change.current.map(Value.string)
        }
        if !from.isEmpty { details["from"] = .object(from) }
        if !to.isEmpty { details["to"] = .object(to) }
        let changes = payload.changes.reduce(into: Value.Object()) { $0[$1.key] = $1.change.value }
        if !changes.isEmpty { details["changes"] = .object(changes) }
        return details
    }
}

// MARK: - People

extension ChatwootEvents {
    private func contactEvent(_ kind: EventKind, _ word: String, stamp: String?) -> Event {
        guard let id = payload.body["id"]?.identifier else { return other }
        return event(
            kind, id: identity.id(word, [id] + [stamp].compactMap(\.self)), at: nil,
            contact: Self.contact([payload.body]), details: details())
    }

    /// The conversation tells most of a contact; a message's own sender and `contact` may be all there is.
    private func contact(writing: ChatwootPerson? = nil) -> Contact? {
        let sender = writing == nil ? nil : payload.body["sender"]?.object
        return Self.contact([conversation?.contact, sender, payload.body["contact"]?.object].compactMap(\.self))
    }

    /// The first of several views of one contact, with what the others add.
    private static func contact(_ views: [JSONElement]) -> Contact? {
        let id = views.lazy.compactMap { $0["id"]?.identifier }.first
        let views = views.filter { $0["id"]?.identifier.isSameID(as: id) ?? (id == nil) }
        func text(_ key: String) -> String? { views.lazy.compactMap { $0[key]?.filledText }.first }
        let contact = Contact(
            id: id, name: text("name"), email: text("email"), phone: text("phone_number"),
            attributes: views.lazy.map { $0["custom_attributes"]?.valueObject ?? [:] }.first { !$0.isEmpty } ?? [:])
        let isKnown = contact.id != nil || contact.name != nil || contact.email != nil || contact.phone != nil
        return isKnown ? contact : nil
    }

    private var assignedAgent: Agent? {
        conversation.flatMap { $0.isAssignedToBot ? nil : $0.assignee?.agent }
    }

    /// `pending` is Chatwoot's word for a conversation that bots have; what is snoozed stays with whom it was.
    private var handler: Handler? {
        guard let conversation, let status = conversation.status else { return nil }
        switch status {
        case "resolved": return .closed
        case "pending": return .bot
        case "open", "snoozed":
            guard conversation.tellsAssignee else { return nil }
            if conversation.isAssignedToBot || context.account.isBot(conversation.assignee?.id) { return .bot }
            return conversation.assignee == nil ? .queue : .human
        default: return nil
        }
    }
}

// MARK: - Event

extension ChatwootEvents {
    private func event(
        _ kind: EventKind, id: String, at: Instant?, message: @autoclosure () -> Message? = nil, sender: Sender? = nil,
        contact: Contact? = nil, agent: Agent? = nil, isTakeover: Bool = false, isClosed: Bool = false,
        details: Value.Object = [:]
    ) -> Event {
        guard context.extent == .whole else {
            return context.header(id, vendor: .chatwoot, kind: kind, conversation: conversation?.id, contact: contact?.id)
        }
        let told = handler
        let handler: Handler? = isClosed || told == .closed ? .closed : isTakeover ? .human : told
        return Event(
            id: id, vendor: .chatwoot, account: context.account.id, kind: kind, occurredAt: at ?? context.receivedAt,
            conversation: conversation.map { conversation in
                Conversation(
                    id: conversation.id, channel: conversation.channel, status: conversation.status, handler: handler,
                    team: conversation.team, tags: conversation.tags, topic: conversation.topic)
            },
            message: message(), sender: sender, contact: contact, agent: agent ?? assignedAgent, details: details,
            raw: context.raw)
    }
}
