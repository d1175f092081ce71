import Foundation
import GRDB
import Model
import Storage
import Testing

@testable import StorageSQLite

/// R9 and R10 as far as one process can show them; full disks are in `DiskFullTests`.
@Suite(.serialized) struct SpaceTests {
    /// Capacity in MiB: where it stops, resumes, how large the reserve is, and the log when it is moved and when it is too large.
    @Test(
        arguments: [
            (SpaceLimits(), 1 << 20, [128 << 20, 192 << 20, 64 << 20, 8 << 20, 64 << 20]),
            (SpaceLimits(), 1000, [50 << 20, 75 << 20, 25 << 20, 3_276_800, 25 << 20]),
            (SpaceLimits(), 0, [0, 0, 0, 8 << 20, 64 << 20]),
            (SpaceLimits(free: 4 << 20), 64, [4 << 20, 6 << 20, 2 << 20, 256 << 10, 2 << 20]),
            (SpaceLimits(free: 1 << 40), 64, [1 << 40, 3 << 39, 64 << 20, 8 << 20, 64 << 20]),
            (SpaceLimits.none, 1 << 20, [0, 0, 0, 8 << 20, 64 << 20]),
            (SpaceLimits(free: .max), 1, [.max, .max / 2, 64 << 20, 8 << 20, 64 << 20]),
        ] as [(SpaceLimits, Int64, [Int64])])
    func followFromOneNumber(limits: SpaceLimits, capacity: Int64, sizes: [Int64]) {
        let bytes = capacity << 20
        #expect(
            [
                limits.stop(of: bytes), limits.resume(of: bytes), limits.ballast(of: bytes), limits.logMove(of: bytes),
                limits.logAlarm(of: bytes),
            ] == sizes)
    }

    @Test func takesNothingBelowTheLimitUntilThereIsHalfAsMuchAgain() {
        var gate = SpaceGate()
        let seen = [200, 101, 100, 99, 100, 149, 150, 149, 100, 0, 151].map { (free: Int64) in
            gate.note(free: free, stop: 100, resume: 150)
            return gate.isShort
        }
        #expect(seen == [false, false, false, true, true, true, false, false, false, true, false])
        gate.note(free: 0, stop: 0, resume: 0)
        #expect(!gate.isShort)
    }

    /// More than any disk has: nothing new is taken, and what is under way goes on.
    @Test func refusesOnlyWhatIsNew() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            try await before.decide("e1", effects: [draft("k1")])
            let waiting = try await before.arrival("e2")
            try await before.close()

            let decision = Evaluation(inboxID: waiting.id, conversation: key("c1"), basedOn: 0, state: nil, at: at(9))
            let store = try SQLiteStore.open(path: path, space: SpaceLimits(free: 1 << 60))
            #expect(!store.hasRoom)
            await #expect(throws: StoreError.noRoom) { try await store.accept(webhook([header("e3")])) }
            await #expect(throws: StoreError.noRoom) { try await store.commit([decision]) }
            await #expect(throws: StoreError.noRoom) { try await store.fireAll(at: clocks(0)) }
            await #expect(throws: StoreError.noRoom) { try await store.importCaptures([webhook([header("e4")])]) }
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .done(remoteID: nil), at: at(1))
            try await store.probe()
            _ = try await store.prune(Retention(), from: nil, limit: 10)
            #expect(try await store.counts().undecided == 1)

            let condition = await store.tend()
            #expect(condition.isFull)
            #expect(condition.stopsBelowBytes == 1 << 60)
            #expect(!FileManager.default.fileExists(atPath: path + "-ballast"))
            try await store.close()
        }
    }

    /// The file's own limit is a full disk too, and heals when rows go.
    @Test func takesALimitOfTheFileForAFullDisk() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(
                path: folder + "/bellhop.db", space: SpaceLimits(free: 256 << 10, file: 1 << 20))
            let large = String(repeating: " ", count: 100_000)
            var stored = 0
            var refusal: StoreError?
            while refusal == nil, stored < 100 {
                _ = await store.tend()
                do throws(StoreError) {
                    _ = try await store.accept(webhook([header("e\(stored)")], body: large))
                    stored += 1
                } catch { refusal = error }
            }
            #expect(refusal == .noRoom)
            #expect((4..<9).contains(stored), "\(stored) stored")
            let condition = await store.tend()
            #expect(condition.isFull)
            #expect((condition.freeBytes ?? 0) > 0)
            // What is open can still be recorded.
            try await store.probe()
            try await store.close()
        }
    }

    @Test func keepsAReserveAndGivesItUp() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let ballast = path + "-ballast"
            func size() -> Int64? { (try? FileManager.default.attributesOfItem(atPath: ballast))?[.size] as? Int64 }
            let store = try SQLiteStore.open(path: path, space: SpaceLimits(free: 1 << 20))
            _ = await store.tend()
            #expect(size() == 512 << 10)
            store.disk.noteOut()
            #expect(size() == nil)
            #expect(await store.tend().isFull)
            #expect(size() == nil)
            // A write that goes well says that there is room again.
            try await store.probe()
            #expect(await store.tend().isFull == false)
            #expect(size() == 512 << 10)
            try await store.close()

            // Another size is wanted now, then none.
            let larger = try SQLiteStore.open(path: path, space: SpaceLimits(free: 2 << 20))
            _ = await larger.tend()
            #expect(size() == 1 << 20)
            try await larger.close()
            let without = try SQLiteStore.open(path: path)
            _ = await without.tend()
            #expect(size() == nil)
            try await without.close()
        }
    }

    @Test func onlyTheWriterMovesTheLogAndNoReaderWrites() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db")
            @Sendable func pragmas(_ db: Database) throws -> [String: Int] {
                var values: [String: Int] = [:]
                for name in ["query_only", "wal_autocheckpoint", "synchronous"] {
                    values[name] = try Int.fetchOne(db, sql: "PRAGMA \(name)")
                }
                return values
            }
            let writer = try await store.commits.write { db in try pragmas(db) }
            let reader = try await store.commits.read { db in try pragmas(db) }
            #expect(writer == ["query_only": 0, "wal_autocheckpoint": 0, "synchronous": 2])
            #expect(reader["query_only"] == 1)
            #expect(reader["wal_autocheckpoint"] == 0)
            try await store.close()
        }
    }

    private static let longReader: Configuration = {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        return configuration
    }()

    /// R10: whoever reads for long keeps the log, which is told; afterwards it is moved without anybody's doing.
    @Test func tellsOfALogThatAReaderKeeps() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path, space: SpaceLimits(free: 1 << 20))
            let reader = try DatabaseQueue(path: path, configuration: Self.longReader)
            let large = String(repeating: " ", count: 200_000)
            try await store.probe()
            try await reader.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN")
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM inbox")
            }
            for number in 0..<5 { _ = try await store.accept(webhook([header("e\(number)")], body: large)) }
            let held = await store.tend()
            #expect(held.isLogLarge)
            #expect(held.logBytes > 512 << 10)
            try await reader.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }

            _ = try await store.accept(webhook([header("last")], body: large))
            _ = try await store.accept(webhook([header("very last")], body: large))
            let after = await store.tend()
            #expect(after.isLogLarge == false)
            #expect(after.busyTransactions == 0)
            #expect(after.logBytes < 512 << 10)
            try await store.close()
        }
    }

    /// Moved when it is longer than 64 KiB, and in no pause.
    private static let neverIdle: SpaceLimits = {
        var limits = SpaceLimits(free: 1 << 20)
        limits.pause = 1e6
        return limits
    }()

    @Test func writesTheLogAnewInTheFileThatItHas() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db", space: Self.neverIdle)
            var lengths: [Int64] = []
            for number in 0..<100 {
                _ = try await store.accept(webhook([header("e\(number)")], body: String(repeating: " ", count: 10_000)))
                lengths.append(await store.tend().logBytes)
            }
            #expect(lengths == lengths.sorted(), "the file is not cut and made again")
            #expect(lengths.allSatisfy { (1..<(128 << 10)).contains($0) })
            #expect(try await store.undecided(limit: 1000).count == 100)
            try await store.close()
        }
    }

    /// Who reads at the moment when the log is to be moved puts that off, and not for so long that its file must be cut.
    @Test func aReaderThatIsGoneCostsNothingLater() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path, space: Self.neverIdle)
            let reader = try DatabaseQueue(path: path, configuration: Self.longReader)
            var lengths: [Int64] = []
            func accept(_ name: String) async throws {
                _ = try await store.accept(webhook([header(name)], body: String(repeating: " ", count: 10_000)))
                // What is done about the log is done before this.
                try await store.probe()
                lengths.append(await store.tend().logBytes)
            }
            try await accept("before")
            try await reader.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN")
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM inbox")
            }
            while lengths.last ?? 0 <= 64 << 10 { try await accept("held\(lengths.count)") }
            try await reader.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }

            for number in 0..<30 { try await accept("free\(number)") }
            #expect(lengths == lengths.sorted(), "the file is not cut and made again")
            #expect(lengths.last ?? 0 < 160 << 10)
            try await store.close()
        }
    }

    /// What is removed is nowhere any more, also not in the log (T38).
    @Test func whatWasRemovedIsNotInTheLog() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path, space: Self.neverIdle)
            _ = try await store.accept(webhook([header("old")], body: "something personal"))
            let entry = try #require(try await store.undecided(limit: 1).first)
            try await store.commit([
                Evaluation(inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: nil, at: at(0))
            ])
            func holders() throws -> [String] {
                try ["", "-wal"].filter { suffix in
                    try Data(contentsOf: URL(fileURLWithPath: path + suffix)).range(of: Data("something personal".utf8)) != nil
                }
            }
            #expect(try holders() == ["-wal"])
            _ = try await store.prune(Retention(captures: at(1_000)), from: nil, limit: 100)
            // Behind it.
            try await store.probe()
            #expect(try holders() == [])
            try await store.close()
        }
    }

    /// A log whose end is damaged or cut off, as a power cut leaves it: what was committed before is there.
    @Test func losesNothingButTheTornTransaction() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path)
            var ends: [Int] = []
            for number in 0..<4 {
                _ = try await store.accept(webhook([header("e\(number)")], body: String(repeating: " ", count: 6000)))
                ends.append(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count)
            }
            let database = try Data(contentsOf: URL(fileURLWithPath: path))
            let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
            try await store.close()
            // Every sector of the last transaction, and the last of the one before: cut off there, or one byte of it another.
            var checked = 0
            for sector in stride(from: ends[2] - 512, to: log.count, by: 512) {
                for isCut in [true, false] {
                    var torn = isCut ? log.prefix(sector) : log
                    if !isCut { torn[min(sector + 100, log.count - 1)] ^= 0x55 }
                    let copy = folder + "/torn.db"
                    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + suffix) }
                    try database.write(to: URL(fileURLWithPath: copy))
                    try Data(torn).write(to: URL(fileURLWithPath: copy + "-wal"))
                    let whole = ends.count { $0 <= (isCut ? sector : min(sector + 100, log.count - 1)) }
                    let found = try await DatabaseQueue(path: copy).write { db in
                        let ids = try String.fetchAll(db, sql: "SELECT event_id FROM inbox ORDER BY id")
                        return ids + [try String.fetchOne(db, sql: "PRAGMA integrity_check") ?? ""]
                    }
                    #expect(found.dropLast().starts(with: (0..<whole).map { "e\($0)" }), "at byte \(sector), cut: \(isCut)")
                    #expect(found.last == "ok", "at byte \(sector), cut: \(isCut)")
                    checked += 1
                }
            }
            #expect(checked > 20)
        }
    }
}
