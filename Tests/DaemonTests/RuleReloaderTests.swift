import Daemon
import Foundation
import Logging
import Model
import RuleFiles
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

        func load(requiresTests: Bool = false) async -> RuleReloader.Outcome {
            await reloader(requiresTests: requiresTests).load()
        }

        func reloader(requiresTests: Bool = false) -> RuleReloader {
            var settings = exampleSettings(rules: folder)
            settings.reload.requiresTests = requiresTests
            return RuleReloader(
                settings: settings, box: box, metrics: metrics, surroundings: surroundings(log: log, level: .info))
        }

        func write(test: String) throws {
            try "version: 1\ntests:\n\(test)\n".write(toFile: folder + "/a.test.yaml", atomically: true, encoding: .utf8)
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

    /// What `check` calls an error in a test file is one for a reload too, whether tests are required or not.
    @Test(arguments: [false, true])
    func refusesWithAnUnusableTestFile(requiresTests: Bool) async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            try bench.write(Self.good)
            try bench.write(test: "  - name: nothing\n    event: { text: x }")
            guard case .refused(let diagnostics) = await bench.load(requiresTests: requiresTests) else {
                Issue.record("an unusable test file was taken")
                return
            }
            #expect(diagnostics.map { "\($0.at.text) \($0.code.rawValue)" } == ["\(folder)/a.test.yaml:3:5 R005"])
            #expect(bench.box.current == nil)
        }
    }

    @Test func putsInUseOnlyWhatPassesItsTests() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            let reloader = bench.reloader(requiresTests: true)
            try bench.write(Self.good)
            let passing = "  - name: greets\n    event: { text: x }\n    expect: { effects: [ { reply: hi } ] }"
            try bench.write(test: passing)
            guard case .inUse(let revision, _) = await reloader.load() else {
                Issue.record("rules whose tests pass were refused: \(bench.log.all)")
                return
            }
            // Rules without an error that do what no test expects.
            try bench.write(Self.good.replacingOccurrences(of: "hi", with: "bye"))
            guard case .refused(let diagnostics) = await reloader.load(), let failure = diagnostics.first else {
                Issue.record("rules whose tests fail came into use")
                return
            }
            #expect(failure.at.text == "\(folder)/a.test.yaml:5:13" && failure.code == .failedTest)
            #expect(failure.message.hasPrefix("the test 'greets' fails: ") && failure.message.contains("bye"))
            #expect(bench.box.current?.rules.revision == revision)
            #expect(reloader.standing.isRefused)
            #expect(reloader.standing.refusal?.errors == 1 && reloader.standing.refusal?.first == failure)
            #expect(bench.log.all.contains { $0.contains("code=R301") })

            // Without its tests it is not taken either.
            try FileManager.default.removeItem(atPath: folder + "/a.test.yaml")
            guard case .refused(let none) = await reloader.load() else {
                Issue.record("rules without a test came into use")
                return
            }
            #expect(none.map(\.code) == [.noTest])
            // Only where tests are required do they count.
            try bench.write(test: passing)
            guard case .inUse = await bench.load() else {
                Issue.record("rules were refused for a test that nobody requires")
                return
            }
        }
    }

    /// Everybody who asks is answered by a load that began after the question, and many share one.
    @Test func manyQuestionsAreFewLoads() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            let reloader = bench.reloader()
            for round in 0..<5 {
                try bench.write(Self.good.replacingOccurrences(of: "hi", with: "hi \(round)"))
                let wanted = RuleLoader.load(RuleFolder(folder), vendors: nil).revision
                let before = bench.log.all.count
                let outcomes = await withTaskGroup(of: RuleReloader.Outcome.self) { group in
                    for _ in 0..<200 { group.addTask { await reloader.load() } }
                    return await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(outcomes == [.inUse(revision: wanted, rules: 1)])
                #expect(bench.log.all.count - before < 100)
            }
        }
    }

    @Test func tellsOfTheRulesInUse() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            try bench.write(Self.good)
            #expect(bench.metrics.text(nil).contains("bellhop_rules_loaded_timestamp_seconds 0\n"))
            _ = await bench.load()
            try bench.write("version: 3\n")
            _ = await bench.load()
            let revision = try #require(bench.box.current?.rules.revision)
            let text = bench.metrics.text(nil)
            for line in [
                "bellhop_rules_info{revision=\"\(revision)\"} 1\n", "bellhop_rules_reloads_total{result=\"loaded\"} 1\n",
                "bellhop_rules_reloads_total{result=\"refused\"} 1\n",
                "bellhop_rules_loaded_timestamp_seconds 1700000000\n", "bellhop_rules_reload_failed 1\n",
            ] {
                #expect(text.contains(line), "\(line) is not in\n\(text)")
            }
        }
    }

    /// A pipe in the folder has nobody at its other end: it is an error, and holds up no reload.
    @Test func doesNotWaitForAPipe() async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(folder: folder)
            try bench.write(Self.good)
            mkfifo(folder + "/b.yaml", 0o600)
            guard case .refused(let diagnostics) = await bench.load() else {
                Issue.record("a pipe was taken for rules")
                return
            }
            #expect(diagnostics.map(\.at.text) == ["\(folder)/b.yaml:1:1"])
        }
    }

    /// What a link shows of a hidden folder is read once, by the first of its names; circles end.
    @Test func readsWhatLinksShowOfHiddenFolders() async throws {
        try await withTemporaryFolder { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: folder + "/..1/sub", withIntermediateDirectories: true)
            try Self.good.write(toFile: folder + "/..1/a.yaml", atomically: true, encoding: .utf8)
            for (link, target) in [
                ("..data", "..1"), ("a.yaml", "..data/a.yaml"), ("b.yaml", "..data/a.yaml"), ("c", "..data"),
                ("..1/round", "../..1"), ("..1/sub/up", ".."),
            ] {
                try files.createSymbolicLink(atPath: folder + "/" + link, withDestinationPath: target)
            }
            let read = RuleFolder(folder)
            #expect(read.rules.map(\.relativePath) == ["a.yaml"] && read.diagnostics.isEmpty, "\(read.diagnostics)")
        }
    }
}
