import JSON
import Model
import VendorKit

/// One decided event as one line of JSON: the form that CLI users' programs read. `schema` counts its versions.
enum DecisionJSON {
    static func line(_ outcome: Replay.Outcome, source: String, line: Int, explaining: Bool) -> String {
        var object: Value.Object = [
            "schema": 1, "source": .string(source), "line": .integer(Int64(line)), "event": outcome.event.value,
        ]
        guard let decision = outcome.decision else {
            object["duplicate"] = true
            object["rules"] = []
            object["effects"] = []
            object["flow"] = .null
            return JSONWriter.string(.object(object))
        }
        object["rules"] = .array(decision.matched.map(rule))
        object["effects"] = .array(decision.effects.map { effect($0, account: outcome.account) })
        object["flow"] = .null
        if explaining { object["not_matched"] = .array(notMatched(decision)) }
        if !decision.limited.isEmpty { object["limited"] = .array(decision.limited.map(Value.string)) }
        return JSONWriter.string(.object(object))
    }

    static func errorLine(_ code: String, _ message: String, source: String, line: Int) -> String {
        JSONWriter.string([
            "schema": 1, "source": .string(source), "line": .integer(Int64(line)),
            "error": ["code": .string(code), "message": .string(message)],
        ])
    }

    private static func rule(_ rule: MatchedRule) -> Value {
        [
            "id": .string(rule.id), "at": .string(rule.at.text), "mode": .string(rule.mode.rawValue),
            "then": .string(rule.then.rawValue), "match": .object(rule.match),
        ]
    }

    private static func effect(_ effect: Effect, account: Account) -> Value {
        var object: Value.Object = ["rule": .string(effect.rule), "action": .string(effect.action.kind.rawValue)]
        let request = EffectRequest.request(for: effect, account: account)
        switch (effect.status, request) {
        case (.planned, .failure(let error)):
            object["status"] = "unsupported"
            object["reason"] = .string(error.message)
        case (.planned, _):
            object["status"] = "planned"
            object["reason"] = .null
        case (.suppressed(let reason), _):
            object["status"] = "suppressed"
            object["reason"] = .string(reason.rawValue)
        case (.unsupported(let why), _):
            object["status"] = "unsupported"
            object["reason"] = .string(why)
        }
        object["value"] = effect.action.value
        if effect.delayMilliseconds > 0 { object["delay_ms"] = .integer(effect.delayMilliseconds) }
        object["request"] = (try? request?.get())?.value ?? .null
        return .object(object)
    }

    private static func notMatched(_ decision: Decision) -> [Value] {
        (decision.trace?.rules ?? []).filter { $0.isShownAsMiss }.map { trace in
            var object: Value.Object = [
                "rule": .string(trace.rule), "at": .string(trace.at.text), "missed": .integer(Int64(trace.missed.count)),
                "first": trace.missed.first.map(condition) ?? .null,
            ]
            if let reason = trace.verdict.reason { object["reason"] = .string(reason) }
            return .object(object)
        }
    }

    static func condition(_ trace: ConditionTrace) -> Value {
        var object: Value.Object = [
            "condition": .string(trace.condition), "at": .string(trace.at.text), "wanted": trace.wanted,
            "actual": trace.actual,
        ]
        if let hint = trace.hint { object["hint"] = .string(hint) }
        return .object(object)
    }
}

extension RuleTrace {
    /// True for a rule that could have run and did not; a rule that listens to other kinds of events is none.
    var isShownAsMiss: Bool {
        switch verdict {
        case .missed: missed.first?.condition != "on"
        case .stopped, .limited: true
        case .ran, .suppressed, .off: false
        }
    }
}

extension RuleTrace.Verdict {
    /// Why a rule whose `when` holds did nothing; nil for the others.
    var reason: String? {
        switch self {
        case .stopped(let by): "stopped by \(by)"
        case .limited: "a regular expression ran into its limits"
        case .suppressed(let reason): "suppressed: \(reason.rawValue)"
        case .off: "off"
        case .ran, .missed: nil
        }
    }
}
