package import Model

/// Coverage as one object, for programs.
package enum CoverageJSON {
    package static func value(_ coverage: RuleCoverage) -> Value {
        [
            "schema": 1,
            "summary": [
                "rules": share(coverage.share(of: .rules)), "conditions": share(coverage.share(of: .conditions)),
                "flow_steps": share(coverage.stepShare), "flow_ways": share(coverage.wayShare),
                "flows": share(coverage.share(of: .flows)), "schedules": share(coverage.share(of: .schedules)),
                "all": share(coverage.share(of: .all)),
            ],
            "rules": .array(coverage.rules.map(rule)), "flows": .array(coverage.flows.map(flow)),
            "schedules": .array(coverage.schedules.map(schedule)),
        ]
    }

    private static func share(_ share: CoverageShare) -> Value {
        [
            "covered": count(share.covered), "total": count(share.total),
            "percent": .number((share.percent * 100).rounded(.down) / 100),
        ]
    }

    private static func rule(_ rule: RuleCoverage.RuleReport) -> Value {
        [
            "id": .string(rule.id), "at": .string(rule.at.text), "mode": .string(rule.mode.rawValue),
            "state": .string(rule.state.rawValue), "tried": count(rule.tried), "held": count(rule.held),
            "conditions": .array(rule.lines.map(line)),
        ]
    }

    private static func line(_ line: RuleCoverage.Line) -> Value {
        var object: Value.Object = [
            "condition": .string(line.key), "at": .string(line.at.text), "true": count(line.outcomes.held),
            "false": count(line.outcomes.failed),
        ]
        if !line.parts.isEmpty { object["parts"] = .array(line.parts.map(self.line)) }
        return .object(object)
    }

    private static func flow(_ flow: RuleCoverage.FlowReport) -> Value {
        ["id": .string(flow.id), "at": .string(flow.at.text), "steps": .array(flow.steps.map(step))]
    }

    private static func step(_ step: RuleCoverage.StepReport) -> Value {
        [
            "step": .string(step.name), "at": .string(step.at.text), "entered": count(step.entered),
            "ways": .array(step.ways.map(way)),
        ]
    }

    private static func way(_ way: RuleCoverage.Way) -> Value {
        var object: Value.Object = [
            "way": .string(way.kind.rawValue), "at": .string(way.at.text), "to": .string(way.target), "taken": count(way.taken),
        ]
        if let label = way.label { object["label"] = .string(label) }
        if !way.lines.isEmpty { object["conditions"] = .array(way.lines.map(line)) }
        return .object(object)
    }

    private static func schedule(_ schedule: RuleCoverage.ScheduleReport) -> Value {
        [
            "name": .string(schedule.name), "at": .string(schedule.at.text), "inside": count(schedule.inside),
            "outside": count(schedule.outside), "openings_crossed": count(schedule.openings),
            "closings_crossed": count(schedule.closings),
        ]
    }

    private static func count(_ count: Int) -> Value { .integer(Int64(count)) }
}
