import Foundation
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// Random flows under random conversations: what must hold whatever an author writes and a customer says.
struct FlowPropertyTests {
    @Test(arguments: 0..<60)
    func flowsKeepTheirPromises(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let text = RandomFlows.text(&random)
        let rules = RuleLoader.load(RuleFolder(root: "rules", texts: ["rules.yaml": text]), vendors: VendorCatalog.ids)
        let ruleSet = try #require(rules.ruleSet, "\(rules.diagnostics.map(\.message)) in \(text)")
        let engine = Engine(rules: ruleSet, profiles: [.any: .any])
        var plain = Session(engine: engine)
        var explained = Session(engine: engine)
        var now = Instant(seconds: 1_767_614_400)
        for number in 0..<60 {
            var decisions: [Decision] = []
            switch random.below(10) {
            case 0..<6:
                let event = RandomFlows.event(number, &random, at: now)
                let decision = plain.decide(event)
                var other = explained.decide(event, explaining: true)
                other?.trace = nil
                other?.flow?.missed = []
                #expect(decision == other, "explaining changes nothing")
                decisions = decision.map { [$0] } ?? []
            case 6, 7:
                now = now.adding(.seconds(Int64(random.below(2000))))
                while decisions.count < 200, let next = plain.nextTimer(until: now) {
                    #expect(next.decision.event.occurredAt <= now)
                    decisions.append(next.decision)
                    _ = explained.nextTimer(until: now)
                }
            default:
                let value: Value = random.below(2) == 0 ? HTTPAnswer.failure("timeout") : ["status": 200, "json": ["n": 1]]
                if let next = plain.answer(value, in: RandomFlows.conversation, now: now) { decisions = [next.decision] }
                _ = explained.answer(value, in: RandomFlows.conversation, now: now)
            }
            for decision in decisions { try check(decision) }
        }
    }

    private func check(_ decision: Decision) throws {
        let keys = decision.effects.map(\.key)
        #expect(Set(keys).count == keys.count, "every effect has a key of its own")
        #expect((decision.flow?.entered.count ?? 0) <= 100)
        #expect(decision.state.automaticReplies.count <= 8)
        #expect(decision.state.flow?.call == nil || decision.flow?.awaitsCall == true)
        if let timers = decision.timers { #expect(timers == decision.state.timers) }
        let data = try JSONEncoder().encode(decision.state)
        #expect(try JSONDecoder().decode(ConversationState.self, from: data) == decision.state)
    }
}

extension SplitMix64 {
    fileprivate mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &self) }
}

enum RandomFlows {
    static let conversation = ConversationKey(account: "test", conversation: "c1")
    private static let words = ["one", "two", "three", "menu", "stop", "other", "1", "2", "3.", "９", "hello there", ""]

    static func event(_ number: Int, _ random: inout SplitMix64, at now: Instant) -> Event {
        let kinds: [(EventKind, SenderRole)] = [
            (.messageReceived, .customer), (.messageReceived, .customer), (.messageReceived, .customer),
            (.messageReceived, .customer), (.messageSent, .bot), (.messageSent, .agent), (.conversationClosed, .system),
            (.conversationStarted, .system),
        ]
        let (kind, role) = kinds[random.below(kinds.count)]
        let handlers: [Handler?] = [.bot, .bot, .bot, nil, .queue]
        return Event(
            id: "event-\(number)", vendor: .any, account: "test", kind: kind, occurredAt: now,
            conversation: Conversation(id: "c1", channel: "webchat", handler: handlers[random.below(handlers.count)]),
            message: kind == .messageReceived || kind == .messageSent
                ? Message(id: "m\(number)", text: words[random.below(words.count)]) : nil,
            sender: Sender(role: role, id: "x"), contact: Contact(id: "anna", name: "Anna"))
    }

    /// Two flows whose steps lead anywhere, and rules that start, stop and interrupt them.
    static func text(_ random: inout SplitMix64) -> String {
        var lines = [
            "version: 1", "rules:", "  - { id: menu, when: [ { text: menu } ], do: [ { reply: Yes }, { start: f0 } ] }",
            "  - { id: stop, when: [ { text: stop } ], interrupts: flow, do: [ { stop_flow: true } ] }",
            "  - { id: other, when: [ { text: other } ], interrupts: flow, then: continue, do: [ { start: f1 } ] }",
            "  - { id: idle, on: { idle: 5m, since: any }, do: [ { reply: Hm }, { start: f1 } ] }",
            "  - { id: any, do: [ { tag: seen } ] }", "flows:",
        ]
        for flow in 0..<2 {
            lines += ["  - id: f\(flow)", "    start: s0"]
            if random.below(2) == 0 { lines.append("    expires: \(1 + random.below(40))m") }
            lines.append("    steps:")
            for number in 0..<5 { lines.append("      s\(number): { \(step(&random)) }") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func step(_ random: inout SplitMix64) -> String {
        let targets = (0..<3).map { _ in "s\(random.below(5))" }
        var parts: [String] = []
        if random.below(2) == 0 { parts.append("say: Text \(random.below(9))") }
        if random.below(3) == 0 {
            let actions = [
                "start: f0", "tag: t\(random.below(3))", "http: { url: 'https://erp.example.org/', save: v }", "set: { v: 1 }",
                "start: f1",
                "stop_flow: true", "close: true", "reply: More",
            ]
            let chosen = (0..<3).map { _ in "{ \(actions[random.below(actions.count)]) }" }
            parts.append("do: [ \(chosen.joined(separator: ", ")) ]")
        }
        switch random.below(4) {
        case 0:
            parts.append("choices: [ { label: One, next: \(targets[0]) }, { label: Two, keywords: [two], next: \(targets[1]) } ]")
            if random.below(2) == 0 {
                parts.append("otherwise: { say: What, times: \(1 + random.below(3)), next: \(targets[2]) }")
            }
            if random.below(2) == 0 { parts.append("timeout: { after: \(1 + random.below(20))m, next: \(targets[2]) }") }
        case 1:
            parts.append("expect: [ { when: [ { text: three } ], next: \(targets[0]) } ]")
            if random.below(2) == 0 { parts.append("timeout: { after: \(1 + random.below(20))m, next: \(targets[2]) }") }
        case 2:
            parts.append("next: [ { when: [ { field: { vars.v: 1 } } ], step: \(targets[0]) }, { step: \(targets[1]) } ]")
        default: parts.append("end: true")
        }
        return parts.joined(separator: ", ")
    }
}
