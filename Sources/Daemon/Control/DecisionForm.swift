import Delivery
package import Model
package import VendorKit
import Vendors

/// One decided event as an object: what `dry-run` and `tail` print as JSON, and what their text is made of. `schema` counts
/// its versions.
package enum DecisionForm {
    /// - Parameters:
    ///   - decision: nil for an event that was seen before.
    ///   - head: members right behind `schema`.
    package static func object(
        _ event: Event, _ decision: Decision?, account: Account, head: Value.Object = [:], explaining: Bool = false
    ) -> Value.Object {
        var object: Value.Object = ["schema": 1]
        for entry in head.entries { object[entry.key] = entry.value }
        object["event"] = event.value
        guard let decision else {
            object["duplicate"] = true
            object["rules"] = []
            object["effects"] = []
            object["flow"] = .null
            return object
        }
        object["rules"] = .array(decision.matched.map(rule))
        object["effects"] = .array(decision.effects.map { effect($0, account: account) })
        object["flow"] = decision.flow.map(flow) ?? .null
        if let enriched = enriched(decision) { object["enriched"] = enriched }
        if explaining { object["not_matched"] = .array(notMatched(decision)) }
        if let fault = decision.fault { object["fault"] = .string(fault) }
        if !decision.limited.isEmpty { object["limited"] = .array(decision.limited.map(Value.string)) }
        return object
    }

    /// What became of each field that a rule asked for and the webhook did not tell; nil when there was none.
    package static func enriched(_ decision: Decision) -> Value? {
        let notes = decision.event.fetched.notes
        return notes.isEmpty ? nil : .array(notes.map(\.value))
    }

    package static func rule(_ rule: MatchedRule) -> Value {
        [
            "id": .string(rule.id), "at": .string(rule.at.text), "mode": .string(rule.mode.rawValue),
            "then": .string(rule.then.rawValue), "match": .object(rule.match),
        ]
    }

    /// Where the flow stands, or where the last one that ended stood, and how it came there.
    package static func flow(_ report: FlowReport) -> Value {
        var object = Value.Object()
        if let place = report.at {
            object = [
                "id": .string(place.flow), "step": .string(place.step), "status": report.awaitsCall ? "calling" : "waiting",
            ]
        } else if let end = report.ended.last {
            object = [
                "id": .string(end.at.flow), "step": .string(end.at.step), "status": "ended",
                "reason": .string(end.reason.rawValue),
            ]
        }
        if !report.entered.isEmpty { object["steps"] = .array(report.entered.map { .string($0.text) }) }
        if !report.ended.isEmpty {
            object["ended"] = .array(
                report.ended.map {
                    ["id": .string($0.at.flow), "step": .string($0.at.step), "reason": .string($0.reason.rawValue)]
                })
        }
        if let heard = report.heard { object["heard"] = .string(heard.words) }
        if !report.missed.isEmpty { object["missed"] = .array(report.missed.map(condition)) }
        return .object(object)
    }

    package static func effect(_ effect: Effect, account: Account) -> Value {
        var object: Value.Object = ["rule": .string(effect.rule), "action": .string(effect.action.kind.rawValue)]
        if let place = effect.flow { object["step"] = .string(place.text) }
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

    package static func condition(_ trace: ConditionTrace) -> Value {
        var object: Value.Object = [
            "condition": .string(trace.condition), "at": .string(trace.at.text), "wanted": trace.wanted,
            "actual": trace.actual,
        ]
        if let hint = trace.hint { object["hint"] = .string(hint) }
        if !trace.parts.isEmpty { object["parts"] = .array(trace.parts.map(condition)) }
        return .object(object)
    }

    private static func notMatched(_ decision: Decision) -> [Value] {
        (decision.trace?.rules ?? []).filter { $0.isShownAsMiss }.map { trace in
            var object: Value.Object = [
                "rule": .string(trace.rule), "at": .string(trace.at.text), "missed": .integer(Int64(trace.missed.count)),
                "first": trace.missed.first.map(condition) ?? .null,
            ]
            if let reason = trace.verdict.reason { object["reason"] = .string(reason) }
            if let stopped = trace.stopped {
                object["stopped_by"] = ["rule": .string(stopped.id), "at": .string(stopped.at.text)]
            }
            return .object(object)
        }
    }
}

/// The call that a planned effect would make: of the vendor's API, or of a system of the user's own.
package enum EffectRequest {
    /// Nil for an effect that makes none.
    package static func request(for effect: Effect, account: Account) -> Result<VendorRequest, ActionError>? {
        guard effect.status == .planned, effect.action.leavesBellhop else { return nil }
        if case .http(let call) = effect.action {
            return Result { () throws(ActionError) in try HTTPActionRequest.request(for: call) }
        }
        guard let vendor = VendorCatalog.vendor(effect.target.vendor) else { return nil }
        return Result { () throws(ActionError) in try vendor.request(for: effect, account: account) }
    }
}

extension FlowHearing {
    /// As people and programs read it.
    fileprivate var words: String {
        switch self {
        case .choice(let label): "choice: \(label)"
        case .expectation(let place): "expectation at \(place.text)"
        case .miss(let count): "not understood (\(count))"
        case .unheard: "left to the rules"
        case .busy: "nothing: it waits for the answer of an http call"
        case .timeout: "timeout"
        case .expiry: "expired"
        case .answer: "answer of the http call"
        }
    }
}

extension RuleTrace {
    /// True for a rule that could have run and did not; a rule that listens to other kinds of events is none.
    fileprivate var isShownAsMiss: Bool {
        switch verdict {
        case .missed: missed.first?.condition != "on"
        case .stopped, .takenByFlow, .limited: true
        case .ran, .suppressed, .off: false
        }
    }
}

extension RuleTrace.Verdict {
    /// Why a rule whose `when` holds did nothing; nil for the others.
    package var reason: String? {
        switch self {
        case .stopped(let by): "stopped by \(by)"
        case .takenByFlow(let place): "the flow at \(place.text) took the message"
        case .limited: "a regular expression ran into its limits"
        case .suppressed(let reason): "suppressed: \(reason.rawValue)"
        case .off: "off"
        case .ran, .missed: nil
        }
    }
}
