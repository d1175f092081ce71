package import Model
import Zones

/// When the schedules of a rule set are open, seen side by side: at every moment at which one of them opens or closes.
///
/// Covers two years of weeks with their changes of daylight saving, and the days around every date that a schedule names.
package struct ScheduleTimes: Sendable {
    /// Ascending. Between two of them nothing changes.
    package let moments: [Instant]
    private let openings: [Schedule: [Bool]]

    /// Weeks are alike but for daylight saving, so any two years will do.
    private static let firstDay = LocalDate(daysSinceEpoch: 20_454)
    private static let days = 731

    package init(_ schedules: some Sequence<Schedule>) {
        let schedules = Set(schedules)
        let moments = Set(schedules.flatMap(Self.moments)).sorted()
        self.moments = moments
        openings = Dictionary(schedules.map { ($0, Self.openings($0, moments)) }) { first, _ in first }
    }

    private static func moments(of schedule: Schedule) -> [Instant] {
        let named = schedule.exceptions.keys.flatMap { date in (-1...2).map { date.adding(days: $0) } }
        let days = Set((0..<days).map { firstDay.adding(days: $0) } + named)
        return days.flatMap { day in
            (schedule.boundaries(of: day) + [LocalTime(date: day, hour: 0, minute: 0, second: 0)].compactMap(\.self))
                .map { schedule.zone.instant(of: $0) }
        }
    }

    private static func openings(_ schedule: Schedule, _ moments: [Instant]) -> [Bool] {
        moments.map { schedule.isOpen(at: $0) }
    }

    /// The moments at which all of these are as asked; nil where a schedule is not among those known.
    package func places(where demands: [EventDemand]) -> [Int]? {
        var tests: [(open: [Bool], isNegated: Bool)] = []
        for demand in demands {
            guard case .inside(let schedule) = demand.test, let open = openings[schedule] else { return nil }
            tests.append((open, demand.isNegated))
        }
        return moments.indices.filter { place in tests.allSatisfy { $0.open[place] != $0.isNegated } }
    }
}
