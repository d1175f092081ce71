package import Model

/// One rule, checked and compiled. Immutable; one object for all who hold it, as rules are many and looked at often.
package final class Rule: Sendable {
    package let id: String
    package let at: SourcePosition
    package let why: String?
    package let trigger: Trigger
    /// Higher first.
    package let priority: Int
    /// Every line must hold.
    package let when: [any Condition]
    /// Not empty; in order.
    package let actions: [RuleAction]
    package let then: RuleContinuation
    package let oncePer: [CooldownScope: CooldownWindow]
    package let mode: RuleMode
    /// True with `human: act`.
    package let actsBesideHuman: Bool
    /// True with `interrupts: flow`.
    package let interruptsFlow: Bool

    package init(
        id: String, at: SourcePosition, why: String? = nil, trigger: Trigger = .kinds([.messageReceived]), priority: Int = 0,
        when: [any Condition] = [], actions: [RuleAction], then: RuleContinuation = .stop,
        oncePer: [CooldownScope: CooldownWindow] = [:], mode: RuleMode = .live, actsBesideHuman: Bool = false,
        interruptsFlow: Bool = false
    ) {
        self.id = id
        self.at = at
        self.why = why
        self.trigger = trigger
        self.priority = priority
        self.when = when
        self.actions = actions
        self.then = then
        self.oncePer = oncePer
        self.mode = mode
        self.actsBesideHuman = actsBesideHuman
        self.interruptsFlow = interruptsFlow
    }
}

extension Rule {
    /// Nil for a rule that listens to events.
    package var idleTimer: IdleTimer? {
        if case .idle(let after, let since) = trigger { IdleTimer(after: after, since: since) } else { nil }
    }
}

/// What a rule listens to.
package enum Trigger: Sendable, Hashable {
    case kinds([EventKind])
    /// A silence timer: `on: { idle: 15m, since: customer }`.
    case idle(after: Duration, since: IdleSide)
}

package enum CooldownWindow: Sendable, Hashable {
    case ever
    case duration(Duration)

    /// Half-open: free again at the very instant the duration is over.
    package func isFree(lastUse: Instant?, now: Instant) -> Bool {
        guard let lastUse else { return true }
        return switch self {
        case .ever: false
        case .duration(let duration): now >= lastUse.adding(duration)
        }
    }
}
