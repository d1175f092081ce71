/// What the rules say about one event: effects in the order in which they go out, and the state after it.
package struct Decision: Sendable, Hashable {
    /// The event as the rules saw it: with the handler and tags that state fills in.
    package var event: Event
    /// Every rule whose `when` held, in the order tried: live, observed and suppressed ones.
    package var matched: [MatchedRule]
    package var effects: [Effect]
    /// What was done with the decision itself and leaves nothing to send: planned `set`, `start` and `stop_flow`, in order.
    package var applied: [AppliedEffect]
    /// The conversation's state after this event.
    package var state: ConversationState
    /// What was tried; nil when nobody asked (`Engine.isRecording`).
    package var evaluations: Optional<Evaluations>
    /// The `once_per` windows that this decision used, each beginning now.
    package var cooldowns: [CooldownKey]
    /// Rules with a regular expression that ran into its limits: they did not hold.
    package var limited: [String]
    /// Fields that the rules looked at, that the vendor may know, and that the event does not tell.
    package var absent: [EventField]
    /// Why each listening rule held or not; nil unless asked for.
    package var trace: Optional<Trace>
    /// What became of the conversation's flow; nil when none ran.
    package var flow: Optional<FlowReport>
    /// The timers that wait from now on, in place of those before; nil when they are the same.
    package var timers: Optional<[ConversationTimer]>
    /// Why it must not be carried out: the event went over a limit. Nil when it may.
    package var fault: Optional<String>

    package init(
        event: Event, matched: [MatchedRule] = [], effects: [Effect] = [],
        applied: [AppliedEffect] = [], state: ConversationState, evaluations: Evaluations? = nil,
        cooldowns: [CooldownKey] = [], limited: [String] = [], absent: [EventField] = [], trace: Trace? = nil,
        flow: FlowReport? = nil, timers: [ConversationTimer]? = nil, fault: String? = nil
    ) {
        self.event = event
        self.matched = matched
        self.effects = effects
        self.applied = applied
        self.state = state
        self.evaluations = evaluations
        self.cooldowns = cooldowns
        self.limited = limited
        self.absent = absent
        self.trace = trace
        self.flow = flow
        self.timers = timers
        self.fault = fault
    }
}

/// An effect that is over with its decision, for the ledger.
package struct AppliedEffect: Sendable, Hashable {
    package var effect: Effect
    /// How many of the decision's `effects` stand before it.
    package var place: Int

    package init(_ effect: Effect, place: Int) {
        self.effect = effect
        self.place = place
    }
}

extension Decision {
    /// `effects` and `applied` together, in the order in which the rules' actions stand.
    package var allEffects: [Effect] {
        guard !applied.isEmpty else { return effects }
        var all: [Effect] = []
        all.reserveCapacity(effects.count + applied.count)
        var rest = applied[...]
        for (place, effect) in effects.enumerated() {
            while let first = rest.first, first.place <= place { all.append(rest.removeFirst().effect) }
            all.append(effect)
        }
        return all + rest.map(\.effect)
    }
}

package struct MatchedRule: Sendable, Hashable {
    package var id: String
    package var at: SourcePosition
    package var mode: RuleMode
    package var then: RuleContinuation
    /// Captures that the rule's regular expressions gave: names and numbers.
    package var match: Value.Object
    /// True when everything the rule would have done was suppressed: it then counts as not having run.
    package var isWhollySuppressed: Bool
    /// What every line of `when` met, in order.
    package var held: [ConditionTrace]

    package init(
        id: String, at: SourcePosition, mode: RuleMode, then: RuleContinuation, match: Value.Object, isWhollySuppressed: Bool,
        held: [ConditionTrace] = []
    ) {
        self.id = id
        self.at = at
        self.mode = mode
        self.then = then
        self.match = match
        self.isWhollySuppressed = isWhollySuppressed
        self.held = held
    }
}

package enum RuleMode: String, Sendable, Hashable, CaseIterable {
    case live, observe, off
}

package enum RuleContinuation: String, Sendable, Hashable, CaseIterable {
    case stop
    case `continue`
}

/// What happened to each rule that listens to the event's kind, in the order tried.
package struct Trace: Sendable, Hashable {
    package var rules: [RuleTrace]

    package init(rules: [RuleTrace] = []) { self.rules = rules }

    /// Rules that held first, then by how little was missing; equally near ones stay in the order tried. Those that listen to
    /// something else are never near.
    package var nearestFirst: [RuleTrace] {
        rules.enumerated()
            .sorted { left, right in
                (left.element.isDeaf ? 1 : 0, left.element.missed.count, left.offset)
                    < (right.element.isDeaf ? 1 : 0, right.element.missed.count, right.offset)
            }
            .map(\.element)
    }
}

extension RuleTrace {
    /// True for a rule that does not listen to the event.
    package var isDeaf: Bool { missed.first?.condition == "on" }
}

package struct RuleTrace: Sendable, Hashable {
    package var rule: String
    package var at: SourcePosition
    package var why: Optional<String>
    package var verdict: Verdict
    /// Every line of `when` that does not hold, in order.
    package var missed: [ConditionTrace]
    /// Every line of `when` that holds, in order.
    package var held: [ConditionTrace]
    /// What holds the rule back, or a part of it; of a rule whose `when` holds.
    package var holdBacks: [HoldBack] = []
    /// The actions that the vendor cannot do, and why.
    package var unsupported: [UnsupportedAction] = []
    /// The rule that ended the trying before this one: it would not have been reached, whether it holds or not.
    package var stopped: Optional<RulePlace>

    package struct UnsupportedAction: Sendable, Hashable {
        package var action: ActionKind
        package var why: String

        package init(_ action: ActionKind, why: String) {
            self.action = action
            self.why = why
        }
    }

    package enum Verdict: Sendable, Hashable {
        /// Its `when` holds, and it ran.
        case ran
        /// Its `when` holds, and everything it would do was suppressed.
        case suppressed(SuppressionReason)
        /// Its `when` holds, but a rule before it stopped.
        case stopped(by: String)
        /// Its `when` holds, but a running flow took the message.
        case takenByFlow(FlowPlace)
        /// A line of `when` does not hold.
        case missed
        /// A regular expression ran into its limits.
        case limited
        /// `mode: off`.
        case off
    }

    package init(
        rule: String, at: SourcePosition, why: String?, verdict: Verdict, missed: [ConditionTrace], held: [ConditionTrace]
    ) {
        self.rule = rule
        self.at = at
        self.why = why
        self.verdict = verdict
        self.missed = missed
        self.held = held
        stopped = nil
    }
}

/// One line of a `when`, and what it met.
package struct ConditionTrace: Sendable, Hashable {
    /// `text.any`, `channel`, `field.vars.plan.gt`, …
    package var condition: String
    package var at: SourcePosition
    package var wanted: Value
    /// What the event had; null when it had nothing there.
    package var actual: Value
    /// One more sentence for people, where there is something to say: `opens 09:00`, `by accent folding`.
    package var hint: Optional<String>
    /// Of a group whose lines decided together: each of them.
    package var parts: [ConditionTrace]

    package init(
        condition: String, at: SourcePosition, wanted: Value, actual: Value, hint: String? = nil, parts: [ConditionTrace] = []
    ) {
        self.condition = condition
        self.at = at
        self.wanted = wanted
        self.actual = actual
        self.hint = hint
        self.parts = parts
    }
}
