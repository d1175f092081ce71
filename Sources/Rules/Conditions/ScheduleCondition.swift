package import Model
import Zones

/// `inside:` and `outside:`: opening hours.
package struct ScheduleCondition: Condition {
    private let schedule: Schedule
    private let wantsOpen: Bool
    private let at: SourcePosition

    package static let reference = Reference(
        key: "inside, outside", value: "the name of a schedule",
        meaning: "the event's time is within (`inside`) or not within (`outside`) the opening hours of that schedule, by the "
            + "wall clock of its zone",
        example: "outside: office")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let name = scope.text(value) else { return nil }
        guard let schedule = scope.schedules[name] else {
            let near = nearest(to: name, among: scope.schedules.keys.sorted())
            scope.error(
                .unknownName, "there is no schedule '\(name)'", at: value,
                help: near.map { "did you mean '\($0)'?" } ?? "define it under `schedules:`")
            return nil
        }
        self.schedule = schedule
        wantsOpen = key.key == "inside"
        at = key.keyAt
    }

    package var formula: Formula {
        let demand = EventDemand(.time, .inside(schedule), at: at, condition: wantsOpen ? "inside" : "outside")
        return .demand(wantsOpen ? demand : demand.negated)
    }

    package var outline: ConditionOutline {
        ConditionOutline(key: wantsOpen ? "inside" : "outside", at: at, schedule: schedule, wantsOpen: wantsOpen)
    }

    package func holds(_ subject: Subject) -> Bool {
        let isOpen = schedule.isOpen(at: subject.now)
        subject.evaluations?.schedules[schedule.name] = isOpen
        return isOpen == wantsOpen
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        ConditionTrace(
            condition: wantsOpen ? "inside" : "outside", at: at, wanted: .string(schedule.name),
            actual: .string(schedule.zone.localTime(at: subject.now).iso8601), hint: schedule.hint(at: subject.now))
    }
}
