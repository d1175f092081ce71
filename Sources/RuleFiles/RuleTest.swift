package import Model
import Rules

/// One test of a rules folder: what happens, and what the rules are expected to do about it.
package struct RuleTest: Sendable {
    package var name: String
    package var at: SourcePosition
    /// The virtual clock's time at the start.
    package var startsAt: Instant
    package var given: GivenState
    package var steps: [RuleTestStep]

    /// 2026-01-05T12:00:00Z, a Monday.
    package static let defaultStart = Instant(milliseconds: 1_767_614_400_000)
}

/// The state a test begins with.
package struct GivenState: Sendable {
    package var variables: Value.Object = [:]
    package var tags: [String] = []
    package var handler: Handler?
    package var flow: FlowPlace?
}

package struct RuleTestStep: Sendable {
    package var at: SourcePosition
    package var stimulus: Stimulus?
    /// The conversation that `wait`, `flow` and `vars` mean; nil for the last event's.
    package var conversation: String?
    package var expectation: RuleExpectation?

    package enum Stimulus: Sendable {
        case event(EventDraft)
        case payload(path: String, vendor: VendorID?, account: String?)
        case wait(Duration)
        /// What the call that waits longest is answered with.
        case http(Value)
    }
}

/// The short form of an event; what is nil takes its default when the test runs.
package struct EventDraft: Sendable {
    package var kind: EventKind?
    package var vendor: VendorID?
    package var account: String?
    package var channel: String?
    package var text: String?
    package var sender: Sender?
    package var handler: Handler?
    package var department: String?
    package var team: String?
    package var tags: [String]?
    package var agent: Agent?
    package var contact: Contact?
    package var conversation: Conversation?
    package var message: Message?
    package var raw: Value?
    package var details: Value.Object = [:]
}

/// What a step expects. What is nil is not checked.
package struct RuleExpectation: Sendable {
    package var at: SourcePosition
    package var rules: [String]?
    package var observed: [String]?
    package var effects: [ExpectedEffect]?
    package var suppressed: [ExpectedHoldback]?
    package var unsupported: [ExpectedHoldback]?
    package var not: [ActionKind]?
    package var flow: ExpectedFlow?
    package var variables: [(name: String, value: ExpectedValue)]?
    package var handler: Handler?
}

package struct ExpectedEffect: Sendable {
    package var kind: ActionKind
    package var value: ExpectedValue
    package var at: SourcePosition
}

/// A suppressed or unsupported action; a nil member is not compared.
package struct ExpectedHoldback: Sendable {
    package var rule: String?
    package var action: ActionKind?
    package var reason: SuppressionReason?
}

package enum ExpectedFlow: Sendable, Hashable {
    case at(FlowPlace)
    /// In this step, for this reason if one is named.
    case ended(FlowEndReason?)
    case none
}
