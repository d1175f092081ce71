import JSON
import Model
import Rules

/// Compares what a step of a test expects with what happened; each difference is one message.
struct ExpectationCheck {
    private let expected: RuleExpectation
    private let outcome: StepOutcome

    init(_ expected: RuleExpectation, outcome: StepOutcome) {
        self.expected = expected
        self.outcome = outcome
    }

    private var effects: [Effect] { outcome.decisions.flatMap(\.effects) }
    private var planned: [Effect] { effects.filter { $0.status == .planned && $0.action.leavesBellhop } }

    func failures() -> [String] {
        if let problem = outcome.problem { return [problem] }
        return findings.compactMap { $0.message }
    }

    /// The keys of the expectation that do not hold; nil among them when the step could not happen.
    var failingKeys: [String?] {
        if outcome.problem != nil { return [nil] }
        return findings.filter { $0.message != nil }.map { $0.key }
    }

    private var findings: [(key: String, message: String?)] {
        [
            ("rules", rules()), ("observed", observed()), ("effects", effectList()), ("suppressed", suppressed()),
            ("unsupported", unsupported()), ("not", forbidden()), ("flow", flow()), ("vars", variables()),
            ("handler", handler()),
        ]
    }

    // MARK: Rules

    private func rules() -> String? {
        guard let wanted = expected.rules else { return nil }
        let ran = outcome.decisions.flatMap(\.matched).filter { $0.mode == .live && !$0.isWhollySuppressed }.map(\.id)
        guard wanted != ran else { return nil }
        let reasons = wanted.filter { !ran.contains($0) }.map { "\n  " + reason($0) }
        return "rules: expected \(listed(wanted)), ran \(listed(ran))" + reasons.joined()
    }

    private func observed() -> String? {
        guard let wanted = expected.observed else { return nil }
        let held = outcome.decisions.flatMap(\.matched).filter { $0.mode == .observe }.map(\.id)
        guard wanted != held else { return nil }
        let reasons = wanted.filter { !held.contains($0) }.map { "\n  " + reason($0) }
        return "observed: expected \(listed(wanted)), held \(listed(held))" + reasons.joined()
    }

    /// Why a rule that was expected did not run.
    private func reason(_ rule: String) -> String {
        let traces = outcome.decisions.compactMap(\.trace).flatMap(\.rules).filter { $0.rule == rule }
        guard let trace = traces.first else {
            return outcome.decisions.isEmpty ? "\(rule): no event was decided" : "\(rule): there is no such rule"
        }
        switch trace.verdict {
        case .ran: return "\(rule) (\(trace.at.text)) ran"
        case .off: return "\(rule) (\(trace.at.text)) is off"
        case .limited: return "\(rule) (\(trace.at.text)): a regular expression ran into its limits"
        case .suppressed(let reason):
            let why = trace.holdBacks.first { $0.reason == reason }.map { " (\($0.text))" } ?? ""
            return "\(rule) (\(trace.at.text)) was suppressed: \(reason.rawValue)\(why)"
        case .stopped(let by):
            let place = trace.stopped.map { " (\($0.at.text))" } ?? ""
            return "\(rule) (\(trace.at.text)) holds, but \(by)\(place) stopped before it"
        case .takenByFlow(let place):
            return "\(rule) (\(trace.at.text)) holds, but the flow at \(place.text) took the message"
        case .missed:
            guard let missed = trace.missed.first else { return "\(rule) (\(trace.at.text)) did not hold" }
            let hint = missed.hint.map { " (\($0))" } ?? ""
            return "\(rule): \(missed.condition) at \(missed.at.text) wanted \(JSONWriter.string(missed.wanted)), "
                + "met \(JSONWriter.string(missed.actual))\(hint)"
        }
    }

    // MARK: Effects

    private func effectList() -> String? {
        guard let wanted = expected.effects else { return nil }
        let isSame =
            wanted.count == planned.count
            && zip(wanted, planned).allSatisfy { wanted, effect in
                let compared = effect.action.compared
                return wanted.kind == effect.action.kind && wanted.value.matches(compared.value, text: compared.text)
            }
        guard !isSame else { return nil }
        return "effects: expected:" + wanted.map { "\n    - \($0.kind.rawValue): \($0.value.described)" }.joined()
            + (wanted.isEmpty ? " none" : "") + "\n  happened:" + (planned.isEmpty ? " none" : "")
            + planned.map { "\n    - \(described($0))" }.joined()
    }

    private func suppressed() -> String? {
        guard let wanted = expected.suppressed else { return nil }
        let happened = effects.compactMap { effect in
            if case .suppressed(let reason) = effect.status { (effect, reason) } else { nil }
        }
        let isSame =
            wanted.count == happened.count
            && zip(wanted, happened).allSatisfy { wanted, found in
                wanted.holds(for: found.0) && (wanted.reason == nil || wanted.reason == found.1)
            }
        guard !isSame else { return nil }
        return "suppressed: expected \(wanted.count):" + wanted.map { "\n    - \($0.described)" }.joined()
            + "\n  happened \(happened.count):"
            + happened.map { "\n    - \($0.0.rule) \($0.0.action.kind.rawValue) \($0.1.rawValue)" }.joined()
    }

    private func unsupported() -> String? {
        guard let wanted = expected.unsupported else { return nil }
        let happened = effects.filter { if case .unsupported = $0.status { true } else { false } }
        let isSame = wanted.count == happened.count && zip(wanted, happened).allSatisfy { $0.holds(for: $1) }
        guard !isSame else { return nil }
        return "unsupported: expected \(wanted.count):" + wanted.map { "\n    - \($0.described)" }.joined()
            + "\n  happened \(happened.count):" + happened.map { "\n    - \($0.rule) \($0.action.kind.rawValue)" }.joined()
    }

    private func forbidden() -> String? {
        guard let kinds = expected.not else { return nil }
        let found = planned.filter { kinds.contains($0.action.kind) }
        guard !found.isEmpty else { return nil }
        return "not: none of \(listed(kinds.map(\.rawValue))) was expected, happened:"
            + found.map { "\n    - \(described($0))" }.joined()
    }

    private func described(_ effect: Effect) -> String {
        "\(effect.action.kind.rawValue): \(JSONWriter.string(effect.action.value))  (\(effect.rule))"
    }

    // MARK: State

    private func flow() -> String? {
        guard let wanted = expected.flow else { return nil }
        let standing = outcome.state.flow?.place
        let isSo =
            switch wanted {
            case .at(let place): standing == place
            case .ended(let reason): outcome.ends.contains { reason == nil || $0.reason == reason }
            case .none: standing == nil
            }
        guard !isSo else { return nil }
        let ends = outcome.ends.map { "\($0.at.text) ended: \($0.reason.rawValue)" }
        let now = standing.map { "the flow is at \($0.text)" } ?? "no flow runs"
        return "flow: expected \(wanted.described), \((ends + [now]).joined(separator: "; "))"
    }

    private func variables() -> String? {
        guard let wanted = expected.variables else { return nil }
        let wrong = wanted.filter { name, value in
            !(outcome.state.variables[name].map { value.matches($0, text: nil) } ?? false)
        }
        guard !wrong.isEmpty else { return nil }
        return "vars:"
            + wrong.map { name, value in
                let actual = outcome.state.variables[name].map { JSONWriter.string($0) } ?? "nothing"
                return "\n    - \(name): expected \(value.described), is \(actual)"
            }.joined()
    }

    private func handler() -> String? {
        guard let wanted = expected.handler else { return nil }
        let actual = outcome.decisions.last?.event.conversation?.handler ?? outcome.state.handler(at: outcome.now)
        return wanted == actual ? nil : "handler: expected \(wanted.rawValue), is \(actual.rawValue)"
    }

    private func listed(_ words: [String]) -> String { "[\(words.joined(separator: ", "))]" }
}

extension ExpectedHoldback {
    func holds(for effect: Effect) -> Bool {
        (rule == nil || rule == effect.rule || rule == effect.flow?.flow) && (action == nil || action == effect.action.kind)
    }

    var described: String {
        [rule, action?.rawValue, reason?.rawValue].compactMap(\.self).joined(separator: " ")
    }
}

extension ExpectedFlow {
    var described: String {
        switch self {
        case .at(let place): place.text
        case .ended(let reason): reason.map { "ended: \($0.rawValue)" } ?? "ended"
        case .none: "none"
        }
    }
}
