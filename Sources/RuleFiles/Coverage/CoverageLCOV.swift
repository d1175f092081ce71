import Model

/// Coverage as an lcov tracefile, which editors show beside the lines of the rules.
///
/// A line's count is that of what is reached least often on it: of a rule how often it held, of a condition how often it was
/// tried, of a step how often it was entered, of a way how often it was taken. A condition is a branch of two: true, false.
/// Source: geninfo(1), "TRACEFILE FORMAT".
package enum CoverageLCOV {
    package static func text(_ coverage: RuleCoverage) -> String {
        var files: [String: Record] = [:]
        for rule in coverage.rules {
            files[rule.at.file, default: Record()].count(rule.at, rule.isCovered ? max(1, rule.held) : 0)
        }
        for step in coverage.steps { files[step.at.file, default: Record()].count(step.at, step.entered) }
        for way in coverage.ways { files[way.at.file, default: Record()].count(way.at, way.taken) }
        for line in coverage.lines { files[line.at.file, default: Record()].branch(line) }
        return files.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { $0.value.text(file: $0.key) }.joined()
    }

    private struct Record {
        /// By line.
        private var counts: [Int: Int] = [:]
        private var branches: [SourcePosition: Evaluations.Outcomes] = [:]

        mutating func count(_ at: SourcePosition, _ count: Int) {
            counts[at.line] = min(counts[at.line] ?? .max, count)
        }

        mutating func branch(_ line: RuleCoverage.Line) {
            count(line.at, line.outcomes.tried)
            branches[line.at] = line.outcomes
        }

        func text(file: String) -> String {
            var lines = ["TN:", "SF:\(file)"]
            var hit = 0
            for (index, (at, outcomes)) in branches.sorted(by: { $0.key < $1.key }).enumerated() {
                for (branch, taken) in [outcomes.held, outcomes.failed].enumerated() {
                    lines.append("BRDA:\(at.line),\(index),\(branch),\(outcomes.tried == 0 ? "-" : String(taken))")
                    if taken > 0 { hit += 1 }
                }
            }
            lines += ["BRF:\(branches.count * 2)", "BRH:\(hit)"]
            lines += counts.sorted { $0.key < $1.key }.map { "DA:\($0.key),\($0.value)" }
            lines += ["LF:\(counts.count)", "LH:\(counts.values.count { $0 > 0 })", "end_of_record"]
            return lines.joined(separator: "\n") + "\n"
        }
    }
}
