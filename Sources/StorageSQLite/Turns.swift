import GRDB
import Model
import Storage

/// The SQL of claims in which accounts take turns.
enum Turns {
    /// An account for which something may be claimed, now or later.
    private struct Lane {
        let account: StoredText
        /// How many more may be sent.
        var room: Int
        var busy: Int
        var head: Head?
    }

    private struct Head {
        let id: Int64
        let due: Int64
    }

    /// Ids of the next effects to send, in the order of the turns. Reads one row of each account beside those that it takes.
    static func next(at now: Instant, limit: Int, limits: AccountLimits, in db: Database) throws -> [Int64] {
        var lanes = try lanes(limits: limits, in: db)
        for index in lanes.indices { lanes[index].head = try head(of: lanes[index], at: now, in: db) }
        var taken: [Int64] = []
        while taken.count < limit {
            let free = lanes.indices.compactMap { index in
                lanes[index].room > 0 ? lanes[index].head.map { (index, (lanes[index].busy, $0.due, $0.id)) } : nil
            }
            guard let (index, _) = free.min(by: { $0.1 < $1.1 }), let head = lanes[index].head else { break }
            taken.append(head.id)
            lanes[index].room -= 1
            lanes[index].busy += 1
            lanes[index].head = try lanes[index].room > 0 ? self.head(of: lanes[index], at: now, in: db) : nil
        }
        return taken
    }

    /// When the first effect may go out of an account that has room.
    static func nextDue(limits: AccountLimits, in db: Database) throws -> Instant? {
        let statement = try db.cachedStatement(sql: firstSQL)
        return try lanes(limits: limits, in: db).compactMap { lane in
            try Int64.fetchOne(statement, arguments: [lane.account]).map(Instant.init(milliseconds:))
        }.min()
    }

    /// One step through the index each.
    static let accountsSQL = skippingSQL(table: "outbox", where: "due_ms IS NOT NULL")
    static let headSQL = """
        SELECT id, due_ms FROM outbox WHERE account = ? AND due_ms <= ? AND (due_ms, id) > (?, ?)
        ORDER BY due_ms, id LIMIT 1
        """
    static let firstSQL = """
        SELECT due_ms FROM outbox WHERE account = ? AND due_ms IS NOT NULL ORDER BY due_ms LIMIT 1
        """
    static let busySQL = "SELECT account, count(*) FROM outbox WHERE state = 1 GROUP BY account"

    private static func lanes(limits: AccountLimits, in db: Database) throws -> [Lane] {
        var busy: [[UInt8]: Int] = [:]
        let sending = try Row.fetchCursor(db.cachedStatement(sql: busySQL))
        while let row = try sending.next() {
            busy[Array(StoredText(stored: row[0]).text.utf8)] = row[1]
        }
        return try StoredText.fetchAll(db.cachedStatement(sql: accountsSQL)).compactMap { account in
            let busy = busy[Array(account.text.utf8)] ?? 0
            let (room, isTooLarge) = limits.limit(of: account.text).subtractingReportingOverflow(busy)
            guard !isTooLarge, room > 0 else { return nil }
            return Lane(account: account, room: room, busy: busy)
        }
    }

    private static func head(of lane: Lane, at now: Instant, in db: Database) throws -> Head? {
        let (due, id) = lane.head.map { ($0.due, $0.id) } ?? (.min, .min)
        let arguments: StatementArguments = [lane.account, now.milliseconds, due, id]
        return try Row.first(db.cachedStatement(sql: headSQL), arguments) { Head(id: $0[0], due: $0[1]) }
    }

    /// The accounts of a table that has an index beginning with them: one step through the index each.
    ///
    /// - Parameter condition: of an index that covers only part of the table.
    static func skippingSQL(table: String, where condition: String = "true") -> String {
        func first(_ bound: String) -> String {
            "(SELECT account FROM \(table) WHERE account \(bound) AND \(condition) ORDER BY account LIMIT 1)"
        }
        return """
            WITH RECURSIVE lane(account) AS (
                SELECT \(first(">= ''"))
                UNION ALL
                SELECT \(first("> lane.account")) FROM lane WHERE lane.account IS NOT NULL)
            SELECT account FROM lane WHERE account IS NOT NULL
            """
    }
}
