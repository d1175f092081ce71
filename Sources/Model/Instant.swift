/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The only clock the pure code knows is an `Instant` that it is given.
package struct Instant: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Saturates at the ends of time.
    package func adding(_ duration: Duration) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        guard overflow else { return Instant(milliseconds: sum) }
        return Instant(milliseconds: duration < .zero ? .min : .max)
    }

    /// How long after `earlier` this is; negative when it is before.
    package func since(_ earlier: Instant) -> Duration {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return .milliseconds(overflow ? (milliseconds < earlier.milliseconds ? Int64.min : Int64.max) : difference)
    }
}

extension Duration {
    /// Rounded toward zero; saturates.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, overflowAgain) = milliseconds.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow || overflowAgain ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Instant {
    /// ISO 8601 in UTC with a `Z`, milliseconds only when not zero: `2018-04-19T16:37:34Z`.
    package var iso8601: String {
        let local = LocalTime(self, offsetSeconds: 0)
        let fraction = Int(((milliseconds % 1000) + 1000) % 1000)
        return local.iso8601 + (fraction == 0 ? "" : "." + padded(fraction, 3)) + "Z"
    }

    /// Reads `2026-03-04T13:00:05.410Z`, `2026-03-04 13:00:05+02:00`, `2026-03-04T13:00-0300`: a date, `T` or a space, a time with
    /// optional seconds and fraction, and a zone (`Z` or an offset). Digits past milliseconds are cut. Without a zone:
    /// nil (see `LocalTime(_: String)`).
    package init?(iso8601 text: some StringProtocol) {
        var scanner = ISO8601Scanner(text)
        guard let local = scanner.dateTime(), let offset = scanner.zone(), scanner.isAtEnd else { return nil }
        self = local.instant(offsetSeconds: offset).adding(.milliseconds(scanner.milliseconds))
    }
}

/// A value's decimal digits, with zeros in front up to `width`.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
