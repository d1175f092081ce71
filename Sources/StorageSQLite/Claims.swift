import GRDB
import Model
import Storage

/// The SQL that takes effects out of the outbox to be sent.
enum Claims {
    /// A claimed effect before its JSON is read.
    struct ClaimedRow: Sendable {
        let id: Int64
        let effect: String
        let attempt: Int
        let attemptsBefore: Int
        let createdAt: Instant
        let isUncertain: Bool
        let state: String?

        /// As it is before it is claimed.
        fileprivate init(_ row: Row) {
            id = row[0]
            effect = row[1]
            attempt = row[2] + 1
            attemptsBefore = row[3]
            createdAt = Instant(milliseconds: row[4])
            isUncertain = row[5] == 1
            state = row[6]
        }

        /// Nil when the JSON cannot be read.
        func entry(_ written: RecentWrites) -> OutboxEntry? {
            do {
                return OutboxEntry(
                    id: id, effect: try written.effect(effect), attempt: attempt, attemptOfLife: attempt - attemptsBefore,
                    createdAt: createdAt, state: try written.state(state), isUncertain: isUncertain)
            } catch {
                return nil
            }
        }
    }

    private static let rowSQL = """
        SELECT outbox.id, outbox.effect, outbox.attempt, outbox.attempts_before, outbox.created_ms, outbox.uncertain,
            conversation.state
        FROM outbox LEFT JOIN conversation
            ON conversation.account = outbox.account AND conversation.conversation = outbox.conversation
        """
    static let dueSQL = rowSQL + " WHERE outbox.due_ms <= ? ORDER BY outbox.due_ms, outbox.id LIMIT ?"
    static let takenSQL = rowSQL + " WHERE outbox.id = ?"

    /// Those that wait longest first or, with limits, in turns. Reads the rows that it takes and no other.
    static func claim(
        at now: ClockReading, limit: Int, limits: AccountLimits?, in db: Database
    ) throws -> [ClaimedRow] {
        try HeldRows.release(at: now, in: db)
        let claimed = try rows(at: now.wall, limit: limit, limits: limits, in: db)
        let mark = try db.cachedStatement(
            sql: "UPDATE outbox SET state = 1, attempt = attempt + 1, due_ms = NULL, claimed_ms = ? WHERE id = ?")
        for row in claimed { try mark.execute(arguments: [now.wall.milliseconds, row.id]) }
        return claimed
    }

    private static func rows(
        at now: Instant, limit: Int, limits: AccountLimits?, in db: Database
    ) throws -> [ClaimedRow] {
        guard let limits else {
            let due = try Row.fetchCursor(db.cachedStatement(sql: dueSQL), arguments: [now.milliseconds, limit])
            return try Array(due.map(ClaimedRow.init))
        }
        let statement = try db.cachedStatement(sql: takenSQL)
        return try Turns.next(at: now, limit: limit, limits: limits, in: db).compactMap { id in
            try Row.first(statement, [id], ClaimedRow.init)
        }
    }
}
