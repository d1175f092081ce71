import HeapModule
package import Model

/// A run of events over an engine with the state in memory and a clock of its own: what `test`, `dry-run` and `chat` decide
/// with, in place of a store.
///
/// Conversations, cooldowns, timers and the ids of known events are carried from one event to the next, as the daemon carries
/// them. Timers come up when the clock is moved on, calls of the user's own systems are answered by whoever runs the session.
package struct Session: Sendable {
    package var engine: Engine
    /// Notes on the fields that a decision's rules asked for and its event does not tell: nothing is fetched in a session. Nil
    /// notes nothing.
    package var fieldNotes: (@Sendable (Decision) -> [FieldNote])?
    package private(set) var conversations: [ConversationKey: ConversationState] = [:]
    private var calls: [ConversationKey: [PendingCall]] = [:]
    private var cooldowns: [CooldownKey: Instant] = [:]
    /// Nil when whoever runs the session sees to it that no event comes twice.
    private var knownEvents: Set<IDDigest>?
    private var waiting = Heap<WaitingTimer>()
    private var timerCount = 0
    /// What a conversation begins with.
    private let initialState: ConversationState

    /// A call that waits for its answer.
    package struct PendingCall: Sendable, Hashable {
        package var conversation: ConversationKey
        package var vendor: VendorID
        /// Of the call's effect.
        package var key: String
        package var variable: String
        /// Nil for the call that a conversation was given to begin with.
        package var call: HTTPCall?
    }

    /// One event of a conversation, decided.
    package struct Occurrence: Sendable, Hashable {
        package var conversation: ConversationKey
        package var decision: Decision

        package init(conversation: ConversationKey, decision: Decision) {
            self.conversation = conversation
            self.decision = decision
        }
    }

    /// A timer in the order of coming up. Those that were overtaken stay until their turn.
    private struct WaitingTimer: Comparable {
        var timer: ConversationTimer
        var number: Int
        var conversation: ConversationKey

        static func < (left: WaitingTimer, right: WaitingTimer) -> Bool {
            if ConversationTimer.precedes(left.timer, right.timer) { return true }
            if ConversationTimer.precedes(right.timer, left.timer) { return false }
            return left.number < right.number
        }

        static func == (left: WaitingTimer, right: WaitingTimer) -> Bool { left.number == right.number }
    }

    /// - Parameter remembersEvents: false for runs of millions of events, where repeated ones are kept away otherwise.
    package init(engine: Engine, initialState: ConversationState = ConversationState(), remembersEvents: Bool = true) {
        self.engine = engine
        self.initialState = initialState
        knownEvents = remembersEvents ? [] : nil
    }

    /// Nil for an event whose id was decided before.
    package mutating func decide(_ event: Event, now: Instant? = nil, explaining: Bool = false) -> Decision? {
        guard knownEvents?.insert(IDDigest(event.id)).inserted ?? true else { return nil }
        let now = now ?? event.occurredAt
        let state = DecisionState(conversation: state(of: event.conversationKey), cooldowns: cooldowns)
        let decision = noted(engine.decide(event, state: state, now: now, explaining: explaining)) { fetched in
            engine.decide(event.filled(with: fetched), state: state, now: now, explaining: explaining)
        }
        if !event.isTest { keep(decision, of: event.conversationKey, now: now) }
        return decision
    }

    /// The decision with notes on its event, so that traces tell of them.
    private func noted(_ decision: Decision, again: (FetchedFields) -> Decision) -> Decision {
        guard !decision.absent.isEmpty, let notes = fieldNotes?(decision), !notes.isEmpty else { return decision }
        return again(FetchedFields(notes: notes))
    }

    package func state(of conversation: ConversationKey) -> ConversationState {
        conversations[conversation] ?? initialState
    }

    /// Puts a conversation into a state: its timers wait from then on, and so does the call that its flow waits for.
    package mutating func begin(_ conversation: ConversationKey, with state: ConversationState) {
        var state = state
        state.timers = engine.timers(of: state)
        conversations[conversation] = state
        wait(for: state.timers, of: conversation)
        if let call = state.flow?.call, let vendor = state.known?.vendor {
            calls[conversation, default: []].append(
                PendingCall(conversation: conversation, vendor: vendor, key: call.key, variable: call.variable, call: nil))
        }
    }

    /// The `http` actions with `save` of a conversation whose answers are still to come, in the order in which they were
    /// planned.
    package func pendingCalls(of conversation: ConversationKey) -> [PendingCall] { calls[conversation] ?? [] }

    /// Forgets everything: `dry-run --stateless`.
    package mutating func forget() {
        let notes = fieldNotes
        self = Session(engine: engine, initialState: initialState, remembersEvents: knownEvents != nil)
        fieldNotes = notes
    }

    // MARK: What no vendor tells

    /// Lets the next timer come up that is due at `time`, if there is one; timers come up at their own time.
    package mutating func nextTimer(until time: Instant, explaining: Bool = false) -> Occurrence? {
        while let first = waiting.min, first.timer.due <= time {
            waiting.removeMin()
            guard conversations[first.conversation]?.timers.contains(first.timer) ?? false else { continue }
            return occurrence(
                .timer(first.timer), in: first.conversation, vendor: state(of: first.conversation).known?.vendor ?? .any,
                now: first.timer.due, explaining: explaining)
        }
        return nil
    }

    /// More timers than this in one wait is a ring.
    package static let timerLimit = 10_000

    /// Lets everything come up that is due until `time`, in order, each at its own time; at most `timerLimit`.
    package mutating func timers(until time: Instant, explaining: Bool = false) -> [Occurrence] {
        var occurrences: [Occurrence] = []
        while occurrences.count < Self.timerLimit, let next = nextTimer(until: time, explaining: explaining) {
            occurrences.append(next)
        }
        return occurrences
    }

    /// Answers the call that waits longest in a conversation; nil when none waits.
    /// - Parameter value: as the variable takes it: `{ status, headers, json | text }`, or with `error`.
    package mutating func answer(
        _ value: Value, in conversation: ConversationKey, now: Instant, explaining: Bool = false
    ) -> Occurrence? {
        guard let call = pendingCalls(of: conversation).first else { return nil }
        return answer(call, with: value, now: now, explaining: explaining)
    }

    /// Answers one of `pendingCalls(of:)`.
    package mutating func answer(
        _ call: PendingCall, with value: Value, now: Instant, explaining: Bool = false
    ) -> Occurrence {
        calls[call.conversation]?.removeAll { $0.key == call.key }
        let answer = HTTPAnswer(effectKey: call.key, variable: call.variable, value: value)
        return occurrence(.answer(answer), in: call.conversation, vendor: call.vendor, now: now, explaining: explaining)
    }

    private mutating func occurrence(
        _ cause: InternalEvent.Cause, in conversation: ConversationKey, vendor: VendorID, now: Instant, explaining: Bool
    ) -> Occurrence {
        let event = InternalEvent(conversation: conversation, vendor: vendor, cause: cause)
        let state = DecisionState(conversation: state(of: conversation), cooldowns: cooldowns)
        let decision = noted(engine.decide(event, state: state, now: now, explaining: explaining)) { fetched in
            engine.decide(event, state: state, now: now, explaining: explaining, fetched: fetched)
        }
        keep(decision, of: conversation, now: now)
        return Occurrence(conversation: conversation, decision: decision)
    }

    // MARK: Keeping

    private mutating func keep(_ decision: Decision, of conversation: ConversationKey, now: Instant) {
        // Over a limit: nothing of it is carried out.
        guard decision.fault == nil else { return }
        conversations[conversation] = decision.state
        for key in decision.cooldowns { cooldowns[key] = now }
        if let timers = decision.timers { wait(for: timers, of: conversation) }
        for effect in decision.effects where effect.status == .planned {
            guard case .http(let call) = effect.action, let variable = call.save else { continue }
            calls[conversation, default: []].append(
                PendingCall(
                    conversation: conversation, vendor: effect.target.vendor, key: effect.key, variable: variable, call: call))
        }
    }

    private mutating func wait(for timers: [ConversationTimer], of conversation: ConversationKey) {
        for timer in timers {
            timerCount += 1
            waiting.insert(WaitingTimer(timer: timer, number: timerCount, conversation: conversation))
        }
    }
}
