import Daemon
import Model
import Rules
import Storage
import Testing

/// What one event may use up (R6): over a limit it is dead with a reason, and its conversation goes on.
@Suite(.timeLimit(.minutes(15))) struct EventLimitTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rules: String
        /// Of the message.
        var text: String
        /// Why the event is dead; nil when it is decided.
        var why: String?
        /// Effects that go out.
        var planned = 0
    }

    private static func notes(_ count: Int, _ keys: String = "") -> String {
        "  - { id: notes\(count), \(keys) when: [ { text: flood } ], do: [ \(String(repeating: "{ note: x }, ", count: count)) ] }\n"
    }

    private static func waste(_ count: Int) -> String {
        (0..<count).map {
            "  - { id: waste\($0), when: [ { text: waste }, { text: { regex: '\\s+$' } } ], do: [ { note: never } ] }\n"
        }.joined()
    }

    private static func sets(_ count: Int) -> String {
        let keys = (0..<count).map { "v\($0): '{{message.text}}'" }.joined(separator: ", ")
        return "  - { id: keep, when: [ { text: keep } ], do: [ { set: { \(keys) } } ] }\n"
    }

    private static let spaces = "waste" + String(repeating: " ", count: 8000) + "!"
    private static let half = "keep " + String(repeating: "x", count: 8192 - 5)
    private static let ring = """
          - { id: begin, when: [ { text: flood } ], do: [ { start: ring } ] }
        flows:
          - id: ring
            start: again
            steps:
              again: { do: [ { note: x } ], next: again }

        """

    private static let samples = [
        Sample(testDescription: "64 actions", rules: notes(64), text: "flood", why: nil, planned: 64),
        Sample(testDescription: "65 actions", rules: notes(65), text: "flood", why: "more than 64 actions"),
        Sample(
            testDescription: "65 actions of two rules", rules: notes(40, "then: continue,") + notes(25), text: "flood",
            why: "more than 64 actions"),
        Sample(testDescription: "what is only observed", rules: notes(65, "mode: observe,"), text: "flood", why: nil),
        // The rule language says what becomes of it: the flow ends.
        Sample(testDescription: "a ring of steps", rules: ring, text: "flood", why: nil, planned: 100),
        Sample(
            testDescription: "16 KiB from a template",
            rules: "  - { id: echo, when: [ { text: keep } ], do: [ { note: '{{message.text}}{{message.text}}' } ] }\n",
            text: half,
            why: nil, planned: 1),
        Sample(
            testDescription: "one byte more",
            rules: "  - { id: echo, when: [ { text: keep } ], do: [ { note: '{{message.text}}{{message.text}}.' } ] }\n",
            text: half,
            why: "more than 16384 bytes from one template"),
        Sample(
            testDescription: "sections in sections without an end",
            rules: """
                  - id: loops
                    when: [ { text: loops } ]
                    do: [ { note: '{{#raw.list}}{{#raw.list}}{{#raw.list}}{{#raw.none}}x{{/raw.none}}{{/raw.list}}{{/raw.list}}{{/raw.list}}' } ]

                """, text: "loops", why: "more than 16384 bytes from one template"),
        Sample(testDescription: "60 KiB of variables", rules: sets(7), text: half, why: nil),
        Sample(
            testDescription: "64 KiB of variables", rules: sets(8), text: half,
            why: "more than 65536 bytes of variables, tags and captures in the conversation"),
        Sample(testDescription: "an expression that wastes time", rules: waste(1), text: spaces, why: nil),
        Sample(
            testDescription: "many of them", rules: waste(8), text: spaces,
            why: "more than 250 ms of regular expressions"),
    ]

    @Test(arguments: samples)
    func anEventOverALimitIsDeadAndTheNextIsDecided(_ sample: Sample) async throws {
        let rules = "rules:\n  - { id: next, when: [ { text: next } ], do: [ { note: next } ] }\n" + sample.rules
        let store = MemoryStore()
        let bench = try ProcessorTests.Bench(store, try await engine(rules))
        let list = "[\(Array(repeating: "1", count: 1000).joined(separator: ","))]"
        let body = huggyMessage("1", sample.text).replacing(#""token":"#, with: #""list": \#(list), "token":"#)
        try await bench.post(body, ids: ["huggy:hg:message:1"])
        try await bench.post(message: "2", "next")
        while try await bench.processor.decideWaiting() > 0 {}

        let letters = try await store.deadLetters(DeadLetterFilter(), limit: 9, after: nil)
        #expect(letters.map(\.message) == [sample.why].compactMap(\.self))
        #expect(letters.allSatisfy { $0.event?.reason == .limit })
        let planned = bench.decisions.all.filter { $0.event.message?.text != "next" }.flatMap(\.effects)
        #expect(planned.count { $0.status == .planned } == sample.planned)
        #expect(bench.decisions.all.last?.matched.map(\.id) == ["next"])
        let key = ConversationKey(account: "hg", conversation: "7")
        let state = try await store.state(of: key, cooldowns: []).state.conversation
        if sample.why != nil { #expect(state.variables.isEmpty && state.flow == nil) }
    }

    /// A limit that a configuration sets.
    @Test func theStateMayBeLarger() async throws {
        var settings = exampleSettings()
        settings.limits.decision.stateBytes = 1 << 20
        let store = MemoryStore()
        let bench = try ProcessorTests.Bench(store, try await engine("rules:\n" + Self.sets(8), settings: settings))
        try await bench.post(message: "1", Self.half)
        _ = try await bench.processor.decideWaiting()
        #expect(try await store.counts().dead == 0)
    }

    /// Explaining tries more rules, and tells the same.
    @Test(arguments: samples)
    func explainingCostsTheEventNothing(_ sample: Sample) async throws {
        let engine = try await engine("rules:\n" + sample.rules)
        let event = Event(
            id: "e", vendor: .any, account: "hg", kind: .messageReceived, occurredAt: Instant(seconds: 1),
            conversation: Conversation(id: "7"), message: Message(id: "1", text: sample.text),
            sender: Sender(role: .customer))
        guard !sample.rules.contains("raw.list") else { return }
        let state = DecisionState()
        #expect(engine.decide(event, state: state, now: event.occurredAt).fault == sample.why)
        #expect(engine.decide(event, state: state, now: event.occurredAt, explaining: true).fault == sample.why)
    }
}
