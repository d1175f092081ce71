package import Delivery
import JSON
package import Model
import VendorKit

/// Text for people about accounts with `delivery: print`: each event with its matched rules, and each effect with the exact
/// request that would have been sent. Every block is complete in itself, as conversations mix.
package enum Console {
    /// The event on one line, the rules that matched, and the effects that do not go out.
    package static func text(_ decision: Decision) -> String {
        var lines = [headline(decision.event)]
        for rule in decision.matched {
            let mode = rule.mode == .live ? "" : " (\(rule.mode.rawValue))"
            lines.append("  rule \(rule.id) at \(clean(rule.at.text))\(mode)")
        }
        if decision.matched.isEmpty { lines.append("  no rule matched") }
        for effect in decision.effects {
            if let note = note(effect) { lines.append("    \(effect.action.kind.rawValue) of \(effect.rule): \(note)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One effect and its request.
    package static func text(_ delivery: PrintedDelivery) -> String {
        let effect = delivery.effect
        let conversation = effect.target.conversationID.map { " in \(clean($0))" } ?? ""
        var lines = [
            "  -> \(effect.action.kind.rawValue) of rule \(effect.rule) at \(clean(effect.ruleAt.text))\(conversation)",
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

    private static func headline(_ event: Event) -> String {
        var words = ["\(event.vendor.rawValue)/\(event.account)", event.kind.rawValue]
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
        if let message = event.message { words.append(clean(JSONWriter.string(.string(message.text)))) }
        return words.joined(separator: " ")
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
    private static func clean(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
