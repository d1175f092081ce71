import Foundation
import Model
import Storage
import StorageSQLite
import TestSupport
import Testing

/// Promises R2, R5 and R11: calls by the thousand over the 26 misbehaviours of test T9, from the outbox of a real store through
/// the dispatcher and libcurl to the servers of all four vendors and back.
///
/// `BELLHOP_STORM_CALLS` says how many calls each store has to stand, instead of a thousand.
@Suite(.serialized, .timeLimit(.minutes(60))) struct StormTests {
    @Test(arguments: [UInt64(1)]) func aStoreInMemoryStandsIt(seed: UInt64) async throws {
        try await run(MemoryStore(), seed)
    }

    @Test(arguments: [UInt64(2)]) func aStoreInAFileStandsIt(seed: UInt64) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await run(try SQLiteStore.open(path: folder + "/bellhop.db"), seed)
    }

    private static let wanted = ProcessInfo.processInfo.environment["BELLHOP_STORM_CALLS"].flatMap { Int($0) }

    private func run(_ store: any Store & Ledger, _ seed: UInt64) async throws {
        let storm = try Storm(store: store, calls: Self.wanted ?? 1_000, seed: seed)
        defer { storm.stop() }
        let judge = try await storm.judge()
        try await store.close()
        expectNothing(of: judge, seed)
        if Self.wanted != nil {
            print(judge.summary)
            // Of the whole process with its fake vendors: what is read of endless answers is thrown away.
            #expect(Storm.peakMemoryBytes < 1 << 30)
        }
    }

    private func expectNothing(of judge: StormJudge, _ seed: UInt64) {
        for (vendor, findings) in judge.findings {
            #expect(findings == DeliveryChecker.Findings(), "\(vendor), seed \(seed)")
        }
        #expect(judge.complaints == [])
        #expect(judge.unseenMisbehaviours == [])
        #expect(judge.wrongCalls.prefix(20) == [], "seed \(seed)")
        #expect(judge.wrongAttempts.prefix(20) == [], "seed \(seed)")
        #expect(judge.wrongLedger.prefix(20) == [], "seed \(seed)")
        #expect(judge.unjustifiedDeaths.prefix(20) == [], "seed \(seed)")
        #expect(judge.shownTwice.prefix(20) == [], "seed \(seed)")
        #expect(judge.claimsOfTheBroken.prefix(20) == [], "seed \(seed)")
        #expect(judge.largeAnswers == [])
        #expect(judge.balance.accepted == judge.balance.done + judge.balance.dead + judge.balance.cancelled)
        #expect(judge.balance.done > 0)
        #expect(judge.openings > 0, "no breaker opened: it was no storm")
    }
}
