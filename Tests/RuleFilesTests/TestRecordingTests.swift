import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// What a conversation is written down as is a test that passes, whatever was said in it.
struct TestRecordingTests {
    private static let rules = #"""
        version: 1
        rules:
          - id: order
            when: [ { text: [order] } ]
            do: [ { tag: order }, { start: order-status } ]
          - id: echo
            once_per: { contact: 1h }
            then: continue
            when: [ { text: { starts: echo } } ]
            do: [ { reply: "{{message.text}}" }, { note: "{{message.text}}" }, { contact: { said: "{{message.text}}" } } ]
          - id: buttons
            when: [ { text: buttons } ]
            do:
              - reply: { text: "Which?", buttons: [ "{{message.text}}", "no" ], file: "https://files.example.org/a.pdf" }
              - route: queue
              - route: { department: billing }
              - untag: [ a, b ]
              - tag: { contact: [ vip ] }
              - close: { comment: "{{message.text}}" }
          - id: watched
            mode: observe
            when: [ { text: buttons } ]
            do: [ { close: true } ]
          - id: pick
            when: [ { text: pick } ]
            do: [ { reply: { one_of: [ a, b, c, d, e, f ] } } ]
          - id: nudge
            on: { idle: 15m, since: customer }
            do: [ { reply: "Still there?" } ]
          - id: odd
            when: [ { text: odd } ]
            do:
              - http: { url: "https://erp.example.org/", method: POST, json: { is: "{{message.text}}", more: [ { any: x } ], n: 1.5 } }
              - contact: { is: a, starts: b }
          - id: closed
            on: conversation.closed
            do: [ { close: true } ]
        flows:
          - id: order-status
            start: ask
            expires: 24h
            steps:
              ask:
                say: "Which order?"
                expect: [ { when: [ { text: { regex: '\d{4,}' } } ], next: lookup } ]
                otherwise: { say: "4 digits or more.", times: 2, next: handoff }
                timeout: { after: 10m, next: handoff }
              lookup:
                do: [ { http: { url: "https://erp.example.org/{{message.text}}", save: info } } ]
                next: [ { when: [ { field: { vars.info.status: 200 } } ], step: answer }, { step: handoff } ]
              answer: { say: "It is {{vars.info.json.state}}{{vars.info.text}}", end: true }
              handoff: { do: [ { route: { department: support } } ], end: true }
        """#

    private static let start = Instant(seconds: 1_767_614_400)

    private static func engine(_ text: String = rules) throws -> Engine {
        let loaded = RuleLoader.load(RuleFolder(root: "rules", texts: ["rules.yaml": text]), vendors: VendorCatalog.ids)
        return Engine(rules: try #require(loaded.ruleSet, "\(loaded.diagnostics)"), profiles: [.any: .any])
    }

    private static func recorded(
        _ steps: [Simulation.Step], _ engine: Engine, defaults: EventDraft = .common()
    ) -> TestRecording {
        var simulation = Simulation(engine: engine, startsAt: start, defaults: defaults)
        var recording = TestRecording(startsAt: start)
        for step in steps { if let outcome = simulation.carryOut(step) { recording.add(outcome) } }
        return recording
    }

    @Test func aDialogueIsWrittenAsATest() throws {
        let engine = try Self.engine()
        let recording = Self.recorded(
            [
                .event(.message("my order")), .event(.message("12345")), .answer(["status": 200, "json": ["state": "sent"]]),
                .event(.message("order")), .wait(.seconds(600)), .event(.message("Hello", from: .agent)),
                .event(.message("echo")), .event(.happening(.conversationClosed)),
            ], engine)
        #expect(
            recording.text(name: "a dialogue") == """
                version: 1
                tests:
                  - name: "a dialogue"
                    at: 2026-01-05T12:00:00Z
                    steps:
                      - event: { text: "my order" }
                        expect:
                          rules: [order]
                          effects:
                            - tag: order
                            - reply: "Which order?"
                          flow: order-status/ask
                      - event: { text: "12345" }
                        expect:
                          rules: []
                          effects:
                            - http: { method: GET, url: "https://erp.example.org/12345" }
                          flow: order-status/lookup
                      - http: { status: 200, json: { state: "sent" } }
                        expect:
                          rules: []
                          effects:
                            - reply: "It is sent"
                          flow: { ended: end }
                      - event: { text: "order" }
                        expect:
                          rules: [order]
                          effects:
                            - tag: order
                            - reply: "Which order?"
                          flow: order-status/ask
                      - wait: 10m
                        expect:
                          rules: []
                          effects:
                            - route: { department: support }
                          flow: { ended: end }
                      - event: { sender: agent, text: "Hello" }
                        expect:
                          rules: []
                          effects: []
                      - event: { text: "echo" }
                        expect:
                          rules: [echo]
                          effects:
                            - note: "echo"
                            - contact: { said: "echo" }
                          suppressed:
                            - { rule: echo, action: reply, reason: human }
                      - event: { kind: conversation.closed }
                        expect:
                          rules: [closed]
                          effects:
                            - close: true

                """)
        #expect(recording.problem(name: "a dialogue", engine: engine) == nil)
    }

    /// Also that a choice by chance is the same, that a second conversation is told apart, and that an effect for which
    /// expectations have no words does not stand in the way.
    @Test func everyActionIsWrittenSoThatItPasses() throws {
        let engine = try Self.engine()
        var simulation = Simulation(
            engine: engine, startsAt: Self.start,
            defaults: .common(channel: "whats app", contact: Contact(id: nil, name: "Ana \"A\" Souza")))
        var recording = TestRecording(startsAt: Self.start)
        func add(_ step: Simulation.Step) throws {
            let outcome = simulation.carryOut(step)
            recording.add(try #require(outcome))
        }
        for text in ["buttons", "pick", "odd", "pick"] { try add(.event(.message(text))) }
        try add(.event(EventDraft(shortForm: "message.updated message: { id: message-1, type: image }, raw: { a: [1, ~, 'x'] }")))
        try add(.event(EventDraft(shortForm: "message: { id: message-1 }, text: again")))
        simulation.beginConversation()
        try add(.wait(.seconds(60)))
        try add(.event(.message("order")))
        try add(
            .event(
                EventDraft(shortForm: "conversation.tagged conversation: { status: open }, tags: [x, 'a b'], agent: { id: 7 }")))
        simulation.beginConversation()
        try add(.wait(.seconds(86_400 * 2)))
        #expect(recording.problem(name: "every action", engine: engine) == nil, "\(recording.text(name: "every action"))")
        #expect(recording.text(name: "every action").contains("conversation: test-conversation-3"))
    }

    @Test(arguments: 0..<200)
    func anyTextIsReadBackAsItWas(seed: Int) throws {
        let engine = try Self.engine()
        var texts = RandomWriting(seed: UInt64(seed))
        let said = texts.text()
        let (name, agent, state, key) = (texts.text(), texts.text(), texts.text(), texts.text())
        var steps: [Simulation.Step] = [
            .event(.message("echo" + said)), .event(.message("order")), .event(.message("1234")),
        ]
        steps.append(.answer(["status": 200, "json": .object([key: .string(state), "state": .string(state)])]))
        steps.append(.event(.message("odd " + said)))
        steps.append(.event(.message("buttons " + said)))
        steps.append(.event(.message(agent, from: .agent)))
        steps.append(.event(.message("buttons " + said)))
        let recording = Self.recorded(steps, engine, defaults: .common(contact: Contact(id: nil, name: name)))
        #expect(recording.count == steps.count)
        #expect(recording.problem(name: name, engine: engine) == nil, "\(recording.text(name: name))")

        let file = recording.text(name: name)
        let loaded = LoadedTests(RuleFolder(root: "rules", texts: ["a.test.yaml": file]), flows: nil, vendors: VendorCatalog.ids)
        let test = try #require(loaded.tests.first)
        #expect(Array(test.name.utf8) == Array(name.utf8))
        guard case .event(let first)? = test.steps[0].stimulus, case .event(let second)? = test.steps[6].stimulus else {
            Issue.record("the steps are no events")
            return
        }
        #expect(Array((first.text ?? "").utf8) == Array(("echo" + said).utf8))
        #expect(Array((second.text ?? "").utf8) == Array(agent.utf8))
        #expect(file.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 != 0x7F }, "what is not seen is escaped")
    }

    @Test(arguments: [
        ("nope", "there is no event kind 'nope'"), ("message.recieved", "did you mean 'message.received'?"),
        ("sender: nobody", "there is no sender 'nobody'"), ("textt: x", "did you mean 'text'?"),
        ("payload: x.json", "an event has no `payload` here"), ("vendor: huggy", "an event has no `vendor` here"),
        ("message.sent {", "cannot be a key"), ("message.sent sender: [", "this is no YAML"),
        ("message.sent text: \"", "this is no YAML"), ("a: &x [*x]", "has no anchor before it"),
        ("handler: [human]", "text is expected here"),
    ])
    func aWrongShortFormIsRefused(text: String, message: String) throws {
        let error = #expect(throws: ShortFormError.self) { () throws in _ = try EventDraft(shortForm: text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [
            ("", nil), ("conversation.closed", .conversationClosed), ("  conversation.closed  ", .conversationClosed),
            ("conversation.closed handler: human, tags: [vip]", .conversationClosed),
            (#"conversation.closed {"handler":"human","tags":["vip"]}"#, .conversationClosed),
            ("{ kind: conversation.closed }", .conversationClosed), ("kind: conversation.closed", .conversationClosed),
        ] as [(String, EventKind?)])
    func aShortFormNamesKindAndFields(text: String, kind: EventKind?) throws {
        let draft = try EventDraft(shortForm: text)
        #expect(draft.kind == kind)
        #expect(draft.tags == (text.contains("vip") ? ["vip"] : nil))
        #expect(draft.handler == (text.contains("human") ? .human : nil))
    }

    @Test(arguments: [(1, "1s"), (90, "90s"), (600, "10m"), (14_400, "4h"), (172_800, "2d"), (86_401, "86401s"), (0, "0s")])
    func durationsAreWrittenInTheLargestUnit(seconds: Int64, text: String) {
        #expect(Duration.seconds(seconds).ruleText == text)
    }
}

/// Texts of what YAML, templates and terminals give a meaning to, and of anything else.
private struct RandomWriting {
    private var random: SplitMix64

    private static let awkward: [Unicode.Scalar] = Array(
        "\"'\\#: -{}[],&*!|>%@`?~$/=<.\n\r\t\u{0}\u{7}\u{1B}\u{7F}\u{85}\u{9F}\u{A0}\u{AD}\u{200D}\u{200B}\u{202E}\u{2028}\u{2029}\u{2066}\u{3000}\u{E000}\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}\u{301}\u{FE0F}é😀👩🇧🇷한字aZ09"
            .unicodeScalars)
    private static let pieces = [
        "{{vars.x}}", "{{", "}}", " #", "# ", ": ", "- ", "null", "~", "true", "no", "007", "\\n", "\\x41", "%YAML", "---", "...",
        "  ", "<<",
    ]

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func text() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<below(24) {
            switch below(8) {
            case 0: text.append(contentsOf: Self.pieces[below(Self.pieces.count)].unicodeScalars)
            case 1: text.append(Unicode.Scalar(UInt32(random.next() % 0x11_0000)) ?? "x")
            default: text.append(Self.awkward[below(Self.awkward.count)])
            }
        }
        return String(text)
    }

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
}
