import Foundation
import GRDB
import Model
import Storage
import Synchronization
import Testing

@testable import StorageSQLite

@Suite(.serialized) struct SQLiteStoreTests {
    @Test func waitsForTheDiskOnEveryCommit() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db")

            #expect(store.durability == Durability(journalMode: "wal", synchronous: 2))
            try await store.close()
        }
    }

    @Test func keepsEverythingWhenReopened() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let state = ConversationState(handler: .bot, variables: ["plan": "gold"], tags: ["vip"])
            let cooldown = CooldownKey(account: "shop", scope: .account, subject: "", rule: "greet")
            let before = try SQLiteStore.open(path: path)
            try await before.decide("e1", effects: [draft("k1", ownIDs: ["m1"]), draft("k2")])
            try await before.decide("e2", in: "c2", effects: [draft("k3", notBefore: at(500))])
            let decided = try await before.arrival("e3")
            try await before.commit([
                Evaluation(
                    inboxID: decided.id, conversation: key("c1"), basedOn: 0, state: state, cooldowns: [cooldown], at: at(4))
            ])
            let waiting = try await before.arrival("e4")
            let sending = try await before.claimOne()
            let counts = try await before.counts()
            try await before.close()

            let after = try SQLiteStore.open(path: path)
            #expect(after.durability == Durability(journalMode: "wal", synchronous: 2))
            #expect(try await after.counts() == counts)
            #expect(try await after.undecided(limit: 10) == [waiting])
            #expect(try await after.accept(webhook([header("e1"), header("e4")])).duplicates == 2)
            let stored = StoredState(
                state: DecisionState(conversation: state, cooldowns: [cooldown: at(4)]), version: 1)
            #expect(try await after.state(of: key("c1"), cooldowns: [cooldown]) == stored)
            #expect(try await after.isOwnMessage(account: "shop", ids: ["m1"]))
            #expect(try await after.claimKeys() == [])
            #expect(try await after.recover() == 1)
            let again = try await after.claimOne()
            #expect(again.id == sending.id)
            #expect(again.attempt == 2)
            #expect(again.isUncertain)
            #expect(try await after.nextEffectDue() == at(500))
            try await after.close()
        }
    }

    @Test func keepsTimersHeldEffectsAndInternalEventsWhenReopened() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            try await before.decide(
                "e1", effects: [call("k1", save: "x"), draft("k2", heldUntil: deadline(800))],
                timers: [timer(.timeout, due: 10), timer(.expiry, due: 500)])
            _ = try await before.fireAll(at: clocks(10))
            let entry = try await before.claimOne()
            let answer = HTTPAnswer(effectKey: "k1", variable: "x", value: HTTPAnswer.failure("timeout"))
            try await before.settle(entry.id, as: .done(remoteID: nil), answer: answer, at: at(20))
            let waiting = try await before.undecided(limit: 10)
            try await before.close()

            let after = try SQLiteStore.open(path: path)
            #expect(waiting.map(\.event.id) == ["timer:shop:c1:timeout:\(at(10).milliseconds)", "answer:k1"])
            #expect(try await after.undecided(limit: 10) == waiting)
            #expect(try await after.nextEffectDue(at: clocks(0)) == at(800))
            #expect(try await after.fireAll(at: clocks(499)) == TimerSweep(fired: 0, next: .milliseconds(1)))
            #expect(try await after.fireAll(at: clocks(500, jump: -9999)) == TimerSweep(fired: 1, next: nil))
            #expect(try await after.sendAll(at: clocks(799)) == [])
            #expect(try await after.sendAll(at: clocks(800, jump: -9999)) == ["k2"])
            try await after.close()
        }
    }

    /// A process that was killed leaves a log that nobody moved into the database.
    @Test func readsALogThatWasLeftBehind() async throws {
        try await withTemporaryFolder { folder in
            let running = try SQLiteStore.open(path: folder + "/bellhop.db")
            for number in 0..<50 { _ = try await running.accept(webhook([header("e\(number)")])) }
            for name in ["bellhop.db", "bellhop.db-wal"] {
                try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: folder + "/copy-" + name)
            }
            try await running.close()

            let after = try SQLiteStore.open(path: folder + "/copy-bellhop.db")
            #expect(try await after.undecided(limit: 100).map(\.event.id) == (0..<50).map { "e\($0)" })
            try await after.close()
        }
    }

    @Test func leavesOneFileAfterClose() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db")
            _ = try await store.accept(webhook([header("a")]))
            try await store.close()

            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["bellhop.db"])
        }
    }

    @Test func createsFilesForTheirOwnerOnly() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db")
            _ = try await store.accept(webhook([header("a")]))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let modes = try names.map {
                try FileManager.default.attributesOfItem(atPath: folder + "/" + $0)[.posixPermissions] as? Int
            }

            #expect(names == ["bellhop.db", "bellhop.db-shm", "bellhop.db-wal"])
            #expect(modes == [0o600, 0o600, 0o600])
            try await store.close()
        }
    }

    @Test func saysWhatIsWrongWithAPath() async throws {
        try await withTemporaryFolder { folder in
            let missing = folder + "/absent/bellhop.db"
            #expect(
                throws: StoreError.unavailable("cannot open \(missing): its folder \(folder)/absent does not exist")
            ) {
                try SQLiteStore.open(path: missing)
            }
            #expect(throws: StoreError.unavailable("cannot open \(folder): it is a folder")) {
                try SQLiteStore.open(path: folder)
            }
            let text = folder + "/notes.txt"
            try Data(String(repeating: "not a database ", count: 100).utf8).write(to: URL(fileURLWithPath: text))
            #expect(throws: StoreError.unavailable("cannot open \(text): SQLite error 26: file is not a database")) {
                try SQLiteStore.open(path: text)
            }
        }
    }

    @Test func refusesAFileOfALaterVersion() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await SQLiteStore.open(path: path).close()
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }

            let known = Migrations.versions.count
            let words = "cannot open \(path): it was written by a later Bellhop (tables of version 99, this one knows \(known))"
            #expect(throws: StoreError.unavailable(words)) { try SQLiteStore.open(path: path) }
        }
    }

    @Test(arguments: [WriteLimits(webhooks: 0), WriteLimits(bytes: 9)])
    func refusesWebhooksOverTheLimitAndNothingElse(limits: WriteLimits) async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db", limits: limits)

            await #expect(throws: StoreError.overloaded) {
                try await store.accept(webhook([header("a")], body: "ten bytes!"))
            }
            try await store.probe()
            #expect(try await store.counts().undecided == 0)
            try await store.close()
        }
    }

    @Test func makesRoomAgainAfterEveryCommit() async throws {
        try await withTemporaryFolder { folder in
            let limits = WriteLimits(webhooks: 1, bytes: 10)
            let store = try SQLiteStore.open(path: folder + "/bellhop.db", limits: limits)
            for number in 0..<20 { _ = try await store.accept(webhook([header("e\(number)")], body: "ten bytes!")) }

            #expect(try await store.counts().undecided == 20)
            try await store.close()
        }
    }

    /// R6: an event or effect that this version cannot read must not hold up the others.
    @Test func putsUnreadableRowsAside() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            try await before.decide("e1", effects: [draft("k1"), draft("k2", event: "e2")])
            _ = try await before.accept(webhook([header("a"), header("b")]))
            try await before.close()
            try await DatabaseQueue(path: path).write { db in
                try db.execute(sql: "UPDATE outbox SET effect = '{}' WHERE key = 'k1'")
                try db.execute(sql: "UPDATE inbox SET kind = 'message.sung' WHERE event_id = 'a'")
            }

            let after = try SQLiteStore.open(path: path)
            #expect(try await after.undecided(limit: 10).map(\.event.id) == ["b"])
            #expect(try await after.claimKeys() == [])
            #expect(try await after.claimKeys() == ["k2"])
            #expect(try await after.counts().dead == 2)
            let letters = try await after.deadLetters(DeadLetterFilter(), limit: 9, after: nil)
            #expect(letters.map { $0.event?.kind } == ["message.received", "message.sung"])
            #expect(letters.map { $0.effect?.key } == ["k1", nil])
            #expect(letters.first?.effect?.effect == nil)
            #expect(letters.first?.effect?.reason == .unbuildable)
            try await after.close()
        }
    }

    /// R6: a timer or an answer that this version cannot read must not hold up the others.
    @Test(arguments: [
        "UPDATE timer SET event = '{}' WHERE name = 'expiry'", "UPDATE timer SET event = 'no JSON' WHERE name = 'expiry'",
        "UPDATE timer SET kind = 'sung' WHERE name = 'expiry'",
    ])
    func putsUnreadableTimersAside(sql: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            try await before.decide("e1", timers: [timer(.timeout, due: 10), timer(.expiry, due: 10), timer(idle(1), due: 10)])
            try await before.close()
            try await DatabaseQueue(path: path).write { try $0.execute(sql: sql) }

            let after = try SQLiteStore.open(path: path)
            #expect(try await after.fireAll(at: clocks(10)) == TimerSweep(fired: 3, next: nil))
            #expect(try await after.internalEvents().map(\.kind) == [.other, .conversationIdle])
            #expect(try await after.counts().dead == 1)
            #expect(try await after.counts().undecided == 2)
            try await after.close()
        }
    }

    /// R1: a timer that cannot become an event stays a timer, and a settlement whose answer cannot be stored did not happen.
    @Test func doesAllOfATransactionOrNothing() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            let planned = [
                call("k1", save: "a"), call("k2", save: "b"), draft("k3"), draft("k4", heldUntil: deadline(9)),
            ]
            try await before.decide("e1", effects: planned, timers: [timer(.timeout, due: 10), timer(.expiry, due: 10)])
            try await before.close()
            let refusal = """
                CREATE TRIGGER refuse BEFORE INSERT ON seen
                WHEN new.event_id LIKE 'timer:%expiry%' OR new.event_id = 'answer:k2'
                BEGIN SELECT raise(ABORT, 'refused'); END
                """
            try await DatabaseQueue(path: path).write { try $0.execute(sql: refusal) }

            let store = try SQLiteStore.open(path: path)
            let refused = StoreError.unavailable("SQLite error 1811: refused")
            let answer = HTTPAnswer(effectKey: "k1", variable: "a", value: 1)
            let entry = try await store.claimOne()
            let counts = try await store.counts()
            await #expect(throws: refused) { try await store.fireAll(at: clocks(10)) }
            await #expect(throws: refused) {
                try await store.settle(entry.id, as: .dead(.refused, message: "400"), answer: answer, at: at(1))
            }
            #expect(try await store.counts() == counts)
            #expect(try await store.undecided(limit: 10) == [])
            try await store.close()

            try await DatabaseQueue(path: path).write { try $0.execute(sql: "DROP TRIGGER refuse") }
            let after = try SQLiteStore.open(path: path)
            try await after.settle(entry.id, as: .dead(.refused, message: "400"), answer: answer, at: at(1))
            #expect(try await after.fireAll(at: clocks(10)).fired == 2)
            let ids = try await after.internalEvents().map(\.id)
            let due = at(10).milliseconds
            #expect(ids == ["answer:k1", "answer:k2", "timer:shop:c1:timeout:\(due)", "timer:shop:c1:expiry:\(due)"])
            #expect(try await after.counts().dead == 4)
            try await after.close()
        }
    }

    /// R1: one write that the database refuses must not take the others of its transaction with it.
    @Test func isolatesARowThatTheDatabaseRefuses() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await SQLiteStore.open(path: path).close()
            try await DatabaseQueue(path: path).write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER refuse BEFORE INSERT ON inbox WHEN new.event_id LIKE 'bad%'
                        BEGIN SELECT raise(ABORT, 'refused'); END
                        """)
            }
            let store = try SQLiteStore.open(path: path)
            let errors = await withTaskGroup(of: StoreError?.self) { group in
                for number in 0..<100 {
                    let id = number == 50 ? "bad" : "e\(number)"
                    group.addTask {
                        do throws(StoreError) {
                            _ = try await store.accept(webhook([header(id)]))
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(errors.compactMap { $0 } == [.unavailable("SQLite error 1811: refused")])
            #expect(try await store.counts().undecided == 99)
            try await store.close()
        }
    }

    /// R1: after damage nothing is promised any more, until a restart has looked at the file.
    @Test func takesNothingMoreOfADamagedFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await SQLiteStore.open(path: path).close()
            let page = try await DatabaseQueue(path: path).read { db in
                try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'seen'")
            }
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seek(toOffset: UInt64(try #require(page) - 1) * 4096)
            try file.write(contentsOf: Data(repeating: 0xAA, count: 4096))
            try file.close()

            let failures = Mutex<[StoreError]>([])
            let store = try SQLiteStore.open(path: path, failed: { error in failures.withLock { $0.append(error) } })
            let damaged = StoreError.unavailable("SQLite error 11: database disk image is malformed")
            await #expect(throws: damaged) { try await store.accept(webhook([header("a")])) }
            #expect(failures.withLock { $0 } == [damaged])
            await #expect(throws: StoreError.closed) { try await store.probe() }
            await #expect(throws: StoreError.closed) { try await store.nextEffectDue() }
            await #expect(throws: damaged) { try await store.close() }
            await #expect(throws: StoreError.closed) { try await store.probe() }
            #expect(failures.withLock { $0 } == [damaged])
        }
    }
}
