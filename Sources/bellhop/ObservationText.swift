import Daemon
import JSON
import Model
import Rules

/// What an observed rule would have done, for people. It reads the object that is printed as JSON.
enum ObservationText {
    static func lines(_ report: Value) -> [String] {
        let events = integer(report["events"])
        let since = report["since"]?.text.map { " since \($0)" } ?? ""
        var lines = ["\(text(report, "rule"))  \(text(report, "at"))  (mode: \(text(report, "mode")))\(since)"]
        guard events > 0 else { return lines + ["  it held on no event"] }
        lines.append(
            "  held on \(StatusText.counted(report["events"], "event")) in "
                + StatusText.counted(report["conversations"], "conversation"))
        lines.append("  would have run \(integer(report["would_run"])) times" + suppressed(report["suppressed"] ?? .null))
        lines.append("  a human was handling \(integer(report["human_handling"])) of them" + unknown(report))
        let window = Duration.seconds(integer(report["agent_answered_within_s"])).ruleText
        lines.append("  an agent answered within \(window) after \(integer(report["agent_answered"])) of them")
        for effect in report["effects"]?.array ?? [] {
            lines.append("  \(text(effect, "action")) × \(integer(effect["count"]))")
            for example in effect["examples"]?.array ?? [] { lines += self.lines(ofExample: example).map { "    " + $0 } }
        }
        return lines
    }

    private static func lines(ofExample example: Value) -> [String] {
        var parts = [text(example, "at"), "conversation=\(text(example, "conversation"))"]
        if let handler = example["handler"]?.text { parts.append("handler=\(handler)") }
        if let text = example["text"], !text.isNull { parts.append(JSONWriter.string(text)) }
        if let answered = example["agent_answered_at"]?.text { parts.append("(an agent answered \(answered))") }
        return [parts.joined(separator: "  ")] + (example["values"]?.array ?? []).map { "  → \(JSONWriter.string($0))" }
    }

    private static func suppressed(_ counts: Value) -> String {
        let parts = [("human", "a human had the conversation"), ("once_per", "once_per was not free")].compactMap {
            key, words -> String? in
            integer(counts[key]) > 0 ? "\(integer(counts[key])) not, since \(words)" : nil
        }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }

    private static func unknown(_ report: Value) -> String {
        let count = integer(report["handler_unknown"])
        return count > 0 ? " (not known of \(count))" : ""
    }

    private static func text(_ value: Value, _ key: String) -> String { value[key]?.text ?? "" }
    private static func integer(_ value: Value?) -> Int64 { if case .integer(let integer) = value { integer } else { 0 } }
}
