import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// What lint once overlooked: line, code and message of each finding, and what is near to it and must not be told.
@Suite struct LintRecallTests {
    private static func check(_ rules: String, tests: String? = nil, accounts: [Account] = [], now: Instant? = nil) -> RuleCheck {
        let texts = ["a.yaml": "version: 1\n" + rules].merging(tests.map { ["a.test.yaml": "version: 1\n" + $0] } ?? [:]) { $1 }
        return RuleCheck(
            RuleFolder(root: "rules", texts: texts), accounts: accounts, profiles: Fixtures.profiles, now: now)
    }

    private static func found(_ code: String, _ check: RuleCheck) -> [String] {
        check.diagnostics.filter { $0.code.rawValue == code }.map { "\($0.at.line) \($0.message)" }
    }

    // MARK: Languages

    @Test(
        arguments: [
            ("{ pt: '{{now.date}}', en: x, default: x }", ["`{{now.date}}` is only in the text for `pt`"]),
            (
                "{ pt: '{{now.date}}', es: '{{now.date}}', en: x, default: x }",
                ["`{{now.date}}` is missing in the texts for `en` and `default`"]
            ),
            (
                "{ pt: '{{contact.name}}', en: '{{now.date}}', default: '{{now.date}}' }",
                ["`{{contact.name}}` is only in the text for `pt`", "`{{now.date}}` is missing in the text for `pt`"]
            ),
            ("{ pt: { one_of: ['{{now.date}}', x] }, default: '{{now.date}}' }", []),
            // The author thought of its absence.
            ("{ pt: '{{#contact.name}}, {{contact.name}}{{/contact.name}}', en: x, default: x }", []),
            (
                "{ pt: '{{#contact.name}}, {{contact.name}}{{/contact.name}}', en: x, default: '{{contact.name}}' }",
                ["`{{contact.name}}` is missing in the text for `en`"]
            ),
        ] as [(String, [String])])
    func namesThatLanguagesDoNotShare(texts: String, messages: [String]) {
        let check = Self.check("rules: [ { id: r, do: [ { reply: { by_language: \(texts) } } ] } ]")
        #expect(Self.found("R115", check).map { String($0.dropFirst(2)) } == messages)
    }

    private static let translated = "{ by_language: { pt: a, es: b, default: c } }"

    @Test(
        arguments: [
            (
                [translated, translated, "Only in English"],
                ["this reply has no text for `es` and `pt`, which all others here have"]
            ),
            (
                [translated, translated, "{ by_language: { default: c } }"],
                ["this reply has no text for `es` and `pt`, which all others here have"]
            ),
            (
                [translated, translated, "{ text: See you soon, buttons: [a] }"],
                ["this reply has no text for `es` and `pt`, which all others here have"]
            ),
            // Two are a habit, one other is no measure, and some things are said alike.
            ([translated, translated, "Only in English", "As this one"], []),
            ([translated, "Only in English"], []),
            ([translated, translated, "ok"], []),
            ([translated, translated, "'{{contact.name}} https://shop.example/all-the-prices'"], []),
            ([translated, translated, "배송은 이틀 걸려요"], []),
            // The default is the language that is missing.
            (["{ by_language: { en: a, default: a } }", "{ by_language: { en: b, default: b } }", "Only in English"], []),
        ] as [([String], [String])])
    func aReplyThatAloneIsNotTranslated(replies: [String], messages: [String]) {
        let rules = replies.enumerated().map {
            "  - { id: r\($0.offset), when: [ { text: w\($0.offset) } ], do: [ { reply: \($0.element) } ] }"
        }
        let check = Self.check("rules:\n" + rules.joined(separator: "\n"))
        #expect(Self.found("R114", check).map { String($0.dropFirst(2)) } == messages)
    }

    @Test(arguments: ["channel: whatsapp", "field: { vars.language: en }", "vendor: channeltalk"])
    func aReplyForSomeCustomersNeedsNoTranslation(line: String) {
        let rules = """
            rules:
              - { id: a, when: [ { text: a } ], do: [ { reply: \(Self.translated) } ] }
              - { id: b, when: [ { text: b } ], do: [ { reply: \(Self.translated) } ] }
              - { id: c, when: [ { text: c }, { \(line) } ], do: [ { reply: Only in English } ] }
            """
        #expect(Self.found("R114", Self.check(rules)) == [])
    }

    @Test(arguments: [("live", 1), ("observe", 0), ("off", 0)])
    func aReplyThatIsNotSentNeedsNoTranslation(mode: String, count: Int) {
        let rules = """
            rules:
              - { id: a, when: [ { text: a } ], do: [ { reply: \(Self.translated) } ] }
              - { id: b, when: [ { text: b } ], do: [ { reply: \(Self.translated) } ] }
              - { id: c, mode: \(mode), when: [ { text: c } ], do: [ { reply: Only in English } ] }
            """
        #expect(Self.found("R114", Self.check(rules)).count == count)
    }

    @Test func aStepThatAloneIsNotTranslated() {
        let rules = """
            rules: [ { id: r, when: [ { text: a } ], do: [ { start: f } ] }, { id: s, when: [ { text: b } ], do: [ { reply: A plain one } ] } ]
            flows:
              - id: f
                start: a
                steps:
                  a: { say: \(Self.translated), next: b }
                  b: { say: \(Self.translated), next: c }
                  c: { say: Only in English, end: true }
            """
        #expect(
            Self.found("R114", Self.check(rules)) == ["9 this reply has no text for `es` and `pt`, which all others here have"])
    }

    // MARK: Flows

    private static let menus = """
        a: { choices: [ { label: x, next: b } ] }
              b: { choices: [ { label: x, next: a } ] }
        """

    private static func flow(_ steps: String, rules: String = "", keys: String = "start: a") -> String {
        "rules: [ { id: s, when: [ { text: s } ], do: [ { start: f } ] }\(rules) ]\nflows:\n  - id: f\n    \(keys)\n    steps:\n      \(steps)"
    }

    @Test(
        arguments: [
            (flow(menus), ["7 no way leads out of the flow from the step 'a' on"]),
            (
                flow("a: { expect: [ { when: [ { text: x } ], next: a } ] }"),
                ["7 no way leads out of the flow from the step 'a' on"]
            ),
            (
                flow(
                    "a: { choices: [ { label: x, next: b }, { label: y, next: c } ] }\n      b: { choices: [ { label: x, next: b } ] }\n      c: { end: true }"
                ),
                ["8 no way leads out of the flow from the step 'b' on"]
            ),
            (
                flow(menus, rules: ", { id: t, when: [ { text: t } ], do: [ { tag: a } ], interrupts: flow }"),
                ["7 no way leads out of the flow from the step 'a' on"]
            ),
            // Ways out: a step, the author's own limits, rules.
            (flow("a: { choices: [ { label: x, next: a }, { label: y, next: b } ] }\n      b: { end: true }"), []),
            (flow("a: { choices: [ { label: x, next: b } ] }\n      b: { do: [ { route: queue } ], next: a }"), []),
            (flow("a: { choices: [ { label: x, next: a } ], timeout: { after: 1h, next: a } }"), []),
            (flow(menus, keys: "expires: 1h\n    start: a"), []),
            (flow("a: { choices: [ { label: x, next: b } ] }\n      b: { next: [ { when: [ { text: x } ], step: a } ] }"), []),
            (flow(menus, rules: ", { id: t, when: [ { text: t } ], do: [ { route: queue } ] }"), []),
            (flow(menus, rules: ", { id: t, on: { idle: 1h }, do: [ { close: true } ] }"), []),
            // What is not understood never gets to the rules.
            (
                flow(
                    "a: { choices: [ { label: x, next: a } ], otherwise: { say: x, times: 1, next: a } }",
                    rules: ", { id: t, when: [ { text: t } ], do: [ { stop_flow: true } ] }"),
                ["7 no way leads out of the flow from the step 'a' on"]
            ),
            (
                flow(
                    "a: { choices: [ { label: x, next: a } ], otherwise: { say: x, times: 1, next: a } }",
                    rules: ", { id: t, when: [ { text: t } ], do: [ { stop_flow: true } ], interrupts: flow }"), []
            ),
        ] as [(String, [String])])
    func flowsThatNobodyGetsOutOf(rules: String, messages: [String]) {
        #expect(Self.found("R120", Self.check(rules)) == messages)
    }

    @Test func branchesBehindOneThatIsAlwaysTaken() {
        let rules = Self.flow(
            """
            a:
                    next:
                      - { when: [ { text: x } ], step: b }
                      - { step: b }
                      - { when: [ { text: y } ], step: c }
                      - { step: c }
                  b: { end: true }
                  c: { end: true }
            """)
        #expect(Self.found("R017", Self.check(rules)) == ["11 branch can never be taken", "12 branch can never be taken"])
    }

    // MARK: Accounts

    /// Rules may be for several configurations: only what is a slip, or excludes itself, fails a strict check.
    @Test(arguments: [
        ("{ account: mian }", Diagnostic.Severity.warning), ("{ account: warehouse }", .note), ("{ vendor: rocketchat }", .note),
        ("{ account: main }, { vendor: rocketchat }", .warning),
    ])
    func whatAnotherConfigurationMayHaveIsANote(when: String, severity: Diagnostic.Severity) {
        let check = Self.check("rules: [ { id: r, when: [ \(when) ], do: [ { tag: a } ] } ]", accounts: [Self.main])
        #expect(check.diagnostics.filter { $0.code.rawValue == "R121" }.map(\.severity) == [severity])
    }

    private static let main = Account(id: "main", vendor: .huggy)
    private static let shop = Account(id: "shop", vendor: .omnichat)

    @Test(
        arguments: [
            ("{ account: main }", [main], []), ("{ account: MAIN }", [main], []), ("{ account: mian }", [], []),
            ("{ account: mian }", [main], ["the configuration has no account 'mian'"]),
            ("{ account: [main, warehouse] }", [main], []),
            ("{ account: [main, shpo] }", [main, shop], ["the configuration has no account 'shpo'"]),
            (
                "{ account: [main-1, main-3] }", [Account(id: "main-1", vendor: .huggy), Account(id: "main-2", vendor: .huggy)],
                []
            ),
            ("{ account: mia }", [main], ["the configuration has no account 'mia'"]),
            ("{ account: [depot, warehouse] }", [main], ["the configuration has no account 'depot' or 'warehouse'"]),
            ("{ field: { account: mian } }", [main], ["the configuration has no account 'mian'"]),
            ("{ any: [ { account: main }, { account: warehouse } ] }", [main], []),
            ("{ any: [ { account: mian }, { text: a } ] }", [main], ["the configuration has no account 'mian'"]),
            ("{ none: [ { account: warehouse } ] }", [main], []),
            ("{ vendor: huggy }", [main], []), ("{ vendor: [huggy, rocketchat] }", [main], []), ("{ vendor: any }", [main], []),
            ("{ vendor: rocketchat }", [main], ["the configuration has no account of Rocket.Chat"]),
            ("{ any: [ { vendor: rocketchat }, { vendor: huggy } ] }", [main], []),
            ("{ vendor: huggy }, { account: main }", [main, shop], []),
            ("{ vendor: omnichat }, { account: main }", [main, shop], ["no account of the configuration is both"]),
            ("{ account: main }, { vendor: rocketchat }", [main], ["no account of the configuration is both"]),
            ("{ vendor: omnichat }, { any: [ { account: main }, { text: a } ] }", [main, shop], []),
        ] as [(String, [Account], [String])])
    func accountsThatTheConfigurationDoesNotHave(when: String, accounts: [Account], messages: [String]) {
        let check = Self.check("rules: [ { id: r, when: [ \(when) ], do: [ { tag: a } ] } ]", accounts: accounts)
        #expect(Self.found("R121", check).map { String($0.dropFirst(2)) } == messages)
    }

    /// Channel Talk and OmniChat cannot tag, Huggy cannot route to teams.
    @Test(
        arguments: [
            ("{ vendor: channeltalk }", "untag: x", [], 1), ("{ field: { vendor: channeltalk } }", "untag: x", [], 1),
            ("{ field: { vendor: { is: channeltalk } } }", "untag: x", [], 1),
            ("{ any: [ { vendor: channeltalk }, { vendor: omnichat } ] }", "untag: x", [], 2),
            ("{ any: [ { vendor: channeltalk }, { text: a } ] }", "untag: x", [], 0),
            ("{ all: [ { text: a }, { vendor: channeltalk } ] }", "untag: x", [], 1),
            ("{ text: a }", "route: { team: a }", [main, shop], 1),
            ("{ none: [ { vendor: huggy } ] }", "route: { team: a }", [main, shop], 0),
            ("{ none: [ { account: main } ] }", "route: { team: a }", [main, shop], 0),
            ("{ none: [ { vendor: omnichat } ] }", "route: { team: a }", [main, shop], 1),
            ("{ none: [ { vendor: huggy } ] }, { vendor: channeltalk }", "untag: x", [main], 1),
        ] as [(String, String, [Account], Int)])
    func whomARuleSpeaksTo(when: String, action: String, accounts: [Account], count: Int) {
        let check = Self.check(
            "rules: [ { id: r, when: [ \(when) ], do: [ { \(action) } ] } ]", accounts: accounts)
        #expect(Self.found("R103", check).count == count, "\(check.diagnostics.map(\.message))")
    }

    // MARK: Time

    @Test(
        arguments: [
            ("hours: {}, open: { 2019-12-25: '09:00-12:00' }", 1),
            ("hours: {}, open: { 2026-03-01: '09:00-12:00' }", 1),
            ("hours: {}, open: { 2026-03-01: '22:00-02:00' }", 0),
            ("hours: {}, open: { 2019-12-25: '09:00-12:00', 2026-03-02: '09:00-12:00' }", 0),
            ("hours: { mon: '09:00-12:00' }, open: { 2019-12-25: '09:00-12:00' }", 0),
        ])
    func schedulesThatAreOver(schedule: String, count: Int) {
        let rules = """
            schedules: { s: { tz: Europe/Berlin, \(schedule) } }
            rules: [ { id: r, when: [ { inside: s } ], do: [ { tag: a } ] }, { id: t, when: [ { outside: s } ], do: [ { tag: b } ] } ]
            """
        // 2026-03-02 at noon.
        let now = Instant(milliseconds: 1_772_449_200_000)
        #expect(
            Self.found("R108", Self.check(rules, now: now)) == Array(repeating: "3 condition can never hold again", count: count))
        #expect(Self.found("R108", Self.check(rules)) == [])
    }

    @Test func aTestOfDaysThatAreOverKeepsTheirRule() {
        let rules = """
            schedules: { s: { tz: UTC, hours: {}, open: { 2019-12-25: '09:00-12:00' } } }
            rules: [ { id: r, when: [ { inside: s } ], do: [ { tag: a } ] } ]
            """
        let tests = "tests: [ { name: t, at: 2019-12-25T10:00:00Z, event: { text: a }, expect: { rules: [r] } } ]"
        let now = Instant(milliseconds: 1_772_449_200_000)
        #expect(Self.found("R108", Self.check(rules, tests: tests, now: now)) == [])
    }

    // MARK: Keywords

    @Test(
        arguments: [
            ("any: [$a, $b]", ["the list 'b' is superfluous here"]), ("any: [$b, $a]", ["the list 'b' is superfluous here"]),
            ("none: [$a, $b]", ["the list 'b' is superfluous here"]), ("any: [$a, $a]", ["the list 'a' is superfluous here"]),
            ("any: [$a, $c]", []), ("all: [$a, $b]", []), ("substring: [$a, $b]", []),
            ("substring: [refund, refunds]", ["the text 'refunds' is superfluous"]),
            ("starts: [oi, oi tudo bem]", ["the text 'oi tudo bem' is superfluous"]),
            ("ends: [refund please, please]", ["the text 'refund please' is superfluous"]),
            ("is: [sim, Sim]", ["the text 'Sim' is the same as 'sim'"]),
            ("is: [sim, Sim], case: exact", []), ("is: [sim, sim senhor]", []), ("starts: [oi, tudo oi]", []),
            ("ends: [oi, oi tudo]", []), ("is: [$a, Refund]", ["the text 'Refund' is the same as 'refund'"]),
        ] as [(String, [String])])
    func textsThatSayNothingMore(matcher: String, messages: [String]) {
        let rules = """
            lists: { a: [refund], b: [refund now, a refund], c: [refund now, money back] }
            rules: [ { id: r, when: [ { text: { \(matcher) } } ], do: [ { tag: a } ] } ]
            """
        #expect(Self.found("R109", Self.check(rules)).map { String($0.dropFirst(2)) } == messages)
    }

    // MARK: Writing

    @Test(
        arguments: [
            ("«(.+)»", 1), ("d´água", 1), ("wait…", 1), (#"wait(…|\.\.\.)"#, 0), ("order\u{A0}number", 1),
            ("order\u{A0}number \\d+", 1), ("[ \u{A0}]", 0), ("[“”]", 1), ("[“”\"]", 0), ("[^“”]", 0), ("[’]", 0), ("[“a”]", 0),
            ("[–—]", 0), (#"\[“x"#, 1), ("a ― b", 1),
        ])
    func typographicCharacters(pattern: String, count: Int) {
        let check = Self.check("rules: [ { id: r, when: [ { text: { regex: '\(pattern)' } } ], do: [ { tag: a } ] } ]")
        #expect(Self.found("R113", check).count == count)
    }

    @Test(
        arguments: [
            ("allow R106 because: promo", "allow R106 because promo"), ("allow R106 because:promo", "allow R106 because promo"),
            ("allow R106, R107 because: a because b", "allow R106, R107 because a because b"),
            ("allow because:", "allow CODE because REASON"),
        ])
    func aColonBehindBecause(comment: String, meant: String) {
        let check = Self.check("rules:\n  # bellhop: \(comment)\n  - { id: r, when: [ { text: a } ], do: [ { tag: a } ] }")
        #expect(
            check.diagnostics.map(\.message) == ["no colon stands behind `because`"]
                && check.diagnostics.first?.help == "write `# bellhop: \(meant)`; it silences nothing as it is")
    }
}
