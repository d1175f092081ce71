/// The flow that runs in a conversation, between events: part of the conversation's state.
package struct FlowState: Sendable, Hashable, Codable {
    package var flow: String
    /// The step that it stands on.
    package var step: String
    /// The rule that started it, or the rule that started the flow before it; the flow's own id where none did.
    package var rule: String
    /// True when that rule says `human: act`.
    package var actsBesideHuman: Bool
    /// When an answer was last understood, at first when it started: `expires` counts from here.
    package var answeredAt: Instant
    /// When it began to wait on this step, or last heard what it did not understand: `timeout` counts from here.
    package var waitingSince: Instant
    /// Answers on this step that were not understood.
    package var misses: Int
    /// Steps run since it last waited for the customer; of account while it waits for the answer of a call.
    package var stepsRun: Int
    /// The labels of the step's choices as they were offered, in order; empty where the step has none.
    package var labels: [String]
    /// The call whose answer it waits for, in the middle of its step; nil when it waits for the customer.
    package var call: Optional<AwaitedCall>

    package init(
        flow: String, step: String, rule: String, actsBesideHuman: Bool = false, answeredAt: Instant, waitingSince: Instant,
        misses: Int = 0, stepsRun: Int = 0, labels: [String] = [], call: AwaitedCall? = nil
    ) {
        self.flow = flow
        self.step = step
        self.rule = rule
        self.actsBesideHuman = actsBesideHuman
        self.answeredAt = answeredAt
        self.waitingSince = waitingSince
        self.misses = misses
        self.stepsRun = stepsRun
        self.labels = labels
        self.call = call
    }

    package var place: FlowPlace { FlowPlace(flow: flow, step: step) }
}

/// An `http` action of a flow's step whose answer the flow waits for.
package struct AwaitedCall: Sendable, Hashable, Codable {
    /// Of the effect.
    package var key: String
    /// The variable that takes the answer.
    package var variable: String
    /// Where in the step's `do` the flow goes on.
    package var nextAction: Int
    /// What `match.*` and `message.*` are in the rest of the step.
    package var captures: Value.Object
    package var message: Optional<Message>
    /// The customer's latest message since, where the step has asked something already: it is heard after the answer.
    package var earlyAnswer: Optional<Message>

    package init(key: String, variable: String, nextAction: Int, captures: Value.Object = [:], message: Message? = nil) {
        self.key = key
        self.variable = variable
        self.nextAction = nextAction
        self.captures = captures
        self.message = message
        earlyAnswer = nil
    }
}

/// A step of a flow, by name.
package struct FlowPlace: Sendable, Hashable, Codable {
    package var flow: String
    package var step: String

    package init(flow: String, step: String) {
        self.flow = flow
        self.step = step
    }

    /// Reads `order-status/menu`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(flow: String(parts[0]), step: String(parts[1]))
    }

    /// `order-status/menu`
    package var text: String { "\(flow)/\(step)" }
}

/// Why a flow ended. Raw values are what output and tests show.
package enum FlowEndReason: String, Sendable, Hashable, CaseIterable, Codable {
    /// A step with `end: true`.
    case end
    /// `stop_flow`
    case stopped
    /// A human took the conversation over.
    case human
    /// The conversation was closed.
    case closed
    /// Another flow was started.
    case replaced
    /// Nobody answered for as long as `expires` says.
    case expired
    /// Too many steps without waiting for the customer.
    case steps
    /// The flow or its step is no longer in the rules.
    case gone
    /// No branch of `next` held, and the step has no `end`.
    case stuck
}

/// What an event meant to the conversation's flow.
package struct FlowReport: Sendable, Hashable {
    /// Where it stands after the event; nil when none runs.
    package var at: Optional<FlowPlace>
    /// True when it waits for the answer of an `http` call.
    package var awaitsCall: Bool
    /// The flows that ended, in order.
    package var ended: [FlowEnd]
    /// The steps that were run, in order.
    package var entered: [FlowPlace]
    /// How it took the event; nil when the event was not for it.
    package var heard: Optional<FlowHearing>
    /// Why each expectation before the one that held did not; only when explaining.
    package var missed: [ConditionTrace]
    /// What the choice or the expectation that was taken met.
    package var held: [ConditionTrace]

    package init(
        at: FlowPlace? = nil, awaitsCall: Bool = false, ended: [FlowEnd] = [], entered: [FlowPlace] = [],
        heard: FlowHearing? = nil, missed: [ConditionTrace] = [], held: [ConditionTrace] = []
    ) {
        self.at = at
        self.awaitsCall = awaitsCall
        self.ended = ended
        self.entered = entered
        self.heard = heard
        self.missed = missed
        self.held = held
    }

    /// True when no flow runs, and none ran.
    package var isEmpty: Bool {
        at == nil && !awaitsCall && ended.isEmpty && entered.isEmpty && heard == nil && missed.isEmpty && held.isEmpty
    }
}

package struct FlowEnd: Sendable, Hashable {
    package var at: FlowPlace
    package var reason: FlowEndReason

    package init(at: FlowPlace, reason: FlowEndReason) {
        self.at = at
        self.reason = reason
    }
}

/// How a flow took an event.
package enum FlowHearing: Sendable, Hashable {
    /// The label of the choice.
    case choice(String)
    /// Where the expectation that held is written.
    case expectation(SourcePosition)
    /// Not understood: the how-manieth time on this step.
    case miss(Int)
    /// The step has no `otherwise`: the rules were tried.
    case unheard
    /// It waits for the answer of an `http` call. Where the step has asked something already, the message is heard after
    /// that; elsewhere it is nobody's.
    case busy
    case timeout
    case expiry
    case answer
}
