package import Delivery
import JSON
package import Model
import VendorKit

/// Text for people about accounts with `delivery: print`: each event with its matched rules and what its flow did, and each
/// effect with the exact request that would have been sent. Every block is complete in itself, as conversations mix.
package enum Console {
    /// The event on one line, the rules that matched, the effects that do not go out, and where the flow stands. Nil for a timer
    /// that was overtaken.
    /// - Parameter internalEvent: the timer or answer that was decided; nil for a vendor's event.
    package static func text(_ decision: Decision, of internalEvent: InternalEvent? = nil) -> String? {
        if case .timer = internalEvent?.cause, decision.isQuiet { return nil }
        var lines = [headline(decision.event, internalEvent)]
        for rule in decision.matched {
            let mode = rule.mode == .live ? "" : " (\(rule.mode.rawValue))"
            lines.append("  rule \(rule.id) at \(clean(rule.at.text))\(mode)")
        }
        if decision.matched.isEmpty, decision.flow?.heard == nil, internalEvent == nil { lines.append("  no rule matched") }
        for effect in decision.effects {
            if let note = note(effect) { lines.append("    \(effect.action.kind.rawValue) of \(effect.rule): \(note)") }
        }
        lines += (decision.flow.map(flowLines) ?? []).map { "  " + $0 }
        lines += decision.event.fetched.notes.map { "  \(clean($0.text))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One effect and its request.
    package static func text(_ delivery: PrintedDelivery) -> String {
        let effect = delivery.effect
        let conversation = effect.target.conversationID.map { " in \(clean($0))" } ?? ""
        let origin = effect.flow.map { "flow \($0.text)" } ?? "rule \(effect.rule)"
        var lines = [
            "  -> \(effect.action.kind.rawValue) of \(origin) at \(clean(effect.ruleAt.text))\(conversation)",
            "     \(delivery.request.method) \(clean(delivery.request.url))",
        ]
        let request = delivery.request.value
        for header in request["headers"]?.object?.entries ?? [] {
            lines.append("     \(clean(header.key)): \(clean(header.value.text ?? ""))")
        }
        if let body = request["json"] ?? request["form"] ?? request["body"] {
            lines.append("     \(clean(JSONWriter.string(body)))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func headline(_ event: Event, _ internalEvent: InternalEvent?) -> String {
        var words = ["\(event.vendor.rawValue)/\(event.account)", internalEvent.map(name) ?? event.kind.rawValue]
        if event.isTest { words.append("(test)") }
        if let conversation = event.conversation {
            words.append("in \(clean(conversation.id))")
            words.append(
                "(\([conversation.channel, conversation.handler?.rawValue].compactMap(\.self).map(clean).joined(separator: ", ")))"
            )
        }
        if let sender = event.sender {
            words.append(sender.role.rawValue)
            if let name = sender.name { words.append(clean(name)) }
        }
        // An answer's event has the message that the call was made for.
        if internalEvent == nil, let message = event.message { words.append(clean(JSONWriter.string(.string(message.text)))) }
        return words.joined(separator: " ")
    }

    /// `timer timeout`, `timer idle 15m since customer`, `http answer 200 to order`, `http answer timeout to order`.
    private static func name(_ event: InternalEvent) -> String {
        switch event.cause {
        case .timer(let timer):
            guard case .idle(let idle) = timer.kind else { return "timer \(timer.name)" }
            return "timer idle \(shortText(idle.afterMilliseconds)) since \(idle.since.rawValue)"
        case .answer(let answer):
            let word = (answer.value["error"] ?? answer.value["status"])?.text ?? ""
            return "http answer \(clean(word)) to \(clean(answer.variable))"
        }
    }

    /// As rules write durations: in the largest unit that it is whole in.
    private static func shortText(_ milliseconds: Int64) -> String {
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")]
        let unit = units.first { milliseconds % $0.0 == 0 } ?? (1, "ms")
        return "\(milliseconds / unit.0)\(unit.1)"
    }

    private static func flowLines(_ report: FlowReport) -> [String] {
        var lines = report.ended.map { "flow \(clean($0.at.text)) ended: \($0.reason.rawValue)" }
        if let place = report.at {
            let waits = report.awaitsCall ? "waits for the answer of an http action" : "waits for the customer"
            lines.append("flow \(clean(place.text)) \(waits)")
        }
        return lines
    }

    /// Why an effect has no request; nil for one that goes out.
    private static func note(_ effect: Effect) -> String? {
        switch effect.status {
        case .planned: effect.action.leavesBellhop ? nil : clean(JSONWriter.string(effect.action.value))
        case .suppressed(let reason): "suppressed (\(reason.rawValue))"
        case .unsupported(let why): "unsupported: \(clean(why))"
        }
    }

    /// What could move a cursor, end a line or turn the direction of writing is shown as its number.
    package static func clean(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Decision {
    /// True when nothing came of the event.
    fileprivate var isQuiet: Bool {
        matched.isEmpty && effects.isEmpty && flow?.heard == nil && flow?.ended.isEmpty != false
    }
}
