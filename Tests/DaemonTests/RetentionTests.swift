import Daemon
import Model
import Rules
import Storage
import Testing

@Suite struct RetentionTests {
    private static let now = Instant(seconds: 1_700_000_000)

    private func ago(_ days: Int64) -> Instant { Instant(seconds: 1_700_000_000 - days * 86_400) }

    private func rules(_ windows: [CooldownWindow]) -> RuleSet {
        RuleSet(
            windows.enumerated().map { index, window in
                Rule(
                    id: "r\(index)", at: SourcePosition(file: "a.yaml", line: 1, column: 1), actions: [],
                    oncePer: [.contact: window])
            })
    }

    @Test func whatCameOfCapturesIsKeptAsLongAndAWeekAtLeast() {
        let long = Retention(at: Self.now, capturesKept: .seconds(100 * 86_400), rules: nil)
        #expect(
            long
                == Retention(
                    captures: ago(100), rows: ago(100), deadLetters: ago(100), marks: ago(100), cooldowns: nil,
                    conversations: ago(100)))
        let short = Retention(at: Self.now, capturesKept: .seconds(86_400), rules: nil)
        #expect(
            short
                == Retention(
                    captures: ago(1), rows: ago(7), deadLetters: ago(30), marks: ago(7), cooldowns: nil,
                    conversations: ago(90)))
    }

    @Test func windowsAreKeptAsLongAsARuleLooksBack() {
        func cooldowns(_ windows: [CooldownWindow]) -> Instant? {
            Retention(at: Self.now, capturesKept: .seconds(86_400), rules: rules(windows)).cooldowns
        }
        #expect(cooldowns([]) == ago(30))
        #expect(cooldowns([.duration(.seconds(60))]) == ago(30))
        #expect(cooldowns([.duration(.seconds(60)), .duration(.seconds(60 * 86_400))]) == ago(60))
        #expect(cooldowns([.duration(.seconds(60)), .ever]) == nil)
    }
}
