import Foundation
import GRDB
import Model
import Storage
import Testing
import Vendors

@testable import StorageSQLite

@Suite(.serialized) struct MigrationTests {
    /// Rows as the first version wrote them: an event that waits, and a conversation with an effect that was being sent,
    /// one behind it and one that is done.
    private static let rows = """
        INSERT INTO webhook(id, account, vendor, received_ms, body) VALUES
            (1, 'shop', 'huggy', 1750000000000, X'7B7D'), (2, 'shop', 'huggy', 1750000000005, X'7B7D');
        INSERT INTO inbox(id, webhook_id, event_id, account, conversation, kind, status, decided_ms) VALUES
            (1, 1, 'e1', 'shop', 'c1', 'message.received', 1, 1750000000001),
            (2, 2, 'e2', 'shop', 'c1', 'message.received', 0, NULL);
        INSERT INTO seen(event_id, inbox_id, at_ms) VALUES ('e1', 1, 1750000000000), ('e2', 2, 1750000000005);
        INSERT INTO conversation(account, conversation, version, state, next_seq, changed_ms) VALUES
            ('shop', 'c1', 1, '{"tags":["vip"],"v":1}', 4, 1750000000001);
        INSERT INTO outbox(account, conversation, seq, key, event_id, rule, effect, state, attempt, not_before_ms, due_ms,
            created_ms, remote_id, settled_ms)
        VALUES
            ('shop', 'c1', 1, 'k1', 'e1', 'greet', json_replace(:effect, '$.key', 'k1'), 4, 1, 1750000000000, NULL,
                1750000000000, 'm1', 1750000000002),
            ('shop', 'c1', 2, 'k2', 'e1', 'greet', json_replace(:effect, '$.key', 'k2'), 1, 1, 1750000000000, NULL,
                1750000000000, NULL, NULL),
            ('shop', 'c1', 3, 'k3', 'e1', 'greet', json_replace(:effect, '$.key', 'k3'), 0, 0, 1750000000000, NULL,
                1750000000000, NULL, NULL);
        INSERT INTO echo(account, message_id, at_ms) VALUES ('shop', 'm1', 1750000000002);
        """

    /// As the first version wrote it.
    private static let effectJSON = """
        {"action":{"reply":{"_0":{"buttons":["yes","no"],"text":"Hello ‘k2’"}}},"actsBesideHuman":false,\
        "delayMilliseconds":0,"eventID":"e1","key":"k2","rule":"greet",\
        "ruleAt":{"column":5,"file":"rules/greet.yaml","line":4},"status":{"planned":{}},\
        "target":{"account":"shop","channel":"webchat","conversationID":"c1","tags":["vip"],"vendor":"huggy"}}
        """

    private func makeFirstVersion(at path: String) async throws {
        let first = try #require(Migrations.versions.first)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in
            try db.execute(sql: first)
            for sql in Self.rows.components(separatedBy: ";\n") {
                let arguments: StatementArguments = sql.contains(":effect") ? ["effect": Self.effectJSON] : [:]
                try db.execute(sql: sql, arguments: arguments)
            }
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        try queue.close()
    }

    @Test func keepsWhatTheFirstVersionWrote() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await makeFirstVersion(at: path)
            let store = try SQLiteStore.open(path: path)

            let waiting = InboxEntry(
                id: 2, account: "shop", vendor: .huggy, event: header("e2"), receivedAt: at(5), body: Array("{}".utf8))
            #expect(try await store.undecided(limit: 10) == [waiting])
            #expect(try await store.accept(webhook([header("e1"), header("e2")])).duplicates == 2)
            let state = ConversationState(tags: ["vip"])
            let stored = try await store.state(of: key("c1"), cooldowns: [])
            #expect(stored == StoredState(state: DecisionState(conversation: state), version: 1))
            #expect(
                try await store.counts()
                    == StoreCounts(
                        undecided: 1, oldestUndecided: at(5), open: ["shop": 2],
                        oldestOpen: ["shop": Instant(milliseconds: 1_750_000_000_000)], dead: 0))
            #expect(try await store.countCrash(of: [1, 2], upTo: 9) == [2: 1])
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]))
            #expect(try await store.recover() == 1)
            let entry = try await store.claimOne()
            #expect(entry.effect == effect("k2"))
            #expect(entry.isUncertain)
            try await store.close()
        }
    }

    @Test func worksOnAsANewFileDoes() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await makeFirstVersion(at: path)
            let store = try SQLiteStore.open(path: path)
            let answer = HTTPAnswer(effectKey: "k4", variable: "x", value: 1)
            try await store.commit([
                Evaluation(
                    inboxID: 2, conversation: key("c1"), basedOn: 1, state: nil,
                    effects: [draft("held", heldUntil: deadline(10)), call("k4", save: "x", event: "e2")],
                    timers: [timer(.timeout, due: 30)], at: at(6))
            ])
            _ = try await store.recover()
            #expect(try await store.claimKeys(now: at(9)) == ["k2"])
            try await store.settle(2, as: .dead(.refused, message: "400"), at: at(9))
            let call = try await store.claimOne(now: at(10))
            #expect(call.effect.key == "k4")
            try await store.settle(call.id, as: .done(remoteID: nil), answer: answer, at: at(11))

            #expect(try await store.counts().open == [:])
            #expect(try await store.counts().dead == 3)
            #expect(try await store.fireAll(at: clocks(30)).fired == 1)
            #expect(
                try await store.internalEvents() == [
                    InternalEvent(conversation: key("c1"), vendor: .huggy, cause: .answer(answer)),
                    InternalEvent(
                        conversation: key("c1"), vendor: .huggy,
                        cause: .timer(ConversationTimer(.timeout, due: at(30)))),
                ])
            try await store.close()
        }
    }

    /// Rows as the second version wrote them, in the file of the first: a dead letter with what it cancelled, one of which was
    /// held; one that cancelled nothing; a dead event, and one that could not be read.
    private static let secondRows = """
        INSERT INTO webhook(id, account, vendor, received_ms, body, source) VALUES
            (3, 'shop', 'huggy', 1750000000010, X'7B7D', 0), (4, 'shop', 'huggy', 1750000000011, X'7B7D', 0),
            (5, 'shop', 'huggy', 1750000000012, X'7B7D', 0);
        INSERT INTO inbox(id, webhook_id, event_id, account, conversation, kind, status, error, decided_ms) VALUES
            (3, 3, 'e3', 'shop', 'c3', 'message.received', 1, NULL, 1750000000010),
            (4, 4, 'e4', 'shop', 'c4', 'message.received', 2, 'no JSON', 1750000000011),
            (5, 5, 'e5', 'shop', 'c4', 'message.sung', 2, 'this version cannot read it', NULL);
        INSERT INTO seen(event_id, inbox_id, at_ms) VALUES
            ('e3', 3, 1750000000010), ('e4', 4, 1750000000011), ('e5', 5, 1750000000012);
        INSERT INTO conversation(account, conversation, version, state, next_seq, changed_ms) VALUES
            ('shop', 'c3', 1, NULL, 5, 1750000000010);
        INSERT INTO outbox(account, conversation, seq, key, event_id, rule, effect, state, attempt, not_before_ms, due_ms,
            created_ms, reason, message, settled_ms, boot_id, boot_due_ms)
        VALUES
            ('shop', 'c3', 1, 'd1', 'e3', 'greet', json_replace(:effect, '$.key', 'd1', '$.eventID', 'e3'), 5, 12,
                1750000000010, NULL, 1750000000010, 'timeout', 'gave up after 12 attempts', 1750000000020, NULL, NULL),
            ('shop', 'c3', 2, 'd2', 'e3', 'greet', json_replace(:effect, '$.key', 'd2', '$.eventID', 'e3'), 5, 0,
                1750000000010, NULL, 1750000000010, 'cancelled', 'an earlier action', 1750000000020, NULL, NULL),
            ('shop', 'c3', 3, 'd3', 'e3', 'greet', json_replace(:effect, '$.key', 'd3', '$.eventID', 'e3'), 5, 0,
                1750000001000, NULL, 1750000000010, 'cancelled', 'an earlier action', 1750000000020, 'boot 1', 78000),
            ('shop', 'c3', 4, 'd4', 'e3', 'route', json_replace(:effect, '$.key', 'd4', '$.eventID', 'e3'), 5, 1,
                1750000000010, NULL, 1750000000010, 'refused', '400', 1750000000021, NULL, NULL);
        """

    private func makeSecondVersion(at path: String) async throws {
        try await makeFirstVersion(at: path)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in
            try db.execute(sql: Migrations.versions[1])
            for sql in Self.secondRows.components(separatedBy: ";\n") {
                let arguments: StatementArguments = sql.contains(":effect") ? ["effect": Self.effectJSON] : [:]
                try db.execute(sql: sql, arguments: arguments)
            }
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        try queue.close()
    }

    @Test func tellsWhatTheSecondVersionWrote() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await makeSecondVersion(at: path)
            let store = try SQLiteStore.open(path: path)

            let sent = try #require(try await store.ledger(for: .message("m1"), limit: 9).first)
            #expect(sent.key == "k1")
            #expect(sent.status == "done")
            #expect(sent.origin == nil)
            #expect(sent.event == (try await store.event("e1")))
            #expect(sent.event?.state == .decided)
            #expect(try await store.ledger(for: .conversation("c1"), limit: 9).map(\.status) == ["pending", "sending", "done"])
            let captures = try await store.captures(CaptureQuery()).captures
            #expect(captures.map { $0.events.map(\.id) } == [["e1"], ["e2"], ["e3"], ["e4"], []])
            let letters = try await store.deadLetters(DeadLetterFilter(), limit: 9, after: nil)
            #expect(letters.map(\.id) == [.effect(7), .effect(4), .event(5), .event(4)])
            #expect(letters.map { $0.cancelled.map(\.key) } == [[], ["d2", "d3"], [], []])
            #expect(letters.map(\.diedAt) == [at(21), at(20), at(12), at(11)])
            #expect(letters[2].event?.kind == "message.sung")
            #expect(letters[2].event?.reason == nil)
            #expect(try await store.counts().dead == 6)
            #expect(try await store.recover() == 1)
            let lost = AttemptRecord(number: 1, at: at(0), outcome: .uncertain, durationMilliseconds: nil)
            #expect(try await store.effect(2)?.attempts == [lost])
            try await store.close()
        }
    }

    @Test func retriesAndPrunesWhatTheSecondVersionWrote() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await makeSecondVersion(at: path)
            let store = try SQLiteStore.open(path: path)
            #expect(try await store.retryDeadLetter(.effect(5), at: clocks(900)) == 3)
            #expect(try await store.retryDeadLetter(.event(4), at: clocks(900)) == 1)
            #expect(try await store.undecided(limit: 9).map(\.event.id) == ["e2", "e4"])
            _ = try await store.recover()
            #expect(try await store.sendAll(at: clocks(900)).sorted() == ["d1", "d2", "k2", "k3"])
            #expect(try await store.sendAll(at: clocks(1000)) == ["d3"])
            #expect(try await store.counts().dead == 2)

            let late = at(9_999_999)
            let times = Retention(
                captures: late, rows: late, deadLetters: late, marks: late, cooldowns: late, conversations: late)
            let removed = try await store.pruneRound(times)
            var wanted = PruneResult.Removed()
            (wanted.webhooks, wanted.events, wanted.effects, wanted.attempts) = (3, 3, 7, 1)
            (wanted.marks, wanted.conversations) = (4, 1)
            #expect(removed == wanted)
            try await store.close()
        }
    }

    /// SQLite makes a table for a list of more than two values, each time that a row is checked against it.
    @Test(arguments: [
        "INSERT INTO webhook(account, vendor, received_ms, headers, body) VALUES (?, ?, ?, ?, ?)",
        "INSERT INTO inbox(webhook_id, event_id, account, conversation, kind) VALUES (?, ?, ?, ?, ?)",
        "UPDATE inbox SET status = ? WHERE id = ?", "UPDATE outbox SET state = ? WHERE id = ?",
        "UPDATE outbox SET ending = ? WHERE id = ?",
    ])
    func checksMakeNoTables(_ sql: String) async throws {
        try await withTemporaryFolder { folder in
            for (name, prepare) in [("old.db", makeFirstVersion), ("new.db", { _ in })]
                as [(String, (String) async throws -> Void)]
            {
                try await prepare(folder + "/" + name)
                // By the connection that changed the tables.
                let store = try SQLiteStore.open(path: folder + "/" + name)
                let steps = try await store.commits.write { db in
                    let blanks = Array(repeating: 1, count: sql.count { $0 == "?" })
                    return try Row.fetchAll(db, sql: "EXPLAIN " + sql, arguments: StatementArguments(blanks)).map {
                        $0["opcode"] as String
                    }
                }
                #expect(steps.contains("Halt") && !steps.contains("OpenEphemeral"), "\(name): \(steps)")
                try await store.close()
            }
        }
    }

    /// Checks that were written anew hold as before.
    @Test(arguments: [
        ("UPDATE inbox SET status = 3", false), ("UPDATE inbox SET status = -1", false), ("UPDATE inbox SET status = 2", true),
        ("UPDATE outbox SET state = 3", false), ("UPDATE outbox SET state = 6", false), ("UPDATE outbox SET state = 5", true),
        ("UPDATE outbox SET ending = 5", false), ("UPDATE outbox SET ending = 4", true),
    ])
    func checksHold(_ sql: String, isTaken: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/old.db"
            try await makeFirstVersion(at: path)
            try await SQLiteStore.open(path: path).close()
            let queue = try DatabaseQueue(path: path)
            do {
                try await queue.write { try $0.execute(sql: sql) }
                #expect(isTaken)
            } catch let error as DatabaseError {
                #expect(!isTaken && error.resultCode == .SQLITE_CONSTRAINT)
            }
        }
    }

    @Test func hasTheTablesOfANewFileAfterwards() async throws {
        try await withTemporaryFolder { folder in
            let (old, new) = (folder + "/old.db", folder + "/new.db")
            try await makeFirstVersion(at: old)
            var schemas: [[String]] = []
            for path in [old, new] {
                try await SQLiteStore.open(path: path).close()
                schemas.append(
                    try await DatabaseQueue(path: path).read { db in
                        try String.fetchAll(db, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
                    })
            }

            #expect(schemas[0] == schemas[1])
            #expect(schemas[0].count > 15)
        }
    }
}
