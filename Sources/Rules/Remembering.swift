import JSON
import Model

/// What a decision keeps of its event for timers and answers to come.
extension KnownConversation {
    /// More than this of a contact's attributes is not kept with the conversation.
    private static let attributeBytes = 16 << 10

    /// The newest of what is known: what this event does not tell stays as it was.
    init(_ event: Event, before: KnownConversation?) {
        let event = event.lasting
        var conversation = event.conversation ?? before?.conversation
        if let known = before?.conversation { conversation?.complete(from: known) }
        conversation?.handler = nil
        conversation?.tags = nil
        var contact = event.contact ?? before?.contact
        if let attributes = contact?.attributes, !attributes.isEmpty,
            JSONWriter.bytes(.object(attributes)).count > Self.attributeBytes
        {
            contact?.attributes = [:]
        }
        self.init(
            vendor: event.vendor, conversation: conversation, contact: contact,
            agent: event.agent ?? before?.agent)
    }
}

extension Event {
    /// Without what was fetched and may be otherwise soon, and without a contact's id that was: what goes by it must not depend
    /// on whether a call succeeded.
    fileprivate var lasting: Event {
        guard !fetched.values.isEmpty else { return self }
        var event = self
        for field in fetched.values.keys where field.isVolatile || field == .contactID { event.clear(field) }
        return event
    }
}

extension Conversation {
    fileprivate mutating func complete(from known: Conversation) {
        channel = channel ?? known.channel
        status = status ?? known.status
        department = department ?? known.department
        team = team ?? known.team
        topic = topic ?? known.topic
    }
}

extension Silence {
    /// What silence is after an event and the replies that were planned for it; nil while nobody has written.
    init?(after event: Event, before: Silence?, now: Instant, repliedAt: Instant?) {
        var silence = before
        if let side = event.writer {
            switch side {
            case .customer, .agent: silence = Silence(before: silence, person: Person(side: side, at: now))
            case .any: silence?.since = max(before?.since ?? now, now)
            }
            if silence == nil { silence = Silence(since: now) }
        }
        if let repliedAt {
            let since = max(silence?.since ?? repliedAt, repliedAt)
            silence = silence ?? Silence(since: since)
            silence?.since = since
        }
        guard let silence else { return nil }
        self = silence
    }

    /// A webhook that comes late tells of a message before the last one: it neither puts back what is waited for, nor lets
    /// anything come up again.
    private init(before: Silence?, person: Person) {
        self.init(since: max(before?.since ?? person.at, person.at), person: person)
        guard let before, let last = before.person, last.at >= person.at else { return }
        fired = before.fired
        if last.at > person.at { self.person = last }
    }
}

extension Event {
    /// True when somebody goes on with a conversation that was closed.
    var opensConversation: Bool {
        kind == .conversationStarted || writer == .customer || writer == .agent
    }

    /// Who wrote: customer or agent, or `any` for a bot and the system; nil for what is no message to or from the customer.
    fileprivate var writer: IdleSide? {
        guard let message, message.type != .note else { return nil }
        return switch kind {
        case .messageReceived: .customer
        case .messageSent: sender?.role == .agent ? .agent : .any
        default: nil
        }
    }
}
