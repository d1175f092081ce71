import Foundation
import TestSupport
import Testing

extension Torture {
    /// T12: actions of one conversation go out in order, whatever the vendor does to them.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct OrderTests {
        @Test func failuresDoNotChangeTheOrder() async throws {
            let seed = TestScale.seed(usual: 12)
            let rounds = TestScale.rounds(usual: 40)
            // One event in ten is refused for good, and one call in twenty fails or goes without an answer.
            let ground = try LoadGround(
                .huggy, conversations: 20, seed: seed,
                vendor: .init(delay: 0...10, failures: 50, refusesEach: 10, seed: seed))
            let daemon = try await ground.start()
            var plan = LoadPlan(connections: 10, sends: rounds * 8)
            (plan.hangUps, plan.doubles) = (50, 50)
            await ground.load.run(plan, port: daemon.port)
            try await ground.settle(daemon)
            #expect(try await daemon.terminate() == 0)
            var checker = LedgerChecker(.huggy)
            checker.mayDie = true
            let findings = try ground.findings(checker)
            #expect(findings.isClean, "seed \(seed): \(findings)")
            // The vendor misbehaved as it was told to.
            let failed = ground.vendor.arrivals.filter { $0.processing == .failed }
            #expect(!failed.isEmpty)
            let dead = try StoreReading(path: ground.folder.path + "/bellhop.db").effects.filter { $0.state == .dead }
            #expect(Set(dead.map(\.effect.event.seq)).allSatisfy { $0.isMultiple(of: 10) }, "seed \(seed): \(dead)")
        }
    }
}
