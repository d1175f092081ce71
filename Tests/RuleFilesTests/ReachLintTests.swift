import Foundation
import Model
import Rules
import TestSupport
import Testing
import Vendors

@testable import RuleFiles

/// Rules that never run, meet, or can never hold.
@Suite(.timeLimit(.minutes(15))) struct ReachLintTests {
    private static let codes: Set<DiagnosticCode> = [.deadRule, .overlappingRules, .impossibleCondition]

    private static let names = """
        lists:
          refund_words: [refund, money back, 환불]
        schedules:
          office: { tz: America/Sao_Paulo, hours: { mon-fri: '09:00-18:00' } }
          weekend: { tz: America/Sao_Paulo, hours: { sat-sun: '09:00-18:00' } }
          lunch: { tz: America/Sao_Paulo, hours: { mon-fri: '12:00-13:00' } }
          never: { tz: UTC, hours: {} , closed: [2026-12-25] }
          always: { tz: UTC, hours: { mon-sun: '00:00-24:00' } }

        """

    private static func check(_ rules: String, tests: String? = nil) -> RuleCheck {
        let names = names.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n")
        var texts = ["rules.yaml": "version: 1\n" + names + "\nrules:\n" + rules]
        if let tests { texts["rules.test.yaml"] = "version: 1\ntests:\n" + tests }
        return RuleCheck(RuleFolder(root: "rules", texts: texts), accounts: [], profiles: Fixtures.profiles)
    }

    /// `R017 b < a` for a rule `b` that `a` takes all from.
    private static func findings(_ rules: String, tests: String? = nil) -> [String] {
        let check = check(rules, tests: tests)
        let places = Dictionary(
            check.rules.rules.map { ($0.at.line, $0.id) }, uniquingKeysWith: { first, _ in first })
        func rule(_ at: SourcePosition) -> String { places.filter { $0.key <= at.line }.max { $0.key < $1.key }?.value ?? "" }
        return check.diagnostics.filter { codes.contains($0.code) || $0.severity == .error }.map { diagnostic in
            let others = diagnostic.code == .impossibleCondition ? [] : diagnostic.related.map { rule($0.at) }
            return "\(diagnostic.code.rawValue) \(rule(diagnostic.at))"
                + (others.isEmpty ? "" : " < \(others.joined(separator: ", "))")
                + (diagnostic.severity == .error ? " \(diagnostic.message)" : "")
        }
    }

    private static func rule(_ id: String, _ when: String, _ rest: String = "do: [ { reply: hello } ]") -> String {
        "  - { id: \(id), when: [ \(when) ], \(rest) }\n"
    }

    @Test(arguments: [
        ("text: refund", "{ text: refund }, { channel: whatsapp }", true),
        ("text: refund", "{ text: [refund now, 'Urgent REFUND!'] }", true),
        ("text: { any: $refund_words }", "{ text: { any: $refund_words, length: { max: 40 } } }", true),
        ("text: cancel*", "{ text: [cancellation, cancelled] }", true),
        ("text: cancel", "{ text: cancel* }", false),
        ("text: refund", "{ text: refunds }", false),
        ("text: refund now", "{ text: refund }", false),
        ("text: 환불", "{ text: 환불해주세요 }", true),
        ("text: { substring: fund }", "{ text: [refund, funds] }", true),
        ("text: { starts: [hello, hi] }", "{ text: { is: [hello there, hi you] } }", true),
        ("text: { ends: please }", "{ text: { ends: [yes please, no please] } }", true),
        ("text: { regex: 'ord\\d+' }", "{ text: { regex: 'ord\\d+', none: x } }", true),
        ("text: { regex: 'ord\\d+' }", "{ text: { regex: 'ord\\d+', case: exact } }", false),
        ("text: order", "{ text: { regex: 'my order number \\d+' } }", true),
        ("text: order", "{ text: { regex: 'order\\d+' } }", false),
        ("text: { length: { max: 20 } }", "{ text: { length: { min: 2, max: 5 } } }", true),
        ("text: { case: exact, any: Refund }", "{ text: Refund }", false),
        ("text: Refund", "{ text: { case: exact, any: REFUND } }", true),
        ("text: { none: refund }", "{ text: { is: [hello] } }", true),
        ("channel: [whatsapp, email]", "{ channel: email }", true),
        ("channel: email", "{ channel: [whatsapp, email] }", false),
        ("none: [ { channel: email } ]", "{ channel: whatsapp }", true),
        ("field: { conversation.channel: [whatsapp, email] }", "{ channel: email }", true),
        ("tags: [vip, gold]", "{ tags: { all: [gold, old] } }", true),
        ("tags: { none: spam }", "{ tags: { none: [spam, junk] } }", true),
        ("tags: { all: [vip, gold] }", "{ tags: [vip] }", false),
        ("department: [billing, sales]", "{ department: sales }", true),
        ("inside: office", "{ inside: lunch }", true),
        ("inside: lunch", "{ inside: office }", false),
        ("outside: weekend", "{ inside: office }", true),
        ("inside: always", "{ text: x }", true),
        ("first_message: false", "{ repeated: { times: 3, within: 10m } }", true),
        ("repeated: { times: 2, within: 1h }", "{ repeated: { times: 3, within: 10m } }", true),
        ("repeated: { times: 3, within: 10m }", "{ repeated: { times: 2, within: 1h } }", false),
        ("field: { contact.attributes.plan: [gold, silver] }", "{ field: { contact.attributes.plan: gold } }", true),
        ("field: { raw.total: { gt: 10 } }", "{ field: { raw.total: { gte: 11 } } }", true),
        ("field: { raw.total: { gte: 11 } }", "{ field: { raw.total: { gt: 10 } } }", false),
        ("field: { raw.total: { exists: true } }", "{ field: { raw.total: 5 } }", true),
        ("any: [ { channel: email }, { text: refund } ]", "{ text: refund }", true),
        ("all: [ { channel: email }, { text: refund } ]", "{ text: refund }", false),
        ("none: [ { text: refund }, { channel: email } ]", "{ channel: whatsapp }, { text: { none: refund } }", true),
        ("sender: customer", "{ text: refund }", false),
        ("text: { regex: '.*' }", "{ text: refund }", true), ("text: { regex: '.+' }", "{ text: refund }", true),
        ("text: { regex: '.+' }", "{ channel: email }", false), ("text: { regex: '^.*$' }", "{ text: refund }", false),
        ("text: { regex: 'refund|reembolso' }", "{ text: { regex: 'reembolso (total|parcial)' } }", true),
        ("text: { regex: 'refund' }", "{ text: { regex: 'refunds? (now|today)' } }", true),
        ("text: { regex: 'refund', case: exact }", "{ text: { regex: 'refund now' } }", false),
        ("text: { regex: 'cafe' }", "{ text: { regex: 'café' } }", false),
        ("text: { regex: 'refund now' }", "{ text: { regex: 'refund-now' } }", false),
        ("text: { regex: '.+' }", "{ text: { substring: '!' } }", false),
        ("text: { regex: 'pedido' }", "{ text: pedido }", false),
    ])
    func aRuleBehindAWiderOneNeverRuns(wide: String, narrow: String, isDead: Bool) {
        let found = Self.findings(Self.rule("wide", "{ \(wide) }") + Self.rule("narrow", narrow))
        #expect(found == (isDead ? ["R017 narrow < wide"] : []))
    }

    @Test(arguments: [
        ("{ inside: office }", "{ outside: office }", "{ text: hi }"),
        ("{ first_message: true }", "{ first_message: false }", "{ text: hi }"),
        ("{ channel: email }", "{ none: [ { channel: email } ] }", "{ text: hi }"),
        ("{ text: refund }", "{ text: [money back, x] }", "{ text: [refund, money back] }"),
        ("{ channel: email }", "{ channel: whatsapp }", "{ channel: [whatsapp, email] }"),
    ])
    func severalTogetherTakeAll(first: String, second: String, last: String) {
        let found = Self.findings(Self.rule("a", first) + Self.rule("b", second) + Self.rule("c", last))
        #expect(found == ["R017 c < a, b"])
        #expect(Self.findings(Self.rule("a", first) + Self.rule("c", last)).filter { $0.hasPrefix("R017") } == [])
    }

    /// Whatever it asks, though no event is made up for it.
    @Test(arguments: [
        "text: { regex: '^(?=.*cancel)(?=.*order)' }", "text: { regex: '(\\w)\\1{4,}' }",
        "field: { message.attachments.0.type: image }", "none: [ { channel: [webchat, whatsapp, email, telegram] } ]",
    ])
    func behindOneThatAsksForNothingNoRuleRuns(when: String) {
        #expect(
            Self.findings("  - { id: all, do: [ { reply: hello } ] }\n" + Self.rule("late", "{ \(when) }")) == ["R017 late < all"]
        )
    }

    /// Others come before the taker on the first message that comes to mind.
    @Test(arguments: [
        "{ text: { is: refund now } }", "{ text: { length: { max: 15 } } }", "{ handler: bot }", "{ channel: webchat }",
    ])
    func theWitnessIsTakenByTheRuleThatIsNamed(other: String) throws {
        let check = Self.check(
            Self.rule("other", other) + Self.rule("wide", "{ text: refund }") + Self.rule("narrow", "{ text: refund now }"))
        let finding = try #require(check.diagnostics.first { $0.code == .deadRule })
        #expect(finding.related.map(\.message) == ["then: stop"])
        let ruleSet = try #require(check.ruleSet)
        let narrow = try #require(ruleSet.rules.first { $0.id == "narrow" })
        let reach = RuleReach(ruleSet)
        let theft = try #require(reach.ways(of: narrow)?.first.flatMap { reach.thefts(of: $0, from: narrow)?.first })
        #expect(theft.taker.id == "wide" && theft.witness.map { reach.running(on: $0) } == ["wide"], "\(finding)")
    }

    @Test func oneThatTakesAllIsToldBeforeSeveralThatDo() {
        let rules =
            Self.rule("welcome", "{ first_message: true }") + Self.rule("wide", "{ text: refund }")
            + Self.rule("narrow", "{ text: refund now }")
        #expect(Self.findings(rules) == ["R017 narrow < wide"])
    }

    /// A rule that greets first, once.
    @Test func whatRunsBeforeTheTakerOnTheWitnessIsTold() throws {
        let check = Self.check(
            Self.rule(
                "greet", "{ channel: [webchat] }, { text: refund }", "do: [ { reply: hi } ], once_per: { conversation: ever }")
                + Self.rule("wide", "{ text: refund }, { channel: webchat }")
                + Self.rule("narrow", "{ text: refund now }, { channel: webchat }"))
        let finding = try #require(check.diagnostics.first { $0.code == .deadRule && $0.at.line > 11 })
        #expect(finding.related.map(\.message) == ["then: stop", "runs first on the witness"])
    }

    @Test(arguments: [
        "do: [ { reply: hello } ], then: continue", "do: [ { reply: hello } ], once_per: { contact: 1h }",
        "do: [ { reply: hello } ], mode: observe", "do: [ { reply: hello } ], mode: off",
        "do: [ { reply: hello } ], on: message.sent",
    ])
    func whatDoesNotAlwaysStopTakesNothing(rest: String) {
        #expect(Self.findings(Self.rule("wide", "{ text: refund }", rest) + Self.rule("narrow", "{ text: refund }")) == [])
    }

    /// While a human has the conversation the first rule is silent, and does not stop.
    @Test func whatIsForHumansConversationsIsNotTaken() {
        let first = Self.rule("first", "{ text: refund }")
        #expect(Self.findings(first + Self.rule("note", "{ text: refund }, { handler: human }", "do: [ { note: x } ]")) == [])
        #expect(Self.findings(first + Self.rule("act", "{ text: refund }", "do: [ { reply: y } ], human: act")) == [])
        #expect(
            Self.findings(first + Self.rule("bot", "{ text: refund }, { handler: [bot, queue] }", "do: [ { note: x } ]"))
                == ["R017 bot < first"])
        #expect(Self.findings(Self.rule("mute", "{ handler: human }")) == ["R017 mute"])
    }

    @Test func whatATestExpectsToRunIsNotCalledDead() {
        let rules = Self.rule("wide", "{ text: refund }") + Self.rule("narrow", "{ text: refund now }")
        let tests = "  - { name: it runs, event: { text: refund now }, expect: { rules: [narrow] } }\n"
        #expect(Self.findings(rules, tests: tests) == [])
    }

    @Test(arguments: [
        "{ channel: whatsapp }, { channel: email }", "{ text: { is: yes, starts: no } }", "{ text: { any: a, none: a } }",
        "{ text: { starts: hello } }, { text: { starts: bye } }", "{ tags: { all: [vip], none: [vip, spam] } }",
        "{ text: { length: { max: 3 }, any: refund } }", "{ inside: office }, { outside: office }",
        "{ inside: office }, { inside: weekend }", "{ inside: never }", "{ outside: always }",
        "{ first_message: true }, { repeated: { times: 2, within: 1h } }", "{ sender: agent }",
        "{ kind: conversation.closed }", "{ field: { vars.total: { gt: 10, lt: 5 } } }",
        "{ field: { message.type: image } }, { field: { message.type: [audio, video] } }",
        "{ handler: bot }, { none: [ { handler: [bot, queue] } ] }", "{ text: { empty: true, any: refund } }",
        "{ any: [ { channel: email }, { all: [ { text: a }, { text: { none: a } } ] } ] }",
        "{ field: { raw.a: { exists: false } } }, { field: { raw.a: x } }",
        "{ text: { regex: 'order', none: order }, }, { none: [ { text: { regex: 'order' } } ] }",
        "{ field: { contact.attributes.age: { gt: 60, lt: 18 } } }",
        "{ field: { raw.total: { gt: 10 } } }, { field: { raw.total: { lt: 5 } } }",
        "{ field: { contact.attributes.plan: gold } }, { field: { contact.attributes.plan: silver } }",
    ])
    func findsWhatCanNeverHold(when: String) {
        #expect(Self.findings(Self.rule("a", when)).map { String($0.prefix(6)) } == ["R108 a"])
    }

    @Test func aRuleThatListensToSilenceHasNoText() {
        let rest = "do: [ { reply: bye } ], on: { idle: 10m }"
        #expect(Self.findings(Self.rule("a", "{ text: bye }", rest)) == ["R108 a"])
        #expect(Self.findings(Self.rule("a", "{ channel: email }", rest)) == [])
    }

    @Test(arguments: [
        "{ any: [ { channel: email }, { channel: whatsapp } ] }", "{ text: a }, { none: [ { text: b } ] }",
        "{ text: { starts: hello } }, { text: { starts: hello you } }", "{ inside: office }, { outside: lunch }",
        "{ department: 12 }, { department: billing }", "{ tags: a }, { tags: b }",
        "{ text: straße, } , { text: { length: { max: 6 } } }",
        "{ field: { raw.list: a } }, { field: { raw.list: b } }", "{ text: { is: ok }, }, { text: { length: { min: 4 } } }",
        "{ none: [ { text: refund }, { channel: email } ] }, { channel: whatsapp }",
        "{ text: { starts: re, ends: nd, any: refund } }",
    ])
    func keepsQuietWhereAnEventMayBeLikeThat(when: String) {
        #expect(Self.findings(Self.rule("a", when)) == [])
    }

    @Test(arguments: [
        ("{ text: [refund, money back] }", "{ text: [exchange, money back] }", true),
        ("{ text: hours }, { tags: vip }", "{ text: hours }, { channel: email }", true),
        ("{ text: hours }, { tags: vip }", "{ text: hours }", false),
        ("{ text: refund }", "{ text: invoice }", false),
        ("{ text: refund }, { channel: email }", "{ text: refund }, { channel: whatsapp }", false),
        ("{ text: refund now }", "{ text: [refund, exchange] }", false),
        ("{ text: { regex: '\\d{4,}' } }, { tags: vip }", "{ text: { regex: '\\d{4,}' } }, { channel: email }", true),
        ("{ text: { regex: '\\d{4,}' } }, { tags: vip }", "{ text: { regex: '\\d{5,}' } }, { channel: email }", false),
        ("{ text: { starts: [hi, hello] } }", "{ text: { starts: [hello, bye] } }", true),
        ("{ text: { substring: [fund, cash] } }", "{ text: { substring: [cash, card] } }", true),
        ("{ text: { ends: please } }, { tags: a }", "{ text: { ends: please } }, { channel: email }", true),
        ("{ tags: [vip, gold] }", "{ tags: [gold, new] }", true), ("{ tags: vip }", "{ tags: [vip, new] }", true),
        ("{ channel: [whatsapp, telegram] }", "{ channel: [telegram, email] }", true),
        ("{ channel: whatsapp }", "{ channel: email }", false),
        (
            "{ field: { contact.attributes.plan: [gold, silver] } }", "{ field: { contact.attributes.plan: [silver, bronze] } }",
            true
        ),
        // Expressions: what is taken of a word, or of a branch, whatever else is said.
        ("{ text: { regex: 'pri(ce|cing)' } }", "{ text: [price, cost] }", true),
        ("{ text: price }", "{ text: { regex: 'pri(ce|cing)' } }", true),
        ("{ text: { regex: '\\b(refund|return)\\b' } }", "{ text: { regex: '\\b(refund|exchange)\\b' } }", true),
        ("{ text: [refund, exchange] }", "{ text: { regex: '(refund|cancel) (order )?now' } }", true),
        ("{ text: [refund, exchange] }", "{ text: { regex: '(refund|cancel) #?\\d+' } }", false),
        ("{ text: { is: '1' } }", "{ text: { regex: '^\\s*\\d\\s*$' } }", false),
        ("{ text: { regex: '^\\d$' } }", "{ text: { regex: '^\\d+$' } }", false),
        ("{ text: { is: k } }", "{ text: { regex: '^k+$' } }", false),
        ("{ text: { regex: '^status\\W*$' } }", "{ text: { starts: status } }", false),
        ("{ text: { regex: '^help$' } }", "{ text: { any: help, length: { max: 8 } } }", false),
        ("{ text: { regex: '\\bcancel\\b' } }", "{ text: cancel* }", false),
        ("{ text: { regex: '^(yes|yep)$' } }", "{ text: { is: [yep, sure] } }", true),
        ("{ text: { regex: '\\d+' } }", "{ text: [order 66, cost] }", true),
        ("{ text: { starts: refund } }", "{ text: { regex: '^(refund|return)' } }", true),
        ("{ text: { regex: '^[1-4]$' } }", "{ text: { is: ['4', '5'] } }", true),
        ("{ text: { regex: '^1$' } }", "{ text: { regex: '^[1-4]$' } }", false),
        ("{ text: { regex: 'order \\d+' } }", "{ text: { regex: 'order #?\\d+' } }", false),
        ("{ text: { regex: '^refund$' } }", "{ text: [refund, exchange] }", false),
        ("{ text: { regex: 'refund \\d+' } }", "{ text: [refund, exchange] }", false),
        ("{ text: { regex: 'refund' } }, { tags: vip }", "{ text: [refund, exchange] }", false),
        ("{ text: { regex: 'refund' } }, { channel: email }", "{ text: [refund, exchange] }, { channel: whatsapp }", false),
        ("{ text: { regex: 'refund' } }, { first_message: true }", "{ text: [refund, exchange] }", false),
        ("{ text: { regex: 'refund.*order' } }", "{ text: { regex: 'order.*refund' } }", false),
        // Numbers and lengths.
        ("{ field: { contact.attributes.age: { gt: 18 } } }", "{ field: { contact.attributes.age: { lt: 60 } } }", true),
        ("{ field: { vars.score: { gte: 9 } } }", "{ field: { vars.score: { gte: 7, lte: 9 } } }", true),
        ("{ field: { vars.score: { gt: 9 } } }", "{ field: { vars.score: { gte: 7, lte: 9 } } }", false),
        ("{ field: { vars.score: { gte: 9 } } }", "{ field: { vars.score: { gte: 7 } } }", false),
        ("{ field: { vars.score: { gt: 8 } } }", "{ field: { vars.score: { gt: 6, lt: 9 } } }", false),
        ("{ field: { vars.score: { gt: 8 } } }", "{ field: { vars.score: { gt: 6, lt: 9.5 } } }", true),
        ("{ text: { length: { min: 5 } } }", "{ text: { length: { max: 20 } } }", true),
        ("{ text: { length: { max: 4 } } }", "{ text: { length: { min: 5 } } }", false),
        ("{ field: { vars.score: { gte: 9 } } }, { tags: vip }", "{ field: { vars.score: { lt: 10 } } }", false),
    ])
    func findsRulesThatAnswerTheSameMessage(first: String, second: String, isFound: Bool) {
        let rules =
            Self.rule("first", first, "do: [ { reply: one } ]") + Self.rule("second", second, "do: [ { reply: two } ]")
        #expect(Self.findings(rules) == (isFound ? ["R107 second < first"] : []))
        let same =
            Self.rule("first", first, "do: [ { reply: one } ]") + Self.rule("second", second, "do: [ { reply: one } ]")
        #expect(Self.findings(same) == [])
        let ordered =
            Self.rule("first", first, "do: [ { reply: one } ], priority: 1")
            + Self.rule("second", second, "do: [ { reply: two } ]")
        #expect(Self.findings(ordered) == [])
    }

    @Test func tellsWhereAndByWhichMessage() throws {
        let check = Self.check(
            Self.rule("wide", "{ text: refund }") + Self.rule("narrow", "{ channel: whatsapp }, { text: [quero refund] }"))
        let finding = try #require(check.diagnostics.first { $0.code == .deadRule })
        let text = DiagnosticPrinter(sources: check.sources).text(finding)
        #expect(
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.suffix(2) == [
                "= witness: channel=whatsapp text=\"quero refund\"",
                "= help: move it above `wide`, or give `wide` `then: continue`",
            ])
        #expect(
            DiagnosticPrinter.json(finding)["witness"]
                == [
                    "event": ["kind": "message.received", "channel": "whatsapp", "text": "quero refund"],
                    "at": "2026-01-05T12:00:00Z",
                ])
    }

    // MARK: Rule sets by chance

    private static let words = ["a", "b", "a b", "c"]

    private static func randomWhen(_ random: inout SplitMix64) -> String {
        func word() -> String { words.randomElement(using: &random) ?? "a" }
        func line(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 1 ? 9 : 12), using: &random) {
            case 0, 1: return "{ text: [\(word()), \(word())] }"
            case 2: return "{ text: { none: \(word()) } }"
            case 3: return "{ text: { is: \(word()) } }"
            case 4: return "{ text: { starts: \(word()), ends: \(word()) } }"
            case 5: return "{ channel: [webchat, \(Bool.random(using: &random) ? "email" : "whatsapp")] }"
            case 6: return "{ tags: { any: [\(word()), \(word())], none: \(word()) } }"
            case 7: return "{ first_message: \(Bool.random(using: &random)) }"
            case 8:
                return
                    "{ \(Bool.random(using: &random) ? "inside" : "outside"): \(["office", "lunch"].randomElement(using: &random) ?? "office") }"
            case 9: return "{ any: [ \(line(depth + 1)), \(line(depth + 1)) ] }"
            case 10: return "{ none: [ \(line(depth + 1)), \(line(depth + 1)) ] }"
            default: return "{ all: [ \(line(depth + 1)), \(line(depth + 1)) ] }"
            }
        }
        return (0..<Int.random(in: 0...2, using: &random)).map { _ in line(0) }.joined(separator: ", ")
    }

    private static func randomEvent(_ random: inout SplitMix64) -> (EventDraft, ConversationState, Instant) {
        var draft = EventDraft()
        draft.text = (0..<Int.random(in: 0...3, using: &random)).map { _ in words.randomElement(using: &random) ?? "a" }
            .joined(separator: " ")
        draft.channel = ["webchat", "email", "whatsapp"].randomElement(using: &random)
        draft.tags = words.filter { _ in Bool.random(using: &random) }
        var state = ConversationState(handler: .bot)
        state.hasCustomerMessage = Bool.random(using: &random)
        let hours = Int64.random(in: 0..<(24 * 14), using: &random)
        return (draft, state, RuleTest.defaultStart.adding(.seconds(hours * 3600 + 1800)))
    }

    /// What is called dead never runs, and its witness shows who takes it; what can never hold never does.
    @Test func whatIsToldOfRulesByChanceIsTrue() throws {
        let seed = TestScale.seed(usual: 17)
        var random = SplitMix64(seed: seed)
        var told = 0
        for round in 0..<TestScale.rounds(usual: 60) {
            let rules = (0..<5).map { index in
                let rest =
                    Int.random(in: 0..<4, using: &random) == 0 ? "do: [ { tag: t } ], then: continue" : "do: [ { tag: t } ]"
                return Self.rule("r\(index)", Self.randomWhen(&random), rest)
            }.joined()
            let check = Self.check(rules)
            let ruleSet = try #require(check.ruleSet, "seed \(seed), round \(round):\n\(rules)")
            let engine = Engine(rules: ruleSet)
            let dead = check.diagnostics.filter { $0.code == .deadRule }.compactMap { diagnostic in
                ruleSet.rules.first { $0.at.line == diagnostic.at.line }?.id
            }
            let impossible = check.diagnostics.filter { $0.code == .impossibleCondition }.compactMap { diagnostic in
                ruleSet.rules.first { rule in
                    rule.at.line == diagnostic.at.line
                        && Conjunction.ways(.all(rule.formulas ?? []), times: ScheduleTimes([]))?
                            .allSatisfy(\.isContradictory) == true
                }?.id
            }
            told += dead.count + impossible.count
            guard !dead.isEmpty || !impossible.isEmpty else { continue }
            for number in 0..<400 {
                let (draft, state, now) = Self.randomEvent(&random)
                let event = draft.event(number: number, at: now)
                let running = engine.decide(event, state: DecisionState(conversation: state), now: now).matched.map(\.id)
                let wrong = running.filter { dead.contains($0) || impossible.contains($0) }
                #expect(
                    wrong == [],
                    "seed \(seed), round \(round), \(draft.text ?? "") \(draft.channel ?? "") \(draft.tags ?? []) at \(now.iso8601), earlier: \(state.hasCustomerMessage)\n\(rules)"
                )
            }
        }
        #expect(told > 20)
    }
}
