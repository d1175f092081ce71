import Foundation
import GRDB
import Model
import Storage

/// The SQL of captured webhooks.
enum CaptureRows {
    /// In the order of captures, with whether each is asked for: bodies are read only of those.
    static let walkSQL = """
        SELECT id, received_ms,
            source = 0 AND (:account IS NULL OR account = :account)
                AND (:kind IS NULL OR EXISTS (
                    SELECT 1 FROM inbox WHERE inbox.webhook_id = webhook.id AND inbox.kind = :kind))
                AND (:rule IS NULL OR EXISTS (
                    SELECT 1 FROM inbox JOIN outbox ON outbox.event_id = inbox.event_id
                    WHERE inbox.webhook_id = webhook.id AND outbox.rule = :rule))
        FROM webhook
        WHERE has_body = 1 AND received_ms >= :since AND (received_ms, id) > (:since, :after) AND received_ms < :until
        ORDER BY received_ms, id
        """

    static func page(_ query: CaptureQuery, in db: Database) throws -> CapturePage {
        var page = CapturePage(captures: [], next: nil)
        let statement = try db.cachedStatement(sql: walkSQL)
        let cursor = try Row.fetchCursor(statement, arguments: arguments(query))
        var place: CapturePlace?
        var looks = 0
        var bytes = 0
        while let row = try cursor.next() {
            if page.captures.count >= query.limit || bytes >= CapturePage.bodyBytes || looks >= CapturePage.looks {
                page.next = place
                break
            }
            looks += 1
            place = CapturePlace(receivedAt: Instant(milliseconds: row[1]), webhookID: row[0])
            guard row[2] as Int == 1, let capture = try capture(row[0], in: db) else { continue }
            page.captures.append(capture)
            bytes += capture.body.count
        }
        return page
    }

    private static func arguments(_ query: CaptureQuery) -> StatementArguments {
        let since = query.since?.milliseconds ?? .min
        var place = (since: since, after: Int64.min)
        if let after = query.after, after.receivedAt.milliseconds >= since {
            place = (after.receivedAt.milliseconds, after.webhookID)
        }
        return [
            "since": place.since, "after": place.after, "until": query.until?.milliseconds ?? .max,
            "account": query.account.map { StoredText($0) }, "kind": query.kind?.rawValue,
            "rule": query.matchedRule.map { StoredText($0) },
        ]
    }

    static func capture(_ id: Int64, in db: Database) throws -> Capture? {
        let webhook = try db.cachedStatement(
            sql: """
                SELECT account, vendor, received_ms, headers, body FROM webhook
                WHERE id = ? AND has_body = 1 AND source = 0
                """)
        guard let row = try Row.fetchOne(webhook, arguments: [id]) else { return nil }
        let body: Data = row[4]
        return Capture(
            webhookID: id, account: StoredText(stored: row[0]).text, vendor: VendorID(rawValue: row[1]),
            receivedAt: Instant(milliseconds: row[2]), headers: try HeadersJSON.decoded(row[3]), body: [UInt8](body),
            events: try events(of: id, in: db))
    }

    private static func events(of webhookID: Int64, in db: Database) throws -> [EventHeader] {
        let statement = try db.cachedStatement(
            sql: "SELECT event_id, kind, account, conversation FROM inbox WHERE webhook_id = ? ORDER BY id")
        return try Row.fetchAll(statement, arguments: [webhookID]).compactMap { row in
            guard let kind = EventKind(rawValue: row[1]) else { return nil }
            return EventHeader(
                id: StoredText(stored: row[0]).text, kind: kind,
                conversation: ConversationKey(
                    account: StoredText(stored: row[2]).text, conversation: StoredText(stored: row[3]).text))
        }
    }
}
