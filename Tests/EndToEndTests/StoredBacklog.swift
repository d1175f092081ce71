import Foundation
import GRDB
import TestSupport
import Testing

/// A shop whose store holds as many events to decide, effects to send and timers as a test wants, as if the daemon had been busy
/// for long.
///
/// One event is taken in by the real program; the rest is copied from its rows.
struct StoredBacklog {
    let folder: TemporaryFolder
    private var path: String { folder.path + "/bellhop.db" }

    /// Stands in the first message, and nowhere else.
    private static let id = "template000"
    private static let chat = 987_654_321

    static let rules = """
        version: 1
        rules:
          - { id: echo, when: [ { text: 'order*' } ], do: [ { note: 'got {{message.text}}' } ] }
          - { id: quiet, on: { idle: 2h }, do: [ { note: quiet } ] }

        """

    /// - Parameter api: the vendor's, which is not asked while this is made.
    init(api: String, limits: String = "limits: { inbox: 10000000 }\n") async throws {
        folder = try TemporaryFolder()
        // Nobody listens on the discard port: what is to be sent stays.
        try folder.write(Shop.configuration(api: "http://127.0.0.1:9") + limits, to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        _ = await client.post(
            Shop.message(Self.id, chat: Self.chat, text: "order"), to: "http://\(daemon.listen)/webhooks/shop")
        await Metrics.wait(client, daemon) { $0["bellhop_inbox_depth"] == 0 }
        await client.close()
        _ = try await daemon.terminate()
        try folder.write(Shop.configuration(api: api) + limits, to: "bellhop.yaml")
    }

    /// Adds so many of each; `decided` are events that are done. Conversations are a tenth of them.
    func fill(undecided: Int, open: Int, timers: Int, decided: Int = 0) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = OFF")
            try db.inTransaction {
                try addEvents(decided, status: 1, prefix: "old", in: db)
                try addEvents(undecided, status: 0, prefix: "new", in: db)
                try addEffects(open, in: db)
                try addTimers(timers, in: db)
                return .commit
            }
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
    }

    /// Pads the bodies of events that wait with white space, which JSON allows.
    func enlargeBodies(to bytes: Int) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: """
                    UPDATE webhook SET body = CAST(CAST(body AS TEXT) || printf('%*s', ?, ' ') AS BLOB)
                    WHERE id IN (SELECT webhook_id FROM inbox WHERE status = 0)
                    """, arguments: [bytes])
        }
        try queue.close()
    }

    private func addEvents(_ count: Int, status: Int, prefix: String, in db: Database) throws {
        guard count > 0 else { return }
        let chats = max(count / 10, 1)
        let name = "replace(%, '\(Self.id)', '\(prefix)' || n)"
        func named(_ column: String) -> String { name.replacingOccurrences(of: "%", with: column) }
        func moved(_ text: String) -> String { "replace(\(text), '\(Self.chat)', '5' || (n % \(chats)))" }
        let webhooks = try Int64.fetchOne(db, sql: "SELECT max(id) FROM webhook") ?? 0
        try copy(
            "webhook", count, where: "id = (SELECT webhook_id FROM inbox WHERE event_id LIKE '%\(Self.id)')",
            ["id": "\(webhooks) + n", "body": "CAST(\(moved(named("CAST(body AS TEXT)"))) AS BLOB)"], in: db)
        let events = try Int64.fetchOne(db, sql: "SELECT max(id) FROM inbox") ?? 0
        try copy(
            "inbox", count, where: "event_id LIKE '%\(Self.id)'",
            [
                "id": "\(events) + n", "webhook_id": "\(webhooks) + n", "event_id": named("event_id"),
                "conversation": "'5' || (n % \(chats))", "status": "\(status)", "decided_ms": status == 0 ? "NULL" : "decided_ms",
            ], in: db)
        try copy(
            "seen", count, where: "event_id LIKE '%\(Self.id)'",
            ["event_id": named("event_id"), "inbox_id": "\(events) + n"], in: db)
    }

    private func addEffects(_ count: Int, in db: Database) throws {
        guard count > 0 else { return }
        let chats = max(count / 10, 1)
        let effects = try Int64.fetchOne(db, sql: "SELECT max(id) FROM outbox") ?? 0
        try copy(
            "outbox", count, where: "id = (SELECT min(id) FROM outbox)",
            [
                "id": "\(effects) + n", "conversation": "'6' || (n % \(chats))", "seq": "n", "key": "key || '-' || n",
                "event_id": "event_id || '-' || n", "effect": "replace(effect, '\(Self.chat)', '6' || (n % \(chats)))",
                "due_ms": "CASE WHEN n <= \(chats) THEN not_before_ms END", "state": "0",
            ], in: db)
    }

    private func addTimers(_ count: Int, in db: Database) throws {
        guard count > 0 else { return }
        try copy(
            "timer", count, where: "conversation = '\(Self.chat)'",
            [
                "conversation": "'7' || n", "event_id": "event_id || '-' || n",
                "event": "replace(event, '\(Self.chat)', '7' || n)",
            ], in: db)
    }

    /// `n` counts from 1; columns that are not named stay as they are.
    private func copy(
        _ table: String, _ count: Int, where condition: String, _ changes: [String: String], in db: Database
    ) throws {
        let columns = try db.columns(in: table).map(\.name)
        let values = columns.map { changes[$0] ?? $0 }.joined(separator: ", ")
        try db.execute(
            sql: """
                WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
                INSERT INTO \(table)(\(columns.joined(separator: ", ")))
                SELECT \(values) FROM (SELECT * FROM \(table) WHERE \(condition) LIMIT 1) CROSS JOIN numbers
                """)
    }
}
