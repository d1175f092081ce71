/// A date and a time of day on a wall clock, with no zone: proleptic Gregorian, always a real date.
package struct LocalTime: Sendable, Hashable, Comparable {
    package var date: LocalDate
    /// 0 ..< 86400
    package var secondOfDay: Int

    package var hour: Int { secondOfDay / 3600 }
    package var minute: Int { secondOfDay / 60 % 60 }
    package var second: Int { secondOfDay % 60 }
    package var minuteOfDay: Int { secondOfDay / 60 }

    package init?(date: LocalDate, hour: Int, minute: Int, second: Int) {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
        self.date = date
        secondOfDay = hour * 3600 + minute * 60 + second
    }

    /// What a clock `offsetSeconds` east of UTC shows at `instant`.
    package init(_ instant: Instant, offsetSeconds: Int) {
        let seconds = floorDivide(instant.milliseconds, 1000) &+ Int64(offsetSeconds)
        let days = floorDivide(seconds, 86_400)
        date = LocalDate(daysSinceEpoch: Int(days))
        secondOfDay = Int(seconds &- days &* 86_400)
    }

    /// Reads `2026-03-04 13:00:05` or the same with `T`, seconds optional, a fraction is dropped; no zone allowed.
    package init?(_ text: some StringProtocol) {
        var scanner = ISO8601Scanner(text)
        guard let time = scanner.dateTime(), scanner.isAtEnd else { return nil }
        self = time
    }

    /// The instant at which a clock `offsetSeconds` east of UTC shows this.
    package func instant(offsetSeconds: Int) -> Instant {
        Instant(seconds: Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay - offsetSeconds))
    }

    /// `2026-03-04T13:00:05`
    package var iso8601: String { "\(date.iso8601)T\(timeText)" }

    /// `13:00:05`
    package var timeText: String { "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))" }

    package static func < (left: LocalTime, right: LocalTime) -> Bool {
        (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
    }
}

/// A day of the proleptic Gregorian calendar.
package struct LocalDate: Sendable, Hashable, Comparable {
    package let year: Int
    /// 1 ... 12
    package let month: Int
    /// 1 ... 31
    package let day: Int

    /// Nil when there is no such day, or the year is not 0 ... 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1, day <= LocalDate.days(in: month, of: year) else {
            return nil
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Days after 1970-01-01, which is 0.
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    package var daysSinceEpoch: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var weekday: Weekday {
        Weekday(rawValue: ((daysSinceEpoch + 3) % 7 + 7) % 7) ?? .monday
    }

    package func adding(days: Int) -> LocalDate { LocalDate(daysSinceEpoch: daysSinceEpoch + days) }

    /// Reads `2026-12-25`.
    package init?(_ text: some StringProtocol) {
        var scanner = ISO8601Scanner(text)
        guard let date = scanner.date(), scanner.isAtEnd else { return nil }
        self = date
    }

    /// `2026-12-25`
    package var iso8601: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }

    package static func < (left: LocalDate, right: LocalDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

package enum Weekday: Int, Sendable, Hashable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

/// Reads the ISO 8601 forms that vendors and authors write. Anything else is nil.
struct ISO8601Scanner {
    private let bytes: [UInt8]
    private var index = 0
    /// The fraction that `dateTime()` read.
    private(set) var milliseconds: Int64 = 0

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func date() -> LocalDate? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2) else { return nil }
        return LocalDate(year: year, month: month, day: day)
    }

    mutating func dateTime() -> LocalTime? {
        guard let date = date(), take("T") || take("t") || take(" "), let hour = digits(2), take(":"), let minute = digits(2)
        else { return nil }
        var second = 0
        if take(":") {
            guard let read = digits(2) else { return nil }
            second = read
        }
        if take(".") || take(",") {
            guard fraction() else { return nil }
        }
        return LocalTime(date: date, hour: hour, minute: minute, second: second)
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours <= 23 else { return nil }
        var minutes = 0
        if take(":") {
            guard let read = digits(2) else { return nil }
            minutes = read
        } else if !isAtEnd {
            guard let read = digits(2) else { return nil }
            minutes = read
        }
        guard minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func fraction() -> Bool {
        let start = index
        var scale: Int64 = 100
        while index < bytes.count, let digit = digit(bytes[index]) {
            milliseconds += Int64(digit) * scale
            scale /= 10
            index += 1
        }
        return index > start
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard index + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + count] {
            guard let digit = digit(byte) else { return nil }
            value = value * 10 + digit
        }
        index += count
        return value
    }

    private func digit(_ byte: UInt8) -> Int? {
        (48...57).contains(byte) ? Int(byte) - 48 : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(truncatingIfNeeded: character.value) else { return false }
        index += 1
        return true
    }
}
