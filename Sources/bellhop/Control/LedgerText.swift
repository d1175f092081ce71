import JSON
import Model

/// What a daemon tells of effects, events and dead letters, for people. It reads the objects that are printed as JSON.
enum LedgerText {
    /// One dead letter on one line.
    static func line(_ letter: Value) -> String {
        let effect = letter["effect"] ?? .null
        var parts = [text(letter, "id"), text(letter, "died_at")]
        if effect.isNull {
            let event = letter["event"]
            parts += [text(event, "account"), "event", text(event, "kind"), text(event, "reason")]
        } else {
            parts += [text(effect, "account"), "rule \(text(effect, "rule"))", text(effect, "action"), text(effect, "reason")]
        }
        parts.append(text(letter, "message"))
        let cancelled = letter["cancelled"]?.array?.count ?? 0
        if cancelled > 0 { parts.append("(and \(StatusText.counted(.integer(Int64(cancelled)), "effect")) after it)") }
        return parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// All of one dead letter.
    static func lines(ofDeadLetter letter: Value) -> [String] {
        var lines = ["\(text(letter, "id"))  died \(text(letter, "died_at"))  \(text(letter, "message"))"]
        lines += origin(of: letter)
        if let effect = letter["effect"], !effect.isNull { lines += self.lines(ofEffect: effect).map { "  " + $0 } }
        let cancelled = letter["cancelled"]?.array ?? []
        if !cancelled.isEmpty { lines.append("cancelled with it:") }
        for effect in cancelled { lines.append("  " + headline(effect)) }
        return lines
    }

    /// The chain of one event: webhook, event, and each effect with its rule, values, request, attempts and answers.
    /// - Parameter revision: of the rules in use.
    static func lines(ofEvent group: Value, revision: String?) -> [String] {
        var lines = origin(of: group)
        let effects = group["effects"]?.array ?? []
        if effects.isEmpty { lines.append("  no effects") }
        for (index, effect) in effects.enumerated() {
            // Effects of one rule share what the rule met.
            let isFirst = index == 0 || effects[index - 1]["at"] != effect["at"] || effects[index - 1]["rule"] != effect["rule"]
            if isFirst { lines += rule(of: effect, revision: revision).map { "  " + $0 } }
            lines += self.lines(ofEffect: effect).map { "    " + $0 }
        }
        return lines
    }

    // MARK: Parts

    private static func origin(of group: Value) -> [String] {
        guard let event = group["event"], !event.isNull else { return ["the event is no longer kept"] }
        var lines: [String] = []
        if let webhook = group["webhook"], !webhook.isNull {
            let account = "\(text(event, "vendor"))/\(text(event, "account"))"
            lines.append("webhook \(text(webhook, "id"))  \(text(webhook, "received_at"))  \(account)")
        }
        let error = event["error"]?.text.map { ": \($0)" } ?? ""
        let place = "\(text(event, "kind"))  in \(text(event, "conversation"))"
        lines.append("event \(text(event, "id"))  \(place)  \(text(event, "state"))\(error)")
        if let decoded = group["decoded"], !decoded.isNull { lines.append("  \(EventLine.text(decoded))") }
        return lines
    }

    private static func rule(of effect: Value, revision: String?) -> [String] {
        let origin = effect["rules"] ?? .null
        var line = "rule \(text(effect, "rule"))  \(text(effect, "at"))"
        if let used = origin["revision"]?.text {
            line += "  revision \(used)"
            if let revision, revision != used { line += " (in use now: \(revision))" }
        }
        if origin["mode"] == "observe" { line += "  (observed)" }
        return [line] + (origin["conditions"]?.array ?? []).map { "  ✓ \(ConditionText.line($0))" }
            + (origin["fetched"]?.array ?? []).map { "  \($0.text ?? "")" }
    }

    private static func headline(_ effect: Value) -> String {
        var line = "\(text(effect, "id"))  \(text(effect, "action")) \(JSONWriter.string(effect["value"] ?? .null))"
        if let step = effect["step"]?.text { line += "  step \(step)" }
        line += "  \(text(effect, "status"))"
        for key in ["reason", "message", "cancelled_by"] {
            guard let text = effect[key]?.text else { continue }
            line += key == "cancelled_by" ? "  with \(text)" : "  \(text)"
        }
        return line
    }

    private static func lines(ofEffect effect: Value) -> [String] {
        var lines = [headline(effect)]
        let request = effect["request"] ?? .null
        lines += (request.string.map { [$0] } ?? RequestText.lines(request)).map { "  " + $0 }
        lines += (effect["attempts"]?.array ?? []).map { "  " + attempt($0) }
        if let id = effect["message_id"]?.text { lines.append("  the vendor calls it \(id)") }
        return lines
    }

    /// `attempt 1  2026-01-05T12:10:00Z  refused  401  12 ms  {"error":…}`
    private static func attempt(_ attempt: Value) -> String {
        var parts = [
            "attempt \(text(attempt, "number"))", text(attempt, "at"), text(attempt, "outcome"), text(attempt, "status"),
        ]
        if let duration = attempt["duration_ms"]?.text { parts.append("\(duration) ms") }
        if let answer = attempt["answer"]?.text { parts.append(JSONWriter.string(.string(answer))) }
        return parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    private static func text(_ value: Value?, _ key: String) -> String { value?[key]?.text ?? "" }
}
