import GRDB
import Model
import Storage

/// The SQL of what failed for good.
enum DeadLetterRows {
    static let effectsSQL =
        LedgerRows.entrySQL + """
             WHERE outbox.state = 5 AND outbox.cancelled_by IS NULL
                AND (outbox.settled_ms, outbox.id) < (:died, :effect)
                AND (:account IS NULL OR outbox.account = :account)
                AND (:conversation IS NULL OR outbox.conversation = :conversation)
                AND (:rule IS NULL OR outbox.rule = :rule)
                AND (:reason IS NULL OR outbox.reason = :reason)
            ORDER BY outbox.settled_ms DESC, outbox.id DESC LIMIT :limit
            """
    static let cancelledSQL =
        LedgerRows.entrySQL + " WHERE outbox.state = 5 AND outbox.cancelled_by = ? ORDER BY outbox.id"

    static func letters(
        _ filter: DeadLetterFilter, limit: Int, after place: DeadLetterPlace?, in db: Database
    ) throws -> [DeadLetter] {
        guard limit > 0 else { return [] }
        // Of those of one moment effects come before events.
        let (died, effect, event): (Int64, Int64, Int64) =
            switch place?.id {
            case nil: (.max, .max, .max)
            case .effect(let id): (place?.diedAt.milliseconds ?? .max, id, .max)
            case .event(let id): (place?.diedAt.milliseconds ?? .max, .min, id)
            }
        let shared: StatementArguments = [
            "died": died, "account": filter.account.map { StoredText($0) },
            "conversation": filter.conversation.map { StoredText($0) }, "reason": filter.reason?.rawValue, "limit": limit,
        ]
        var letters: [DeadLetter] = []
        if filter.includesEffects {
            let ofRules: StatementArguments = ["effect": effect, "rule": filter.rule.map { StoredText($0) }]
            for entry in try LedgerRows.entries(effectsSQL, shared &+ ofRules, in: db) {
                letters.append(try letter(entry, in: db))
            }
        }
        if filter.includesEvents {
            let statement = try db.cachedStatement(sql: LedgerRows.deadEventsSQL)
            let ofEvents: StatementArguments = ["event": event]
            for row in try Row.fetchAll(statement, arguments: shared &+ ofEvents) {
                if let event = LedgerRows.event(row, from: 0) { letters.append(try letter(event, in: db)) }
            }
        }
        return Array(letters.sorted { $0.place.precedes($1.place) }.prefix(limit))
    }

    static func letter(_ id: DeadLetterID, in db: Database) throws -> DeadLetter? {
        switch id {
        case .effect(let id):
            guard let root = try root(of: id, in: db) else { return nil }
            return try LedgerRows.entry(root.id, in: db).map { try letter($0, in: db) }
        case .event(let id):
            guard let event = try LedgerRows.event(id, in: db), event.state == .dead else { return nil }
            return try letter(event, in: db)
        }
    }

    private static func letter(_ entry: LedgerEntry, in db: Database) throws -> DeadLetter {
        DeadLetter(
            id: .effect(entry.id), diedAt: entry.settledAt ?? entry.createdAt, message: entry.message ?? "", effect: entry,
            cancelled: try LedgerRows.entries(cancelledSQL, [entry.id], in: db), event: entry.event)
    }

    private static func letter(_ event: LedgerEvent, in db: Database) throws -> DeadLetter {
        let statement = try db.cachedStatement(sql: "SELECT decided_ms FROM inbox WHERE id = ?")
        let died = try Int64?.fetchOne(statement, arguments: [event.inboxID]) ?? nil
        return DeadLetter(
            id: .event(event.inboxID), diedAt: Instant(milliseconds: died ?? 0), message: event.error ?? "", effect: nil,
            cancelled: [], event: event)
    }

    // MARK: Retrying and discarding

    private struct Root {
        let id: Int64
        let account: StoredText
        let conversation: StoredText
    }

    /// The dead effect with this id, or the one that cancelled that with this id.
    private static func root(of id: Int64, in db: Database) throws -> Root? {
        let statement = try db.cachedStatement(sql: rootSQL)
        return try Row.fetchOne(statement, arguments: [id]).map {
            Root(id: $0[0], account: StoredText(stored: $0[1]), conversation: StoredText(stored: $0[2]))
        }
    }

    static let rootSQL = """
        SELECT id, account, conversation FROM outbox
        WHERE id = (SELECT coalesce(cancelled_by, id) FROM outbox WHERE id = ? AND state = 5) AND state = 5
        """

    private struct BlockRow {
        let id: Int64
        let notBefore: Int64
        let deadline: Deadline?

        init(_ row: Row) {
            id = row[0]
            notBefore = row[1]
            deadline = (row[2] as String?).map {
                Deadline(
                    wall: Instant(milliseconds: row[1]), bootID: StoredText(stored: $0).text, sinceBoot: row[3] ?? 0)
            }
        }
    }

    static let deadSQL = "SELECT id, not_before_ms, boot_id, boot_due_ms FROM outbox WHERE id = ?"
    static let restSQL = """
        SELECT id, not_before_ms, boot_id, boot_due_ms FROM outbox WHERE state = 5 AND cancelled_by = ?
        """

    private static func block(of root: Root, in db: Database) throws -> [BlockRow] {
        let rows = try [deadSQL, restSQL].flatMap { sql in
            try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [root.id])
        }
        return rows.map(BlockRow.init).sorted { $0.id < $1.id }
    }

    static func retry(_ id: DeadLetterID, at now: ClockReading, in db: Database) throws -> Int {
        switch id {
        case .effect(let id):
            guard let root = try root(of: id, in: db) else { return 0 }
            return try reopen(root, at: now, in: db)
        case .event(let id):
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE inbox SET status = 0, error = NULL, reason = NULL, decided_ms = NULL, crashes = 0
                    WHERE id = ? AND status = 2
                    """)
            try statement.execute(arguments: [id])
            return db.changesCount
        }
    }

    private static func reopen(_ root: Root, at now: ClockReading, in db: Database) throws -> Int {
        var seq = try nextSeq(of: root, at: now.wall, in: db)
        var isEmpty = try !Outbox.hasLine(account: root.account, conversation: root.conversation, in: db)
        let block = try block(of: root, in: db)
        for row in block {
            let isHeld = row.deadline.map { $0.remaining(at: now) > .zero } ?? false
            let wall = now.wall.milliseconds
            let notBefore = isHeld ? row.notBefore : wall
            try db.cachedStatement(sql: reopenSQL).execute(arguments: [
                "seq": seq, "notBefore": notBefore, "due": isEmpty && !isHeld ? notBefore : nil, "now": wall,
                "held": isHeld ? 1 : 0, "id": row.id,
            ])
            seq += 1
            if !isHeld { isEmpty = false }
        }
        let statement = try db.cachedStatement(
            sql: "UPDATE conversation SET next_seq = ? WHERE account = ? AND conversation = ?")
        try statement.execute(arguments: [seq, root.account, root.conversation])
        return block.count
    }

    private static let reopenSQL = """
        UPDATE outbox SET
            state = 0, seq = :seq, not_before_ms = :notBefore, due_ms = :due, created_ms = :now, held = :held,
            boot_id = iif(:held, boot_id, NULL), boot_due_ms = iif(:held, boot_due_ms, NULL),
            attempts_before = attempt, uncertain = 0, reason = NULL, message = NULL, settled_ms = NULL, cancelled_by = NULL
        WHERE id = :id
        """

    /// The conversation's row may be gone: it is made again.
    private static func nextSeq(of root: Root, at now: Instant, in db: Database) throws -> Int64 {
        let arguments: StatementArguments = [root.account, root.conversation]
        let read = try db.cachedStatement(
            sql: "SELECT next_seq FROM conversation WHERE account = ? AND conversation = ?")
        if let seq = try Int64.fetchOne(read, arguments: arguments) { return seq }
        let add = try db.cachedStatement(
            sql: "INSERT INTO conversation(account, conversation, version, changed_ms) VALUES (?, ?, 0, ?)")
        try add.execute(arguments: [root.account, root.conversation, now.milliseconds])
        return 1
    }

    static func discard(_ id: DeadLetterID, in db: Database) throws -> Int {
        switch id {
        case .effect(let id):
            guard let root = try root(of: id, in: db) else { return 0 }
            let rows = try block(of: root, in: db)
            let statement = try db.cachedStatement(sql: "UPDATE outbox SET state = 4, ending = 1 WHERE id = ?")
            for row in rows { try statement.execute(arguments: [row.id]) }
            return rows.count
        case .event(let id):
            let statement = try db.cachedStatement(
                sql: "UPDATE inbox SET status = 1, discarded = 1 WHERE id = ? AND status = 2")
            try statement.execute(arguments: [id])
            return db.changesCount
        }
    }
}
