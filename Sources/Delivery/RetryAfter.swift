package import Model

/// Reads the `Retry-After` header: whole seconds, or a date in one of the three forms of HTTP.
/// Source: RFC 9110, sections 5.6.7 and 10.2.3.
package enum RetryAfter {
    /// Milliseconds to wait from `now`, never negative: 0 for a date that has passed, `Int64.max` for more than fits.
    /// Nil for what is neither (a negative number, junk, nothing). A fraction of a second counts as a whole one.
    package static func milliseconds(_ text: String, now: Instant) -> Int64? {
        let trimmed = text.utf8.split(omittingEmptySubsequences: true) { $0 == 0x20 || $0 == 0x09 }
        if trimmed.count == 1, let only = trimmed.first, let seconds = seconds(only) {
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            return overflow ? .max : product
        }
        guard let date = HTTPDate.instant(text) else { return nil }
        return max(0, date.since(now).wholeMilliseconds)
    }

    private static func seconds(_ text: Substring.UTF8View) -> Int64? {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let seconds = HTTPDate.number(whole) else { return nil }
        guard parts.count == 2, let fraction = parts.last else { return seconds }
        guard let tail = HTTPDate.number(fraction) else { return nil }
        return tail > 0 && seconds < .max ? seconds + 1 : seconds
    }
}

/// A date of an HTTP header.
enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    static func instant(_ text: String) -> Instant? {
        let words = text.utf8.split { [0x20, 0x09, UInt8(ascii: ","), UInt8(ascii: "-")].contains($0) }
        // The weekday counts for nothing; a date without one is read too.
        guard let start = words.firstIndex(where: { month($0) != nil }), (1...2).contains(start) else { return nil }
        if let day = number(words[start - 1]) {
            return instant(words.dropFirst(start), day: day, yearFirst: true)
        }
        guard words.count > start + 1, let day = number(words[start + 1]) else { return nil }
        return instant([words[start]] + words.dropFirst(start + 2), day: day, yearFirst: false)
    }

    /// The number that decimal digits make, `Int64.max` when it does not fit; nil for anything else.
    static func number(_ text: some Collection<UInt8>) -> Int64? {
        guard !text.isEmpty else { return nil }
        var result: Int64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            result = overflow || overflowAgain ? .max : sum
        }
        return result
    }

    /// - Parameter words: the month, then year and time in either order, then perhaps `GMT`.
    private static func instant(
        _ words: some Collection<Substring.UTF8View>, day: Int64, yearFirst: Bool
    ) -> Instant? {
        let words = Array(words)
        guard words.count == 3 || (words.count == 4 && zones.contains { words[3].elementsEqual($0.utf8) }),
            let month = month(words[0]), let year = number(words[yearFirst ? 1 : 2]), year < 10_000, day < 32,
            let time = time(words[yearFirst ? 2 : 1]),
            let date = LocalDate(year: Int(fullYear(year, digits: words[yearFirst ? 1 : 2].count)), month: month, day: Int(day))
        else { return nil }
        return LocalTime(date: date, hour: time[0], minute: time[1], second: min(time[2], 59))?.instant(offsetSeconds: 0)
    }

    private static func time(_ text: Substring.UTF8View) -> [Int]? {
        let parts = text.split(separator: UInt8(ascii: ":")).compactMap { number($0) }
        guard parts.count == 3, parts.allSatisfy({ $0 <= 60 }) else { return nil }
        return parts.map { Int($0) }
    }

    /// A year of two digits is in 1970...2069.
    private static func fullYear(_ year: Int64, digits: Int) -> Int64 {
        guard digits == 2 else { return year }
        return year < 70 ? 2000 + year : 1900 + year
    }

    private static func month(_ text: Substring.UTF8View) -> Int? {
        let lowered = text.map { $0 | 0x20 }
        return months.firstIndex { $0.utf8.elementsEqual(lowered) }.map { $0 + 1 }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let zones = ["GMT", "UTC", "gmt", "utc"]
}
