package import Model

/// What tests made happen, counted over all of them.
package struct CoverageTally: Sendable, Hashable {
    /// What a rule's `when` led to, how often.
    struct Runs: Sendable, Hashable {
        /// Live, and not wholly suppressed.
        var ran = 0
        /// With `mode: observe`.
        var observed = 0
        /// Live, but all that it would have done was held back.
        var suppressed = 0
    }

    struct Hours: Sendable, Hashable {
        var inside = 0
        var outside = 0
        /// Tests in which it was outside, and inside the next time that it was looked at.
        var openings = 0
        var closings = 0
    }

    private(set) var lines: [SourcePosition: Evaluations.Outcomes] = [:]
    private(set) var tried: [String: Int] = [:]
    private(set) var runs: [String: Runs] = [:]
    private(set) var ways: [SourcePosition: Int] = [:]
    private(set) var entered: [FlowPlace: Int] = [:]
    private(set) var hours: [String: Hours] = [:]

    package init() {}

    /// - Parameter decisions: of one test, in order, made by an engine that is recording.
    package mutating func add(_ decisions: [Decision]) {
        var wasOpen: [String: Bool] = [:]
        for decision in decisions {
            for rule in decision.matched { add(rule) }
            for place in decision.flow?.entered ?? [] { entered[place, default: 0] += 1 }
            guard let evaluations = decision.evaluations else { continue }
            for (at, outcomes) in evaluations.lines {
                lines[at, default: Evaluations.Outcomes()].held += outcomes.held
                lines[at, default: Evaluations.Outcomes()].failed += outcomes.failed
            }
            tried.merge(evaluations.rules) { $0 + $1 }
            ways.merge(evaluations.ways) { $0 + $1 }
            for (schedule, isOpen) in evaluations.schedules {
                note(schedule, isOpen: isOpen, before: wasOpen[schedule])
                wasOpen[schedule] = isOpen
            }
        }
    }

    private mutating func add(_ rule: MatchedRule) {
        if rule.mode == .observe {
            runs[rule.id, default: Runs()].observed += 1
        } else if rule.isWhollySuppressed {
            runs[rule.id, default: Runs()].suppressed += 1
        } else {
            runs[rule.id, default: Runs()].ran += 1
        }
    }

    private mutating func note(_ schedule: String, isOpen: Bool, before: Bool?) {
        var hours = hours[schedule] ?? Hours()
        if isOpen { hours.inside += 1 } else { hours.outside += 1 }
        if before == false, isOpen { hours.openings += 1 }
        if before == true, !isOpen { hours.closings += 1 }
        self.hours[schedule] = hours
    }
}
