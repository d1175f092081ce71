import Model
import Rules
import Zones

/// Conditions on schedules that were open on some days, the last of which is over: R108, as one that is never open is.
struct PastScheduleLint: Lint {
    static let references: [LintReference] = []

    func findings(in subject: LintSubject) -> [Diagnostic] {
        guard let now = subject.now else { return [] }
        let expected = subject.expectedRules
        // One that is off may be kept for the next year.
        let rules = subject.rules.map(\.rule).filter { $0.mode != .off && !expected.contains($0.id) }
        let lines = rules.flatMap(\.when) + subject.flows.flatMap { $0.flow.steps.values.flatMap(\.conditions) }
        return lines.flatMap(\.formula.openSchedules).compactMap { finding($0.schedule, $0.demand, now) }
    }

    private func finding(_ schedule: Schedule, _ demand: EventDemand, _ now: Instant) -> Diagnostic? {
        guard let last = schedule.lastDay, last < schedule.zone.localTime(at: now).date else { return nil }
        return Diagnostic(
            .warning, .impossibleCondition, "condition can never hold again", at: demand.at,
            length: demand.condition.count, label: "the last day of the schedule was \(last.iso8601)",
            help: "give '\(schedule.name)' a day to come, or take the line away with what it is for")
    }
}

extension Formula {
    /// Those that must be open, or may be where one of several is asked for.
    fileprivate var openSchedules: [(schedule: Schedule, demand: EventDemand)] {
        switch self {
        case .demand(let demand):
            if !demand.isNegated, case .inside(let schedule) = demand.test { [(schedule, demand)] } else { [] }
        case .all(let parts), .any(let parts): parts.flatMap(\.openSchedules)
        case .unknown: []
        }
    }
}

extension Schedule {
    /// The last one on which it is open; nil where it is open in any week, or never.
    fileprivate var lastDay: LocalDate? {
        guard hours.values.allSatisfy(\.isEmpty) else { return nil }
        return exceptions.flatMap { date, ranges in
            ranges.map { $0.upperBound > 1_440 ? date.adding(days: 1) : date }
        }.max()
    }
}
