import Model
import RuleFiles
import Rules
import Testing
import VendorKit
import Vendors

/// What counts as a different decision, and how it is told.
struct DecisionDifferenceTests {
    /// Two rule sets, what the customer writes, and what is different by rule and action.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var old: String
        var new: String
        var text = "refund please"
        var rows: [String: DecisionDifference.Change] = [:]
        var renamed: [String] = []
        var newlyPlanned: Set<ActionKind> = []
        var losesReply = false
        var isSame = false
        var isOrderOnly = false

        var testDescription: String { name }
    }

    private static let reply = "  - { id: a, when: [ { text: [refund] } ], do: [ { reply: Hello } ] }\n"

    static let cases: [Case] = [
        Case(name: "the same", old: reply, new: reply, isSame: true),
        Case(name: "other lines", old: reply, new: "\n\n  # moved\n" + reply, isSame: true),
        Case(
            name: "another text", old: reply, new: reply.replacing("Hello", with: "Hi"), rows: ["a reply": .changed]),
        Case(
            name: "another delay", old: reply, new: reply.replacing("reply: Hello", with: "reply: Hello, delay: 5s"),
            rows: ["a reply": .changed]),
        Case(
            name: "another id", old: reply, new: reply.replacing("id: a", with: "id: b"), renamed: ["a b"]),
        Case(
            name: "a rule that is gone", old: reply, new: "  []\n", rows: ["a reply": .lost], losesReply: true),
        Case(
            name: "a new rule", old: "  []\n",
            new: reply.replacing("{ reply: Hello }", with: "{ reply: Hello }, { close: true }"),
            rows: ["a reply": .gained, "a close": .gained], newlyPlanned: [.reply, .close]),
        Case(
            name: "live to observe", old: reply, new: reply.replacing(" }\n", with: ", mode: observe }\n"),
            rows: ["a reply": .lost], losesReply: true),
        Case(
            name: "nothing to observe", old: "  []\n", new: reply.replacing(" }\n", with: ", mode: observe }\n"),
            rows: ["a reply": .heldBack]),
        Case(
            name: "a variable", old: reply.replacing("reply: Hello", with: "set: { x: 1 }"),
            new: reply.replacing("reply: Hello", with: "set: { x: 2 }"), rows: ["a set": .changed]),
        Case(
            name: "another destination", old: reply.replacing("reply: Hello", with: "route: { department: a }"),
            new: reply.replacing("reply: Hello", with: "route: { department: b }"), rows: ["a route": .changed],
            newlyPlanned: [.route]),
        Case(
            name: "another order",
            old: reply.replacing("{ reply: Hello }", with: "{ reply: Hello }, { tag: x }"),
            new: reply.replacing("{ reply: Hello }", with: "{ tag: x }, { reply: Hello }"), isOrderOnly: true),
        Case(
            name: "the same close by another rule with more",
            old: reply.replacing("reply: Hello", with: "close: true"),
            new: reply.replacing("id: a", with: "id: b").replacing("reply: Hello", with: "tag: x }, { close: true"),
            rows: ["a close": .lost, "b close": .gained, "b tag": .gained], newlyPlanned: [.tag]),
    ]

    @Test(arguments: cases)
    func differs(_ example: Case) throws {
        let before = try Self.decision(example.old, example.text)
        let after = try Self.decision(example.new, example.text)
        #expect(before.decidesSame(as: after) == example.isSame)
        let difference = DecisionDifference(before.entries, after.entries)
        #expect((difference == nil) == example.isSame)
        guard let difference else { return }
        let rows = difference.rows.map { ("\($0.key.rule) \($0.key.action.rawValue)", $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: rows) == example.rows)
        #expect(difference.renamed.map { "\($0.before) \($0.after)" } == example.renamed)
        #expect(difference.newlyPlanned == example.newlyPlanned)
        #expect(difference.losesReply == example.losesReply)
        #expect(difference.isOrderOnly == example.isOrderOnly)
    }

    private static func decision(_ rules: String, _ text: String) throws -> Decision {
        let folder = RuleFolder(root: "rules", texts: ["rules.yaml": "version: 1\nrules:\n" + rules])
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        let engine = Engine(rules: try #require(loaded.ruleSet, "\(loaded.diagnostics.map(\.message))"), profiles: [.any: .any])
        let event = Event(
            id: "any:test:message:1", vendor: .any, account: "test", kind: .messageReceived,
            occurredAt: Instant(seconds: 1_767_614_400), conversation: Conversation(id: "c"),
            message: Message(id: "m", text: text), sender: Sender(role: .customer), contact: Contact(id: "p"))
        return engine.decide(event, state: DecisionState(), now: event.occurredAt)
    }

    @Test(arguments: [
        ("25", 25, 1000, true), ("25", 26, 1000, false), ("1%", 10, 1000, true), ("1%", 11, 1000, false), ("0", 0, 5, true),
        ("0", 1, 5, false), ("0.1%", 1, 1000, true), ("0.1%", 2, 1000, false), ("100%", 7, 7, true), ("0%", 0, 0, true),
    ])
    func budgetsHoldUpToTheirLimit(text: String, changed: Int, compared: Int, isWithin: Bool) throws {
        var tally = ImpactTally(exampleLimit: 0)
        tally.events = compared
        tally.changed = changed
        let limit = try #require(ImpactBudget.Limit(text))
        let budget = ImpactBudget(maxChanged: limit)
        #expect(budget.excesses(of: tally).isEmpty == isWithin)
    }

    @Test(arguments: ["", "%", "-1", "1.5", "101%", "1e3", "nan%", "1 %", "+1", "one"])
    func otherWordsAreNoLimit(_ text: String) { #expect(ImpactBudget.Limit(text) == nil) }
}
