import GRDB
import Model
import Storage

/// The SQL of the outbox: effects in order within their conversation, and the ids of what they made.
///
/// Kept true by every write here: `due_ms` is not null exactly for the first effect in line of a conversation while it is not
/// being sent. In line is what is open and not held (`HeldEffects`).
enum Outbox {
    /// Where a conversation's next effect goes.
    struct Place {
        var nextSeq: Int64
        /// True when no effect of the conversation is in line; nil while nobody looked.
        var isEmpty: Bool?
    }

    /// Adds the effect at the end of its conversation. One with the same key is there already when an event is decided again:
    /// then nothing is added.
    static func add(
        _ draft: OutboxDraft, json: String, of evaluation: Evaluation, at place: inout Place, in db: Database
    ) throws {
        let account = StoredText(evaluation.conversation.account)
        let conversation = StoredText(evaluation.conversation.conversation)
        let held = draft.heldUntil
        var isFirst = false
        if held == nil {
            isFirst = try place.isEmpty ?? !hasLine(account: account, conversation: conversation, in: db)
            place.isEmpty = isFirst
        }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO outbox(account, conversation, seq, key, event_id, rule, effect, not_before_ms, due_ms, created_ms,
                    held, boot_id, boot_due_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT(key) DO NOTHING
                """)
        let notBefore = (held?.wall ?? draft.notBefore).milliseconds
        try statement.execute(arguments: [
            account, conversation, place.nextSeq, StoredText(draft.effect.key), StoredText(draft.effect.eventID),
            StoredText(draft.effect.rule), json, notBefore, isFirst ? notBefore : nil, draft.createdAt.milliseconds,
            held == nil ? 0 : 1, held.map { StoredText($0.bootID) }, held?.sinceBoot,
        ])
        if db.changesCount == 1 {
            place.nextSeq += 1
            if held == nil { place.isEmpty = false }
        }
        for id in draft.ownIDs { try remember(id, account: account, at: evaluation.at, in: db) }
    }

    private static func hasLine(account: StoredText, conversation: StoredText, in db: Database) throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: lineSQL), arguments: [account, conversation]) != nil
    }

    static let lineSQL = "SELECT 1 FROM outbox WHERE account = ? AND conversation = ? AND state < 4 AND held = 0 LIMIT 1"

    /// A claimed effect before its JSON is read.
    struct ClaimedRow: Sendable {
        let id: Int64
        let effect: String
        let attempt: Int
        let createdAt: Instant
        let isUncertain: Bool
        let state: String?

        /// Nil when the JSON cannot be read.
        var entry: OutboxEntry? {
            do {
                return OutboxEntry(
                    id: id, effect: try StateJSON.decoded(Effect.self, effect), attempt: attempt, createdAt: createdAt,
                    state: try StateJSON.decoded(state), isUncertain: isUncertain)
            } catch {
                return nil
            }
        }
    }

    static let claimSQL = """
        SELECT outbox.id, outbox.effect, outbox.attempt, outbox.created_ms, outbox.uncertain, conversation.state
        FROM outbox LEFT JOIN conversation
            ON conversation.account = outbox.account AND conversation.conversation = outbox.conversation
        WHERE outbox.due_ms <= ?
        ORDER BY outbox.due_ms, outbox.id LIMIT ?
        """

    /// Those that wait longest first. Reads the rows that it takes and no other.
    static func claim(at now: ClockReading, limit: Int, in db: Database) throws -> [ClaimedRow] {
        try HeldRows.release(at: now, in: db)
        let statement = try db.cachedStatement(sql: claimSQL)
        var claimed: [ClaimedRow] = []
        let cursor = try Row.fetchCursor(statement, arguments: [now.wall.milliseconds, limit])
        while let row = try cursor.next() {
            let attempt: Int = row[2]
            claimed.append(
                ClaimedRow(
                    id: row[0], effect: row[1], attempt: attempt + 1, createdAt: Instant(milliseconds: row[3]),
                    isUncertain: row[4] == 1, state: row[5]))
        }
        let mark = try db.cachedStatement(
            sql: "UPDATE outbox SET state = 1, attempt = attempt + 1, due_ms = NULL WHERE id = ?")
        for row in claimed { try mark.execute(arguments: [row.id]) }
        return claimed
    }

    /// Changes nothing for an effect that is not being sent: the first settlement of a claim stands.
    static func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant, in db: Database
    ) throws {
        guard let row = try sending(id, in: db) else { return }
        switch settlement {
        case .done(let remoteID):
            let answers = try answers(answer, of: row, cancelled: [])
            let statement = try db.cachedStatement(
                sql: "UPDATE outbox SET state = 4, remote_id = ?, settled_ms = ? WHERE id = ?")
            try statement.execute(arguments: [remoteID.map { StoredText($0) }, now.milliseconds, id])
            if let remoteID { try remember(remoteID, account: row.account, at: now, in: db) }
            try end(row, answers: answers, at: now, in: db)
        case .retry(let at, let reason, let isUncertain):
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE outbox SET state = 2, not_before_ms = ?1, due_ms = ?1, reason = ?2, uncertain = max(uncertain, ?3)
                    WHERE id = ?4
                    """)
            try statement.execute(arguments: [at.milliseconds, reason.rawValue, isUncertain ? 1 : 0, id])
        case .dead(let reason, let message):
            let rest = try rest(of: row, in: db)
            let answers = try answers(answer, of: row, cancelled: rest)
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE outbox SET state = 5, held = 0, due_ms = NULL, reason = ?, message = ?, settled_ms = ? WHERE id = ?
                    """)
            try statement.execute(arguments: [reason.rawValue, StoredText(message), now.milliseconds, id])
            for cancelled in rest {
                try statement.execute(arguments: [
                    FailureReason.cancelled.rawValue, "an earlier action of the rule failed", now.milliseconds, cancelled.id,
                ])
            }
            try end(row, answers: answers, at: now, in: db)
        }
    }

    private struct OpenRow {
        let id: Int64
        let account: StoredText
        let conversation: StoredText
        let eventID: StoredText
        let rule: StoredText
        let effect: String

        init(_ row: Row) {
            id = row[0]
            account = StoredText(stored: row[1])
            conversation = StoredText(stored: row[2])
            eventID = StoredText(stored: row[3])
            rule = StoredText(stored: row[4])
            effect = row[5]
        }

        var key: ConversationKey { ConversationKey(account: account.text, conversation: conversation.text) }

        func readEffect() -> Effect? {
            do {
                return try StateJSON.decoded(Effect.self, effect)
            } catch {
                return nil
            }
        }
    }

    private static func sending(_ id: Int64, in db: Database) throws -> OpenRow? {
        let statement = try db.cachedStatement(
            sql: "SELECT id, account, conversation, event_id, rule, effect FROM outbox WHERE id = ? AND state = 1")
        return try Row.fetchOne(statement, arguments: [id]).map(OpenRow.init)
    }

    /// What the same rule still wants to do about the same event, in the order in which it was decided.
    private static func rest(of row: OpenRow, in db: Database) throws -> [OpenRow] {
        let arguments: StatementArguments = [row.account, row.conversation, row.eventID, row.rule, row.id]
        return try Row.fetchAll(db.cachedStatement(sql: restSQL), arguments: arguments).map(OpenRow.init)
            .sorted { $0.id < $1.id }
    }

    static let restSQL = """
        SELECT id, account, conversation, event_id, rule, effect FROM outbox
        WHERE account = ? AND conversation = ? AND state < 4 AND event_id = ? AND rule = ? AND id <> ?
        """

    /// The answer of a call that ended, and those of calls that are cancelled with it. Made before the first write: a refusal
    /// must not leave half of it. An effect whose JSON cannot be read was never sent, and nobody can tell whether it is a call.
    private static func answers(
        _ answer: HTTPAnswer?, of row: OpenRow, cancelled: [OpenRow]
    ) throws(StoreError) -> [InternalEventRow] {
        var events: [InternalEvent] = []
        if let answer, let effect = row.readEffect() {
            events.append(InternalEvent(conversation: row.key, vendor: effect.target.vendor, cause: .answer(answer)))
        }
        for row in cancelled {
            guard let effect = row.readEffect(), let answer = HTTPAnswer.cancelled(effect) else { continue }
            events.append(InternalEvent(conversation: row.key, vendor: effect.target.vendor, cause: .answer(answer)))
        }
        var rows: [InternalEventRow] = []
        for event in events { rows.append(try InternalEventRow(event)) }
        return rows
    }

    private static func end(
        _ row: OpenRow, answers: [InternalEventRow], at now: Instant, in db: Database
    ) throws {
        try promoteNext(after: row, in: db)
        for answer in answers { _ = try Inbox.add(answer, at: now, in: db) }
    }

    private static func promoteNext(after row: OpenRow, in db: Database) throws {
        try db.cachedStatement(sql: promoteSQL).execute(arguments: [row.account, row.conversation])
    }

    static let promoteSQL = """
        UPDATE outbox SET due_ms = not_before_ms WHERE id = (
            SELECT id FROM outbox WHERE account = ? AND conversation = ? AND state < 4 AND held = 0 ORDER BY seq LIMIT 1)
        """

    static func nextDue(at now: ClockReading, in db: Database) throws -> Instant? {
        let statement = try db.cachedStatement(
            sql: "SELECT due_ms FROM outbox WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1")
        let inLine = try Int64.fetchOne(statement).map(Instant.init(milliseconds:))
        let held = try HeldRows.deadlines.next(at: now, in: db).map { now.wall.adding($0) }
        return [inLine, held].compactMap(\.self).min()
    }

    /// What was being sent may have arrived: it is open again, and uncertain.
    static func recover(in db: Database) throws -> Int {
        try db.execute(sql: "UPDATE outbox SET state = 0, uncertain = 1, due_ms = not_before_ms WHERE state = 1")
        return db.changesCount
    }

    private static func remember(_ id: String, account: StoredText, at now: Instant, in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO echo(account, message_id, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        try statement.execute(arguments: [account, StoredText(id), now.milliseconds])
    }

    static func isOwnMessage(account: String, ids: [String], in db: Database) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM echo WHERE account = ? AND message_id = ?")
        for id in ids {
            let arguments: StatementArguments = [StoredText(account), StoredText(id)]
            if try Int.fetchOne(statement, arguments: arguments) != nil { return true }
        }
        return false
    }

    struct Counts {
        var open: [String: Int]
        var dead: Int
    }

    static func counts(in db: Database) throws -> Counts {
        var open: [String: Int] = [:]
        let cursor = try Row.fetchCursor(
            db, sql: "SELECT account, count(*) FROM outbox WHERE state < 4 GROUP BY account")
        while let row = try cursor.next() { open[StoredText(stored: row[0]).text] = row[1] }
        let dead = try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox WHERE state = 5") ?? 0
        return Counts(open: open, dead: dead)
    }
}
