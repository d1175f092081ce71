import Matching
import Model
import Rules
import Testing

@Suite struct ConditionTextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var matcher: String
        var text: String
        var holds: Bool

        init(_ matcher: String, _ text: String, _ holds: Bool) {
            self.matcher = matcher
            self.text = text
            self.holds = holds
        }

        var testDescription: String { "\(matcher) on '\(text)'" }
    }

    static let lists = ["refund": ["refund", "money back", "reembolso", "환불"], "two": ["\\$5", "re*"]]

    static func scope() -> DecodingScope {
        DecodingScope(
            lists: lists.mapValues { words in
                words.map { RuleNode(.scalar(RuleNode.Scalar(text: $0, style: .plain)), at: position(900)) }
            })
    }

    @Test(arguments: [
        // The short form is `any`.
        Row("refund", "I want a REFUND!", true),
        Row("refund", "no refunds", false),
        Row("[refund, estorno]", "Estorno já", true),
        Row("[refund, estorno]", "nada", false),
        Row("$refund", "give me my money   back", true),
        Row("$refund", "환불해주세요", true),
        Row("$refund", "thanks", false),
        // Keywords.
        Row("{ any: ação }", "ACAO!", true),
        Row("{ any: art }", "cart", false),
        Row("{ any: 'cancel*' }", "cancelamento", true),
        Row("{ any: '\\*' }", "five * stars", true),
        Row("{ any: '\\$5' }", "only $5 left", true),
        Row("{ any: [$refund, hello] }", "hello", true),
        Row("{ any: $two }", "cheap: $5", true),
        Row("{ any: $two }", "repeat", true),
        Row("{ all: [my, order] }", "order of my dreams", true),
        Row("{ all: [my, order] }", "order of dreams", false),
        Row("{ all: [] }", "anything", true),
        Row("{ none: [spam, ads] }", "real question", true),
        Row("{ none: [spam, ads] }", "SPAM", false),
        Row("{ none: [] }", "anything", true),
        Row("{ any: refund, none: 'no refund' }", "no refund please", false),
        Row("{ any: refund, none: 'no refund' }", "refund please", true),
        // The whole text and its edges.
        Row("{ is: 'olá mundo' }", "  OLA   Mundo ", true),
        Row("{ is: olá }", "olá mundo", false),
        Row("{ is: [sim, não] }", "Nao", true),
        Row("{ is: '' }", "", true),
        Row("{ is: no }", "no", true),
        Row("{ is: 007 }", "007", true),
        Row("{ is: null }", "null", true),
        Row("{ is: '\\$5' }", "$5", true),
        Row("{ is: 'a*' }", "a*", true),
        Row("{ is: 'a*' }", "abc", false),
        Row("{ is: $refund }", "Reembolso", true),
        Row("{ starts: Bom dia }", "bom dia, tudo bem?", true),
        Row("{ starts: Bom dia }", "Um bom dia", false),
        Row("{ starts: can }", "cancel", true),
        Row("{ ends: [obrigado, obrigada] }", "Muito OBRIGADA", true),
        Row("{ ends: obrigado }", "obrigado!", false),
        Row("{ substring: ança }", "lança-perfume e LANCA", true),
        Row("{ substring: 'R\\$ 5' }", "custa r$ 50", true),
        Row("{ substring: 'a*b' }", "xa*by", true),
        Row("{ substring: 'a*b' }", "aXb", false),
        // Folding switched off.
        Row("{ any: Refund, case: exact }", "refund", false),
        Row("{ any: Refund, case: exact }", "a Refund", true),
        Row("{ any: reembolso, accents: exact }", "REEMBOLSO", true),
        Row("{ any: ação, accents: exact }", "acao", false),
        Row("{ any: ação, accents: exact }", "AÇÃO", true),
        Row("{ any: Ação, case: exact }", "Acao", true),
        Row("{ is: Olá, case: exact, accents: exact }", "Olá", true),
        Row("{ is: Olá, case: exact, accents: exact }", "Ola", false),
        Row("{ starts: É, accents: exact }", "é isso", true),
        Row("{ starts: É, accents: exact }", "e isso", false),
        // Regular expressions run on the text as it is written.
        Row("{ regex: '\\bped[iu]do\\b' }", "Meu PEDIDO", true),
        Row("{ regex: 'pedido', case: exact }", "Meu PEDIDO", false),
        Row("{ regex: ação }", "acao", false),
        Row("{ regex: ['^a', 'b$'] }", "xb", true),
        Row("{ regex: ['^a', 'b$'] }", "bx", false),
        Row("{ regex: '\\$\\d' }", "it is $5", true),
        // Length counts code points as written; both ends belong to it.
        Row("{ length: { min: 2 } }", "ab", true),
        Row("{ length: { min: 2 } }", "a", false),
        Row("{ length: { max: 2 } }", " a ", false),
        Row("{ length: { min: 2, max: 2 } }", "e\u{301}", true),
        Row("{ length: { max: 1 } }", "👍🏽", false),
        Row("{ length: { min: '2', max: \"3\" } }", "abc", true),
        Row("{ empty: true }", "", true),
        Row("{ empty: true }", " \u{200B}", true),
        Row("{ empty: true }", "a", false),
        Row("{ empty: false }", "a", true),
        Row("{ empty: 'false' }", "", false),
        Row("{ x-why: mine, any: hi }", "hi", true),
    ])
    func holdsAsTheLanguageSays(row: Row) throws {
        #expect(try passes(row.matcher, row.text, in: Self.scope()) == row.holds)
    }

    @Test(arguments: ["hi", "{ none: hi }", "{ empty: true }", "{ length: { min: 0 } }", "{ all: [] }", "{ regex: '' }"])
    func failsOnAnEventWithoutAMessage(matcher: String) throws {
        #expect(try !holds("[{ text: \(matcher) }]", subject(.message(nil))))
    }

    @Test func findsOneOfHundredsOfKeywords() throws {
        let words = (0..<500).map { "word\($0)" }.joined(separator: ", ")
        #expect(try passes("[\(words)]", "this is word431 here"))
        #expect(try !passes("[\(words)]", "this is word4310 here"))
    }

    @Test(
        arguments: [
            ("[{ text: { regex: '(?<order>\\d{4,})' } }]", "order 1234", ["1": "1234", "order": "1234"]),
            ("[{ text: { regex: 'a(b)?(c)' } }]", "ac", ["2": "c"]),
            // A later line replaces all numbers and the names it has too.
            (
                "[{ text: { regex: '(?<a>x)(y)' } }, { text: { regex: '(z)' } }, { text: { regex: '(?<a>z)' } }]", "xyz",
                ["a": "z", "1": "z"]
            ),
            ("[{ text: { regex: '(?<a>x)(y)' } }, { text: { regex: 'z' } }]", "xyz", ["a": "x"]),
            // A list: the first that matches.
            ("[{ text: { regex: ['(q)', '(z)', '(x)'] } }]", "xyz", ["1": "z"]),
            // `any` gives those of the line that holds; `none` gives none.
            (
                "[{ any: [{ all: [{ text: { regex: '(x)' } }, { text: nope }] }, { text: { regex: '(z)' } }] }]", "xyz",
                ["1": "z"]
            ),
            ("[{ none: [{ all: [{ text: { regex: '(x)' } }, { text: nope }] }] }]", "xyz", [:]),
            ("[{ text: { regex: '(x)' } }, { none: [{ text: { regex: '(q)' } }] }]", "xyz", ["1": "x"]),
            ("[{ field: { contact.name: { regex: '(\\w+)' } } }]", "xyz", ["1": "Ana"]),
            ("[{ field: { contact.name: { not: { not: { regex: '(\\w+)' } } } } }]", "xyz", [:]),
            ("[{ text: hi, x-note: 1 }]", "hi", [:]),
        ] as [(String, String, Value.Object)])
    func capturesWhatTheLinesSay(when: String, text: String, captures: Value.Object) throws {
        let subject = subject(.message(text))
        #expect(try holds(when, subject))
        #expect(subject.captures.values == captures)
    }

    @Test func tellsTheCapturesItCanGive() throws {
        let lines = try conditions(
            "[{ any: [{ text: { regex: ['(?<a>x)(y)', '(?<b>z)'] } }, { none: [{ text: { regex: '(?<c>.)(.)(.)' } }] }] }]")
        var names = DecodingScope.CaptureNames()
        names.names = ["a", "b"]
        names.count = 2
        #expect(lines[0].captures == names)
    }

    @Test(arguments: [
        "[{ text: { regex: '^(a+)+$' } }]",
        "[{ none: [{ text: { regex: '^(a+)+$' } }] }]",
        "[{ any: [{ text: { regex: '^(a+)+$' } }, { text: { substring: a } }] }]",
        "[{ field: { message.text: { not: { regex: '^(a+)+$' } } } }]",
    ])
    func aLimitMakesTheSubjectLimitedAndTheLineFail(when: String) throws {
        let subject = subject(.message(String(repeating: "a", count: 40) + "!"))
        #expect(try !holds(when, subject))
        #expect(subject.isLimited)
    }

    @Test(
        arguments: [
            ("Refund", ["refund"]),
            ("[refund, ação]", ["acao", "refund"]),
            ("{ all: [a, longer, mid] }", ["longer"]),
            ("{ is: Olá }", ["ola"]),
            ("{ starts: [Ab, Cd] }", ["ab", "cd"]),
            ("{ substring: ÇÃO, case: exact }", ["cao"]),
            ("{ ends: Ab, any: longer }", ["longer"]),
            ("{ regex: 'order \\d+' }", ["order"]),
        ] as [(String, [String])])
    func provesLiterals(matcher: String, literals: [String]) throws {
        let found = try conditions("[{ text: \(matcher) }]")[0].demand.mostSelective
        #expect(found?.literals.map { String(decoding: $0, as: UTF8.self) } == literals)
    }

    @Test(arguments: [
        "{ none: spam }", "{ empty: true }", "{ empty: false }", "{ length: { min: 3 } }", "{ is: '' }", "{ is: [a, ''] }",
        "{ all: [] }", "{ regex: '.' }", "{ regex: [order, '.'] }",
    ])
    func provesNothing(matcher: String) throws {
        #expect(try conditions("[{ text: \(matcher) }]")[0].demand.sets.isEmpty)
    }
}
