import Foundation
import Matching
import Model
import RuleFiles
import Rules
import Vendors

/// `decide RULES MESSAGES LIMIT`: what a message costs, and the search for candidates in it alone.
enum Deciding {
    static func measure(_ arguments: Arguments) throws -> String {
        let rules = try Loading.rules(arguments.text(0, "RULES"))
        let messages = try Array(arguments.lines(1, "MESSAGES").prefix(arguments.number(2, "LIMIT")))
        var engine = Engine(rules: rules)
        engine.isTracing = false
        let events = messages.enumerated().map { event($1, number: $0) }
        let state = DecisionState()
        let now = Instant(seconds: 1_795_176_000)
        var matches = 0
        for event in events { matches += engine.decide(event, state: state, now: now).matched.isEmpty ? 0 : 1 }
        let deciding = nanoseconds(events.count) {
            for event in events { keep(engine.decide(event, state: state, now: now)) }
        }
        // As beside a scanner of literals: from the text to the rules that may hold.
        let searching = nanoseconds(events.count) {
            for event in events { keep(engine.candidates(for: event)) }
        }
        return """
            {"ns_per_message": \(deciding), "candidate_ns_per_message": \(searching), "matches": \(matches), \
            "rules": \(rules.rules.count)}
            """
    }

    private static func event(_ text: String, number: Int) -> Event {
        Event(
            id: "any:bench:message:\(number)", vendor: .any, account: "bench", kind: .messageReceived,
            occurredAt: Instant(seconds: 1_795_176_000), conversation: Conversation(id: "c\(number)"),
            message: Message(id: "m\(number)", text: text), sender: Sender(role: .customer, id: "u1"),
            contact: Contact(id: "u1"))
    }
}
