package import Model
package import Rules

/// A conversation on a virtual clock, carried out step by step as somebody asks for it: what `chat` decides with. A test with
/// the same steps leads to the same decisions, down to the ids of its events.
package struct Simulation: Sendable {
    package enum Step: Sendable {
        case event(EventDraft)
        case wait(Duration)
        /// Of the call that waits longest: `{ status, headers, json | text }` or `{ error }`, as tests write it.
        case answer(Value.Object)
    }

    package struct Outcome: Sendable {
        /// With what was left out filled in.
        package var step: Step
        /// The conversation that the step is about.
        package var conversation: ConversationKey
        /// True when that is not the conversation of the last event.
        package var namesConversation: Bool
        /// Of all conversations, in order.
        package var occurrences: [Session.Occurrence]
        /// Of the step's conversation, afterwards.
        package var state: ConversationState

        /// What became of the step's own conversation: what a test of it looks at.
        package var decisions: [Decision] { occurrences.filter { $0.conversation == conversation }.map(\.decision) }
    }

    package private(set) var session: Session
    package private(set) var now: Instant
    /// The conversation that goes on.
    package private(set) var conversation: ConversationKey
    private let defaults: EventDraft
    private var lastConversation: ConversationKey
    private var eventCount = 0
    private var conversationCount = 1

    /// - Parameter defaults: what events take that do not say it themselves: vendor, account, channel, contact.
    package init(engine: Engine, startsAt: Instant, defaults: EventDraft) {
        session = Session(engine: engine, initialState: ConversationState(handler: .bot))
        now = startsAt
        self.defaults = defaults
        conversation = ConversationKey(account: defaults.account ?? "test", conversation: EventDraft.conversationID)
        lastConversation = conversation
    }

    package var state: ConversationState { session.state(of: conversation) }

    /// The calls of the conversation whose answers are still to come, the one that waits longest first.
    package var pendingCalls: [Session.PendingCall] { session.pendingCalls(of: conversation) }

    /// Leaves the conversation as it is, and goes on with a new one of the same contact.
    package mutating func beginConversation() {
        conversationCount += 1
        conversation = ConversationKey(
            account: conversation.account, conversation: "\(EventDraft.conversationID)-\(conversationCount)")
    }

    /// Nil for an answer where no call waits.
    /// - Parameter explaining: also tells why each rule held or not; what happens is the same.
    package mutating func carryOut(_ step: Step, explaining: Bool = false) -> Outcome? {
        switch step {
        case .event(let draft): return decide(filled(draft), explaining: explaining)
        case .wait(let duration):
            now = now.adding(duration)
            let occurrences = session.timers(until: now, explaining: explaining)
            return outcome(of: step, occurrences: occurrences)
        case .answer(let written):
            let answered = session.answer(
                StubbedAnswer.value(written), in: conversation, now: now, explaining: explaining)
            return answered.map { outcome(of: step, occurrences: [$0]) }
        }
    }

    private mutating func decide(_ draft: EventDraft, explaining: Bool) -> Outcome {
        eventCount += 1
        let event = draft.event(number: eventCount, at: now)
        conversation = event.conversationKey
        lastConversation = conversation
        let decision = session.decide(event, now: now, explaining: explaining)
        return outcome(
            of: .event(draft),
            occurrences: decision.map { [Session.Occurrence(conversation: event.conversationKey, decision: $0)] } ?? [])
    }

    private func outcome(of step: Step, occurrences: [Session.Occurrence]) -> Outcome {
        Outcome(
            step: step, conversation: conversation, namesConversation: conversation != lastConversation,
            occurrences: occurrences, state: state)
    }

    private func filled(_ draft: EventDraft) -> EventDraft {
        var draft = draft
        draft.vendor = draft.vendor ?? defaults.vendor
        draft.account = draft.account ?? defaults.account
        draft.contact = draft.contact ?? defaults.contact
        if draft.conversation?.channel == nil { draft.channel = draft.channel ?? defaults.channel }
        if conversation.conversation != EventDraft.conversationID, draft.conversation?.id.isEmpty ?? true {
            var named = draft.conversation ?? Conversation(id: "")
            named.id = conversation.conversation
            draft.conversation = named
        }
        return draft
    }
}

extension EventDraft {
    /// What is the same for every event of a conversation; nil is left to the defaults of tests.
    package static func common(
        vendor: VendorID? = nil, account: String? = nil, channel: String? = nil, contact: Contact? = nil
    ) -> EventDraft {
        var draft = EventDraft()
        draft.vendor = vendor
        draft.account = account
        draft.channel = channel
        draft.contact = contact
        return draft
    }

    /// A customer's message, or that of an agent, a bot or the system.
    package static func message(_ text: String, from role: SenderRole = .customer) -> EventDraft {
        var draft = EventDraft()
        draft.text = text
        if role != .customer { draft.sender = Sender(role: role) }
        return draft
    }

    /// Something that happened to the conversation.
    package static func happening(_ kind: EventKind) -> EventDraft {
        var draft = EventDraft()
        draft.kind = kind
        return draft
    }
}
