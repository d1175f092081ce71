package import Model
package import Zones

/// Opening hours by the wall clock of a zone, half-open: at its closing minute a range is over.
package struct Schedule: Sendable, Hashable {
    package var name: String
    package var zone: Zone
    package var at: SourcePosition
    /// Ranges of each weekday, in minutes of the day; an end over 1440 reaches into the next day, whatever that day says.
    package var hours: [Weekday: [Range<Int>]]
    /// Days with hours of their own: empty for a holiday.
    package var exceptions: [LocalDate: [Range<Int>]]

    package init(
        name: String, zone: Zone, at: SourcePosition, hours: [Weekday: [Range<Int>]] = [:],
        exceptions: [LocalDate: [Range<Int>]] = [:]
    ) {
        self.name = name
        self.zone = zone
        self.at = at
        self.hours = hours
        self.exceptions = exceptions
    }

    /// The wall clock decides: an hour that daylight saving repeats is open, or closed, both times.
    package func isOpen(at instant: Instant) -> Bool {
        isOpen(at: zone.localTime(at: instant))
    }

    func isOpen(at time: LocalTime) -> Bool {
        let minute = time.minuteOfDay
        return ranges(of: time.date).contains { $0.contains(minute) }
            || ranges(of: time.date.adding(days: -1)).contains { $0.contains(minute + Schedule.minutesOfDay) }
    }

    /// When the wall clock next shows a time at which the schedule opens or closes; nil when that is over a year away.
    package func nextChange(after instant: Instant) -> LocalTime? {
        let now = zone.localTime(at: instant)
        let isOpenNow = isOpen(at: now)
        for day in 0...Schedule.daysLookedAhead {
            let date = now.date.adding(days: day)
            let change = boundaries(of: date).first { time in time > now && isOpen(at: time) != isOpenNow }
            if let change { return change }
        }
        return nil
    }

    /// One sentence on where an instant stands: `now 17:58 America/Sao_Paulo; office closes 18:00`. Days are named where the
    /// change is on another one, and a day with hours of its own, since those are not the hours that one has in mind.
    package func hint(at instant: Instant) -> String {
        let now = zone.localTime(at: instant)
        let verb = isOpen(at: now) ? "closes" : "opens"
        let special = exceptions[now.date].map { ranges in
            "; \(now.date.iso8601) " + (ranges.isEmpty ? "is a closed day" : "has hours of its own")
        }
        guard let change = nextChange(after: instant) else {
            return "now \(now.date.weekday.shortName) \(now.minuteText) \(zone.name); \(name) never \(verb) within a year"
                + (special ?? "")
        }
        let today = change.date == now.date ? "" : "\(now.date.weekday.shortName) "
        return "now \(today)\(now.minuteText) \(zone.name); \(name) \(verb) \(text(of: change, seenFrom: now.date))"
            + (special ?? "")
    }

    static let minutesOfDay = 1440
    private static let daysLookedAhead = 366

    func ranges(of date: LocalDate) -> [Range<Int>] {
        exceptions[date] ?? hours[date.weekday] ?? []
    }

    /// The times of a date at which a range begins or ends, ascending.
    func boundaries(of date: LocalDate) -> [LocalTime] {
        let own = ranges(of: date).flatMap { [$0.lowerBound, $0.upperBound] }
        let carried = ranges(of: date.adding(days: -1)).map { $0.upperBound - Schedule.minutesOfDay }
        return Set(own + carried).sorted().compactMap { minute in
            LocalTime(date: date, hour: minute / 60, minute: minute % 60, second: 0)
        }
    }

    private func text(of time: LocalTime, seenFrom today: LocalDate) -> String {
        switch time.date.daysSinceEpoch - today.daysSinceEpoch {
        case 0: time.minuteText
        case 1...6: "\(time.date.weekday.shortName) \(time.minuteText)"
        default: "\(time.date.iso8601) \(time.minuteText)"
        }
    }
}

extension Weekday {
    /// As schedules write it: `mon`.
    package var key: String { Weekday.keys[rawValue] }

    package static let keys = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    package init?(key: some StringProtocol) {
        guard let index = Weekday.keys.firstIndex(where: { $0.utf8.elementsEqual(key.utf8) }) else { return nil }
        self.init(rawValue: index)
    }

    /// `Mon`
    package var shortName: String { key.prefix(1).uppercased() + key.dropFirst() }
}

extension LocalTime {
    /// `09:00`
    package var minuteText: String { String(timeText.prefix(5)) }
}
