import Model
import Rules
import Testing

@Suite struct ConditionFieldTests {
    private func target() -> Subject {
        var event = Event.message("hello")
        event.details = ["to": ["agent": "a9"], "context": ["SYSTEM.CHAT_ID": 77]]
        event.raw = Array(
            #"""
            {"a": {"b": [{"c": "first"}, {"c": 2932424}]}, "context": {"SYSTEM.CHAT_ID": "77"}, "nil": null,
             "big": 18446744073709551615, "half": 0.5, "yes": true, "list": ["x", "Y"], "none": []}
            """#.utf8)
        let variables: Value.Object = [
            "plan": "Gold", "count": 7, "text7": "7", "empty": "", "null": .null,
            "info": ["status": 200, "json": ["state": "ok"]],
            "word": "seven", "list": [], "map": [:],
        ]
        return subject(event, state: ConversationState(variables: variables))
    }

    @Test(arguments: [
        // A scalar or list: equals one of.
        ("vars.plan: gold", true), ("vars.plan: [silver, GOLD]", true), ("vars.plan: silver", false),
        ("vars.count: 7", true), ("vars.count: '7'", true), ("vars.count: 7.0", false), ("vars.count: 07", false),
        ("vars.text7: 7", true), ("vars.info.status: 200", true), ("vars.info.json.state: ok", true),
        ("vars.info: 200", false), ("raw.a.b.1.c: 2932424", true), ("raw.a.b.0.c: first", true),
        ("raw.half: 0.5", true), ("raw.yes: true", true), ("raw.yes: yes", false), ("raw.big: 18446744073709551615", true),
        ("'raw.context.\"SYSTEM.CHAT_ID\"': 77", true), ("'details.context.\"SYSTEM.CHAT_ID\"': 77", true),
        ("raw.list: y", true), ("raw.list: z", false), ("conversation.tags: vip", true), ("conversation.tags.1: sao paulo", true),
        ("conversation.tags.2: vip", false), ("contact.first_name: ana", true), ("contact.attributes.plan: gold", true),
        ("details.to.agent: a9", true), ("kind: message.received", true), ("sender.role: customer", true),
        ("occurred_at: 2026-11-20T12:00:00Z", true), ("message.text: HELLO", true), ("vars.null: null", false),
        ("vars.missing: missing", false), ("vars.empty: ''", true), ("test: true", false),
        // Keys of a text matcher, by the value's text.
        ("vars.plan: { is: gold }", true), ("vars.plan: { is: Gold, case: exact }", true),
        ("vars.plan: { is: gold, case: exact }", false), ("vars.plan: { starts: go, ends: ld }", true),
        ("vars.count: { regex: '^\\d$' }", true), ("vars.count: { any: 7 }", true), ("vars.count: { length: { max: 1 } }", true),
        ("vars.plan: { none: silver }", true), ("vars.plan: { all: [gold, plan] }", false), ("vars.plan: { empty: false }", true),
        ("vars.empty: { empty: true }", true), ("vars.list: { empty: true }", true), ("vars.map: { empty: true }", true),
        ("raw.list: { any: x }", true), ("raw.list: { all: [x, y] }", true), ("raw.list: { none: [y] }", false),
        ("raw.list: { empty: false }", true), ("raw.none: { empty: false }", false), ("raw.list: { length: { min: 0 } }", false),
        ("vars.info: { substring: ok }", false),
        // Numbers.
        ("vars.count: { gt: 6 }", true), ("vars.count: { gt: 7 }", false), ("vars.count: { gte: 7 }", true),
        ("vars.count: { lt: 7.5 }", true), ("vars.count: { lt: 7 }", false), ("vars.count: { lte: 7 }", true),
        ("vars.count: { gt: '6', lt: \"1e1\" }", true), ("vars.text7: { gt: 6 }", true), ("vars.word: { gt: 6 }", false),
        ("contact.attributes.score: { gte: 9.5, lte: 9.5 }", true), ("vars.info: { gt: 0 }", false),
        ("raw.yes: { gt: 0 }", false),
        // Existence.
        ("vars.plan: { exists: true }", true), ("vars.plan: { exists: false }", false), ("vars.empty: { exists: true }", true),
        ("vars.null: { exists: true }", false), ("vars.null: { exists: false }", true), ("raw.nil: { exists: false }", true),
        ("raw.a: { exists: true }", true), ("raw.a.b.2: { exists: true }", false), ("agent: { exists: true }", true),
        ("contact.attributes.none: { exists: true }", false), ("vars.list: { exists: true }", true),
        // Negation.
        ("vars.plan: { not: silver }", true), ("vars.plan: { not: [silver, gold] }", false),
        ("vars.count: { not: { gt: 6, lt: 8 } }", false), ("vars.count: { not: { not: 7 } }", true),
        ("vars.plan: { not: silver, exists: true }", true), ("raw.list: { not: x }", false),
    ])
    func passesAsTheLanguageSays(line: String, expected: Bool) throws {
        #expect(try holds("[{ field: { \(line) } }]", target()) == expected)
    }

    @Test(arguments: [
        ("''", false), ("null", false), ("[a, b]", false), ("{ any: a }", false), ("{ all: a }", false), ("{ all: [] }", false),
        ("{ is: '' }", false), ("{ starts: a }", false), ("{ ends: a }", false), ("{ substring: a }", false),
        ("{ regex: '' }", false), ("{ length: { min: 0 } }", false), ("{ length: { max: 9 } }", false),
        ("{ empty: false }", false),
        ("{ gt: 0 }", false), ("{ gte: 0 }", false), ("{ lt: 0 }", false), ("{ lte: 0 }", false), ("{ exists: true }", false),
        ("{ exists: false }", true), ("{ empty: true }", true), ("{ none: a }", true), ("{ not: a }", true),
        ("{ not: { exists: false } }", false), ("{ none: a, is: '' }", false),
    ])
    func aMissingPathFailsAllButFourMatchers(matcher: String, expected: Bool) throws {
        for path in ["vars.missing", "vars.null", "raw.nil", "raw.a.b.7.c", "contact.email"] {
            #expect(try holds("[{ field: { \(path): \(matcher) } }]", target()) == expected, "\(path)")
        }
    }

    @Test func aPayloadThatCannotBeReadHasNoPaths() throws {
        var event = Event.message()
        event.raw = Array("{".utf8)
        #expect(try holds("[{ field: { raw.a: { exists: false } } }]", subject(event)))
    }

    @Test func notesTheVariablesThatItReads() throws {
        let scope = DecodingScope()
        _ = try conditions(
            "[{ field: { vars.plan: a } }, { field: { vars.info.status: 200 } }, { field: { raw.vars: 1 } }]", in: scope)
        #expect(scope.readVariables == ["plan": position(13), "info": position(42)])
    }
}
