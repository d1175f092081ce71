import Foundation
import GRDB
import Model
import Storage

/// The SQL of the inbox: webhooks, their events, and the marks of those already seen.
enum Inbox {
    /// The mark "seen", the event and its webhook are rows of one transaction: a mark of its own would lose the event if
    /// the process died between the two.
    static func accept(_ webhook: IncomingWebhook, in db: Database) throws -> AcceptResult {
        let isSeen = try db.cachedStatement(sql: "SELECT 1 FROM seen WHERE event_id = ?")
        var webhookID: Int64?
        var accepted = 0
        for event in webhook.events {
            let eventID = StoredText(event.id)
            guard try Int.fetchOne(isSeen, arguments: [eventID]) == nil else { continue }
            let parent = try webhookID ?? addWebhook(webhook, in: db)
            webhookID = parent
            try addEvent(
                eventID, of: parent, account: StoredText(event.conversation.account),
                conversation: StoredText(event.conversation.conversation), kind: event.kind.rawValue, at: webhook.receivedAt,
                in: db)
            accepted += 1
        }
        return AcceptResult(accepted: accepted, duplicates: webhook.events.count - accepted)
    }

    /// Stores an event that no vendor told. False when it was there before.
    static func add(_ event: InternalEventRow, at receivedAt: Instant, in db: Database) throws -> Bool {
        let isSeen = try db.cachedStatement(sql: "SELECT 1 FROM seen WHERE event_id = ?")
        guard try Int.fetchOne(isSeen, arguments: [event.id]) == nil else { return false }
        let addSource = try db.cachedStatement(
            sql: "INSERT INTO webhook(account, vendor, received_ms, body, source) VALUES (?, ?, ?, ?, 1)")
        try addSource.execute(arguments: [
            event.account, event.vendor, receivedAt.milliseconds, Data(event.json.utf8),
        ])
        try addEvent(
            event.id, of: db.lastInsertedRowID, account: event.account, conversation: event.conversation, kind: event.kind,
            at: receivedAt, in: db)
        return true
    }

    /// The event and its mark.
    private static func addEvent(
        _ id: StoredText, of webhookID: Int64, account: StoredText, conversation: StoredText, kind: String, at now: Instant,
        in db: Database
    ) throws {
        let addEvent = try db.cachedStatement(
            sql: "INSERT INTO inbox(webhook_id, event_id, account, conversation, kind) VALUES (?, ?, ?, ?, ?)")
        try addEvent.execute(arguments: [webhookID, id, account, conversation, kind])
        let addMark = try db.cachedStatement(sql: "INSERT INTO seen(event_id, inbox_id, at_ms) VALUES (?, ?, ?)")
        try addMark.execute(arguments: [id, db.lastInsertedRowID, now.milliseconds])
    }

    private static func addWebhook(_ webhook: IncomingWebhook, in db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO webhook(account, vendor, received_ms, headers, body) VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            StoredText(webhook.account), webhook.vendor.rawValue, webhook.receivedAt.milliseconds,
            try HeadersJSON.encoded(webhook.headers), Data(webhook.body),
        ])
        return db.lastInsertedRowID
    }

    /// A row of the inbox; its entry is nil when this Bellhop cannot read it: it names a vendor or a kind that is not known, or
    /// is an internal event of another shape.
    struct UndecidedRow: Sendable {
        let id: Int64
        let entry: InboxEntry?
    }

    static let undecidedSQL = """
        SELECT inbox.id, webhook.account, webhook.vendor, webhook.received_ms, webhook.body,
               inbox.event_id, inbox.account, inbox.conversation, inbox.kind, webhook.source, webhook.headers,
               inbox.crashes
        FROM inbox JOIN webhook ON webhook.id = inbox.webhook_id
        WHERE inbox.status = 0 AND inbox.id > ?
        ORDER BY inbox.id LIMIT ?
        """

    static func undecided(limit: Int, in db: Database) throws -> [UndecidedRow] {
        let statement = try db.cachedStatement(sql: undecidedSQL)
        var rows: [UndecidedRow] = []
        let cursor = try Row.fetchCursor(statement, arguments: [Int64.min, max(0, limit)])
        while let row = try cursor.next() {
            rows.append(UndecidedRow(id: row[0], entry: entry(row)))
        }
        return rows
    }

    /// The page, and the ids of those in it that cannot be read. Of what is passed over the body stays on the disk.
    static func page(
        after place: Int64, size: PageSize, passing: Set<ConversationKey>, in db: Database
    ) throws -> (UndecidedPage, unreadable: [Int64]) {
        var page = UndecidedPage()
        var unreadable: [Int64] = []
        let cursor = try Row.fetchCursor(db.cachedStatement(sql: undecidedSQL), arguments: [place, -1])
        page.isLast = false
        while !page.isFull(size) {
            guard let row = try cursor.next() else {
                page.isLast = true
                break
            }
            let id: Int64 = row[0]
            if !passing.isEmpty, passing.contains(conversation(row)) {
                page.add(nil, id: id)
            } else if let entry = entry(row) {
                page.add(entry, id: id)
            } else {
                page.add(nil, id: id)
                unreadable.append(id)
            }
        }
        return (page, unreadable)
    }

    private static func conversation(_ row: Row) -> ConversationKey {
        ConversationKey(account: StoredText(stored: row[6]).text, conversation: StoredText(stored: row[7]).text)
    }

    private static func entry(_ row: Row) -> InboxEntry? {
        guard let kind = EventKind(rawValue: row[8]) else { return nil }
        let vendor = VendorID(rawValue: row[2])
        let conversation = conversation(row)
        var entry = InboxEntry(
            id: row[0], account: StoredText(stored: row[1]).text, vendor: vendor,
            event: EventHeader(id: StoredText(stored: row[5]).text, kind: kind, conversation: conversation),
            receivedAt: Instant(milliseconds: row[3]), body: [], crashes: row[11])
        let body: Data = row[4]
        do {
            guard row[9] as Int == 1 else {
                entry.headers = try HeadersJSON.decoded(row[10])
                entry.body = [UInt8](body)
                return entry
            }
            entry.internalEvent = try StateJSON.decoded(InternalEvent.self, String(decoding: body, as: UTF8.self))
            return entry
        } catch {
            return nil
        }
    }

    /// Keeps what cannot be read out of the way of the events behind it.
    static func bury(_ ids: [Int64], in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE inbox SET
                    status = 2, error = 'this version cannot read it', reason = 'unreadable',
                    decided_ms = (SELECT received_ms FROM webhook WHERE webhook.id = inbox.webhook_id)
                WHERE id = ? AND status = 0
                """)
        for id in ids { try statement.execute(arguments: [id]) }
    }

    /// When the webhook of the event arrived, while the event waits to be decided; nil for any other.
    static func arrival(ofUndecided id: Int64, in db: Database) throws -> Instant? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT webhook.received_ms FROM inbox JOIN webhook ON webhook.id = inbox.webhook_id
                WHERE inbox.id = ? AND inbox.status = 0
                """)
        return try Int64.fetchOne(statement, arguments: [id]).map(Instant.init(milliseconds:))
    }

    static func end(_ id: Int64, as end: InboxEnd, at now: Instant, in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE inbox SET status = ?, error = ?, reason = ?, decided_ms = ? WHERE id = ?")
        switch end {
        case .done: try statement.execute(arguments: [1, nil, nil, now.milliseconds, id])
        case .dead(let why, let reason):
            try statement.execute(arguments: [2, StoredText(why), reason.rawValue, now.milliseconds, id])
        }
    }

    static func countCrash(of ids: [Int64], upTo most: Int, in db: Database) throws -> [Int64: Int] {
        let statement = try db.cachedStatement(
            sql: "UPDATE inbox SET crashes = max(crashes, min(crashes + 1, ?)) WHERE id = ? AND status = 0 RETURNING crashes")
        var counts: [Int64: Int] = [:]
        for id in Set(ids) {
            // RETURNING is read to its end, which is where the statement is done.
            if let count = try Int.fetchAll(statement, arguments: [most, id]).first { counts[id] = count }
        }
        return counts
    }

    struct Counts {
        var undecided: Int
        var oldestUndecided: Instant?
        var dead: Int
        var crashed: Int
    }

    static let crashedCountSQL = "SELECT count(*) FROM inbox WHERE status = 2 AND reason = 'crash'"
    static let deadCountSQL = "SELECT count(*) FROM inbox WHERE status = 2"
    static let undecidedCountSQL = "SELECT count(*) FROM inbox WHERE status = 0"

    static func undecidedCount(in db: Database) throws -> Int { try Int.fetchOne(db, sql: undecidedCountSQL) ?? 0 }

    static func counts(in db: Database) throws -> Counts {
        let undecided = try undecidedCount(in: db)
        let dead = try Int.fetchOne(db, sql: deadCountSQL) ?? 0
        let crashed = try Int.fetchOne(db, sql: crashedCountSQL) ?? 0
        let oldest = try Int64.fetchOne(
            db,
            sql: """
                SELECT webhook.received_ms FROM inbox JOIN webhook ON webhook.id = inbox.webhook_id
                WHERE inbox.status = 0 ORDER BY inbox.id LIMIT 1
                """)
        return Counts(
            undecided: undecided, oldestUndecided: oldest.map(Instant.init(milliseconds:)), dead: dead, crashed: crashed)
    }
}
