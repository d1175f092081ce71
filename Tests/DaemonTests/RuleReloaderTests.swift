import Daemon
import Foundation
import Logging
import Model
import Rules
import Testing

@Suite struct RuleReloaderTests {
    private static let good = """
        version: 1
        rules:
          - id: greet
            do: [ { reply: hi } ]
        """

    /// A rules folder with a reloader over it.
    private struct Bench {
        var folder: String
        var box = EngineBox()
        var metrics = Metrics()
        var log = Lines()

        func write(_ text: String) throws {
            try text.write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
        }

        func load() async -> RuleReloader.Outcome {
            await RuleReloader(
                settings: exampleSettings(rules: folder), box: box, metrics: metrics,
                surroundings: surroundings(log: log, level: .info)
            ).load()
        }
    }

    @Test func putsAGoodSetInUse() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            try bench.write(Self.good)
            let outcome = await bench.load()
            let revision = try #require(bench.box.current?.rules.revision)
            #expect(outcome == .inUse(revision: revision, rules: 1))
            #expect(bench.log.all == ["level=info msg=\"rules loaded\" revision=\(revision) rules=1\n"])
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reload_failed 0\n"))
            #expect(bench.metrics.text(nil).contains("bellhop_rule_matches_total{rule=\"greet\"} 0\n"))
        }
    }

    @Test func keepsTheOldSetWhenTheNewOneIsBad() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            try bench.write(Self.good)
            _ = await bench.load()
            let revision = try #require(bench.box.current?.rules.revision)
            try bench.write(Self.good + "\n    thn: stop\n  - id: greet\n    do: [ { reply: again } ]\n")
            guard case .refused(let diagnostics) = await bench.load() else {
                Issue.record("a bad set was taken")
                return
            }
            #expect(diagnostics.map { "\($0.at.line):\($0.at.column)" } == ["5:5", "6:9"])
            #expect(bench.box.current?.rules.revision == revision)
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reload_failed 1\n"))
            #expect(bench.log.all.count { $0.hasPrefix("level=error msg=\"error in rules\"") } == 2)
            #expect(bench.log.all.contains { $0.contains("code=R004") && $0.contains("at=\(folder)/a.yaml:5:5") })

            try bench.write(Self.good.replacingOccurrences(of: "hi", with: "hello"))
            _ = await bench.load()
            #expect(bench.box.current?.rules.revision != revision)
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reload_failed 0\n"))
        }
    }

    @Test func startsWithoutRulesWhenTheFirstSetIsBad() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder + "/none")
            guard case .refused = await bench.load() else {
                Issue.record("rules were loaded from nowhere")
                return
            }
            #expect(bench.box.current == nil)
        }
    }
}
