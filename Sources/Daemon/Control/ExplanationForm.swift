package import Model

/// Why a rule did or did not run, as an object: what `explain` and `tail --why` print as JSON, and what their text is made of.
package enum ExplanationForm {
    /// Every rule of a decision that was explained, nearest miss first; nil for one that was not.
    /// - Parameter rule: only this one.
    package static func rules(_ decision: Decision, only rule: String? = nil) -> Value? {
        decision.trace.map { trace in
            .array(trace.nearestFirst.filter { rule == nil || $0.rule == rule }.map(value))
        }
    }

    /// `verdict` is for people; `reason` is one of few words, and what it is about stands in members of its own.
    package static func value(_ trace: RuleTrace) -> Value {
        var object: Value.Object = [
            "rule": .string(trace.rule), "at": .string(trace.at.text), "why": .optional(trace.why),
            "verdict": .string(verdict(trace)), "reason": .string(reason(trace)),
            "missed_count": .integer(Int64(trace.missed.count)),
            "first": trace.missed.first.map(DecisionForm.condition) ?? .null,
            "missed": .array(trace.missed.map(DecisionForm.condition)), "held": .array(trace.held.map(DecisionForm.condition)),
        ]
        if let stopped = trace.stopped { object["stopped_by"] = ["rule": .string(stopped.id), "at": .string(stopped.at.text)] }
        if case .takenByFlow(let place) = trace.verdict {
            object["flow"] = ["id": .string(place.flow), "step": .string(place.step)]
        }
        if !trace.holdBacks.isEmpty { object["held_back"] = .array(trace.holdBacks.map(value)) }
        if !trace.unsupported.isEmpty {
            object["unsupported"] = .array(
                trace.unsupported.map { ["action": .string($0.action.rawValue), "reason": .string($0.why)] })
        }
        return .object(object)
    }

    private static func value(_ holdBack: HoldBack) -> Value {
        var object: Value.Object = [
            "reason": .string(holdBack.reason.rawValue), "actions": .array(holdBack.actions.map { .string($0.rawValue) }),
            "text": .string(holdBack.text),
        ]
        if let since = holdBack.since { object["since"] = .string(since.iso8601) }
        if let until = holdBack.until { object["until"] = .string(until.iso8601) }
        for fact in holdBack.facts.entries { object[fact.key] = fact.value }
        return .object(object)
    }

    private static func verdict(_ trace: RuleTrace) -> String {
        switch trace.verdict {
        case .ran: "ran"
        case .missed: trace.missed.count == 1 ? "missed one condition" : "missed \(trace.missed.count) conditions"
        case .stopped, .takenByFlow, .limited, .suppressed, .off: trace.verdict.reason ?? ""
        }
    }

    private static func reason(_ trace: RuleTrace) -> String {
        switch trace.verdict {
        case .ran: "ran"
        case .missed: trace.isDeaf ? "not_listening" : "missed"
        case .stopped: "stopped"
        case .takenByFlow: "flow"
        case .limited: "limited"
        case .suppressed: "suppressed"
        case .off: "off"
        }
    }
}
