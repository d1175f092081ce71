import Foundation
import TestSupport
import Testing

extension Torture {
    /// T21: SIGTERM under load, at any time, once or twice, also while rules are loaded again and again.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 30)))) struct StopTests {
        private static let rounds = max(TestScale.rounds(usual: 40) / 5, 1)

        @Test func aStopLosesNothingAndCutsNothingShort() async throws {
            let seed = TestScale.seed(usual: 21)
            var random = SplitMix64(seed: seed)
            // A vendor without keys: a call that the stop cuts short, and that is made again, is seen twice.
            let ground = try LoadGround(.huggy, conversations: 20, seed: seed, vendor: .init(delay: 0...50, seed: seed))
            for round in 0..<Self.rounds {
                let daemon = try await ground.start()
                try await stop(daemon, ground, isStormy: round.isMultiple(of: 2), &random)
                // What is on disk was answered: no request that was taken is cut short.
                let stored = Set(try StoreReading(path: ground.folder.path + "/bellhop.db").events.map(\.event))
                let cutShort = ground.load.open.filter { stored.contains($0) }
                #expect(cutShort.isEmpty, "seed \(seed), round \(round)")
            }
            let last = try await ground.start()
            try await ground.settle(last)
            #expect(try await last.terminate() == 0)
            let store = try StoreReading(path: ground.folder.path + "/bellhop.db")
            let inDoubt = store.effects.filter { $0.uncertainAttempts > 0 }.map(\.effect)
            #expect(inDoubt.isEmpty, "seed \(seed): calls were cut short")
            let findings = try ground.findings(LedgerChecker(.huggy, mostRepeats: 0))
            #expect(findings.isClean, "seed \(seed): \(findings)")
        }

        /// From before anybody listens for it to the very end, where nobody does any more.
        @Test func askingForReloadsNeverEndsIt() async throws {
            let storm = """
                (until [ -e bellhop.db ]; do :; done; while kill -HUP $$; do :; done) >/dev/null 2>&1 &
                exec "$@"
                """
            for _ in 0..<max(TestScale.rounds(usual: 8), 8) {
                let folder = try TemporaryFolder()
                try folder.write(Shop.configuration(api: "http://127.0.0.1:1"), to: "bellhop.yaml")
                try folder.write(Shop.rules, to: "rules/shop.yaml")
                let daemon = try await DaemonProcess.start(
                    in: folder.path, environment: Shop.environment, wrapper: ["sh", "-c", storm, "sh"])
                #expect(try await daemon.terminate() == 0)
                #expect(daemon.lines.last?.contains("stopped") == true)
            }
        }

        private func stop(
            _ daemon: DaemonProcess, _ ground: LoadGround, isStormy: Bool, _ random: inout SplitMix64
        ) async throws {
            let enough = 5 + Int.random(in: 0..<30, using: &random)
            let pause = Int.random(in: 0..<100, using: &random)
            let isTwice = Bool.random(using: &random)
            // Of all runs, as in `KillTests`.
            let before = ground.ledger.acknowledged.count
            async let load: Void = ground.load.run(LoadPlan(connections: 8), port: daemon.port)
            try await daemon.until {
                if isStormy { daemon.signal(SIGHUP) }
                return ground.ledger.acknowledged.count >= before + enough
            }
            try await Task.sleep(for: .milliseconds(pause))
            if isTwice { daemon.signal(SIGTERM) }
            if isStormy { daemon.signal(SIGHUP) }
            let status = try await daemon.terminate()
            #expect(status == 0, "\(daemon.lines.suffix(5).joined(separator: "\n"))")
            #expect(daemon.lines.last?.contains("stopped") == true)
            await load
        }
    }
}
