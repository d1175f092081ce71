import JSON
import Model
import VendorKit

/// One decided event for people: the event on one line, the rules that held, each effect with its request.
enum DecisionText {
    static func lines(_ outcome: Replay.Outcome, explaining: Bool) -> [String] {
        var lines = [EventLine.text(outcome.event)]
        guard let decision = outcome.decision else { return lines + ["  seen before: nothing happens"] }
        if decision.matched.isEmpty, decision.flow?.heard == nil, !outcome.event.isInternal { lines.append("  no rule holds") }
        for rule in decision.matched { lines.append("  " + ruleLine(rule)) }
        for effect in decision.effects { lines += effectLines(effect, account: outcome.account) }
        if let flow = decision.flow { lines += FlowText.lines(flow).map { "  " + $0 } }
        for rule in decision.limited { lines.append("  rule \(rule): a regular expression ran into its limits") }
        if explaining { lines += misses(decision) }
        return lines
    }

    /// `rule refund  rules/a.yaml:3:5  match {"order":"1234"}`
    static func ruleLine(_ rule: MatchedRule) -> String {
        let match = rule.match.isEmpty ? "" : "  match \(JSONWriter.string(.object(rule.match)))"
        return "rule \(rule.id)  \(rule.at.text)" + (rule.mode == .observe ? "  (observed)" : "") + match
    }

    /// The effect on one line, and below it the request that it would make.
    static func effectLines(_ effect: Effect, account: Account, showsRequest: Bool = true) -> [String] {
        let name = "    \(effect.action.kind.rawValue) \(JSONWriter.string(effect.action.value))"
        switch effect.status {
        case .suppressed(let reason): return ["\(name)  suppressed: \(reason.rawValue)"]
        case .unsupported(let why): return ["\(name)  unsupported: \(why)"]
        case .planned:
            let delay = effect.delayMilliseconds > 0 ? "  after \(effect.delayMilliseconds) ms" : ""
            guard showsRequest else { return [name + delay] }
            switch EffectRequest.request(for: effect, account: account) {
            case nil: return [name + delay]
            case .failure(let error): return ["\(name)  unsupported: \(error.message)"]
            case .success(let request): return [name + delay] + RequestText.lines(request).map { "      " + $0 }
            }
        }
    }

    private static func misses(_ decision: Decision) -> [String] {
        (decision.trace?.rules ?? []).filter { $0.isShownAsMiss }.map { trace in
            guard let first = trace.missed.first else {
                return "  not \(trace.rule)  \(trace.at.text)  \(trace.verdict.reason ?? "")"
            }
            return "  not \(trace.rule)  \(trace.at.text)  \(ConditionText.line(first))"
        }
    }
}

/// What became of a flow.
enum FlowText {
    static func lines(_ report: FlowReport) -> [String] {
        var lines = report.heard.map { ["flow heard: \($0.words)"] } ?? []
        lines += report.missed.map { "not \(ConditionText.line($0))" }
        lines += report.ended.map { "flow \($0.at.text) ended: \($0.reason.rawValue)" }
        if let place = report.at {
            let waits = report.awaitsCall ? "waits for the answer of the http call" : "waits for the customer"
            lines.append("flow \(place.text) \(waits)")
        }
        return lines
    }
}

extension Event {
    /// True for what no vendor told.
    var isInternal: Bool { id.hasPrefix("timer:") || id.hasPrefix("answer:") }
}

/// An event on one line: time, identity, conversation, who, text.
enum EventLine {
    static func text(_ event: Event) -> String {
        var parts = [event.occurredAt.iso8601, event.kind.rawValue, event.id]
        if let conversation = event.conversation {
            parts.append("conversation=\(conversation.id)")
            if let channel = conversation.channel { parts.append("channel=\(channel)") }
            if let handler = conversation.handler { parts.append("handler=\(handler.rawValue)") }
        }
        if let sender = event.sender { parts.append("sender=\(sender.role.rawValue)") }
        if let message = event.message { parts.append(JSONWriter.string(.string(message.text))) }
        if event.isInternal {
            for key in ["reason", "flow"] { if let text = event.details[key]?.text { parts.append("\(key)=\(text)") } }
        }
        if event.isTest { parts.append("(a vendor's test)") }
        return parts.joined(separator: "  ")
    }
}

/// A request as it goes out: the call, its headers, its body.
enum RequestText {
    static func lines(_ request: VendorRequest) -> [String] {
        let value = request.value
        var lines = ["\(request.method) \(request.url)"]
        lines += (value["headers"]?.object?.entries ?? []).map { "\($0.key): \($0.value.text ?? "")" }
        for key in ["json", "form", "body"] {
            guard let body = value[key] else { continue }
            lines.append(body.string ?? JSONWriter.string(body))
        }
        return lines
    }
}

/// A condition and what it met.
enum ConditionText {
    static func line(_ trace: ConditionTrace) -> String {
        let hint = trace.hint.map { "  (\($0))" } ?? ""
        return "\(trace.condition) at \(trace.at.text) wanted \(JSONWriter.string(trace.wanted)), "
            + "met \(JSONWriter.string(trace.actual))\(hint)"
    }
}
