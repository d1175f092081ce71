import GRDB
import Model
import Storage

/// The SQL that records what became of a claimed effect.
enum Settlements {
    /// Changes nothing for an effect that is not being sent: the first settlement of a claim stands.
    static func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant, in db: Database
    ) throws {
        guard let row = try sending(id, in: db) else { return }
        // What can be refused is made before the first write: a refusal must not leave half of it.
        switch settlement {
        case .done(let remoteID):
            let answers = try answers(answer, of: row, cancelled: [])
            try add(attempt, of: row, in: db)
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE outbox SET
                        state = 4, reason = NULL, remote_id = ?, settled_ms = ?, request = coalesce(?, request)
                    WHERE id = ?
                    """)
            try statement.execute(arguments: [
                remoteID.map { StoredText($0) }, now.milliseconds, attempt?.request.map { StoredText($0) }, id,
            ])
            if let remoteID { try Outbox.remember(remoteID, of: id, account: row.account, at: now, in: db) }
            try end(row, answers: answers, at: now, in: db)
        case .retry(let at, let reason, let isUncertain):
            try keep(attempt, of: row, in: db)
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE outbox SET state = 2, not_before_ms = ?1, due_ms = ?1, reason = ?2, uncertain = max(uncertain, ?3)
                    WHERE id = ?4
                    """)
            try statement.execute(arguments: [at.milliseconds, reason.rawValue, isUncertain ? 1 : 0, id])
        case .dead(let reason, let message):
            let rest = try rest(of: row, in: db)
            let answers = try answers(answer, of: row, cancelled: rest)
            try keep(attempt, of: row, in: db)
            try bury(id, reason, message, cancelledBy: nil, at: now, in: db)
            for cancelled in rest {
                try bury(cancelled.id, .cancelled, DeadLetter.cancelledMessage, cancelledBy: id, at: now, in: db)
            }
            try end(row, answers: answers, at: now, in: db)
        }
    }

    /// A held one keeps until when it was held: somebody may retry it before.
    private static func bury(
        _ id: Int64, _ reason: FailureReason, _ message: String, cancelledBy cause: Int64?, at now: Instant, in db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE outbox SET
                    state = 5, held = 0, due_ms = NULL, reason = ?, message = ?, settled_ms = ?, cancelled_by = ?
                WHERE id = ?
                """)
        try statement.execute(arguments: [reason.rawValue, StoredText(message), now.milliseconds, cause, id])
    }

    private static func keep(_ attempt: AttemptReport?, of row: OpenRow, in db: Database) throws {
        try add(attempt, of: row, in: db)
        guard let request = attempt?.request else { return }
        let keep = try db.cachedStatement(sql: "UPDATE outbox SET request = ? WHERE id = ?")
        try keep.execute(arguments: [StoredText(request), row.id])
    }

    /// All of it but the request.
    private static func add(_ attempt: AttemptReport?, of row: OpenRow, in db: Database) throws {
        guard let attempt else { return }
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO attempt(outbox_id, number, at_ms, outcome, status, answer, duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        try add.execute(arguments: [
            row.id, row.attempt, attempt.at.milliseconds, attempt.outcome.rawValue, attempt.status,
            attempt.answer.map { StoredText($0) }, attempt.durationMilliseconds,
        ])
    }

    private struct OpenRow {
        let id: Int64
        let account: StoredText
        let conversation: StoredText
        let eventID: StoredText
        let rule: StoredText
        let effect: String
        let attempt: Int

        init(_ row: Row) {
            id = row[0]
            account = StoredText(stored: row[1])
            conversation = StoredText(stored: row[2])
            eventID = StoredText(stored: row[3])
            rule = StoredText(stored: row[4])
            effect = row[5]
            attempt = row[6]
        }

        static let columns = "id, account, conversation, event_id, rule, effect, attempt"

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
            sql: "SELECT \(OpenRow.columns) FROM outbox WHERE id = ? AND state = 1")
        return try Row.first(statement, [id], OpenRow.init)
    }

    /// What the same rule still wants to do about the same event, in the order in which it was decided.
    private static func rest(of row: OpenRow, in db: Database) throws -> [OpenRow] {
        let arguments: StatementArguments = [row.account, row.conversation, row.eventID, row.rule, row.id]
        return try Row.fetchAll(db.cachedStatement(sql: restSQL), arguments: arguments).map(OpenRow.init)
            .sorted { $0.id < $1.id }
    }

    static let restSQL = """
        SELECT \(OpenRow.columns) FROM outbox INDEXED BY outbox_open
        WHERE account = ? AND conversation = ? AND state < 4 AND event_id = ? AND rule = ? AND id <> ?
        """

    /// The answer of a call that ended, and those of calls that are cancelled with it. An effect whose JSON cannot be read was
    /// never sent, and nobody can tell whether it is a call.
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
        try db.cachedStatement(sql: promoteSQL).execute(arguments: [row.account, row.conversation])
        for answer in answers { _ = try Inbox.add(answer, at: now, in: db) }
    }

    /// The next in line may be claimed.
    static let promoteSQL = """
        UPDATE outbox SET due_ms = not_before_ms WHERE id = (
            SELECT id FROM outbox INDEXED BY outbox_open
            WHERE account = ? AND conversation = ? AND state < 4 AND held = 0 ORDER BY seq LIMIT 1)
        """
}
