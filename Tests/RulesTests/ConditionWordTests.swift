import Matching
import Model
import Rules
import Testing
import Vendors

@Suite struct ConditionWordTests {
    @Test(arguments: [
        ("channel: whatsapp", true), ("channel: WhatsApp", true), ("channel: [email, whatsapp]", true),
        ("channel: email", false), ("channel: smoke signals", false),
        ("vendor: any", true), ("vendor: [huggy, Any]", true), ("vendor: huggy", false),
        ("account: TEST", true), ("account: other", false),
        ("kind: message.received", true), ("kind: [order.changed, Message.Received]", true), ("kind: other", false),
        ("sender: customer", true), ("sender: [agent, bot, system]", false),
        ("department: 11445", true), ("department: billing", true), ("department: [sales, BILLING]", true),
        ("department: sales", false), ("department: boss", false),
        ("team: t7", true), ("team: night  shift", true), ("team: day shift", false),
        ("agent: a9", true), ("agent: joao lima", true), ("agent: JOÃO", true), ("agent: boss", true),
        ("agent: [ana, maria]", false),
        ("tags: vip", true), ("tags: [nope, sao paulo]", true), ("tags: nope", false),
        ("tags: { any: [vip] }", true), ("tags: { all: [vip, SÃO PAULO] }", true), ("tags: { all: [vip, nope] }", false),
        ("tags: { none: spam }", true), ("tags: { none: [spam, vip] }", false), ("tags: { all: [] }", true),
        ("tags: { any: vip, all: vip, none: spam }", true), ("tags: { any: vip, none: vip }", false),
        ("handler: bot", true), ("handler: [queue, Bot]", true), ("handler: [human, closed, unknown]", false),
    ])
    func comparesFolded(line: String, expected: Bool) throws {
        #expect(try holds("[{ \(line) }]", subject()) == expected)
    }

    @Test(arguments: [
        "channel: whatsapp", "sender: customer", "department: 11445", "team: t7", "agent: a9", "tags: vip", "handler: bot",
        "handler: unknown", "channel: ''",
    ])
    func failsWhereTheEventHasNothing(line: String) throws {
        let event = Event(id: "1", vendor: .huggy, account: "test", kind: .other, occurredAt: noon)
        #expect(try !holds("[{ \(line) }]", subject(event)))
    }

    @Test func noTagIsAmongThoseOfAnEventWithoutAConversation() throws {
        let event = Event(id: "1", vendor: .huggy, account: "test", kind: .other, occurredAt: noon)
        #expect(try holds("[{ tags: { none: vip } }]", subject(event)))
    }
}

@Suite struct ConditionGroupTests {
    @Test(arguments: [
        ("[]", true),
        ("[{ any: [{ text: nope }, { channel: whatsapp }] }]", true),
        ("[{ any: [{ text: nope }, { channel: email }] }]", false),
        ("[{ all: [{ text: hello }, { channel: whatsapp }] }]", true),
        ("[{ all: [{ text: hello }, { channel: email }] }]", false),
        ("[{ all: [] }]", true),
        ("[{ none: [{ text: nope }, { channel: email }] }]", true),
        ("[{ none: [{ text: nope }, { channel: whatsapp }] }]", false),
        ("[{ none: [] }]", true),
        ("[{ none: [{ none: [{ any: [{ all: [{ text: hello }] }] }] }] }]", true),
        ("[{ text: hello }, { channel: email }]", false),
    ])
    func combinesLines(when: String, expected: Bool) throws {
        #expect(try holds(when, subject()) == expected)
    }

    @Test(
        arguments: [
            ("any: [{ text: one }, { text: [two, three] }]", ["one", "three", "two"]),
            ("all: [{ text: a }, { channel: email }, { text: longer }]", ["longer"]),
            ("any: [{ text: one }, { all: [{ text: two }, { channel: email }] }]", ["one", "two"]),
        ] as [(String, [String])])
    func provesWhatItsLinesProve(line: String, literals: [String]) throws {
        let found = try conditions("[{ \(line) }]")[0].demand.mostSelective
        #expect(found?.literals.map { String(decoding: $0, as: UTF8.self) } == literals)
    }

    @Test(arguments: ["any: [{ text: one }, { channel: email }]", "none: [{ text: one }]", "all: []"])
    func provesNothingWhereALineProvesNothing(line: String) throws {
        #expect(try conditions("[{ \(line) }]")[0].demand.sets.isEmpty)
    }
}

@Suite struct ConditionHistoryTests {
    private func state(seconds: [Int64]) -> ConversationState {
        ConversationState(hasCustomerMessage: true, customerMessages: seconds.map { noon.adding(.seconds($0)) })
    }

    @Test(arguments: [
        ("true", false, true), ("true", true, false), ("false", false, false), ("false", true, true),
    ])
    func firstMessageIsTheCustomersFirst(flag: String, hasWritten: Bool, expected: Bool) throws {
        let state = ConversationState(hasCustomerMessage: hasWritten)
        #expect(try holds("[{ first_message: \(flag) }]", subject(state: state)) == expected)
    }

    @Test(arguments: ["first_message: true", "first_message: false", "repeated: { times: 1, within: 1d }"])
    func messagesOfOthersAreNeitherFirstNorRepeated(line: String) throws {
        #expect(try !holds("[{ \(line) }]", subject(.message(kind: .messageSent))))
    }

    @Test(
        arguments: [
            (1, [], true), (2, [], false), (2, [-1], true), (3, [-599, -5], true), (3, [-600, -5], false),
            (3, [-601, -599, -1], true), (3, [0, 0], true),
        ] as [(Int, [Int64], Bool)])
    func repeatedCountsTheWindowHalfOpenWithThisMessage(times: Int, earlier: [Int64], expected: Bool) throws {
        let line = "[{ repeated: { times: \(times), within: 10m } }]"
        #expect(try holds(line, subject(state: state(seconds: earlier))) == expected)
    }

    @Test func groupsDemandTheHistoryOfTheirLines() throws {
        let lines = try conditions(
            "[{ any: [{ repeated: { times: 3, within: 10m } }, { none: [{ repeated: { times: 2, within: 1h } }] }] }]")
        var history = MessageHistory()
        for line in lines { (line as? any HistoryCondition)?.demand(&history) }
        #expect(history.count == 2)
        #expect(history.window == .seconds(3600))
    }
}

@Suite struct ConditionScheduleTests {
    @Test(arguments: [
        ("inside: office", "2026-11-20T12:00:00Z", true), ("inside: office", "2026-11-20T21:00:00Z", false),
        ("outside: office", "2026-11-20T12:00:00Z", false), ("outside: office", "2026-11-20T21:00:00Z", true),
    ])
    func asksTheSchedule(line: String, time: String, expected: Bool) throws {
        let scope = DecodingScope()
        let schedule = Schedule(
            node("{ tz: America/Sao_Paulo, hours: { mon-fri: '09:00-18:00' } }"), name: "office", at: position(1), in: scope)
        scope.schedules["office"] = schedule
        let now = try #require(Instant(iso8601: time))
        #expect(try holds("[{ \(line) }]", subject(now: now), in: scope) == expected)
    }
}
