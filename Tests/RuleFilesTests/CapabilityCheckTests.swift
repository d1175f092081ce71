import Model
import RuleFiles
import Rules
import Testing
import Vendors

@Suite struct CapabilityCheckTests {
    private static let rocketChat = Account(id: "site", vendor: .rocketchat)
    private static let huggy = Account(id: "chat", vendor: .huggy)

    private static func findings(_ fixture: String, _ code: DiagnosticCode, _ accounts: [Account]) -> [Diagnostic] {
        let folder = RuleFolder(Fixtures.root + "/warned/" + fixture)
        return RuleCheck(folder, accounts: accounts, profiles: Fixtures.profiles).diagnostics.filter { $0.code == code }
    }

    /// A rule that names no vendor, and a flow that no rule starts, may meet every account of the configuration.
    @Test(
        arguments: [
            ("long-text", DiagnosticCode.longText, [], [6, 11, 15, 19, 38, 40, 43]),
            ("long-text", .longText, [rocketChat], [6, 11, 15, 19, 24, 38, 40, 43, 48]),
            ("long-text", .longText, [huggy], [6, 11, 15, 19, 38, 40, 43]),
            ("unsupported", .unsupportedAction, [], [6, 7, 10]),
            ("unsupported", .unsupportedAction, [rocketChat], [6, 7, 9, 10]),
            ("unsupported-flow", .unsupportedAction, [], [12, 12, 18]),
            ("unsupported-flow", .unsupportedAction, [rocketChat, huggy], [12, 12, 18]),
        ] as [(String, DiagnosticCode, [Account], [Int])])
    func accountsAreWhoARuleMeetsUnlessItNamesSomebody(
        fixture: String, code: DiagnosticCode, accounts: [Account], lines: [Int]
    ) {
        #expect(Self.findings(fixture, code, accounts).map(\.at.line) == lines)
    }

    // MARK: - What only an account or an attribute tells

    private static let main = Account(
        id: "main", vendor: .huggy, names: .init(departments: ["billing": "7"], agents: ["carla": "9"]))
    private static let other = Account(id: "other", vendor: .huggy, names: .init(departments: ["support": "8"]))

    private static func warned(_ rule: String, _ accounts: [Account]) -> [String] {
        let folder = RuleFolder(root: "rules", texts: ["a.yaml": "version: 1\nrules: [ { id: r, \(rule) } ]"])
        // That no account is configured for a vendor is another matter.
        let check = RuleCheck(folder, accounts: accounts, profiles: Fixtures.profiles)
        return check.diagnostics.filter { $0.code != .unknownAccount }.map { finding in
            let words = finding.message.split(separator: "`", omittingEmptySubsequences: false)
            return finding.code == .unsupportedAction && words.count > 3 ? String(words[3]) : finding.message
        }
    }

    @Test(
        arguments: [
            ("do: [ { route: { department: billing } } ]", [main], []),
            ("do: [ { route: { department: Billing } }, { route: { agent: carla } } ]", [main], []),
            ("do: [ { route: { department: billing } } ]", [main, other], ["billing"]),
            ("do: [ { route: { department: support } } ]", [main], ["support"]),
            ("do: [ { route: { agent: billing } } ]", [main], ["billing"]),
            ("do: [ { route: { department: 11445 } }, { route: queue } ]", [main], []),
            ("do: [ { route: { department: '{{contact.name}}' } } ]", [main], []),
            ("when: [ { account: other } ], do: [ { route: { department: support } } ]", [main, other], []),
            ("when: [ { account: main } ], do: [ { route: { department: support } } ]", [main, other], ["support"]),
            ("when: [ { vendor: rocketchat } ], do: [ { route: { department: support } } ]", [main], []),
            ("when: [ { vendor: huggy }, { account: other } ], do: [ { route: { agent: x } } ]", [main, other], ["x"]),
            ("when: [ { vendor: huggy } ], do: [ { route: { department: support } } ]", [], []),
            ("do: [ { contact: { name: Ana, plano: pro } } ]", [main], ["plano"]),
            ("do: [ { contact: { name: Ana } } ]", [main], []),
        ] as [(String, [Account], [String])])
    func wordsThatAnAccountDoesNotKnowAreFound(rule: String, accounts: [Account], words: [String]) {
        #expect(Self.warned(rule, accounts) == words)
    }

    /// A flow meets the accounts of the rules that start it.
    @Test(arguments: [("main", ["support"]), ("other", [])]) func aFlowKnowsItsAccounts(account: String, words: [String]) {
        let text = """
            version: 1
            rules: [ { id: r, when: [ { account: \(account) } ], do: [ { start: f } ] } ]
            flows: [ { id: f, start: a, steps: { a: { do: [ { route: { department: support } } ], end: true } } } ]
            """
        let folder = RuleFolder(root: "rules", texts: ["a.yaml": text])
        let check = RuleCheck(folder, accounts: [Self.main, Self.other], profiles: Fixtures.profiles)
        #expect(check.diagnostics.filter { $0.message.contains("`support`") }.count == words.count)
        #expect(check.diagnostics.count == words.count)
    }

    /// What the check warns of is unsupported at run time, and the other actions go on.
    @Test(arguments: [("main", ["billing"]), ("other", ["support"]), ("nobody", ["billing", "support"])])
    func anUnknownWordIsUnsupportedWhenDeciding(account: String, planned: [String]) throws {
        let text = """
            version: 1
            rules: [ { id: r, do: [ { route: { department: billing } }, { route: { department: support } }, { reply: a } ] } ]
            """
        let rules = RuleLoader.load(RuleFolder(root: "rules", texts: ["a.yaml": text]), vendors: VendorCatalog.ids)
        var session = Session(
            engine: Engine(
                rules: try #require(rules.ruleSet), accounts: ["main": Self.main, "other": Self.other],
                profiles: Fixtures.profiles))
        let decision = session.decide(
            Event(
                id: "e", vendor: .huggy, account: account, kind: .messageReceived, occurredAt: Instant(seconds: 1_767_614_400),
                conversation: Conversation(id: "c", channel: "webchat", handler: .bot), message: Message(id: "m", text: "a"),
                sender: Sender(role: .customer, id: "p")))
        let effects = (decision?.effects ?? []).filter { $0.status == .planned }
        #expect(decision?.effects.count == 3)
        #expect(effects.map(\.action) == planned.map { .route(.department($0)) } + [.reply(Reply(text: "a"))])
    }

    // MARK: - Long texts

    @Test func tellsHowLongATextIsAndWhatBecomesOfIt() {
        let lengths = "UTF-16 units, and a message of Rocket.Chat takes 5000: it is sent as 2 messages"
        #expect(
            Self.findings("long-text", .longText, []).map(\.message) == [
                "this `reply` has 6379 \(lengths)", "this `reply` has at least 6380 \(lengths) or more",
                "this `reply` has 6379 \(lengths)", "this `reply` has 5118 \(lengths)", "this `say` has 6384 \(lengths)",
                "this `say` has 6379 \(lengths)", "this `reply` has 6379 \(lengths)",
            ])
    }

    @Test func tablesShowTheLimits() {
        let profiles = [RocketChat.profile, Huggy.profile]
        let text = CapabilityTable.text(profiles)
        #expect(text.contains("\nreply length      5000 UTF-16 units  not known\n"))
        #expect(text.contains("\nRocket.Chat, reply length: the server's default of `Message_MaxAllowedSize`"))
        #expect(CapabilityTable.markdown(profiles).hasSuffix("\n| reply length | 5000 UTF-16 units | not known |"))
        #expect(CapabilityTable.markdown(Huggy.profile).hasSuffix("\n| reply length | not known |  |"))
    }
}
