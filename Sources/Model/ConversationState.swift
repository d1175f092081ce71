/// What Bellhop remembers of one conversation between events. Small and bounded; stored as JSON with the version of its
/// shape, so that a later shape can read an earlier one.
package struct ConversationState: Sendable, Hashable {
    /// Who had the conversation when a payload last told.
    package var handler: Optional<Handler>
    /// A human agent's own message to the customer holds the conversation until then.
    package var humanUntil: Optional<Instant>
    package var variables: Value.Object
    /// The conversation's tags when a payload last told, and those that rules have set since.
    package var tags: [String]
    /// True once a customer's message was seen.
    package var hasCustomerMessage: Bool
    /// Times of the latest customer messages, oldest first: as many as the rules' `repeated` conditions need.
    package var customerMessages: [Instant]
    /// Times of the automatic replies of the last minute, oldest first.
    package var automaticReplies: [Instant]
    /// Automatic replies since the customer last wrote.
    package var repliesSinceCustomer: Int
    /// True from closing, by the vendor or by a rule, until customer or agent write again.
    package var isClosed: Bool
    /// The timers that wait to come up, as they were last recorded.
    package var timers: [ConversationTimer]
    private var rest: Optional<Rest>

    package init(
        handler: Handler? = nil, humanUntil: Instant? = nil, variables: Value.Object = [:], tags: [String] = [],
        hasCustomerMessage: Bool = false, customerMessages: [Instant] = [], automaticReplies: [Instant] = [],
        repliesSinceCustomer: Int = 0, isClosed: Bool = false, flow: FlowState? = nil, silence: Silence? = nil,
        timers: [ConversationTimer] = [], known: KnownConversation? = nil
    ) {
        self.handler = handler
        self.humanUntil = humanUntil
        self.variables = variables
        self.tags = tags
        self.hasCustomerMessage = hasCustomerMessage
        self.customerMessages = customerMessages
        self.automaticReplies = automaticReplies
        self.repliesSinceCustomer = repliesSinceCustomer
        self.isClosed = isClosed
        self.timers = timers
        rest = Rest.holding(flow: flow, silence: silence, known: known)
    }

    /// What conversations have only where rules have flows or silence timers, and what is most of a state, kept elsewhere: traffic
    /// by the million keeps a state for each.
    private final class Rest: Sendable, Hashable {
        let flow: FlowState?
        let silence: Silence?
        let known: KnownConversation?

        /// Nil without any of it, which most states are: an initializer that fails would make an object first.
        static func holding(flow: FlowState?, silence: Silence?, known: KnownConversation?) -> Rest? {
            guard flow != nil || silence != nil || known != nil else { return nil }
            return Rest(flow: flow, silence: silence, known: known)
        }

        private init(flow: FlowState?, silence: Silence?, known: KnownConversation?) {
            self.flow = flow
            self.silence = silence
            self.known = known
        }

        static func == (left: Rest, right: Rest) -> Bool {
            left === right || left.flow == right.flow && left.silence == right.silence && left.known == right.known
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(flow)
            hasher.combine(silence)
            hasher.combine(known)
        }
    }
}

extension ConversationState {
    /// The flow that runs; one at most.
    package var flow: FlowState? {
        get { rest?.flow }
        set { if newValue != nil || rest?.flow != nil { rest = Rest.holding(flow: newValue, silence: silence, known: known) } }
    }

    /// For silence timers; nil when there are none, or nobody has written.
    package var silence: Silence? {
        get { rest?.silence }
        set { if newValue != nil || rest?.silence != nil { rest = Rest.holding(flow: flow, silence: newValue, known: known) } }
    }

    /// For timers and answers; nil when neither is to be expected.
    package var known: KnownConversation? {
        get { rest?.known }
        set { if newValue != nil || rest?.known != nil { rest = Rest.holding(flow: flow, silence: silence, known: newValue) } }
    }
}

extension ConversationState {
    /// Who has the conversation at `now`, by what is remembered: a human for as long as the own message of an agent counts,
    /// else whom a payload last told.
    package func handler(at now: Instant) -> Handler {
        if let humanUntil, now < humanUntil { return .human }
        return handler ?? .unknown
    }
}

/// Whose `once_per` window: the raw value is the key in rules.
package enum CooldownScope: String, Sendable, Hashable, CaseIterable, Codable {
    case conversation, contact, account
}

/// One rule's `once_per` window of one conversation, contact or account.
package struct CooldownKey: Sendable, Hashable, Codable {
    package let account: String
    package let scope: CooldownScope
    /// The conversation's or contact's id; empty for the account's.
    package let subject: String
    package let rule: String

    package init(account: String, scope: CooldownScope, subject: String, rule: String) {
        self.account = account
        self.scope = scope
        self.subject = subject
        self.rule = rule
    }
}

/// Everything that deciding an event may read besides the event: the conversation's state, and when the rules with
/// `once_per` last ran for this conversation, this contact and this account.
package struct DecisionState: Sendable, Hashable {
    package var conversation: ConversationState
    package var cooldowns: [CooldownKey: Instant]

    package init(conversation: ConversationState = ConversationState(), cooldowns: [CooldownKey: Instant] = [:]) {
        self.conversation = conversation
        self.cooldowns = cooldowns
    }
}
