import Foundation
import TestSupport
import Testing

extension Torture {
    /// T1: kill -9 under load, again and again. What got 200 is decided once, and reaches the vendor in order; what a kill left
    /// in doubt is sent again, and where the vendor knows keys no customer sees it twice.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct KillTests {
        private static let rounds = max(TestScale.rounds(usual: 40) / 2, 1)
        /// Calls to one account that a daemon has under way at a time, at most.
        private static let inFlight = 8

        @Test(arguments: [LoadSite.rocketChat, .huggy])
        func nothingAcknowledgedIsLostAndNothingIsDoneTwice(site: LoadSite) async throws {
            let seed = TestScale.seed(usual: 20_261_121)
            var random = SplitMix64(seed: seed)
            let ground = try LoadGround(
                site, conversations: 50, seed: seed, vendor: .init(delay: 0...50, seed: seed))
            for _ in 0..<Self.rounds {
                let daemon = try await ground.start()
                try await killUnderLoad(daemon, ground, &random)
                if Int.random(in: 0..<4, using: &random) == 0 { try await killAtStart(ground, &random) }
            }
            let last = try await ground.start()
            try await ground.settle(last)
            #expect(try await last.terminate() == 0)
            #expect(ground.ledger.acknowledged.count >= Self.rounds * 5)
            #expect(ground.load.open.isEmpty)
            let findings = try ground.findings(LedgerChecker(site, mostRepeats: Self.rounds * Self.inFlight))
            #expect(findings.isClean, "seed \(seed), \(site.account): \(findings)")
            #expect(ground.vendor.others == 0)
        }

        /// Kills after so many acknowledgements and a moment more: a count, so that slow machines test the same, and a time, so that
        /// the daemon is at anything when it comes.
        private func killUnderLoad(_ daemon: DaemonProcess, _ ground: LoadGround, _ random: inout SplitMix64) async throws {
            var plan = LoadPlan(connections: 8)
            (plan.hangUps, plan.doubles) = (30, 30)
            let enough = 5 + Int.random(in: 0..<40, using: &random)
            let pause = Int.random(in: 0..<60, using: &random)
            // Of all runs: the count of this one begins when the load does, which is later than the first look.
            let before = ground.ledger.acknowledged.count
            async let load: Void = ground.load.run(plan, port: daemon.port)
            try await daemon.until { ground.ledger.acknowledged.count >= before + enough }
            try await Task.sleep(for: .milliseconds(pause))
            try await daemon.kill9()
            await load
        }

        /// In the middle of what it does before it listens.
        private func killAtStart(_ ground: LoadGround, _ random: inout SplitMix64) async throws {
            let pause = Int.random(in: 0..<250, using: &random)
            let child = try Child(
                Program.path, ["serve", "--config", "bellhop.yaml"], in: ground.folder.path,
                environment: ProcessInfo.processInfo.environment.merging(ground.site.environment) { _, new in new })
            try await Task.sleep(for: .milliseconds(pause))
            child.signal(SIGKILL)
            _ = try await blocking { child.wait() }
        }
    }
}

extension LoadSite: CustomTestStringConvertible {
    public var testDescription: String { isFolding ? "a vendor that knows keys" : "a vendor that knows no keys" }
}
