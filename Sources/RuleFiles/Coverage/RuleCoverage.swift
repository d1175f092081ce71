package import Model
package import Rules

/// What the tests of a rules root reach of its rules, flows and schedules.
package struct RuleCoverage: Sendable, Hashable {
    /// A line of a `when`, or a part of one.
    package struct Line: Sendable, Hashable {
        package var key: String
        package var at: SourcePosition
        package var outcomes: Evaluations.Outcomes
        package var parts: [Line]

        /// Itself and everything inside of it, in the order written.
        package var all: [Line] { [self] + parts.flatMap(\.all) }

        package var coveredOutcomes: Int { (outcomes.held > 0 ? 1 : 0) + (outcomes.failed > 0 ? 1 : 0) }
    }

    package struct RuleReport: Sendable, Hashable {
        package enum State: String, Sendable, Hashable {
            case ran, observed, suppressed, never
        }

        package var id: String
        package var at: SourcePosition
        package var mode: RuleMode
        package var state: State
        /// How often it was its turn.
        package var tried: Int
        /// How often its `when` held, whatever came of it.
        package var held: Int
        package var lines: [Line]

        package var isCovered: Bool { state == .ran || state == .observed }
    }

    /// A way on from a step.
    package struct Way: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case choice, expectation, otherwise, gaveUp = "otherwise.next", timeout, next
        }

        package var kind: Kind
        /// A choice's label.
        package var label: String?
        package var at: SourcePosition
        package var target: String
        package var taken: Int
        package var lines: [Line]
    }

    package struct StepReport: Sendable, Hashable {
        package var name: String
        package var at: SourcePosition
        package var entered: Int
        package var ways: [Way]
    }

    package struct FlowReport: Sendable, Hashable {
        package var id: String
        package var at: SourcePosition
        package var steps: [StepReport]
    }

    package struct ScheduleReport: Sendable, Hashable {
        package var name: String
        package var at: SourcePosition
        package var inside: Int
        package var outside: Int
        /// In how many tests time went on over an opening, or a closing.
        package var openings: Int
        package var closings: Int

        var counts: [Int] { [inside, outside, openings, closings] }
    }

    /// In the order of their places; those that are off are left out.
    package var rules: [RuleReport]
    package var flows: [FlowReport]
    /// Those that a condition looks at.
    package var schedules: [ScheduleReport]

    package init(_ rules: RuleSet, _ tally: CoverageTally) {
        self.rules = rules.rules.filter { $0.mode != .off }.sorted { $0.at < $1.at }.map { RuleReport($0, tally) }
        flows = rules.flows.values.sorted { $0.at < $1.at }.map { FlowReport($0, tally) }
        schedules = rules.usedSchedules.map { schedule in
            let hours = tally.hours[schedule.name] ?? CoverageTally.Hours()
            return ScheduleReport(
                name: schedule.name, at: schedule.at, inside: hours.inside, outside: hours.outside, openings: hours.openings,
                closings: hours.closings)
        }
    }

    /// Several roots as one.
    package init(joining reports: [RuleCoverage]) {
        rules = reports.flatMap(\.rules)
        flows = reports.flatMap(\.flows)
        schedules = reports.flatMap(\.schedules)
    }

    /// Every line of every `when`, parts included.
    package var lines: [Line] {
        (rules.flatMap(\.lines) + ways.flatMap(\.lines)).flatMap(\.all)
    }

    package var steps: [StepReport] { flows.flatMap(\.steps) }
    package var ways: [Way] { steps.flatMap(\.ways) }
}

/// How much of what there is was reached.
package struct CoverageShare: Sendable, Hashable {
    package var covered: Int
    package var total: Int

    /// 100 where there is nothing to reach.
    package var percent: Double { total == 0 ? 100 : Double(covered) / Double(total) * 100 }
}

/// What a share is counted of. Raw values are the words of `--coverage-of`.
package enum CoverageMeasure: String, Sendable, Hashable, CaseIterable {
    case rules, conditions, flows, schedules, all
}

extension RuleCoverage {
    package func share(of measure: CoverageMeasure) -> CoverageShare {
        switch measure {
        case .rules: CoverageShare(covered: rules.count(where: \.isCovered), total: rules.count)
        case .conditions:
            CoverageShare(covered: lines.reduce(0) { $0 + $1.coveredOutcomes }, total: lines.count * 2)
        case .flows: sum(of: [stepShare, wayShare])
        case .schedules:
            CoverageShare(
                covered: schedules.reduce(0) { $0 + $1.counts.count { $0 > 0 } },
                total: schedules.reduce(0) { $0 + $1.counts.count })
        case .all: sum(of: [.rules, .conditions, .flows, .schedules].map { share(of: $0) })
        }
    }

    package var stepShare: CoverageShare {
        CoverageShare(covered: steps.count { $0.entered > 0 }, total: steps.count)
    }

    package var wayShare: CoverageShare { CoverageShare(covered: ways.count { $0.taken > 0 }, total: ways.count) }

    private func sum(of shares: [CoverageShare]) -> CoverageShare {
        CoverageShare(covered: shares.reduce(0) { $0 + $1.covered }, total: shares.reduce(0) { $0 + $1.total })
    }
}

// MARK: - Counting

extension RuleCoverage.Line {
    fileprivate init(_ outline: ConditionOutline, _ tally: CoverageTally) {
        key = outline.key
        at = outline.at
        outcomes = tally.lines[outline.at] ?? Evaluations.Outcomes()
        parts = outline.parts.map { Self($0, tally) }
    }

    fileprivate static func lines(_ when: [any Condition], _ tally: CoverageTally) -> [Self] {
        when.map { Self($0.outline, tally) }
    }
}

extension RuleCoverage.RuleReport {
    fileprivate init(_ rule: Rule, _ tally: CoverageTally) {
        let runs = tally.runs[rule.id] ?? CoverageTally.Runs()
        id = rule.id
        at = rule.at
        mode = rule.mode
        state = runs.ran > 0 ? .ran : runs.observed > 0 ? .observed : runs.suppressed > 0 ? .suppressed : .never
        tried = tally.tried[rule.id] ?? 0
        held = runs.ran + runs.observed + runs.suppressed
        lines = RuleCoverage.Line.lines(rule.when, tally)
    }
}

extension RuleCoverage.FlowReport {
    fileprivate init(_ flow: Flow, _ tally: CoverageTally) {
        id = flow.id
        at = flow.at
        steps = flow.steps.values.sorted { $0.at < $1.at }.map { step in
            RuleCoverage.StepReport(
                name: step.name, at: step.at, entered: tally.entered[FlowPlace(flow: flow.id, step: step.name)] ?? 0,
                ways: step.ways(tally))
        }
    }
}

extension FlowStep {
    fileprivate func ways(_ tally: CoverageTally) -> [RuleCoverage.Way] {
        func way(
            _ kind: RuleCoverage.Way.Kind, _ at: SourcePosition, to target: String, label: String? = nil,
            when: [any Condition] = []
        ) -> RuleCoverage.Way {
            RuleCoverage.Way(
                kind: kind, label: label, at: at, target: target, taken: tally.ways[at] ?? 0,
                lines: RuleCoverage.Line.lines(when, tally))
        }
        var ways = choices.map { way(.choice, $0.at, to: $0.next, label: $0.label.source) }
        ways += expectations.map { way(.expectation, $0.at, to: $0.next, when: $0.when) }
        if let otherwise {
            if otherwise.say != nil { ways.append(way(.otherwise, otherwise.at, to: name)) }
            if let next = otherwise.next { ways.append(way(.gaveUp, otherwise.nextAt ?? otherwise.at, to: next)) }
        }
        if let timeout { ways.append(way(.timeout, timeout.at, to: timeout.next)) }
        // Behind a step that waits, `next` is never looked at.
        if !waits { ways += next.map { way(.next, $0.at, to: $0.step, when: $0.when) } }
        return ways
    }
}

extension RuleSet {
    /// The schedules that some condition looks at, in the order of their places.
    package var usedSchedules: [Schedule] {
        let conditions =
            rules.filter { $0.mode != .off }.flatMap(\.when) + flows.values.flatMap { $0.steps.values.flatMap(\.conditions) }
        let used = conditions.flatMap(\.outline.all).compactMap(\.schedule)
        return Dictionary(used.map { ($0.name, $0) }) { first, _ in first }.values.sorted { $0.at < $1.at }
    }
}
