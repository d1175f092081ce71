import Daemon
import JSON
import Model
import VendorKit

/// One decided event for people: the event on one line, the rules that held, each effect with its request. Made of the same
/// object that is printed as JSON, so that both say the same, here and from a daemon.
enum DecisionText {
    static func lines(_ outcome: Replay.Outcome, explaining: Bool) -> [String] {
        lines(DecisionForm.object(outcome.event, outcome.decision, account: outcome.account, explaining: explaining))
    }

    /// - Parameter decision: as `DecisionForm.object` makes it.
    static func lines(_ decision: Value.Object) -> [String] {
        let event = decision["event"] ?? .null
        var lines = [EventLine.text(event)]
        guard decision["duplicate"] == nil else { return lines + ["  seen before: nothing happens"] }
        let rules = decision["rules"]?.array ?? []
        let flow = decision["flow"] ?? .null
        if rules.isEmpty, flow["heard"] == nil, !EventLine.isInternal(event) { lines.append("  no rule holds") }
        lines += rules.map { "  " + ruleLine($0) }
        for effect in decision["effects"]?.array ?? [] { lines += effectLines(effect) }
        lines += FlowText.lines(flow).map { "  " + $0 }
        lines += FieldNoteText.lines(decision["enriched"] ?? .null).map { "  " + $0 }
        for rule in decision["limited"]?.array ?? [] {
            lines.append("  rule \(rule.text ?? ""): a regular expression ran into its limits")
        }
        if let fault = decision["fault"]?.text { lines.append("  " + overLimit(fault)) }
        return lines + (decision["not_matched"]?.array ?? []).map(missLine)
    }

    static func overLimit(_ fault: String) -> String { "over a limit, nothing is carried out: \(fault)" }

    static func ruleLine(_ rule: MatchedRule) -> String { ruleLine(DecisionForm.rule(rule)) }

    /// `rule refund  rules/a.yaml:3:5  match {"order":"1234"}`
    private static func ruleLine(_ rule: Value) -> String {
        let match = rule["match"]?.object.flatMap { $0.isEmpty ? nil : "  match \(JSONWriter.string(.object($0)))" } ?? ""
        let isObserved = rule["mode"]?.text == RuleMode.observe.rawValue
        return "rule \(rule["id"]?.text ?? "")  \(rule["at"]?.text ?? "")" + (isObserved ? "  (observed)" : "") + match
    }

    static func effectLines(_ effect: Effect, account: Account, showsRequest: Bool = true) -> [String] {
        effectLines(DecisionForm.effect(effect, account: account), showsRequest: showsRequest)
    }

    /// The effect on one line, and below it the request that it would make.
    private static func effectLines(_ effect: Value, showsRequest: Bool = true) -> [String] {
        let name = "    \(effect["action"]?.text ?? "") \(JSONWriter.string(effect["value"] ?? .null))"
        guard effect["status"] == "planned" else {
            return ["\(name)  \(effect["status"]?.text ?? ""): \(effect["reason"]?.text ?? "")"]
        }
        let delay = effect["delay_ms"]?.text.map { "  after \($0) ms" } ?? ""
        let request = showsRequest ? effect["request"] ?? .null : .null
        return [name + delay] + RequestText.lines(request).map { "      " + $0 }
    }

    private static func missLine(_ miss: Value) -> String {
        let name = "  not \(miss["rule"]?.text ?? "")  \(miss["at"]?.text ?? "")  "
        guard let first = miss["first"], !first.isNull else {
            let place = miss["stopped_by"]?["at"]?.text.map { " at \($0)" } ?? ""
            return name + (miss["reason"]?.text ?? "") + place
        }
        return name + ConditionText.line(first)
    }
}

/// What became of the fields that rules asked for and the webhook did not tell.
enum FieldNoteText {
    /// - Parameter enriched: as `DecisionForm.enriched` makes it.
    static func lines(_ enriched: Value) -> [String] {
        (enriched.array ?? []).map { note in
            let field = note["field"]?.text ?? ""
            if let source = note["fetched"]?.text { return "\(field): fetched from \(source)" }
            if let why = note["absent"]?.text { return "\(field): absent, \(why)" }
            return "\(field): not fetched: \(note["not_fetched"]?.text ?? "")"
        }
    }
}

/// What became of a flow.
enum FlowText {
    static func lines(_ report: FlowReport) -> [String] { lines(DecisionForm.flow(report)) }

    /// None for null.
    static func lines(_ flow: Value) -> [String] {
        var lines = flow["heard"]?.text.map { ["flow heard: \($0)"] } ?? []
        lines += (flow["missed"]?.array ?? []).map { "not \(ConditionText.line($0))" }
        lines += (flow["ended"]?.array ?? []).map { "flow \(place($0)) ended: \($0["reason"]?.text ?? "")" }
        switch flow["status"] {
        case "calling": lines.append("flow \(place(flow)) waits for the answer of the http call")
        case "waiting": lines.append("flow \(place(flow)) waits for the customer")
        default: break
        }
        return lines
    }

    private static func place(_ flow: Value) -> String { "\(flow["id"]?.text ?? "")/\(flow["step"]?.text ?? "")" }
}

extension Event {
    /// True for what no vendor told.
    var isInternal: Bool { EventLine.isInternal(id) }
}

/// An event on one line: time, identity, conversation, who, text.
enum EventLine {
    static func text(_ event: Event) -> String { text(event.value) }

    static func text(_ event: Value) -> String {
        var parts = ["occurred_at", "kind", "id"].map { event[$0]?.text ?? "" }
        if let conversation = event["conversation"], let id = conversation["id"]?.text {
            parts.append("conversation=\(id)")
            if let channel = conversation["channel"]?.text { parts.append("channel=\(channel)") }
            if let handler = conversation["handler"]?.text { parts.append("handler=\(handler)") }
        }
        if let role = event["sender"]?["role"]?.text { parts.append("sender=\(role)") }
        if let text = event["message"]?["text"] { parts.append(JSONWriter.string(text)) }
        if isInternal(event) {
            for key in ["reason", "flow"] { if let text = event["details"]?[key]?.text { parts.append("\(key)=\(text)") } }
        }
        if event["test"] == true { parts.append("(a vendor's test)") }
        return parts.joined(separator: "  ")
    }

    static func isInternal(_ event: Value) -> Bool { isInternal(event["id"]?.text ?? "") }

    fileprivate static func isInternal(_ id: String) -> Bool { id.hasPrefix("timer:") || id.hasPrefix("answer:") }
}

/// A request as it goes out: the call, its headers, its body.
enum RequestText {
    static func lines(_ request: VendorRequest) -> [String] { lines(request.value) }

    /// - Parameter request: as `VendorRequest.value` gives it; none for null.
    static func lines(_ request: Value) -> [String] {
        guard let method = request["method"]?.text else { return [] }
        var lines = ["\(method) \(request["url"]?.text ?? "")"]
        lines += (request["headers"]?.object?.entries ?? []).map { "\($0.key): \($0.value.text ?? "")" }
        for key in ["json", "form", "body"] {
            guard let body = request[key] else { continue }
            lines.append(body.string ?? JSONWriter.string(body))
        }
        return lines
    }
}

/// A condition and what it met.
enum ConditionText {
    static func line(_ trace: ConditionTrace) -> String { line(DecisionForm.condition(trace)) }

    static func line(_ trace: Value) -> String {
        let hint = trace["hint"]?.text.map { "  (\($0))" } ?? ""
        return "\(trace["condition"]?.text ?? "") at \(trace["at"]?.text ?? "") wanted "
            + "\(wanted(trace["wanted"] ?? .null)), met \(JSONWriter.string(trace["actual"] ?? .null))\(hint)"
    }

    /// Of a long list its beginning, and how much more there is.
    private static func wanted(_ wanted: Value) -> String {
        guard let words = wanted.array, words.count > listLimit + 2 else { return JSONWriter.string(wanted) }
        let shown = words.prefix(listLimit).map { JSONWriter.string($0) }.joined(separator: ",")
        return "[\(shown), … \(words.count - listLimit) more]"
    }

    private static let listLimit = 12
}
