import Model
import Rules
import Testing

@Suite struct ConditionTraceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var line: String
        var condition: String
        var wanted: Value
        var actual: Value
        var hint: String?

        init(
            _ line: String, _ condition: String, _ wanted: Value, _ actual: Value, _ hint: String? = nil
        ) {
            self.line = line
            self.condition = condition
            self.wanted = wanted
            self.actual = actual
            self.hint = hint
        }

        var testDescription: String { line }
    }

    @Test(arguments: [
        Row("text: refund", "text.any", ["refund"], "Olá, ação art"),
        Row(
            "text: { any: acao }", "text.any", ["acao"], "Olá, ação art",
            "ação matches acao by accent folding"),
        Row("text: [x, art]", "text.any", ["x", "art"], "Olá, ação art", "'art' is in it"),
        Row("text: { any: art, regex: 'x$' }", "text.regex", ["x$"], "Olá, ação art"),
        Row("text: { regex: '^(.+)+x$' }", "text.regex", ["^(.+)+x$"], "Olá, ação art"),
        Row(
            "text: { all: [art, ar] }", "text.all", ["art", "ar"], "Olá, ação art",
            "'ar' is in it only inside a longer word, art: write 'ar*' to take it"),
        Row(
            "text: { any: OLÁ, case: exact }", "text.any", ["OLÁ"], "Olá, ação art",
            "'OLA' is in it in other case, and that counts here"),
        Row(
            "text: { any: OLA }", "text.any", ["OLA"], "Olá, ação art",
            "Olá matches OLA by case and accent folding"),
        Row(
            "text: { any: olá }", "text.any", ["olá"], "Olá, ação art", "Olá matches olá by case folding"),
        Row(
            "text: { any: acao, accents: exact }", "text.any", ["acao"], "Olá, ação art",
            "'acao' is in it with other accents, and that counts here"),
        Row(
            "text: { any: lá }", "text.any", ["lá"], "Olá, ação art",
            "'la' is in it only inside a longer word, Olá: write it under `substring` to take it"),
        Row(
            "text: [açao2, asao]", "text.any", ["açao2", "asao"], "Olá, ação art",
            "'ação' is one letter off: did you mean 'acao2'?"),
        Row(
            "text: { is: ação }", "text.is", ["ação"], "Olá, ação art",
            "ação is in it, but not as the whole text"),
        Row(
            "text: { starts: ola }", "text.starts", ["ola"], "Olá, ação art",
            "it matches ola by case and accent folding"),
        Row(
            "text: { regex: acao }", "text.regex", ["acao"], "Olá, ação art",
            "it would match 'Ola, acao art': a regular expression sees the message as written, not folded"
        ),
        Row(
            "text: { length: { min: 20 } }", "text.length", ["min": 20], "Olá, ação art",
            "it has 13 code points, 7 too few"),
        Row(
            "channel: whatsap", "channel", ["whatsap"], "whatsapp",
            "'whatsap' is one letter off: did you mean 'whatsapp'?"),
        Row("department: 11446", "department", ["11446"], ["11445", "Billing"]),
        Row(
            "tags: { all: [vip, sao paulo, gold] }", "tags.all", ["vip", "sao paulo", "gold"],
            ["VIP", "São Paulo"],
            "it lacks gold"),
        Row(
            "tags: [sao paolo]", "tags.any", ["sao paolo"], ["VIP", "São Paulo"],
            "'sao paolo' is one letter off: did you mean 'sao paulo'?"),
        Row(
            "field: { contact.attributes.age: { gte: 50 } }", "field.contact.attributes.age.gte", 50, 41,
            "41 is less than 50"),
        Row(
            "field: { contact.attributes.score: { lt: 9 } }", "field.contact.attributes.score.lt", 9,
            .number(9.5),
            "9.5 is more than 9"),
        Row(
            "field: { contact.attributes.plan: { gt: 9 } }", "field.contact.attributes.plan.gt", 9,
            "Gold", "it is no number"),
        Row(
            "field: { contact.attributes.plan: [golden, goldy] }", "field.contact.attributes.plan",
            ["golden", "goldy"], "Gold",
            "'goldy' is one letter off: did you mean 'Gold'?"),
        Row(
            "field: { contact.attributes.plann: gold }", "field.contact.attributes.plann", ["gold"],
            .null,
            "the event has nothing at `contact.attributes.plann`; there is `plan` beside it: did you mean that?"
        ),
        Row(
            "text: { none: [nope, ação] }", "text.none", ["nope", "ação"], "Olá, ação art",
            "'ação' is in it"),
        Row(
            "text: { length: { max: 3 } }", "text.length", ["max": 3], "Olá, ação art",
            "it has 13 code points, 10 too many"),
        Row("text: { empty: true }", "text.empty", true, "Olá, ação art"),
        Row("channel: [email, webchat]", "channel", ["email", "webchat"], "whatsapp"),
        Row("department: sales", "department", ["sales"], ["11445", "Billing"]),
        Row("agent: ana", "agent", ["ana"], ["a9", "João Lima", "joao", "boss"]),
        Row(
            "tags: { any: vip, none: [VIP] }", "tags.none", ["VIP"], ["VIP", "São Paulo"], "it has VIP"),
        Row(
            "first_message: false", "first_message", false, true,
            "it is the customer's first message in this conversation"),
        Row(
            "repeated: { times: 3, within: 10m }", "repeated", ["times": 3, "within_seconds": 600], 1,
            "1 of 3 messages within 10m"),
        Row(
            "field: { contact.attributes.age: { gt: 40, lt: 41 } }", "field.contact.attributes.age.lt",
            41, 41,
            "41 is 41 itself: write `lte` to take it in"),
        Row(
            "field: { contact.email: { exists: true } }", "field.contact.email.exists", true, .null,
            "the event has nothing at `contact.email`"),
        Row(
            "field: { vars.plan: gold }", "field.vars.plan", ["gold"], .null,
            "the event has nothing at `vars.plan`"),
        Row(
            "field: { contact.attributes.plan: { not: gold } }", "field.contact.attributes.plan.not",
            ["gold"], "Gold",
            "it is what it must not be"),
        Row(
            "inside: office", "inside", "office", "2026-11-20T12:00:00",
            "now Fri 12:00 UTC; office opens Mon 09:00"),
        Row("all: [{ text: art }, { channel: email }]", "all.channel", ["email"], "whatsapp"),
        Row(
            "none: [{ text: nope }, { channel: whatsapp }]", "none.channel", ["whatsapp"], "whatsapp",
            "it holds, and must not"),
        Row(
            "any: [{ text: nope }, { channel: email }]", "any",
            [["text.any": ["nope"]], ["channel": ["email"]]],
            [["text.any": "Olá, ação art"], ["channel": "whatsapp"]], "none of the 2 conditions holds"),
        Row("any: [{ text: nope }, { channel: whatsapp }]", "any.channel", ["whatsapp"], "whatsapp"),
    ])
    func tellsWhatWasWantedAndWhatWasThere(row: Row) throws {
        let scope = DecodingScope()
        scope.schedules["office"] = Schedule(
            node("{ tz: UTC, hours: { mon: '09:00-18:00' } }"), name: "office", at: position(1), in: scope
        )
        let subject = subject(.message("Olá, ação art"))
        subject.isExplaining = true
        let line = try #require(try conditions("[{ \(row.line) }]", in: scope).first)
        let trace = line.trace(subject)
        #expect([trace.condition, trace.hint] == [row.condition, row.hint])
        #expect([trace.wanted, trace.actual] == [row.wanted, row.actual])
        #expect(subject.captures.values == [:])
        #expect(!subject.isLimited)
    }

    @Test(arguments: [
        ("[{ text: { any: a } }]", 4), ("[{ x-note: 1, channel: a }]", 15),
        ("[{ all: [{ text: hello }, { channel: a }] }]", 29),
        ("[{ any: [{ text: a }, { channel: a }] }]", 4),
    ])
    func standsAtTheKeyOfTheLine(when: String, column: Int) throws {
        #expect(try conditions(when)[0].trace(subject()).at == position(column))
    }

    @Test func tellsOfTheLimitsOfARegularExpression() throws {
        let subject = subject(.message(String(repeating: "a", count: 40) + "!"))
        let trace = try conditions("[{ text: { regex: '^(a+)+$' } }]")[0].trace(subject)
        #expect(trace.hint?.hasPrefix("the regular expression ran into its ") == true)
        #expect(!subject.isLimited)
    }

    @Test func tellsThatThereIsNoMessage() throws {
        let trace = try conditions("[{ text: { none: a } }]")[0].trace(subject(.message(nil)))
        #expect(
            trace
                == ConditionTrace(
                    condition: "text.none", at: position(4), wanted: ["a"], actual: .null,
                    hint: "the event has no message"))
    }
}
