import Model

/// The report for a comment on a pull request.
extension ImpactReport {
    package var markdown: String {
        var lines = [
            "### Rules: `\(Self.code(old.name))` → `\(Self.code(new.name))`", "",
            (excesses.isEmpty ? "" : "**Over budget.** ") + "**\(Self.escaped(headline))**"
                + (isInterrupted ? " (interrupted: of the traffic until then)" : "") + ".", "",
        ]
        lines += excesses.map { "- \(Self.escaped($0))" } + (excesses.isEmpty ? [] : [""])
        lines.append("Read: \(Self.escaped(traffic.words(timers: tally.timers))).")
        lines += notes + table + renamingTable
        for consequence in ImpactTally.Consequence.allCases { lines += section(consequence) }
        lines += examples
        return lines.joined(separator: "\n")
    }

    private var notes: [String] {
        var notes: [String] = []
        if tally.sameEffects > 0 { notes.append("- \(tally.sameEffects) by rules of other ids with the same effects") }
        if tally.orderOnly > 0 { notes.append("- \(tally.orderOnly) with the same effects in another order") }
        if !added.isEmpty { notes.append("- new rules: \(listed(added))") }
        if !removed.isEmpty { notes.append("- rules that are gone: \(listed(removed))") }
        return notes.isEmpty ? [] : [""] + notes
    }

    private func listed(_ ids: [String]) -> String {
        let shown = ids.prefix(20).map { "`\(Self.code($0))`" }.joined(separator: ", ")
        return ids.count > 20 ? "\(shown) and \(ids.count - 20) more" : shown
    }

    private var table: [String] {
        guard !rows.isEmpty else { return [] }
        return ["", "| rule | action | gained | lost | changed | held back | at |", "|---|---|---:|---:|---:|---:|---|"]
            + rows.map { row, counts in
                "| `\(Self.code(row.rule))` | \(row.action.rawValue) | \(counts.gained) | \(counts.lost) | \(counts.changed) "
                    + "| \(counts.heldBack) | \(place(of: row.rule).map { "`\(Self.code($0.text))`" } ?? "") |"
            }
    }

    private var renamingTable: [String] {
        guard !renamings.isEmpty else { return [] }
        return ["", "| same effects: rule before | rule now | events |", "|---|---|---:|"]
            + renamings.map { "| `\(Self.code($0.renaming.before))` | `\(Self.code($0.renaming.after))` | \($0.count) |" }
    }

    private func section(_ consequence: ImpactTally.Consequence) -> [String] {
        guard let found = tally.consequences[consequence], found.events > 0 else { return [] }
        let count = found.conversations.count
        return ["", "#### \(count) \(count == 1 ? "conversation" : "conversations") \(consequence.words)", ""]
            + exampleTable(found.examples)
    }

    private var examples: [String] {
        let shown = rows.flatMap(\.counts.examples) + tally.otherExamples
        var seen: Set<ImpactExample> = []
        let distinct = shown.filter { seen.insert($0).inserted }.sorted { ($0.number, $0.eventID) < ($1.number, $1.eventID) }
        guard !distinct.isEmpty else { return [] }
        return ["", "<details><summary>Examples</summary>", ""] + exampleTable(distinct) + ["", "</details>"]
    }

    private func exampleTable(_ examples: [ImpactExample]) -> [String] {
        ["| captured | event | conversation | text | before | after |", "|---|---|---|---|---|---|"]
            + examples.map { example in
                let cells = [
                    "`\(Self.code(example.place.text))`", "`\(Self.code(example.eventID))`",
                    example.conversation.map { "`\(Self.code($0))`" } ?? "",
                    Self.escaped(TrafficText.line(example.text ?? "")), steps(example.before), steps(example.after),
                ]
                return "| \(cells.joined(separator: " | ")) |"
            }
    }

    private func steps(_ steps: [ImpactExample.Step]) -> String {
        steps.isEmpty ? "nothing" : steps.map { "\(Self.escaped($0.words)) `\(Self.code($0.at.text))`" }.joined(separator: "<br>")
    }

    /// As plain text of one table cell: what customers wrote makes no markup, no link and mentions nobody.
    static func escaped(_ text: String) -> String {
        TrafficText.line(text, atMost: .max).unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // A backslash does not keep a name or a link from being one.
            case "@": result += "&#64;"
            case "#": result += "&#35;"
            case ":": result += "&#58;"
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "!", "|", "~", "$":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Inside backticks.
    private static func code(_ text: String) -> String {
        TrafficText.line(text, atMost: .max).replacing("`", with: "'").replacing("|", with: "\\|")
    }
}
