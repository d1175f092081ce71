package import Model
import Rules
import Zones

/// The edges of schedules for people: for each a small table, with the times as columns.
package enum EdgeText {
    package static func lines(_ timeline: EdgeTimeline) -> [String] {
        timeline.schedules.flatMap { lines($0) }
    }

    private static func lines(_ report: EdgeTimeline.ScheduleReport) -> [String] {
        let schedule = report.schedule
        let days = [report.start, report.end.adding(.milliseconds(-1))].map {
            schedule.zone.localTime(at: $0).date.iso8601
        }
        var lines = ["schedule \(schedule.name)  \(schedule.zone.name)  \(schedule.at.text)  \(days[0]) to \(days[1])"]
        for use in report.uses {
            let replayed =
                use.test.map { "test '\($0)' (\(use.testAt?.text ?? ""))" }
                ?? "no test makes it \(use.isFlow ? "come to this" : "run"): its condition alone is shown"
            lines.append("  \(use.key)  \(use.isFlow ? "flow" : "rule") \(use.owner)  \(use.at.text)  \(replayed)")
        }
        for change in report.clockChanges { lines += self.lines(change) }
        for row in report.rows { lines += [""] + self.lines(row, report) }
        if report.rows.isEmpty { lines.append("  it neither opens nor closes in this time") }
        return lines + [""]
    }

    private static func lines(_ change: EdgeTimeline.ClockChange) -> [String] {
        let transition = change.transition
        let (from, to) = (transition.wallBefore, transition.wallAfter)
        let head = "  clock  \(from.date.weekday.shortName) \(from.date.iso8601): \(from.minuteText) is \(to.minuteText)"
        return [head + (change.notes.isEmpty ? "; no opening hours are touched" : "")] + change.notes.map { "    ! \($0)" }
    }

    private static func lines(_ row: EdgeTimeline.Row, _ report: EdgeTimeline.ScheduleReport) -> [String] {
        var table = [[""] + row.moments.map(\.wall)]
        table.append([report.schedule.name] + row.moments.map { $0.isOpen ? "open" : "closed" })
        for (index, use) in report.uses.enumerated() {
            let name = use.test == nil ? "\(use.owner) (\(use.key))" : use.owner
            table.append([name] + row.moments.map { $0.cells.indices.contains(index) ? text($0.cells[index], use) : "" })
        }
        let widths = table.reduce(into: [Int](repeating: 0, count: row.moments.count + 1)) { widths, cells in
            for (column, cell) in cells.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        let rows = table.map { cells in
            let padded = cells.enumerated().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return "    " + String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        return ["  " + heading(row)] + rows
    }

    private static func heading(_ row: EdgeTimeline.Row) -> String {
        let first = row.dates[0]
        let day = "\(first.weekday.shortName) \(first.iso8601)"
        switch (row.kind, row.isTransition) {
        case (.holiday, _): return "\(day)  closed all day"
        case (_, true): return "\(day)  \(row.kind.rawValue) \(row.wall), by the clock that is set"
        case _ where row.isSpecial: return "\(day)  \(row.kind.rawValue) \(row.wall), a day with hours of its own"
        case _ where row.dates.count == 1: return "\(day)  \(row.kind.rawValue) \(row.wall)"
        default:
            return "\(weekdays(row.dates))  \(row.kind.rawValue) \(row.wall), \(row.dates.count) times, first \(day)"
        }
    }

    /// `Mon-Fri`, `Sat`, `Mon,Wed`
    private static func weekdays(_ dates: [LocalDate]) -> String {
        let days = Set(dates.map(\.weekday.rawValue)).sorted()
        guard let first = days.first, let last = days.last else { return "" }
        let names = days.compactMap { Weekday(rawValue: $0)?.shortName }
        let isRange = days.count > 2 && last - first == days.count - 1
        return isRange ? "\(names[0])-\(names[names.count - 1])" : names.joined(separator: ",")
    }

    private static func text(_ cell: EdgeTimeline.Cell, _ use: EdgeTimeline.Use) -> String {
        guard let runs = cell.runs else { return cell.holds ? "holds" : "fails" }
        if use.isFlow { return cell.flow ?? (runs.isEmpty ? "-" : runs.joined(separator: ", ")) }
        if runs.contains(use.owner) { return "runs" }
        return runs.isEmpty ? "-" : "not; \(runs.joined(separator: ", "))"
    }
}

/// The edges of schedules for programs.
package enum EdgeJSON {
    package static func value(_ timeline: EdgeTimeline) -> Value {
        [
            "schema": 1, "schedules": .array(timeline.schedules.map(schedule)),
        ]
    }

    private static func schedule(_ report: EdgeTimeline.ScheduleReport) -> Value {
        [
            "name": .string(report.schedule.name), "at": .string(report.schedule.at.text),
            "zone": .string(report.schedule.zone.name), "from": .string(report.start.iso8601),
            "until": .string(report.end.iso8601), "uses": .array(report.uses.map(use)),
            "clock_changes": .array(report.clockChanges.map(change)),
            "edges": .array(report.rows.map { row($0, report.uses) }),
        ]
    }

    private static func use(_ use: EdgeTimeline.Use) -> Value {
        [
            use.isFlow ? "flow" : "rule": .string(use.owner), "condition": .string(use.key), "at": .string(use.at.text),
            "test": .optional(use.test), "test_at": .optional(use.testAt?.text),
        ]
    }

    private static func change(_ change: EdgeTimeline.ClockChange) -> Value {
        [
            "at": .string(change.transition.at.iso8601), "from": .string(change.transition.wallBefore.iso8601),
            "to": .string(change.transition.wallAfter.iso8601), "notes": .array(change.notes.map(Value.string)),
        ]
    }

    private static func row(_ row: EdgeTimeline.Row, _ uses: [EdgeTimeline.Use]) -> Value {
        [
            "kind": .string(row.kind.rawValue), "wall": .string(row.wall), "at": .string(row.at.iso8601),
            "special": .bool(row.isSpecial), "clock_set": .bool(row.isTransition),
            "dates": .array(row.dates.map { .string($0.iso8601) }),
            "moments": .array(row.moments.map { moment($0, uses) }),
        ]
    }

    private static func moment(_ moment: EdgeTimeline.Moment, _ uses: [EdgeTimeline.Use]) -> Value {
        [
            "minutes": .integer(Int64(moment.minutes)), "wall": .string(moment.wall), "open": .bool(moment.isOpen),
            "rules": .array(
                zip(uses, moment.cells).map { use, cell in
                    [
                        use.isFlow ? "flow" : "rule": .string(use.owner), "condition": .string(use.key),
                        "holds": .bool(cell.holds),
                        "runs": cell.runs.map { .array($0.map(Value.string)) } ?? .null, "stands": .optional(cell.flow),
                    ]
                }),
        ]
    }
}
