import Foundation
import GRDB
import Model
import Storage
import Testing

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
                    == StoreCounts(undecided: 1, oldestUndecided: at(5), open: ["shop": 2], dead: 0))
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
