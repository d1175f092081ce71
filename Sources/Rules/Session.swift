package import Model

/// A run of events over an engine with the state in memory: what `test` and `dry-run` decide with, in place of a store.
///
/// Conversations, cooldowns and the ids of known events are carried from one event to the next, as the daemon carries them.
package struct Session: Sendable {
    package var engine: Engine
    package private(set) var conversations: [ConversationKey: ConversationState] = [:]
    private var cooldowns: [CooldownKey: Instant] = [:]
    private var knownEvents: Set<String> = []
    /// What a conversation begins with.
    private let initialState: ConversationState

    package init(engine: Engine, initialState: ConversationState = ConversationState()) {
        self.engine = engine
        self.initialState = initialState
    }

    /// Nil for an event whose id was decided before.
    package mutating func decide(_ event: Event, now: Instant? = nil, explaining: Bool = false) -> Decision? {
        guard knownEvents.insert(event.id).inserted else { return nil }
        let now = now ?? event.occurredAt
        let decision = engine.decide(event, state: state(for: event), now: now, explaining: explaining)
        if !event.isTest {
            conversations[event.conversationKey] = decision.state
            for key in decision.cooldowns { cooldowns[key] = now }
        }
        return decision
    }

    package func state(of conversation: ConversationKey) -> ConversationState {
        conversations[conversation] ?? initialState
    }

    /// Forgets everything: `dry-run --stateless`.
    package mutating func forget() {
        conversations = [:]
        cooldowns = [:]
        knownEvents = []
    }

    private func state(for event: Event) -> DecisionState {
        DecisionState(conversation: state(of: event.conversationKey), cooldowns: cooldowns)
    }
}
