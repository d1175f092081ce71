/// The difference of two texts as `diff -u` shows it.
package struct UnifiedDiff {
    private enum Line {
        case same(String)
        case removed(String)
        case added(String)
    }

    private let lines: [Line]
    private static let context = 3

    /// Empty for equal texts.
    package static func text(from old: String, to new: String, path: String) -> String {
        UnifiedDiff(old, new).text(old: path, new: path)
    }

    private init(_ old: String, _ new: String) {
        let (old, new) = (Self.split(old), Self.split(new))
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var (before, after) = (0, 0)
        while before < old.count || after < new.count {
            if before < old.count, removed.contains(before) {
                lines.append(.removed(old[before]))
                before += 1
            } else if after < new.count, added.contains(after) {
                lines.append(.added(new[after]))
                after += 1
            } else if before < old.count, after < new.count {
                lines.append(.same(old[before]))
                (before, after) = (before + 1, after + 1)
            } else {
                break
            }
        }
        self.lines = lines
    }

    /// Compared by their bytes; the last one of a text without a line end says so.
    private static func split(_ text: String) -> [String] {
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        if lines.last?.isEmpty == true {
            lines.removeLast()
        } else if let last = lines.popLast() {
            lines.append(last + "\n\\ No newline at end of file")
        }
        return lines
    }

    private func text(old: String, new: String) -> String {
        let hunks = self.hunks
        guard !hunks.isEmpty else { return "" }
        return "--- \(old)\n+++ \(new)\n" + hunks.map(hunk).joined()
    }

    /// Ranges of `lines`: changes with the lines around them.
    private var hunks: [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (place, line) in lines.enumerated() {
            if case .same = line { continue }
            let range = max(0, place - Self.context)..<min(lines.count, place + Self.context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }

    private func hunk(_ range: Range<Int>) -> String {
        func counts(_ lines: ArraySlice<Line>) -> (old: Int, new: Int) {
            lines.reduce(into: (old: 0, new: 0)) { counts, line in
                switch line {
                case .same: (counts.old, counts.new) = (counts.old + 1, counts.new + 1)
                case .removed: counts.old += 1
                case .added: counts.new += 1
                }
            }
        }
        let (before, own) = (counts(lines[..<range.lowerBound]), counts(lines[range]))
        func place(_ before: Int, _ count: Int) -> String {
            let start = count == 0 ? before : before + 1
            return count == 1 ? "\(start)" : "\(start),\(count)"
        }
        let body = lines[range].map { line in
            switch line {
            case .same(let text): " \(text)\n"
            case .removed(let text): "-\(text)\n"
            case .added(let text): "+\(text)\n"
            }
        }
        return "@@ -\(place(before.old, own.old)) +\(place(before.new, own.new)) @@\n" + body.joined()
    }
}
