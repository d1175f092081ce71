import Foundation
import GRDB
import Model
import Storage

/// The SQL of what is read of effects and events afterwards.
enum LedgerRows {
    static let entrySQL = """
        SELECT outbox.id, outbox.key, outbox.account, outbox.conversation, outbox.event_id, outbox.rule, outbox.effect,
            outbox.origin, outbox.state, outbox.ending, outbox.held, outbox.attempt, outbox.attempts_before, outbox.uncertain,
            outbox.reason, outbox.message, outbox.created_ms, outbox.not_before_ms, outbox.settled_ms, outbox.request,
            outbox.remote_id, outbox.cancelled_by, \(eventColumns)
        FROM outbox
        LEFT JOIN inbox ON inbox.id = outbox.inbox_id
        LEFT JOIN webhook ON webhook.id = inbox.webhook_id
        """
    private static let firstEventColumn = 22

    private static let eventColumns = """
        inbox.id, inbox.event_id, inbox.kind, inbox.account, inbox.conversation, inbox.status, inbox.discarded, inbox.error,
            webhook.id, webhook.account, webhook.vendor, webhook.received_ms, webhook.source, inbox.reason
        """

    static let ofEventSQL = entrySQL + " WHERE outbox.event_id = ? ORDER BY outbox.id DESC LIMIT ?"
    static let ofConversationSQL =
        entrySQL + " WHERE outbox.account = ? AND outbox.conversation = ? ORDER BY outbox.id DESC LIMIT ?"
    static let oneSQL = entrySQL + " WHERE outbox.id = ?"
    static let ofMessageSQL = "SELECT outbox_id FROM echo WHERE account = ? AND message_id = ?"
    static let accountsSQL = Turns.skippingSQL(table: "outbox")
    static let messageAccountsSQL = Turns.skippingSQL(table: "echo")

    static func entries(for query: LedgerQuery, limit: Int, in db: Database) throws -> [LedgerEntry] {
        guard limit > 0 else { return [] }
        switch query {
        case .event(let id): return try entries(ofEventSQL, [StoredText(id), limit], in: db)
        case .message(let id, let account):
            let statement = try db.cachedStatement(sql: ofMessageSQL)
            var ids: Set<Int64> = []
            for account in try accounts(account, messageAccountsSQL, in: db) {
                if let id = try Int64?.fetchOne(statement, arguments: [account, StoredText(id)]) ?? nil { ids.insert(id) }
            }
            return try ids.sorted(by: >).prefix(limit).compactMap { try entry($0, in: db) }
        case .conversation(let id, let account):
            let found = try accounts(account, accountsSQL, in: db).flatMap { account in
                try entries(ofConversationSQL, [account, StoredText(id), limit], in: db)
            }
            return Array(found.sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    private static func accounts(_ account: String?, _ sql: String, in db: Database) throws -> [StoredText] {
        if let account { return [StoredText(account)] }
        return try StoredText.fetchAll(db.cachedStatement(sql: sql))
    }

    static func entry(_ id: Int64, in db: Database) throws -> LedgerEntry? {
        try entries(oneSQL, [id], in: db).first
    }

    /// - Parameter sql: `entrySQL` with its conditions.
    static func entries(_ sql: String, _ arguments: StatementArguments, in db: Database) throws -> [LedgerEntry] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map { try entry($0, in: db) }
    }

    private static func entry(_ row: Row, in db: Database) throws -> LedgerEntry {
        let (state, isUncertain) = state(row)
        return LedgerEntry(
            id: row[0], key: text(row[1]), conversation: ConversationKey(account: text(row[2]), conversation: text(row[3])),
            eventID: text(row[4]), rule: text(row[5]), effect: decoded(Effect.self, row[6]),
            origin: decoded(EffectOrigin.self, row[7]), state: state, isUncertain: isUncertain, reason: reason(row),
            message: (row[15] as String?).map(text), createdAt: Instant(milliseconds: row[16]),
            notBefore: Instant(milliseconds: row[17]),
            settledAt: (row[18] as Int64?).map(Instant.init(milliseconds:)), attemptCount: row[11],
            attempts: try attempts(of: row[0], in: db), request: (row[19] as String?).map(text),
            remoteID: (row[20] as String?).map(text), cancelledBy: row[21], event: event(row, from: firstEventColumn))
    }

    private static func text(_ stored: String) -> String { StoredText(stored: stored).text }

    private static func reason(_ row: Row) -> FailureReason? { (row[14] as String?).flatMap(FailureReason.init) }

    private static func state(_ row: Row) -> (LedgerState, isUncertain: Bool) {
        let state: LedgerState =
            switch row[8] as Int {
            case 1: .sending
            case 4: LedgerState(ending: row[9])
            case 5: reason(row) == .cancelled ? .cancelled : .dead
            default: row[10] == 1 ? .held : row[11] as Int > row[12] ? .retrying : .pending
            }
        let hasEnded = row[8] as Int >= 4
        let isUncertain = row[13] == 1 || (hasEnded && reason(row) == .uncertain)
        return (state, state != .done && isUncertain)
    }

    /// Nil for what this version cannot read.
    private static func decoded<Value: Decodable>(_ type: Value.Type, _ json: String?) -> Value? {
        guard let json else { return nil }
        do {
            return try StateJSON.decoded(type, json)
        } catch {
            return nil
        }
    }

    static let attemptsSQL = """
        SELECT number, at_ms, outcome, status, answer, duration_ms FROM attempt WHERE outbox_id = ? ORDER BY number
        """

    private static func attempts(of id: Int64, in db: Database) throws -> [AttemptRecord] {
        try Row.fetchAll(db.cachedStatement(sql: attemptsSQL), arguments: [id]).map { row in
            AttemptRecord(
                number: row[0], at: Instant(milliseconds: row[1]), outcome: AttemptOutcome(rawValue: row[2]) ?? .uncertain,
                status: row[3], answer: (row[4] as String?).map(text), durationMilliseconds: row[5])
        }
    }
}

// Events.
extension LedgerRows {
    private static let eventSQL = """
        SELECT \(eventColumns) FROM inbox JOIN webhook ON webhook.id = inbox.webhook_id
        """
    static let oneEventSQL = eventSQL + " WHERE inbox.id = ?"
    static let deadEventsSQL =
        eventSQL + """
             WHERE inbox.status = 2 AND (inbox.decided_ms, inbox.id) < (:died, :event)
                AND (:account IS NULL OR inbox.account = :account)
                AND (:conversation IS NULL OR inbox.conversation = :conversation)
                AND (:reason IS NULL OR inbox.reason = :reason)
            ORDER BY inbox.decided_ms DESC, inbox.id DESC LIMIT :limit
            """

    /// By its mark; one whose mark is forgotten by what it did.
    static func event(_ id: String, in db: Database) throws -> LedgerEvent? {
        let marked = try db.cachedStatement(sql: "SELECT inbox_id FROM seen WHERE event_id = ?")
        if let inboxID = try Int64.fetchOne(marked, arguments: [StoredText(id)]),
            let event = try event(inboxID, in: db)
        {
            return event
        }
        return try entries(for: .event(id), limit: 1, in: db).first?.event
    }

    static func event(_ inboxID: Int64, in db: Database) throws -> LedgerEvent? {
        try Row.fetchOne(db.cachedStatement(sql: oneEventSQL), arguments: [inboxID]).flatMap { event($0, from: 0) }
    }

    /// Nil when the row has no event.
    static func event(_ row: Row, from first: Int) -> LedgerEvent? {
        guard let inboxID: Int64 = row[first], let webhookID: Int64 = row[first + 8] else { return nil }
        let state: LedgerEvent.State =
            switch row[first + 5] as Int {
            case 0: .undecided
            case 1: row[first + 6] == 1 ? .discarded : .decided
            default: .dead
            }
        return LedgerEvent(
            inboxID: inboxID, id: text(row[first + 1]), kind: row[first + 2],
            conversation: ConversationKey(account: text(row[first + 3]), conversation: text(row[first + 4])),
            webhookID: webhookID, account: text(row[first + 9]), vendor: row[first + 10],
            receivedAt: Instant(milliseconds: row[first + 11]), isInternal: row[first + 12] == 1, state: state,
            error: (row[first + 7] as String?).map(text),
            reason: (row[first + 13] as String?).flatMap(EventFailure.init))
    }
}
