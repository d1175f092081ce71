/// What changed between two texts, as `diff -u` shows it.
package enum UnifiedDiff {
    private static let context = 3

    /// Nothing for texts that are the same. A missing line end at the end of a text is not told.
    package static func text(from old: String, to new: String, path: String) -> String {
        let (before, after) = (lines(of: old), lines(of: new))
        let changes = rows(from: before, to: after)
        let hunks = hunks(of: changes)
        guard !hunks.isEmpty else { return "" }
        var text = "--- \(path)\n+++ \(path)\n"
        for hunk in hunks {
            let rows = changes[hunk]
            let first = rows.first
            let removed = rows.count { $0.mark != "+" }
            let added = rows.count { $0.mark != "-" }
            text += "@@ -\(range(first?.old ?? 0, removed)) +\(range(first?.new ?? 0, added)) @@\n"
            for row in rows { text += row.mark + row.line + "\n" }
        }
        return text
    }

    private struct Row {
        /// A blank, `-` or `+`.
        var mark: String
        var line: String
        /// How many lines of each text stand before it.
        var old: Int
        var new: Int
    }

    private static func range(_ before: Int, _ count: Int) -> String {
        let start = count == 0 ? before : before + 1
        return count == 1 ? "\(start)" : "\(start),\(count)"
    }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func rows(from before: [String], to after: [String]) -> [Row] {
        let difference = after.difference(from: before)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var rows: [Row] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if old < before.count, removed.contains(old) {
                rows.append(Row(mark: "-", line: before[old], old: old, new: new))
                old += 1
            } else if new < after.count, inserted.contains(new) {
                rows.append(Row(mark: "+", line: after[new], old: old, new: new))
                new += 1
            } else if old < before.count, new < after.count {
                rows.append(Row(mark: " ", line: before[old], old: old, new: new))
                old += 1
                new += 1
            } else {
                break
            }
        }
        return rows
    }

    /// Ranges of rows: changes with what stands around them.
    private static func hunks(of rows: [Row]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (index, row) in rows.enumerated() where row.mark != " " {
            let range = max(0, index - context)..<min(rows.count, index + context + 1)
            if let last = hunks.last, range.lowerBound <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }
}
