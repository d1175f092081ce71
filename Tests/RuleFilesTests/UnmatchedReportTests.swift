import Matching
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import VendorKit
import Vendors

/// Which phrases are told of messages that nobody answers.
struct UnmatchedReportTests {
    /// What customers wrote how often, and which phrases of how many messages are told.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var texts: [(text: String, times: Int)]
        var phrases: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "a word", texts: [("boleto", 3), ("o boleto", 1)], phrases: ["boleto 4"]),
        Case(
            name: "a phrase in place of its words",
            texts: [("quero a segunda via", 4), ("segunda via por favor", 3), ("me manda segunda via do boleto", 3)],
            phrases: ["segunda via 10"]),
        Case(
            name: "a word that stands apart often keeps its own messages",
            texts: [("order status", 4), ("my order", 3), ("order", 3)], phrases: ["order 10"]),
        Case(
            name: "two things", texts: [("preço da bota", 5), ("loja física", 4)], phrases: ["preco da bota 5", "loja fisica 4"]),
        Case(name: "common words are nothing", texts: [("oi bom dia", 9), ("the", 5), ("ok", 7)], phrases: []),
        Case(name: "numbers are nothing", texts: [("12345", 5), ("2026-01-01", 5)], phrases: []),
        Case(name: "once is not common", texts: [("unique", 1), ("other", 1)], phrases: []),
        Case(
            name: "no phrase goes over a comma", texts: [("troca, tamanho", 3), ("troca; cor", 3)], phrases: ["troca 6"]),
        Case(
            name: "Korean", texts: [("환불해주세요", 3), ("빨리 환불해줘", 2), ("환불 언제", 2), ("배송", 2)],
            phrases: ["환불 7", "배송 2"]),
        Case(name: "Japanese", texts: [("返品したいです", 3), ("商品を返品できますか", 3)], phrases: ["返品 6"]),
        Case(name: "folded alike", texts: [("CARTÃO", 2), ("cartao", 2), ("Cartão!", 1)], phrases: ["cartao 5"]),
    ]

    @Test(arguments: cases)
    func tells(_ example: Case) throws {
        let texts = example.texts.flatMap { Array(repeating: $0.text, count: $0.times) }
        let report = try Self.report(texts)
        #expect(report.phrases.map { "\($0.text) \($0.count)" } == example.phrases)
        #expect(report.unanswered == texts.count)
    }

    @Test func whatRulesAnswerIsNotTold() throws {
        let rules = """
            version: 1
            rules:
              - { id: a, when: [ { text: [refund] } ], do: [ { reply: x } ] }
              - { id: b, then: continue, when: [ { text: [invoice] } ], do: [ { tag: x } ] }
              - { id: c, mode: observe, when: [ { text: [parcel] } ], do: [ { reply: x } ] }

            """
        let texts = Array(repeating: "refund", count: 5) + Array(repeating: "invoice", count: 4) + ["parcel", "parcel", "parcel"]
        let report = try Self.report(texts + ["refund invoice"], rules: rules)
        #expect(report.phrases.map { "\($0.text) \($0.count)" } == ["invoice 4", "parcel 3"])
        #expect(report.phrases.map { [$0.matchesUnanswered, $0.matchesAnswered] } == [[4, 1], [3, 0]])
        #expect(report.messages == 13 && report.unanswered == 7)
    }

    @Test func wordsThatAreEverywhereAreFoundByCounting() throws {
        let rules = "version: 1\nrules:\n  - { id: a, when: [ { text: [alpha] } ], do: [ { reply: x } ] }\n"
        let answered = (0..<40).map { "zum alpha \($0)" }
        let report = try Self.report(answered + (0..<10).map { "zum beta \($0)" } + (0..<9).map { "zum \($0)" }, rules: rules)
        #expect(report.phrases.map(\.text) == ["zum beta"] || report.phrases.map(\.text) == ["beta"])
    }

    /// Whatever customers write, the rule loads without a finding and holds for what it was made of.
    @Test func stubsLoadAndHold() throws {
        let texts =
            [
                "it's 5* \"good\"", "a\\b c", "$money $list", "#hash: {x}", "no", "yes", "null", "e-mail@x.org", "100% - [1]",
                "ação*",
                "환불 * 해", "\u{200D}👩\u{200D}🚀 zug", "{{mustache}}", "don't", "- id: x",
            ] + HostileTexts.all(count: 150)
        var taken: Set<String> = []
        for text in texts {
            let report = try Self.report([text, text, text])
            for phrase in report.phrases {
                let folder = RuleFolder(root: "rules", texts: ["stub.yaml": phrase.stub.yaml])
                let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
                #expect(!loaded.hasErrors, "\(loaded.diagnostics.map(\.message)) in \(phrase.stub.yaml)")
                let engine = Engine(rules: try #require(loaded.ruleSet), profiles: [.any: .any])
                let decision = engine.decide(Self.event(0, text), state: DecisionState(), now: Self.start)
                #expect(decision.matched.map(\.id) == [phrase.stub.id], "\(phrase.stub.yaml) on \(text)")
                #expect(phrase.matchesUnanswered == 3)
                let other = RuleStub(phrase.text, count: 3, taken: &taken)
                #expect(taken.contains(other.id))
            }
        }
    }

    // MARK: Traffic

    private static let start = Instant(seconds: 1_767_614_400)

    private static func event(_ number: Int, _ text: String) -> Event {
        Event(
            id: "any:test:message:\(number)", vendor: .any, account: "test", kind: .messageReceived, occurredAt: start,
            conversation: Conversation(id: "c\(number)"), message: Message(id: "m\(number)", text: text),
            sender: Sender(role: .customer))
    }

    private static func report(_ texts: [String], rules: String = "version: 1\nrules: []\n") throws -> UnmatchedReport {
        let loaded = RuleLoader.load(RuleFolder(root: "rules", texts: ["a.yaml": rules]), vendors: VendorCatalog.ids)
        let engine = Engine(rules: try #require(loaded.ruleSet, "\(loaded.diagnostics)"), profiles: [.any: .any])
        var lane = UnmatchedLane(engine: engine, clock: nil, leavesOutHumans: false) { Idempotency.id(for: $0) }
        for (number, text) in texts.enumerated() {
            let traffic = TrafficEvent(
                event(number, text), place: TrafficPlace(source: "c.jsonl", line: number + 1),
                lanes: TrafficLanes(count: 1, coupling: .conversation))
            lane.take(traffic, number: number, passed: nil)
        }
        return UnmatchedReport(
            lane.book, traffic: TrafficCount(), top: 20, minCount: nil, exampleLimit: 3, ruleIDs: ["boleto"])
    }
}
