import Foundation
package import Model
import Synchronization

/// A time zone by its IANA name, with the daylight saving rules of the system's time zone database.
package struct Zone: Sendable, Hashable {
    package let name: String
    private let zone: TimeZone

    /// Nil when there is no such zone. Only IANA names (`America/Sao_Paulo`, `UTC`): abbreviations and offsets are refused.
    package init?(_ name: String) {
        if let known = Zone.found.withLock({ $0[name] }) {
            self = known
            return
        }
        // The list of known names leaves out links such as `Asia/Kolkata`, which the database has.
        guard name == "UTC" || name.contains("/") || Zone.knownNames.contains(name), let zone = TimeZone(identifier: name)
        else { return nil }
        self.name = name
        self.zone = zone
        let found = self
        Zone.found.withLock { $0[name] = found }
    }

    /// Those that were asked for, of which there are only so many: Foundation takes microseconds to find one again.
    private static let found = Mutex<[String: Zone]>([:])

    private init(utc: TimeZone) {
        name = "UTC"
        zone = utc
    }

    package static let utc = Zone(utc: .gmt)

    /// Every IANA name that can be written, sorted: what a misspelt one is compared with.
    package static let knownNames: Set<String> = Set(TimeZone.knownTimeZoneIdentifiers)

    /// Seconds east of UTC at that instant.
    package func offsetSeconds(at instant: Instant) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))
    }

    package func localTime(at instant: Instant) -> LocalTime {
        LocalTime(instant, offsetSeconds: offsetSeconds(at: instant))
    }

    /// The instant at which a wall clock shows `time`. Where the clock jumps over it, the instant that far after the jump;
    /// where it shows it twice, the first.
    package func instant(of time: LocalTime) -> Instant {
        let guess = time.instant(offsetSeconds: 0)
        let before = offsetSeconds(at: guess.adding(.seconds(-86_400)))
        let after = offsetSeconds(at: guess.adding(.seconds(86_400)))
        let early = time.instant(offsetSeconds: before)
        if offsetSeconds(at: early) == before { return early }
        let late = time.instant(offsetSeconds: after)
        return offsetSeconds(at: late) == after ? late : early
    }
}

/// A change of what a zone's clocks show.
package struct ZoneTransition: Sendable, Hashable {
    /// The first instant with the new offset.
    package let at: Instant
    /// Seconds east of UTC.
    package let before: Int
    package let after: Int

    /// What the clock would show without the change.
    package var wallBefore: LocalTime { LocalTime(at, offsetSeconds: before) }
    package var wallAfter: LocalTime { LocalTime(at, offsetSeconds: after) }
    /// Wall times are skipped; otherwise they come twice.
    package var isForward: Bool { after > before }
}

extension Zone {
    /// The changes of the offset after `start` and not after `end`, in order: of daylight saving, and those that a law makes.
    /// To the second. Of two changes within a day that take each other back, neither is found.
    package func transitions(after start: Instant, until end: Instant) -> [ZoneTransition] {
        var transitions: [ZoneTransition] = []
        var from = start
        while from < end {
            let to = min(from.adding(.seconds(86_400)), end)
            let (before, after) = (offsetSeconds(at: from), offsetSeconds(at: to))
            if before != after {
                transitions.append(
                    ZoneTransition(at: firstInstant(after: from, until: to, from: before), before: before, after: after))
            }
            from = to
        }
        return transitions
    }

    /// The first whole second at which the offset is another one. `end` has another one.
    private func firstInstant(after start: Instant, until end: Instant, from before: Int) -> Instant {
        var (low, high) = (floorToSeconds(start), floorToSeconds(end))
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offsetSeconds(at: Instant(seconds: middle)) == before { low = middle } else { high = middle }
        }
        return Instant(seconds: high)
    }

    private func floorToSeconds(_ instant: Instant) -> Int64 {
        (instant.milliseconds - (instant.milliseconds % 1000 + 1000) % 1000) / 1000
    }
}
