import Model

/// The report for people at a terminal.
extension ImpactReport {
    package var text: String {
        var lines = [
            "\(old.name) -> \(new.name)",
            "read: \(traffic.words(timers: tally.timers))",
        ]
        if isInterrupted { lines.append("interrupted: this is of the traffic until then") }
        lines.append(headline)
        if tally.sameEffects > 0 { lines.append("  of these \(tally.sameEffects) by rules of other ids with the same effects") }
        if tally.orderOnly > 0 { lines.append("  of these \(tally.orderOnly) with the same effects in another order") }
        lines += ruleSetLines + tableLines + renamingLines
        for consequence in ImpactTally.Consequence.allCases { lines += consequenceLines(consequence) }
        lines += budgetLines
        return lines.joined(separator: "\n")
    }

    var headline: String {
        tally.changed == 0
            ? "no event is decided differently"
            : "\(tally.changed) of \(tally.compared) events (\(Self.percent(tally))) are decided differently"
    }

    private var ruleSetLines: [String] {
        (added.isEmpty ? [] : ["only in \(new.name): \(listed(added))"])
            + (removed.isEmpty ? [] : ["only in \(old.name): \(listed(removed))"])
    }

    private func listed(_ ids: [String]) -> String {
        let shown = ids.prefix(10).joined(separator: ", ")
        return ids.count > 10 ? "\(shown) and \(ids.count - 10) more" : shown
    }

    private var tableLines: [String] {
        guard !rows.isEmpty else { return [] }
        let header = ["rule", "action", "gained", "lost", "changed", "held back", "at"]
        let cells = rows.map { row, counts in
            [row.rule, row.action.rawValue] + [counts.gained, counts.lost, counts.changed, counts.heldBack].map(String.init)
                + [place(of: row.rule)?.text ?? ""]
        }
        var lines = [""] + Self.aligned([header] + cells, numbers: 2..<6)
        for (row, counts) in rows where !counts.examples.isEmpty {
            lines += ["", "\(row.rule), \(row.action.rawValue):"] + counts.examples.flatMap { exampleLines($0) }
        }
        if !tally.otherExamples.isEmpty {
            lines += ["", "same effects, other ids or another order:"] + tally.otherExamples.flatMap { exampleLines($0) }
        }
        return lines
    }

    private var renamingLines: [String] {
        guard !renamings.isEmpty else { return [] }
        var lines = ["", "the same effects by a rule of another id:"]
        lines += renamings.map { renaming, count in
            "  \(renaming.before) -> \(renaming.after)  \(place(of: renaming.after)?.text ?? "")  \(count) events"
        }
        if rows.isEmpty { lines += tally.otherExamples.flatMap { exampleLines($0) } }
        return lines
    }

    private func consequenceLines(_ consequence: ImpactTally.Consequence) -> [String] {
        guard let found = tally.consequences[consequence], found.events > 0 else { return [] }
        let count = found.conversations.count
        return ["", "\(count) \(count == 1 ? "conversation" : "conversations") \(consequence.words), by \(found.events) events:"]
            + found.examples.flatMap { exampleLines($0) }
    }

    private func exampleLines(_ example: ImpactExample) -> [String] {
        let conversation = example.conversation.map { "  conversation \($0)" } ?? ""
        let text = example.text.map { "  \u{201C}\(TrafficText.line($0))\u{201D}" } ?? ""
        return ["  \(example.place.text)  \(example.eventID)\(conversation)\(text)"]
            + stepLines("-", example.before) + stepLines("+", example.after)
    }

    private func stepLines(_ sign: String, _ steps: [ImpactExample.Step]) -> [String] {
        steps.isEmpty ? ["    \(sign) nothing"] : steps.map { "    \(sign) \($0.line)" }
    }

    private var budgetLines: [String] {
        guard budget.maxChanged != nil || !budget.forbidden.isEmpty else { return [] }
        if excesses.isEmpty { return ["", "within budget"] }
        return [""] + excesses.map { "over budget: \($0)" }
    }

    /// Columns of equal width, two spaces apart; numbers to the right.
    static func aligned(_ rows: [[String]], numbers: Range<Int>) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: max(0, widths[column] - cell.count))
                line += (column > 0 ? "  " : "") + (numbers.contains(column) ? gap + cell : cell + gap)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}
