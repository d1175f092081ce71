import GRDB
import Model
import Storage

/// The SQL of effects with `delay:`, which wait beside the line of their conversation (`HeldEffects`).
enum HeldRows {
    static let deadlines = Deadlines(
        table: "outbox", columns: "id, boot_id, boot_due_ms, not_before_ms", wall: "not_before_ms",
        condition: "AND held = 1", order: "id")

    private struct Due {
        let id: Int64
        /// When it was to be released, on the wall clock.
        let since: Instant
    }

    /// Those whose time has come join the end of their lines. The life of each counts from the moment when it was to be
    /// released.
    static func release(at now: ClockReading, in db: Database) throws {
        let limit = HeldEffects.releasedAtOnce
        let rows =
            try deadlines.due(at: now, limit: limit, in: db) + deadlines.dueOfOtherBoots(at: now, limit: limit, in: db)
        guard !rows.isEmpty else { return }
        let due = rows.map { Due(id: $0[0], since: deadline($0).wallTime(at: now)) }
            .sorted { ($0.since, $0.id) < ($1.since, $1.id) }
            .prefix(limit)
        for effect in due.sorted(by: { $0.id < $1.id }) { try append(effect, in: db) }
    }

    private static func deadline(_ row: Row) -> Deadline {
        Deadline(
            wall: Instant(milliseconds: row[3]), bootID: StoredText(stored: row[1]).text, sinceBoot: row[2])
    }

    /// The effect gets a new place, behind all that have one.
    static let joinSQL = """
        UPDATE outbox SET
            held = 0, boot_id = NULL, boot_due_ms = NULL, not_before_ms = ?1, created_ms = ?1,
            due_ms = CASE WHEN EXISTS (
                SELECT 1 FROM outbox AS line INDEXED BY outbox_open
                WHERE line.account = outbox.account AND line.conversation = outbox.conversation
                    AND line.state < 4 AND line.held = 0) THEN NULL ELSE ?1 END,
            seq = coalesce((
                SELECT next_seq FROM conversation
                WHERE conversation.account = outbox.account AND conversation.conversation = outbox.conversation), seq)
        WHERE id = ?2
        """

    private static func append(_ effect: Due, in db: Database) throws {
        try db.cachedStatement(sql: joinSQL).execute(arguments: [effect.since.milliseconds, effect.id])
        let count = try db.cachedStatement(
            sql: """
                UPDATE conversation SET next_seq = next_seq + 1
                WHERE (account, conversation) = (SELECT account, conversation FROM outbox WHERE id = ?)
                """)
        try count.execute(arguments: [effect.id])
    }
}
