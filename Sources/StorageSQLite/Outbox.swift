import GRDB
import Model
import Storage

/// The SQL of the outbox: effects in order within their conversation, and the ids of what they made. `Claims.swift` takes them
/// out, `Settlements.swift` records what became of them.
///
/// Kept true by every write: `due_ms` is not null exactly for the first effect in line of a conversation while it is not being
/// sent. In line is what is open and not held (`HeldEffects`).
enum Outbox {
    /// Where a conversation's next effect goes.
    struct Place {
        var nextSeq: Int64
        /// True when no effect of the conversation is in line; nil while nobody looked.
        var isEmpty: Bool?
    }

    /// Adds the effect at the end of its conversation, or, when it is not to be sent, only records it. One with the same key is
    /// there already when an event is decided again: then nothing is added.
    static func add(
        _ row: DraftRow, of evaluation: Evaluation, at place: inout Place, recordedAt: Instant, in db: Database
    ) throws {
        let draft = row.draft
        let account = StoredText(evaluation.conversation.account)
        let conversation = StoredText(evaluation.conversation.conversation)
        let ending = draft.ending
        let held = ending == nil ? draft.heldUntil : nil
        let isInLine = ending == nil && held == nil
        var isFirst = false
        if isInLine {
            isFirst = try place.isEmpty ?? !hasLine(account: account, conversation: conversation, in: db)
            place.isEmpty = isFirst
        }
        let statement = try db.cachedStatement(sql: addSQL)
        let notBefore = (held?.wall ?? draft.notBefore).milliseconds
        try statement.execute(arguments: [
            account, conversation, place.nextSeq, StoredText(draft.effect.key), StoredText(draft.effect.eventID),
            StoredText(draft.effect.rule), row.effect, row.origin, evaluation.inboxID, notBefore, isFirst ? notBefore : nil,
            draft.createdAt.milliseconds, held == nil ? 0 : 1, held.map { StoredText($0.bootID) }, held?.sinceBoot,
            ending == nil ? 0 : 4, ending?.storedEnding ?? 0, ending == nil ? nil : recordedAt.milliseconds,
        ])
        let isNew = db.changesCount == 1
        let id = db.lastInsertedRowID
        guard ending == nil else { return }
        if isNew {
            place.nextSeq += 1
            if isInLine { place.isEmpty = false }
        }
        guard !draft.ownIDs.isEmpty else { return }
        let maker = try isNew ? id : self.id(ofKey: draft.effect.key, in: db)
        for id in draft.ownIDs { try remember(id, of: maker, account: account, at: recordedAt, in: db) }
    }

    private static let addSQL = """
        INSERT INTO outbox(account, conversation, seq, key, event_id, rule, effect, origin, inbox_id, not_before_ms, due_ms,
            created_ms, held, boot_id, boot_due_ms, state, ending, settled_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(key) DO NOTHING
        """

    private static func id(ofKey key: String, in db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM outbox WHERE key = ?"), arguments: [StoredText(key)])
    }

    static func hasLine(account: StoredText, conversation: StoredText, in db: Database) throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: lineSQL), arguments: [account, conversation]) != nil
    }

    /// By the index of what is open: beside it stands all that was ever sent in the conversation.
    static let lineSQL = """
        SELECT 1 FROM outbox INDEXED BY outbox_open
        WHERE account = ? AND conversation = ? AND state < 4 AND held = 0 LIMIT 1
        """

    /// - Parameter limits: nil for the effects of all accounts.
    static func nextDue(at now: ClockReading, limits: AccountLimits?, in db: Database) throws -> Instant? {
        let inLine: Instant?
        if let limits {
            inLine = try Turns.nextDue(limits: limits, in: db)
        } else {
            let statement = try db.cachedStatement(
                sql: "SELECT due_ms FROM outbox WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1")
            inLine = try Int64.fetchOne(statement).map(Instant.init(milliseconds:))
        }
        let held = try HeldRows.deadlines.next(at: now, in: db).map { now.wall.adding($0) }
        return [inLine, held].compactMap(\.self).min()
    }

    /// What was being sent may have arrived: it is open again, and uncertain, as that attempt is.
    static func recover(in db: Database) throws -> Int {
        try db.execute(sql: lostAttemptsSQL)
        try db.execute(sql: recoverSQL)
        return db.changesCount
    }

    static let lostAttemptsSQL = """
        INSERT INTO attempt(outbox_id, number, at_ms, outcome)
        SELECT id, attempt, coalesce(claimed_ms, not_before_ms), 'uncertain' FROM outbox WHERE state = 1
        ON CONFLICT DO NOTHING
        """
    static let recoverSQL = "UPDATE outbox SET state = 0, uncertain = 1, due_ms = not_before_ms WHERE state = 1"

    /// What was recorded since the clock was set has its new time already: untried effects are due at once in any case, and
    /// no age reaches into the future.
    static func followWallClock(setBy change: Duration, to now: Instant, in db: Database) throws {
        try db.execute(
            sql: followSQL, arguments: ["change": change.wholeMilliseconds, "now": now.milliseconds])
    }

    static let followSQL = """
        UPDATE outbox SET
            created_ms = min(created_ms + max(:change, 0), :now),
            not_before_ms = CASE WHEN held = 1 THEN not_before_ms WHEN attempt > attempts_before THEN not_before_ms + :change
                ELSE min(not_before_ms, :now) END,
            due_ms = CASE WHEN attempt > attempts_before THEN due_ms + :change ELSE min(due_ms, :now) END
        WHERE state < 4
        """

    /// A message of ours. Of an id that is remembered already the first effect stays the maker.
    static func remember(
        _ message: String, of effect: Int64?, account: StoredText, at now: Instant, in db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO echo(account, message_id, at_ms, outbox_id) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    at_ms = max(at_ms, excluded.at_ms), outbox_id = coalesce(outbox_id, excluded.outbox_id)
                """)
        try statement.execute(arguments: [account, StoredText(message), now.milliseconds, effect])
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
        var open: [String: Int] = [:]
        var oldest: [String: Instant] = [:]
        var dead = 0
    }

    static func counts(in db: Database) throws -> Counts {
        var counts = Counts()
        let cursor = try Row.fetchCursor(db, sql: openCountSQL)
        while let row = try cursor.next() {
            let account = StoredText(stored: row[0]).text
            counts.open[account] = row[1]
            let oldest: Int64? = row[2]
            counts.oldest[account] = oldest.map(Instant.init(milliseconds:))
        }
        counts.dead = try Int.fetchOne(db, sql: deadCountSQL) ?? 0
        return counts
    }

    static let openCountSQL = """
        SELECT account, count(*), min(CASE WHEN held = 0 THEN created_ms END)
        FROM outbox WHERE state < 4 GROUP BY account
        """
    static let deadCountSQL = """
        SELECT (SELECT count(*) FROM outbox WHERE state = 5 AND cancelled_by IS NULL)
            + (SELECT count(*) FROM outbox WHERE state = 5 AND cancelled_by IS NOT NULL)
        """
}
