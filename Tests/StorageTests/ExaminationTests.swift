import GRDB
import Model
import Storage
import StorageSQLite
import Testing

/// R17: everything that was accepted is somewhere.
@Suite(.serialized) struct ExaminationTests {
    @Test(arguments: StoreKind.allCases)
    func accountsForEveryEvent(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 1...3 { try await store.decide("done\(number)", in: "c\(number)", effects: [draft("k\(number)")]) }
            _ = try await store.sendAll(at: clocks(0))
            try await store.buryEvent("dead", at: at(0))
            try await store.buryEvent("discarded", at: at(0))
            let letters = try await store.deadLetters(DeadLetterFilter(), limit: 9, after: nil)
            for letter in letters where letter.event?.id == "discarded" {
                #expect(try await store.discardDeadLetter(letter.id) == 1)
            }
            _ = try await store.accept(webhook([header("open1"), header("open2")]))
            _ = try await store.accept(webhook([header("open1")]))
            var wanted = StoreExamination.EventTally()
            (wanted.accepted, wanted.done, wanted.open, wanted.dead, wanted.ignored) = (7, 3, 2, 1, 1)
            let found = try await store.examination(isThorough: true)
            #expect(found.events == wanted)
            #expect(found.events.isBalanced)
            #expect(found.damage == [] && found.brokenReferences == 0 && found.stuckLines == 0 && found.unmarkedEvents == 0)

            // What retention removed was there.
            let late = Retention(captures: at(9), rows: at(9), deadLetters: at(9), marks: at(9))
            let removed = try await store.pruneRound(late, step: 2)
            #expect(removed.events == 5)
            (wanted.done, wanted.dead, wanted.ignored, wanted.removed) = (0, 0, 0, 5)
            #expect(try await store.examination(isThorough: false).events == wanted)
        }
    }

    /// A file of before the count was kept begins with what is gone.
    @Test func countsWhatAnEarlierBellhopRemoved() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path)
            for number in 1...4 { try await store.decide("e\(number)", in: "c\(number)") }
            try await store.close()
            try await change(path, "DELETE FROM inbox WHERE id = 2", "DELETE FROM meta WHERE key = 'events_removed'")
            let again = try SQLiteStore.open(path: path)
            #expect(try await again.examination(isThorough: false).events.isBalanced)
            try await again.close()
        }
    }

    private struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let isFound: @Sendable (StoreExamination) -> Bool
    }

    /// Each fault that somebody else may do to the file is found, by what looks for it.
    @Test(arguments: [
        Fault(testDescription: "an event is gone", sql: "DELETE FROM inbox WHERE event_id = 'waits'") {
            $0.events.accepted - $0.events.accountedFor == 1
        },
        Fault(
            testDescription: "an event from nowhere",
            sql: """
                INSERT INTO inbox(id, webhook_id, event_id, account, conversation, kind, status)
                SELECT 100, webhook_id, 'x', account, conversation, kind, 1 FROM inbox LIMIT 1;
                UPDATE sqlite_sequence SET seq = 2 WHERE name = 'inbox'
                """
        ) { $0.events.accepted - $0.events.accountedFor == -1 },
        Fault(testDescription: "a webhook is gone", sql: "DELETE FROM webhook WHERE id = 1") { $0.brokenReferences > 0 },
        Fault(testDescription: "no effect is due", sql: "UPDATE outbox SET due_ms = NULL") { $0.stuckLines == 1 },
        Fault(testDescription: "a mark is gone", sql: "DELETE FROM seen WHERE event_id = 'waits'") { $0.unmarkedEvents == 1 },
    ])
    private func findsFaults(fault: Fault) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path)
            try await store.decide("e1", effects: [draft("k1"), draft("k2")])
            _ = try await store.accept(webhook([header("waits")]))
            let whole = try await store.examination(isThorough: true)
            #expect(whole.events.isBalanced && !fault.isFound(whole))
            try await store.close()
            try await change(path, fault.sql)
            guard case .examined(let found, _) = try SQLiteStore.look(at: path, isThorough: true) else {
                Issue.record("not examined")
                return
            }
            #expect(fault.isFound(found), "\(found)")
        }
    }

    /// A page of the file is overwritten.
    @Test func findsDamage() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let store = try SQLiteStore.open(path: path)
            for number in 1...50 { try await store.decide("e\(number)", in: "c\(number)", effects: [draft("k\(number)")]) }
            try await store.close()
            // The index has an entry that its table has not.
            try await change(
                path, "PRAGMA writable_schema = ON",
                "UPDATE sqlite_master SET sql = replace(sql, 'status = 2', 'status = 1') WHERE name = 'inbox_died'")
            guard case .examined(let found, _) = try SQLiteStore.look(at: path, isThorough: true) else {
                Issue.record("not examined")
                return
            }
            #expect(!found.damage.isEmpty)
        }
    }

    @Test func looksAtNothingOfALaterBellhop() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await SQLiteStore.open(path: path).close()
            try await change(path, "PRAGMA user_version = 999")
            #expect(try SQLiteStore.look(at: path, isThorough: true) == .later(version: 999))
        }
    }

    @Test(arguments: [
        ("3.6.23", false), ("3.7.0", true), ("3.40.1", true), ("3.51.2", true), ("3.51.3", false), ("3.52.0", false),
        ("4.0", false), ("", false), ("unknown", false),
    ])
    func knowsWhichVersionsHaveTheFault(version: String, hasIt: Bool) {
        #expect(SQLiteLibrary.hasLogResetFault(version) == hasIt)
    }

    private func change(_ path: String, _ statements: String...) async throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA writable_schema = ON") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try await queue.writeWithoutTransaction { db in
            for sql in statements { try db.execute(sql: sql) }
        }
        try queue.close()
    }
}
