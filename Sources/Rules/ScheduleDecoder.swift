package import Model
package import Zones

/// Reads one schedule of `schedules:`.
extension Schedule {
    /// Reports everything that is wrong and gives nil. `name` and `at` are those of its key.
    package init?(_ node: RuleNode, name: String, at: SourcePosition, in scope: DecodingScope) {
        let keys = ["tz", "hours", "closed", "open"]
        guard let entries = scope.mapping(node, known: keys, required: ["tz"], what: "a schedule") else { return nil }
        let zone = entries["tz"].flatMap { scope.zone($0.value) }
        let hours = entries["hours"].map { scope.weeklyHours($0.value) } ?? [:]
        let closed = entries["closed"].map { scope.closedDates($0.value) } ?? [:]
        let open = entries["open"].map { scope.openDates($0.value, closed: closed ?? [:]) } ?? [:]
        guard let zone, let hours, let closed, let open else { return nil }
        self.init(
            name: name, zone: zone, at: at, hours: hours,
            exceptions: closed.mapValues { _ in [] }.merging(open) { _, open in open })
    }
}

extension Schedule {
    /// Blanks around a time do not count.
    fileprivate static func withoutBlanks(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension DecodingScope {
    /// The zone of an IANA name.
    package func zone(_ node: RuleNode) -> Zone? {
        guard let name = text(node) else { return nil }
        if let zone = Zone(name) { return zone }
        let near = nearest(to: name, among: Zone.knownNames.sorted())
        error(
            .badTime, "'\(name)' is no time zone", at: node,
            help: near.map { "did you mean '\($0)'?" } ?? "write an IANA name such as `America/Sao_Paulo` or `UTC`")
        return nil
    }

    /// Days and their ranges; a later key replaces an earlier one for the same day. Nil when anything is wrong.
    fileprivate func weeklyHours(_ node: RuleNode) -> [Weekday: [Range<Int>]]? {
        guard let entries = node.mapping else {
            return wrongType("a mapping of days", node, help: "write `hours: { mon-fri: '09:00-18:00' }`")
        }
        var hours: [Weekday: [Range<Int>]]? = [:]
        for entry in entries {
            let days = weekdays(entry)
            guard let days, let ranges = minuteRanges(entry.value) else {
                if days == nil { _ = minuteRanges(entry.value) }
                hours = nil
                continue
            }
            for day in days { hours?[day] = ranges }
        }
        return hours
    }

    /// `sat`, `mon-fri`, and `fri-mon`, which goes over the weekend.
    private func weekdays(_ entry: RuleNode.Entry) -> [Weekday]? {
        let names = entry.key.split(separator: "-", omittingEmptySubsequences: false)
        let days = names.compactMap { Weekday(key: $0) }
        guard (1...2).contains(names.count), days.count == names.count, let first = days.first, let last = days.last else {
            error(
                .badTime, "'\(entry.key)' is no day and no range of days", atKeyOf: entry,
                help: dayHelp(names.map(String.init)))
            return nil
        }
        let count = (last.rawValue - first.rawValue + 7) % 7
        return (0...count).compactMap { Weekday(rawValue: (first.rawValue + $0) % 7) }
    }

    private func dayHelp(_ names: [String]) -> String {
        let near = names.map { name in Weekday(key: name)?.key ?? nearest(to: name, among: Weekday.keys) }
        if (1...2).contains(near.count), near.allSatisfy({ $0 != nil }) {
            return "did you mean '\(near.compactMap(\.self).joined(separator: "-"))'?"
        }
        return "days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, and ranges of them such as `mon-fri`"
    }

    /// Days that are closed, each with its place.
    private func dates(_ node: RuleNode) -> [(date: LocalDate, node: RuleNode)]? {
        guard let words = words(node, mayBeEmpty: true) else { return nil }
        let dates = words.map { word in (date(word.text, at: .node(word.node)), word.node) }
        let known = dates.compactMap { date, node in date.map { (date: $0, node: node) } }
        return known.count == dates.count ? known : nil
    }

    fileprivate func closedDates(_ node: RuleNode) -> [LocalDate: RuleNode]? {
        dates(node).map { dates in Dictionary(dates.map { ($0.date, $0.node) }) { first, _ in first } }
    }

    /// Days with hours of their own; none may be closed too.
    fileprivate func openDates(_ node: RuleNode, closed: [LocalDate: RuleNode]) -> [LocalDate: [Range<Int>]]? {
        guard let entries = node.mapping else {
            return wrongType("a mapping of dates", node, help: "write `open: { 2026-12-24: '09:00-12:00' }`")
        }
        var open: [LocalDate: [Range<Int>]]? = [:]
        for entry in entries {
            let ranges = minuteRanges(entry.value)
            guard let date = date(entry.key, at: .key(entry)) else {
                open = nil
                continue
            }
            if let closing = closed[date] {
                error(
                    .badTime, "\(entry.key) is both open and closed", atKeyOf: entry, help: "leave it in one of the two",
                    related: [Diagnostic.Related(at: closing.at, message: "closed here")])
                open = nil
            }
            guard let ranges else {
                open = nil
                continue
            }
            open?[date] = ranges
        }
        return open
    }

    private enum Place {
        case node(RuleNode)
        case key(RuleNode.Entry)
    }

    private func date(_ text: String, at place: Place) -> LocalDate? {
        if let date = LocalDate(text) { return date }
        let message = "'\(text)' is no date"
        let help = "write a day of the calendar as year-month-day: `2026-12-25`"
        switch place {
        case .node(let node): error(.badTime, message, at: node, help: help)
        case .key(let entry): error(.badTime, message, atKeyOf: entry, help: help)
        }
        return nil
    }
}

// MARK: - Times of the day

extension DecodingScope {
    /// One range or a list of them, in minutes of the day; none for an empty list.
    private func minuteRanges(_ node: RuleNode) -> [Range<Int>]? {
        guard let words = words(node, mayBeEmpty: true) else { return nil }
        let ranges = words.map(minuteRange)
        let known = ranges.compactMap(\.self)
        return known.count == ranges.count ? known : nil
    }

    private func minuteRange(_ word: WrittenWord) -> Range<Int>? {
        let parts = word.text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            badTime("'\(word.text)' is no range of times", at: word.node)
            return nil
        }
        guard let start = minutes(parts[0], in: word), let end = minutes(parts[1], in: word) else { return nil }
        guard start < 1440 else {
            badTime("a range cannot begin at 24:00", at: word.node, help: "write `00:00`, on the day after")
            return nil
        }
        guard start != end else {
            badTime("'\(word.text)' ends when it begins", at: word.node, help: "write `00:00-24:00` for the whole day")
            return nil
        }
        return start..<(end > start ? end : end + 1440)
    }

    /// `09:30`, also without the leading zero; `24:00` is the end of the day.
    private func minutes(_ text: Substring, in word: WrittenWord) -> Int? {
        let trimmed = Schedule.withoutBlanks(text)
        let parts = trimmed.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let areDigits = parts.joined().allSatisfy { (0x30...0x39).contains($0) }
        guard parts.count == 2, areDigits, (1...2).contains(parts[0].count), parts[1].count == 2,
            let hour = Int(Substring(parts[0])), let minute = Int(Substring(parts[1])),
            hour < 24 && minute < 60 || hour == 24 && minute == 0
        else {
            badTime("'\(trimmed)' is no time of the day", at: word.node)
            return nil
        }
        return hour * 60 + minute
    }

    private func badTime(_ message: String, at node: RuleNode, help: String? = nil) {
        error(.badTime, message, at: node, help: help ?? "write it as `09:00-18:00`, with times from `00:00` to `24:00`")
    }
}
