import Model

/// Keeps two bots from answering each other for ever: so many automatic replies in one conversation within a minute, and so
/// many without a customer's message between.
struct StormGuard {
    let limits: DecisionLimits
    private let now: Instant
    private(set) var automaticReplies: [Instant]
    private(set) var repliesSinceCustomer: Int

    init(limits: DecisionLimits, state: ConversationState, isCustomerMessage: Bool, now: Instant) {
        self.limits = limits
        self.now = now
        // A time after `now` is from a clock that went back: it still counts.
        automaticReplies = state.automaticReplies.filter { now.since($0) < .seconds(60) }
        repliesSinceCustomer = isCustomerMessage ? 0 : state.repliesSinceCustomer
    }

    var permitsReply: Bool {
        automaticReplies.count < limits.repliesPerMinute && repliesSinceCustomer < limits.repliesWithoutCustomer
    }

    mutating func countReply() {
        automaticReplies.append(now)
        repliesSinceCustomer += 1
    }
}
