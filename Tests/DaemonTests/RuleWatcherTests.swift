import Daemon
import Foundation
import Logging
import Model
import RuleFiles
import Rules
import Synchronization
import Testing

/// Rules that are watched on a real file system: whatever somebody does to the files, in the end the rules in use are those
/// that are there (R7). Nothing here waits for a time: each step waits for the log line that must come.
@Suite(.timeLimit(.minutes(15))) struct RuleWatcherTests {
    private static func rules(_ reply: String) -> String {
        "version: 1\nrules:\n  - id: greet\n    do: [ { reply: '\(reply)' } ]\n"
    }

    /// A folder whose `rules` are watched.
    private struct Bench: Sendable {
        let base: String
        let log = Lines()
        let box = EngineBox()
        let metrics = Metrics()

        var rules: String { base + "/rules" }

        func write(_ text: String, to name: String) throws {
            let path = base + "/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }

        /// Overwrites the file that is there, as editors do that keep the inode.
        /// - Parameter isEmptyBetween: as most programs do it; a reader may see the file without anything in it.
        func overwrite(_ text: String, _ name: String, isEmptyBetween: Bool = true) throws {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: base + "/" + name))
            if isEmptyBetween { try file.truncate(atOffset: 0) }
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }

        func move(_ name: String, to other: String) throws {
            guard rename(base + "/" + name, base + "/" + other) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: base + "/" + name, withDestinationPath: target)
        }

        func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: base + "/" + name) }

        /// Returns when a line with the text comes, of those after the first `start`.
        func heard(_ text: String, from start: Int = 0) async {
            await log.until { $0.dropFirst(start).contains { $0.contains(text) } }
        }

        /// Returns when rules that reply so are in use.
        func replies(_ text: String) async throws {
            let wanted = RuleFolder(root: "x", texts: ["a.yaml": RuleWatcherTests.rules(text)])
            let revision = RuleLoader.load(wanted, vendors: nil).revision
            await log.until { _ in box.current?.rules.revision == revision }
        }
    }

    /// Runs `body` while the rules are watched, after they were loaded once.
    private func watching(
        requiresTests: Bool = false, prepare: (Bench) throws -> Void, _ body: @escaping @Sendable (Bench) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let bench = Bench(base: folder)
            try prepare(bench)
            var settings = exampleSettings(rules: bench.rules)
            settings.reload = Settings.Reload(isWatching: true, requiresTests: requiresTests, debounce: .milliseconds(10))
            let surroundings = Surroundings.live(
                logger: Logger(label: "bellhop") { [log = bench.log] in LogfmtHandler(label: $0, level: .debug) { log.add($0) } },
                console: { _ in })
            let reloader = RuleReloader(settings: settings, box: bench.box, metrics: bench.metrics, surroundings: surroundings)
            await reloader.load()
            let signal = ChangeSignal(quiet: settings.reload.debounce, uptime: surroundings.uptime)
            let watcher = RuleWatcher(
                sight: .live(root: bench.rules, noted: { signal.note() }), signal: signal, surroundings: surroundings,
                reload: { _ = await reloader.reloadIfChanged() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watcher.run() }
                await bench.heard("rules are watched")
                defer { watcher.requestStop() }
                try await body(bench)
            }
        }
    }

    /// What people and tools do. Each begins with `rules/a.yaml` that replies `one`, and ends with one that replies `two`.
    enum Change: String, CaseIterable, Sendable {
        case renamedOver, overwritten, backedUp, removedAndWritten, folderMadeAnew, folderSwapped, parentSwapped, halfWritten
    }

    @Test(arguments: Change.allCases)
    func takesWhatIsThereInTheEnd(change: Change) async throws {
        try await watching(prepare: { try $0.write(Self.rules("one"), to: "rules/a.yaml") }) { bench in
            let two = Self.rules("two")
            switch change {
            case .renamedOver: try bench.write(two, to: "rules/a.yaml")
            case .overwritten: try bench.overwrite(two, "rules/a.yaml")
            case .backedUp:
                try bench.move("rules/a.yaml", to: "rules/a.yaml~")
                try bench.write(two, to: "rules/a.yaml")
            case .removedAndWritten:
                try bench.remove("rules/a.yaml")
                try bench.write(two, to: "rules/a.yaml")
            case .folderMadeAnew:
                try bench.remove("rules")
                await bench.heard("rules refused, the old ones stay in use")
                try bench.write(two, to: "rules/a.yaml")
            case .folderSwapped:
                try bench.write(two, to: "new/a.yaml")
                try bench.move("rules", to: "old")
                try bench.move("new", to: "rules")
            case .parentSwapped:
                // The folder above it goes, and another comes.
                try bench.write(two, to: "rules.next/a.yaml")
                try bench.remove("rules")
                try bench.move("rules.next", to: "rules")
            case .halfWritten:
                try bench.overwrite(String(two.dropLast(12)), "rules/a.yaml")
                await bench.heard("rules refused, the old ones stay in use")
                try await bench.replies("one")
                try bench.overwrite(two, "rules/a.yaml")
            }
            try await bench.replies("two")
            // It still watches.
            try bench.write(Self.rules("three"), to: "rules/a.yaml")
            try await bench.replies("three")
        }
    }

    @Test func followsALinkThatIsSwapped() async throws {
        try await watching(prepare: { bench in
            try bench.write(Self.rules("one"), to: "releases/1/a.yaml")
            try bench.write(Self.rules("two"), to: "releases/2/a.yaml")
            try bench.link("current", to: "releases/1")
            try bench.link("rules", to: "current")
        }) { bench in
            try bench.link("next", to: "releases/2")
            try bench.move("next", to: "current")
            try await bench.replies("two")
            // The one that it left is not watched any more, the one that it leads to is.
            try bench.write(Self.rules("three"), to: "releases/2/a.yaml")
            try await bench.replies("three")
        }
    }

    @Test func followsAVolumeWhoseDataIsSwapped() async throws {
        try await watching(prepare: { bench in
            try bench.write(Self.rules("one"), to: "rules/..1/a.yaml")
            try bench.link("rules/..data", to: "..1")
            try bench.link("rules/a.yaml", to: "..data/a.yaml")
        }) { bench in
            try await bench.replies("one")
            for (number, word) in [(2, "two"), (3, "three")] {
                try bench.write(Self.rules(word), to: "rules/..\(number)/a.yaml")
                try bench.link("rules/..data_tmp", to: "..\(number)")
                try bench.move("rules/..data_tmp", to: "rules/..data")
                try bench.remove("rules/..\(number - 1)")
                try await bench.replies(word)
            }
        }
    }

    @Test func watchesFoldersThatAppear() async throws {
        try await watching(prepare: { try $0.write(Self.rules("one"), to: "rules/a.yaml") }) { bench in
            let more = "version: 1\nrules: [ { id: more, do: [ { note: more } ] } ]\n"
            try bench.write(more, to: "rules/new/deep/b.yaml")
            await bench.log.until { _ in bench.box.current?.rules.rules.count == 2 }
            try bench.write("version: 1\n", to: "rules/new/deep/b.yaml")
            await bench.log.until { _ in bench.box.current?.rules.rules.count == 1 }
        }
    }

    @Test func startsWithoutAFolderAndTakesTheOneThatComes() async throws {
        try await watching(prepare: { _ in }) { bench in
            #expect(bench.box.current == nil)
            try bench.write(Self.rules("one"), to: "made/a.yaml")
            try bench.move("made", to: "rules")
            try await bench.replies("one")
        }
    }

    @Test func whatChangesNothingLoadsNothing() async throws {
        try await watching(prepare: { try $0.write(Self.rules("one"), to: "rules/a.yaml") }) { bench in
            let start = bench.log.all.count
            try bench.overwrite(Self.rules("one"), "rules/a.yaml", isEmptyBetween: false)
            await bench.heard("level=debug msg=\"rules did not change\"", from: start)
            #expect(!bench.log.all.dropFirst(start).contains { $0.contains("rules loaded") })
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reloads_total{result=\"loaded\"} 1\n"))
        }
    }

    @Test func undoingABadChangeClearsIt() async throws {
        try await watching(prepare: { try $0.write(Self.rules("one"), to: "rules/a.yaml") }) { bench in
            try bench.write("version: 2\n", to: "rules/a.yaml")
            await bench.heard("rules refused, the old ones stay in use")
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reload_failed 1\n"))
            try bench.write(Self.rules("one"), to: "rules/a.yaml")
            await bench.heard("rules are again those in use")
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reload_failed 0\n"))
            #expect(bench.metrics.text(nil).contains("bellhop_rules_reloads_total{result=\"refused\"} 1\n"))
        }
    }

    /// The payload of a test is no rules file: the set that failed for it is tried again when it comes.
    @Test func aSetThatFailedItsTestsIsTriedAgain() async throws {
        let test = """
            version: 1
            tests:
              - name: a payload
                event: { payload: p.json }
                expect: { rules: [greet] }
            """
        try await watching(
            requiresTests: true,
            prepare: { bench in
                try bench.write(Self.rules("one"), to: "rules/a.yaml")
                try bench.write(test, to: "rules/a.test.yaml")
            }
        ) { bench in
            #expect(bench.box.current == nil)
            try bench.write(huggyMessage("1", "hi"), to: "rules/p.json")
            try await bench.replies("one")
        }
    }

    /// Where the kernel tells nothing, times and sizes are compared.
    @Test func comparesWhereNothingIsTold() async throws {
        try await withTemporaryFolder { folder in
            let (log, clock, looks) = (Lines(), SteppingClock(), Lines())
            try Self.rules("one").write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
            let surroundings = clock.surroundings(log: log)
            let signal = ChangeSignal(quiet: .milliseconds(500), uptime: surroundings.uptime)
            let watcher = RuleWatcher(
                sight: RuleSight(arm: { .polling("nobody tells") }, stamp: { TreeStamp(folder) }), signal: signal,
                surroundings: surroundings,
                reload: {
                    looks.add("look")
                    log.add("look \(looks.all.count) at \(surroundings.uptime())")
                })
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await watcher.run() }
                await log.reach(2)
                try? Self.rules("two").write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
                await log.reach(3)
                watcher.requestStop()
            }
            #expect(
                log.all.prefix(2) == [
                    "level=warning msg=\"rules cannot be watched, they are compared every few seconds\" reason=\"nobody tells\"\n",
                    "look 1 at 0.0 seconds",
                ])
            // Three seconds later it is seen, or six, and half a second after that it is read.
            #expect(log.all.count >= 3 && log.all[2].hasPrefix("look 2 at "))
        }
    }

    /// News come without end: it is looked at all the same, and not after each.
    @Test func looksOnceAtManyNews() async throws {
        let (log, clock) = (Lines(), SteppingClock())
        let surroundings = clock.surroundings(log: log)
        let signal = ChangeSignal(quiet: .milliseconds(500), uptime: surroundings.uptime)
        let watcher = RuleWatcher(
            sight: RuleSight(arm: { .events }, stamp: { TreeStamp("/nowhere") }), signal: signal, surroundings: surroundings,
            reload: {
                // What comes while it reads is new.
                let isFirst = log.all.count == 1
                log.add("look at \(surroundings.uptime())")
                if isFirst { for _ in 0..<1000 { signal.note() } }
            })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            await log.reach(3)
            watcher.requestStop()
        }
        #expect(log.all.dropFirst().prefix(2) == ["look at 0.0 seconds", "look at 0.5 seconds"])
    }

    /// A clock that jumps to the end of every pause.
    private final class SteppingClock: Sendable {
        private let now = Mutex(Duration.zero)

        func surroundings(log: Lines) -> Surroundings {
            var surroundings = silentSurroundings(log)
            surroundings.uptime = { self.now.withLock { $0 } }
            surroundings.pause = { (duration: Duration) in
                self.now.withLock { $0 += duration }
                await Task.yield()
            }
            return surroundings
        }
    }
}

private func silentSurroundings(_ log: Lines) -> Surroundings { surroundings(log: log) }
