import Matching
import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// Rules by what is found in them: line, code and message of each finding.
@Suite struct LintTests {
    private static func check(_ rules: String, tests: String? = nil, accounts: [Account] = []) -> RuleCheck {
        let texts = ["a.yaml": "version: 1\n" + rules].merging(tests.map { ["a.test.yaml": "version: 1\n" + $0] } ?? [:]) { $1 }
        return RuleCheck(RuleFolder(root: "rules", texts: texts), accounts: accounts, profiles: Fixtures.profiles)
    }

    private static func found(_ rules: String, tests: String? = nil, accounts: [Account] = []) -> [String] {
        // What is proven of rules together, and what the configuration lacks, have suites of their own.
        let others: Set<DiagnosticCode> = [.deadRule, .overlappingRules, .impossibleCondition, .unknownAccount]
        return check(rules, tests: tests, accounts: accounts).diagnostics.filter {
            $0.severity != .note && !others.contains($0.code)
        }.map {
            "\($0.at.line) \($0.code.rawValue) \($0.message)"
        }
    }

    private static func matching(_ when: String) -> [String] {
        found("rules: [ { id: r, when: [ \(when) ], do: [ { tag: a } ] } ]").map { String($0.dropFirst("2 R109 ".count)) }
    }

    // MARK: Keywords

    @Test(
        arguments: [
            ("{ text: [refund, refund now] }", ["the keyword 'refund now' is superfluous"]),
            ("{ text: [refund now, refund] }", ["the keyword 'refund now' is superfluous"]),
            ("{ text: { none: [a b c, b] } }", ["the keyword 'a b c' is superfluous"]),
            // As texts are folded.
            ("{ text: [ação, ACAO] }", ["the keyword 'ACAO' is the same as 'ação'"]),
            ("{ text: { any: [ação, ACAO], accents: exact } }", []),
            ("{ text: { any: [Art, art], case: exact } }", []),
            // Whole words.
            ("{ text: [art, cart, arts] }", []),
            ("{ text: [art*, arts, cart] }", ["the keyword 'arts' is superfluous"]),
            ("{ text: [art, art*] }", ["the keyword 'art' is superfluous"]),
            ("{ text: [refund, refunds*] }", []),
            ("{ text: [refund, a refund*] }", []),
            ("{ text: [refund*, a refund*] }", ["the keyword 'a refund*' is superfluous"]),
            // Scripts whose words stand without spaces.
            ("{ text: [환불, 환불해주세요] }", ["the keyword '환불해주세요' is superfluous"]),
            // The shorter one where all must hold.
            ("{ text: { all: [refund, refund now] } }", ["the keyword 'refund' is superfluous"]),
            ("{ text: { all: [refund, now] } }", []),
            // What is no keyword.
            ("{ text: { is: [refund, refund now] } }", []),
            ("{ text: { substring: [refund, now] } }", []),
            ("{ field: { vars.a: [refund, refund now] } }", ["nothing sets the variable `a`"]),
            ("{ field: { message.text: { any: [refund, refund now] } } }", ["the keyword 'refund now' is superfluous"]),
            ("{ any: [ { text: x }, { none: [ { text: [b, b c] } ] } ] }", ["the keyword 'b c' is superfluous"]),
        ] as [(String, [String])])
    func keywordsThatSayNothingMore(when: String, messages: [String]) {
        #expect(Self.matching(when) == messages)
    }

    @Test(
        arguments: [
            ("any: $l", ["3 R109 the keyword 'refund now' is superfluous"]),
            // Needed there.
            ("any: $l, is: $l", []),
            ("any: [$l, refunds], none: $l", ["3 R109 the keyword 'refund now' is superfluous"]),
            (
                "any: [$l, now refund]",
                ["3 R109 the keyword 'refund now' is superfluous", "4 R109 the keyword 'now refund' is superfluous"]
            ),
        ] as [(String, [String])])
    func aListIsJudgedByItsUses(matcher: String, findings: [String]) {
        let rule = "{ id: r, when: [ { text: { \(matcher) } } ], do: [ { tag: a } ] }"
        #expect(Self.found("lists:\n  l: [refund, refund now]\nrules: [ \(rule) ]") == findings)
    }

    // MARK: Names

    @Test func whatNothingUsesIsTold() {
        let rules = """
            lists:
              used: [$inner, a]
              inner: [b]
              unused: [$lost]
              lost: [c]
              chosen: [d]
            schedules:
              office: { tz: UTC, hours: { mon: '09:00-10:00' } }
              idle: { tz: UTC, hours: { mon: '09:00-10:00' } }
            rules: [ { id: r, when: [ { text: $used }, { none: [ { inside: office } ] } ], do: [ { start: f } ] } ]
            flows:
              - { id: f, start: a, steps: { a: { choices: [ { label: x, keywords: $chosen, next: b } ] }, b: { do: [ { start: g } ], end: true } } }
              - { id: g, start: a, steps: { a: { end: true } } }
              - { id: h, start: a, steps: { a: { do: [ { start: i } ], end: true } } }
              - { id: i, start: a, steps: { a: { do: [ { start: h } ], end: true } } }
            """
        #expect(
            Self.found(rules) == [
                "5 R110 nothing uses the list 'unused'", "6 R110 nothing uses the list 'lost'",
                "10 R110 nothing uses the schedule 'idle'", "15 R110 nothing starts the flow 'h'",
                "16 R110 nothing starts the flow 'i'",
            ])
    }

    @Test func aFlowThatATestBeginsInIsUsed() {
        #expect(
            Self.found(
                "flows: [ { id: f, start: a, steps: { a: { expect: [ { when: [ { text: x } ], next: b } ] }, b: { end: true } } } ]",
                tests: "tests: [ { name: t, given: { flow: f/a }, event: { text: x }, expect: { flow: ended } } ]") == [])
    }

    // MARK: Flows

    @Test(
        arguments: [
            ("a: { say: x, next: a }", ["7 R111 the flow never comes to rest from the step 'a' on"]),
            ("a: { say: x, next: b }\n      b: { next: a }", ["7 R111 the flow never comes to rest from the step 'a' on"]),
            ("a: { say: x, next: b }\n      b: { choices: [ { label: x, next: a } ], timeout: { after: 1h, next: a } }", []),
            // A way out, if only sometimes.
            ("a: { next: [ { when: [ { text: x } ], step: b }, { step: a } ] }\n      b: { end: true }", []),
            ("a: { next: [ { when: [ { text: x } ], step: a } ] }", []),
            (
                "a: { next: [ { step: a }, { when: [ { text: x } ], step: b } ] }\n      b: { end: true }",
                ["7 R111 the flow never comes to rest from the step 'a' on"]
            ),
            ("a: { do: [ { stop_flow: true } ], next: a }", []),
            (
                "a: { choices: [ { label: x, next: b } ] }\n      b: { next: c }\n      c: { next: b }",
                ["8 R111 the flow never comes to rest from the step 'b' on"]
            ),
        ] as [(String, [String])])
    func circlesWithoutWaiting(steps: String, findings: [String]) {
        let rules = "rules: [ { id: r, do: [ { start: f } ] } ]\nflows:\n  - id: f\n    start: a\n    steps:\n      \(steps)"
        #expect(Self.found(rules) == findings)
    }

    // MARK: Texts

    private static let chat = Account(id: "chat", vendor: .huggy)
    private static let site = Account(id: "site", vendor: .rocketchat)

    @Test(
        arguments: [
            ("do: [ { reply: '{{conversation.topic}}' } ]", [], []),
            ("do: [ { reply: '{{conversation.topic}}' } ]", [site], []),
            (
                "do: [ { reply: '{{conversation.topic}}' } ]", [chat, site],
                ["2 R112 `{{conversation.topic}}` is always empty at Huggy"]
            ),
            ("do: [ { reply: '{{#conversation.topic}}{{conversation.topic}}{{/conversation.topic}}' } ]", [chat], []),
            ("when: [ { vendor: rocketchat } ], do: [ { reply: '{{conversation.topic}}' } ]", [chat], []),
            (
                "when: [ { vendor: huggy } ], do: [ { reply: '{{conversation.topic}}' } ]", [],
                ["2 R112 `{{conversation.topic}}` is always empty at Huggy"]
            ),
            ("mode: off, when: [ { vendor: huggy } ], do: [ { reply: '{{conversation.topic}}' } ]", [], []),
        ] as [(String, [Account], [String])])
    func namesThatAVendorNeverFills(rule: String, accounts: [Account], findings: [String]) {
        #expect(Self.found("rules: [ { id: r, \(rule) } ]", accounts: accounts) == findings)
    }

    @Test(
        arguments: [
            (
                ["{ pt: a, es: b, default: c }", "{ pt: a, default: c }"],
                ["R114 this reply has no text for `es`, which most others have"]
            ),
            (["{ pt: a, default: c }", "{ en: a, default: c }"], []),
            (["{ pt: a, es: b, default: c }", "{ pt: a, default: c }", "{ pt: a, default: d }"], []),
            // The default is Spanish.
            (["{ pt: a, es: b, default: b }", "{ pt: a, default: c }"], []),
            (["{ pt-BR: a, es: b, default: c }", "{ pt: a, es: b, default: c }"], []),
            (["{ pt: '{{now.date}}', default: 'x' }"], ["R115 `{{now.date}}` is missing in the text for `default`"]),
            (["{ pt: '{{now.date}}', es: x, default: 'x' }"], ["R115 `{{now.date}}` is only in the text for `pt`"]),
            (["{ pt: '{{now.date}}', default: '{{ now.date }}' }"], []),
        ] as [([String], [String])])
    func languagesThatDiffer(texts: [String], findings: [String]) {
        let rules = texts.enumerated().map { "  - { id: r\($0.offset), do: [ { reply: { by_language: \($0.element) } } ] }" }
        #expect(Self.found("rules:\n" + rules.joined(separator: "\n")).map { String($0.dropFirst(2)) } == findings)
    }

    // MARK: Tests

    @Test(
        arguments: [
            ("rules: [live]", []), ("observed: [watched]", []), ("rules: []", []),
            ("rules: [lvie]", ["2 R117 there is no rule 'lvie'"]),
            ("rules: live, observed: live", ["2 R117 the rule 'live' is live"]),
            ("rules: [off]", ["2 R117 the rule 'off' is off"]),
            ("rules: [watched]", ["2 R117 the rule 'watched' is only observed"]),
            ("suppressed: [ { rule: nobody, action: reply } ]", ["2 R117 there is no rule 'nobody'"]),
        ] as [(String, [String])])
    func expectationsOfWhatCannotBe(expectation: String, findings: [String]) {
        let rules = """
            rules:
              - { id: live, when: [ { text: a } ], do: [ { tag: a } ] }
              - { id: watched, mode: observe, when: [ { text: b } ], do: [ { tag: a } ] }
              - { id: off, mode: off, when: [ { text: c } ], do: [ { tag: a } ] }
            """
        #expect(Self.found(rules, tests: "tests: [ { name: t, event: { text: a }, expect: { \(expectation) } } ]") == findings)
    }

    @Test func anEscapeIsNoTypographicSlip() {
        func found(_ regex: String) -> [String] {
            Self.found("rules: [ { id: r, when: [ { text: { regex: \(regex) } } ], do: [ { tag: a } ] } ]")
        }
        #expect(found(#""a\u2013b""#) == [])
        #expect(found("\"a–b\"").count == 1)
    }

    @Test func bothPlacesOfARepeatedIDAreShown() {
        let folder = RuleFolder(
            root: "rules",
            texts: [
                "a.yaml": "version: 1\nrules: [ { id: r, do: [ { tag: a } ] } ]",
                "b.yaml": "version: 1\nrules: [ { id: r, do: [ { tag: b } ] } ]",
            ])
        let check = RuleCheck(folder, accounts: [], profiles: Fixtures.profiles)
        #expect(check.diagnostics.map(\.at.text) == ["rules/b.yaml:2:16"])
        #expect(check.diagnostics.flatMap { $0.related.map(\.at.text) } == ["rules/a.yaml:2:16"])
    }

    // MARK: Regular expressions

    @Test(
        arguments: [
            (#"(a+)+$"#, "exponentially"), (#"^(\w+\s?)*$"#, "exponentially"), (#"^(a|aa)+$"#, "exponentially"),
            (#"(x+x+)+y"#, "exponentially"), (#"^(([a-z])+.)+[A-Z]([a-z])+$"#, "exponentially"),
            (#"^(\d+|\w+)*-$"#, "exponentially"), (#"(?<q>(?:.+,)+)x"#, "exponentially"),
            (#"x*x*x*y"#, "times the work"), (#"x*x*y"#, "7 times the work"), (#"\w+\d+x"#, "7 times the work"),
            (#"a.*b.*c.*d.*e"#, "times the work"), (#"^(\S+\s?)+$"#, "exponentially"), (#"(\w+)*\1x"#, "exponentially"),
        ])
    func slowRegularExpressions(pattern: String, word: String) {
        let found = Self.found("rules: [ { id: r, when: [ { text: { regex: '\(pattern)' } } ], do: [ { tag: a } ] } ]")
        #expect(found.count == 1 && found[0].hasPrefix("2 R118") && found[0].contains(word), "\(pattern): \(found)")
    }

    /// A square takes a message that hardly anybody sends: a note.
    @Test(arguments: [#"\s+$"#, #"(\d+)\s*$"#, #"^[^@\s]+@[^@\s]+\.[^@\s]+$"#, "refund.*order"])
    func squareRegularExpressionsAreNoted(pattern: String) throws {
        let check = Self.check("rules: [ { id: r, when: [ { text: { regex: '\(pattern)' } } ], do: [ { tag: a } ] } ]")
        let found = check.diagnostics.filter { $0.code == .slowRegex }
        #expect(found.map(\.severity) == [.note], "\(pattern)")
        let text = try #require(found.first?.witness?.value["event"]?["text"]?.string)
        #expect((1_001...8_192).contains(text.utf8.count))
    }

    @Test func theCaseThatIsAskedForIsTried() {
        func found(_ matcher: String) -> [String] {
            Self.found("rules: [ { id: r, when: [ { text: { \(matcher) } } ], do: [ { tag: a } ] } ]")
        }
        #expect(found("regex: '^([A-Z]+)+$', case: exact").count == 1)
        #expect(found("regex: '^([A-Z]+)+$'").count == 1)
    }

    @Test func theWitnessOfASlowRegularExpressionIsTheWholeText() throws {
        let check = Self.check(
            "rules: [ { id: r, when: [ { field: { contact.name: { regex: '^(a+)+$' } } } ], do: [ { tag: a } ] } ]")
        let found = try #require(check.diagnostics.first { $0.code == .slowRegex })
        let text = try #require(found.witness?.value["field"]?["contact.name"]?.string)
        #expect(text.allSatisfy { $0 == "a" || $0 == "!" } && text.count > 16)
        #expect(try Pattern("^(a+)+$").exceedsMatchLimit(on: text))
    }

    @Test(
        arguments: [
            #"\d{4,}"#, #"(?<order>\d{4,})"#, #"^\s*(yes|no)\s*$"#, #"#?(\d{4,8})\b"#, #"pedido\s+(?:n[ºo°]?\s*)?(\d{3,})"#,
            #"[\w.+-]+@[\w-]+(\.[\w-]+)+"#, #"\b(refund|reembolso)s?\b.*\b(order|pedido)\b"#, #"^\w+( \w+)*$"#,
            #"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b"#, #"https?://\S+"#, #"(?i)^(hi|hello)[!. ]*$"#, #"환불|취소"#, #".*"#, #"(a++)+$"#,
            #"R\$ ?\d+(,\d{2})?"#,
        ])
    func commonRegularExpressionsAreQuiet(pattern: String) {
        #expect(Self.found("rules: [ { id: r, when: [ { text: { regex: '\(pattern)' } } ], do: [ { tag: a } ] } ]") == [])
    }

    @Test(
        arguments: [
            ("doesn’t work", true), ("(doesn’t|doesn''t) work", false), ("doesn[’]t", false), ("“(.+)”", true), ("a – b", true),
            ("a-b", false), (#"\x{2019}"#, false),
        ])
    func typographicCharacters(pattern: String, isTold: Bool) {
        let found = Self.found("rules: [ { id: r, when: [ { text: { regex: '\(pattern)' } } ], do: [ { tag: a } ] } ]")
        #expect(found.contains { $0.contains("R113") } == isTold, "\(found)")
    }
}
