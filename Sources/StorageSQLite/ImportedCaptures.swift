import Foundation
import GRDB
import Model
import Storage

/// The SQL of webhooks that are only captures.
enum ImportedCaptures {
    /// It came in here itself, and its body is kept. By the event's mark, which is kept as long: many webhooks may be of one
    /// time, but only one brought the event.
    static let cameInSQL = """
        SELECT 1 FROM seen JOIN inbox ON inbox.id = seen.inbox_id JOIN webhook ON webhook.id = inbox.webhook_id
        WHERE seen.event_id = ? AND webhook.has_body = 1 AND webhook.source = 0 AND webhook.received_ms = ?
            AND webhook.account = ?
        """
    static let importedSQL = """
        SELECT 1 FROM webhook WHERE import_hash = ? AND received_ms = ? AND account = ? AND body = ?
        """

    /// False when it is there already.
    static func add(_ webhook: IncomingWebhook, in db: Database) throws -> Bool {
        guard try !isKnown(webhook, in: db) else { return false }
        let addWebhook = try db.cachedStatement(
            sql: """
                INSERT INTO webhook(account, vendor, received_ms, headers, body, import_hash) VALUES (?, ?, ?, ?, ?, ?)
                """)
        try addWebhook.execute(arguments: [
            StoredText(webhook.account), webhook.vendor.rawValue, webhook.receivedAt.milliseconds,
            try HeadersJSON.encoded(webhook.headers), Data(webhook.body), hash(of: webhook),
        ])
        let id = db.lastInsertedRowID
        let addEvent = try db.cachedStatement(
            sql: """
                INSERT INTO imported_event(webhook_id, place, event_id, account, conversation, kind) VALUES (?, ?, ?, ?, ?, ?)
                """)
        for (place, event) in webhook.events.enumerated() {
            try addEvent.execute(arguments: [
                id, place, StoredText(event.id), StoredText(event.conversation.account),
                StoredText(event.conversation.conversation), event.kind.rawValue,
            ])
        }
        return true
    }

    private static func isKnown(_ webhook: IncomingWebhook, in db: Database) throws -> Bool {
        let (time, account) = (webhook.receivedAt.milliseconds, StoredText(webhook.account))
        let cameIn = try db.cachedStatement(sql: cameInSQL)
        for event in webhook.events {
            if try Int.fetchOne(cameIn, arguments: [StoredText(event.id), time, account]) != nil { return true }
        }
        let imported = try db.cachedStatement(sql: importedSQL)
        return try Int.fetchOne(imported, arguments: [hash(of: webhook), time, account, Data(webhook.body)]) != nil
    }

    static func remove(_ id: Int64, in db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM imported_event WHERE webhook_id = ?").execute(arguments: [id])
        try db.cachedStatement(sql: "DELETE FROM webhook WHERE id = ?").execute(arguments: [id])
    }

    /// FNV-1a: spreads well enough to look up by. What has the same one is compared.
    static func hash(of webhook: IncomingWebhook) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in webhook.account.utf8 { add(byte) }
        add(0)
        for byte in webhook.body { add(byte) }
        return Int64(bitPattern: hash)
    }
}
