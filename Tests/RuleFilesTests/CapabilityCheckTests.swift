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
            ("long-text", DiagnosticCode.longText, [], [6, 11, 15, 19, 37, 39, 42]),
            ("long-text", .longText, [rocketChat], [6, 11, 15, 19, 24, 37, 39, 42, 47]),
            ("long-text", .longText, [huggy], [6, 11, 15, 19, 37, 39, 42]),
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
