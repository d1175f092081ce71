package import Model
package import Zones

/// An instant at which a schedule opens or closes.
package struct ScheduleEdge: Sendable, Hashable {
    package var at: Instant
    /// What the wall clock shows then.
    package var wall: LocalTime
    package var opens: Bool
    /// The day has hours of its own.
    package var isSpecial: Bool
    /// The clock was set at this very instant, and that opened or closed it.
    package var isTransition: Bool
}

extension Schedule {
    /// When it opens and closes, after `start` and not after `end`, in order: also where a clock that is set does it.
    package func edges(after start: Instant, until end: Instant) -> [ScheduleEdge] {
        let transitions = zone.transitions(after: start, until: end)
        let changes = Set(transitions.map(\.at))
        var candidates = changes
        let (first, last) = (zone.localTime(at: start).date, zone.localTime(at: end).date)
        guard first <= last else { return [] }
        for day in first.daysSinceEpoch - 1...last.daysSinceEpoch {
            for wall in boundaries(of: LocalDate(daysSinceEpoch: day)) { candidates.formUnion(instants(of: wall)) }
        }
        return candidates.filter { start < $0 && $0 <= end }.sorted().compactMap { at in
            let opens = isOpen(at: at)
            guard opens != isOpen(at: at.adding(.milliseconds(-1))) else { return nil }
            let wall = zone.localTime(at: at)
            return ScheduleEdge(
                at: at, wall: wall, opens: opens, isSpecial: exceptions[wall.date] != nil,
                isTransition: changes.contains(at) && !boundaries(of: wall.date).contains(wall))
        }
    }

    /// Each instant at which the wall clock shows a time: none in a gap, two where it comes twice.
    private func instants(of wall: LocalTime) -> [Instant] {
        let guess = wall.instant(offsetSeconds: 0)
        let offsets = Set([-86_400, 0, 86_400].map { zone.offsetSeconds(at: guess.adding(.seconds($0))) })
        return offsets.map { wall.instant(offsetSeconds: $0) }.filter { zone.localTime(at: $0) == wall }
    }

    /// Days that are closed all day, from one day to another.
    package func holidays(from first: LocalDate, to last: LocalDate) -> [LocalDate] {
        exceptions.filter { $0.value.isEmpty && first <= $0.key && $0.key <= last }.keys.sorted()
    }

    /// When the day would have opened, were it no day of its own; nil for a day without hours.
    package func ordinaryOpening(of date: LocalDate) -> LocalTime? {
        let minute = hours[date.weekday]?.map(\.lowerBound).min()
        return minute.flatMap { LocalTime(date: date, hour: $0 / 60, minute: $0 % 60, second: 0) }
    }

    /// What a change of the clock does to the hours; empty where it does not touch them.
    package func notes(on transition: ZoneTransition) -> [String] {
        let (from, to) = (min(transition.wallBefore, transition.wallAfter), max(transition.wallBefore, transition.wallAfter))
        let walls = Set([from.date, to.date]).flatMap { boundaries(of: $0) }.filter(changes).sorted()
        let isOpenAcross = isOpen(at: transition.at) && isOpen(at: transition.at.adding(.milliseconds(-1)))
        if transition.isForward {
            let missing = walls.filter { from <= $0 && $0 < to }
            let state = isOpen(at: transition.at) ? "open" : "closed"
            let notes = missing.map { wall in
                "\(wall.minuteText) does not exist on \(wall.date.iso8601): from \(to.minuteText) on it is \(state)"
            }
            return notes.isEmpty && isOpenAcross
                ? ["it is open, and \(span(from, to)) does not exist: the day is shorter"] : notes
        }
        let doubled = walls.filter { from < $0 && $0 < to }
        let notes = doubled.map { wall in
            let verb = isOpen(at: wall) ? "opens" : "closes"
            return "\(wall.minuteText) comes twice on \(wall.date.iso8601), and it \(verb) twice"
        }
        return notes.isEmpty && isOpenAcross ? ["it is open, and \(span(from, to)) comes twice: the day is longer"] : notes
    }

    /// False where hours of two days overlap: it is open on both sides.
    private func changes(at wall: LocalTime) -> Bool {
        let before = Zone.utc.localTime(at: wall.instant(offsetSeconds: 0).adding(.milliseconds(-1)))
        return isOpen(at: wall) != isOpen(at: before)
    }

    private func span(_ from: LocalTime, _ to: LocalTime) -> String { "\(from.minuteText)-\(to.minuteText)" }
}
