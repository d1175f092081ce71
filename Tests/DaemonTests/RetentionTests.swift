import Daemon
import Model
import Rules
import Storage
import Testing
import Vendors

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

    /// Captures that are kept for less time than a round takes to come are looked for in between.
    @Test(arguments: [(0, [60, 60, 60]), (599, [60, 60, 60]), (600, [600, 600, 600])] as [(Int64, [Int64])])
    func shortCapturesAreRemovedSoon(kept: Int64, pauses: [Int64]) async throws {
        let store = MemoryStore()
        _ = try await store.importCaptures([
            IncomingWebhook(account: "hg", vendor: .huggy, receivedAt: ago(0), body: Array("{}".utf8), events: [])
        ])
        var settings = exampleSettings()
        settings.capturesKept = .seconds(kept)
        let clock = ManualClock()
        let (waited, end) = (Lines(), AsyncStream<Never>.makeStream())
        var surroundings = surroundings(clock: clock)
        surroundings.pause = { pause in
            waited.add("\(pause.components.seconds)")
            clock.advance(by: pause)
            if waited.all.count > 3 { for await _ in end.stream {} }
        }
        let janitor = Janitor(settings: settings, box: EngineBox(), ledger: store, surroundings: surroundings)
        let task = Task { await janitor.run() }
        await waited.reach(4)
        task.cancel()
        await task.value
        #expect(waited.all.prefix(4).map(\.self) == ["60"] + pauses.map { "\($0)" })
        #expect(try await store.captures(CaptureQuery()).captures.isEmpty == (kept < 150 || kept >= 600))
    }

    @Test func nothingIsKeptAsACaptureWithoutATime() {
        let none = Retention(at: Self.now, capturesKept: .zero, rules: nil)
        #expect(none.captures == Self.now)
        #expect(none.rows == ago(7) && none.marks == ago(7) && none.deadLetters == ago(30))
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
