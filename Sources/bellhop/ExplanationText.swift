import Daemon
import Model

/// Why a rule did or did not run, for people.
enum ExplanationText {
    static func lines(_ trace: RuleTrace) -> [String] { lines(ExplanationForm.value(trace)) }

    /// - Parameter trace: as `ExplanationForm.value` gives it.
    static func lines(_ trace: Value) -> [String] {
        let why = trace["why"]?.text.map { "  – \($0)" } ?? ""
        let missed = trace["missed"]?.array ?? []
        var lines = ["\(trace["rule"]?.text ?? "")  \(trace["at"]?.text ?? "")  \(verdict(trace))\(why)"]
        // What else a rule asks that does not listen is of no interest.
        if trace["reason"] == "not_listening" { return lines + missed.prefix(1).flatMap { condition($0, "✗") } }
        lines += missed.flatMap { condition($0, "✗") }
        lines += (trace["held"]?.array ?? []).flatMap { condition($0, "✓") }
        lines += heldBack(trace)
        lines += (trace["unsupported"]?.array ?? []).map {
            "    – \($0["action"]?.text ?? "") unsupported: \($0["reason"]?.text ?? "")"
        }
        if let stopped = trace["stopped_by"], trace["reason"] != "stopped" {
            lines.append("    · \(place(stopped)) stopped before it: it would not have been reached either")
        }
        return lines
    }

    private static func verdict(_ trace: Value) -> String {
        switch trace["reason"]?.text {
        case "suppressed":
            "suppressed: " + (trace["held_back"]?["0"]?["text"]?.text ?? "")
        case "not_listening": "does not listen to this"
        case "stopped":
            "stopped by " + (trace["stopped_by"].map(place) ?? "")
        default: trace["verdict"]?.text ?? ""
        }
    }

    private static func place(_ rule: Value) -> String { "\(rule["rule"]?.text ?? "") at \(rule["at"]?.text ?? "")" }

    /// A condition on one line; a group whose lines decided together, with a line for each of them.
    private static func condition(_ condition: Value, _ mark: String) -> [String] {
        guard let parts = condition["parts"]?.array, !parts.isEmpty else {
            return ["    \(mark) \(ConditionText.line(condition))"]
        }
        return [
            "    \(mark) \(condition["condition"]?.text ?? "") at \(condition["at"]?.text ?? "")  (\(condition["hint"]?.text ?? ""))"
        ] + parts.flatMap { Self.condition($0, mark) }.map { "  " + $0 }
    }

    /// What the verdict does not tell: of a rule that ran in part, and further reasons.
    private static func heldBack(_ trace: Value) -> [String] {
        let all = trace["held_back"]?.array ?? []
        let told = trace["reason"] == "suppressed" && all.count == 1 ? 1 : 0
        return all.dropFirst(told).map { holdBack in
            let actions = (holdBack["actions"]?.array ?? []).compactMap(\.text).joined(separator: ", ")
            return "    – \(actions) suppressed: \(holdBack["text"]?.text ?? "")"
        }
    }
}
