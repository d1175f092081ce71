import JSON
import Model
import Zones

/// What a number in place of a time counts, from 1970.
enum EpochUnit: Sendable {
    case seconds, milliseconds
}

extension JSONElement {
    /// A time, however it is written: ISO 8601 text with a zone, the same without one (then it is what clocks in `zone`
    /// show), a number or its digits as text, or one of these inside `$date` or `iso`. Nil for what is no time between
    /// the years 0 and 9999.
    func instant(epoch unit: EpochUnit = .milliseconds, zone: Zone = .utc) -> Instant? {
        switch kind {
        case .string: string.flatMap { PayloadTime.instant($0, epoch: unit, zone: zone) }
        case .integer, .number: double.flatMap { PayloadTime.instant($0, epoch: unit) }
        case .object: (self["$date"] ?? self["iso"]).flatMap { $0.kind == .object ? nil : $0.instant(epoch: unit, zone: zone) }
        case .null, .bool, .array: nil
        }
    }
}

/// Times as vendors write them.
enum PayloadTime {
    /// The last millisecond of the year 9999.
    private static let last: Double = 253_402_300_799_999
    /// The first millisecond of the year 0.
    private static let first: Double = -62_167_219_200_000

    static func instant(_ text: String, epoch unit: EpochUnit, zone: Zone) -> Instant? {
        let text = trimmed(text)
        guard let written = Instant(iso8601: text) ?? LocalTime(text).map(zone.instant(of:)) else {
            return Double(text).flatMap { instant($0, epoch: unit) }
        }
        // The last hours of 9999 in the west are the year 10000 in UTC.
        return instant(exactly: Double(written.milliseconds))
    }

    /// Seconds too large for a year of four digits are taken for milliseconds.
    static func instant(_ number: Double, epoch unit: EpochUnit) -> Instant? {
        let scaled = unit == .seconds ? (number * 1000).rounded(.down) : number.rounded(.down)
        if let instant = instant(exactly: scaled) { return instant }
        return unit == .seconds ? instant(exactly: number.rounded(.down)) : nil
    }

    private static func instant(exactly milliseconds: Double) -> Instant? {
        guard milliseconds >= first, milliseconds <= last else { return nil }
        return Int64(exactly: milliseconds).map(Instant.init(milliseconds:))
    }

    private static func trimmed(_ text: String) -> Substring {
        let start = text.drop(while: \.isBlank)
        return start.prefix(upTo: start.lastIndex { !$0.isBlank }.map(start.index(after:)) ?? start.startIndex)
    }
}

extension Account {
    /// The zone of local times in its payloads: its own, else the vendor's default.
    func zone(default name: String) -> Zone {
        timeZone.flatMap(Zone.init) ?? Zone(name) ?? .utc
    }
}
