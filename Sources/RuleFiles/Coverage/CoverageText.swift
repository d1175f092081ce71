import Model

/// Coverage for people: what no test reaches, with its place, and the shares.
package enum CoverageText {
    package static func lines(_ coverage: RuleCoverage) -> [String] { gaps(coverage) + summary(coverage) }

    /// What no test reaches, in the order of the places.
    static func gaps(_ coverage: RuleCoverage) -> [String] {
        var found: [Gap] = coverage.rules.flatMap { gaps($0) }
        for flow in coverage.flows { found += flow.steps.flatMap { gaps($0, of: flow) } }
        found += coverage.schedules.flatMap { gaps($0) }
        return found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map { "\($0.element.at.text): \($0.element.text)" }
    }

    private static func gaps(_ rule: RuleCoverage.RuleReport) -> [Gap] {
        let what: String? =
            switch (rule.state, rule.tried) {
            case (.ran, _), (.observed, _): nil
            case (.suppressed, _): "rule \(rule.id) never ran: it held, and all that it does was held back"
            case (.never, 0): "rule \(rule.id) was never tried"
            case (.never, _): "rule \(rule.id) never held"
            }
        let own = what.map { [Gap(rule.at, $0)] } ?? []
        // A rule that was never tried has no news of its lines.
        return own + (rule.tried == 0 ? [] : gaps(rule.lines, of: "rule \(rule.id)"))
    }

    private static func gaps(_ lines: [RuleCoverage.Line], of owner: String) -> [Gap] {
        lines.flatMap { line -> [Gap] in
            switch (line.outcomes.held, line.outcomes.failed) {
            // What is inside of it was not tried either.
            case (0, 0): return [Gap(line.at, "\(owner): `\(line.key)` was never tried")]
            case (0, _): return [Gap(line.at, "\(owner): `\(line.key)` was never true")] + gaps(line.parts, of: owner)
            case (_, 0): return [Gap(line.at, "\(owner): `\(line.key)` was never false")] + gaps(line.parts, of: owner)
            default: return gaps(line.parts, of: owner)
            }
        }
    }

    private static func gaps(
        _ step: RuleCoverage.StepReport, of flow: RuleCoverage.FlowReport
    ) -> [Gap] {
        let name = "flow \(flow.id)/\(step.name)"
        let own = step.entered == 0 ? [Gap(step.at, "\(name) was never entered")] : []
        return own
            + step.ways.flatMap { way -> [Gap] in
                let missed = way.taken == 0 ? [Gap(way.at, "\(name): \(described(way)) was never taken")] : []
                let isTried = way.lines.contains { $0.outcomes.tried > 0 }
                return missed + (isTried ? gaps(way.lines, of: name) : [])
            }
    }

    private static func described(_ way: RuleCoverage.Way) -> String {
        switch way.kind {
        case .choice: "the choice '\(way.label ?? "")'"
        case .expectation: "the expectation that leads to '\(way.target)'"
        case .otherwise: "`otherwise`"
        case .gaveUp: "the `next` of `otherwise`, to '\(way.target)',"
        case .timeout: "`timeout`"
        case .next: "the way to '\(way.target)'"
        }
    }

    private static func gaps(_ schedule: RuleCoverage.ScheduleReport) -> [Gap] {
        var missing: [String] = []
        if schedule.inside == 0 { missing.append("no test is inside") }
        if schedule.outside == 0 { missing.append("no test is outside") }
        if schedule.openings == 0 { missing.append("no test goes over an opening") }
        if schedule.closings == 0 { missing.append("no test goes over a closing") }
        return missing.isEmpty ? [] : [Gap(schedule.at, "schedule \(schedule.name): \(missing.joined(separator: ", "))")]
    }

    private struct Gap {
        var at: SourcePosition
        var text: String

        init(_ at: SourcePosition, _ text: String) {
            self.at = at
            self.text = text
        }
    }

    // MARK: Shares

    package static func summary(_ coverage: RuleCoverage) -> [String] {
        let rows: [(String, CoverageShare)] = [
            ("rules", coverage.share(of: .rules)), ("outcomes of conditions", coverage.share(of: .conditions)),
            ("flow steps", coverage.stepShare), ("ways on from flow steps", coverage.wayShare),
            ("sides and edges of schedules", coverage.share(of: .schedules)),
        ]
        return rows.filter { $0.0 == "rules" || $0.1.total > 0 }
            .map { "coverage: \($0.1.covered) of \($0.1.total) \($0.0), \(Int($0.1.percent)) %" }
    }
}
