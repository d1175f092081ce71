import GRDB
import Model
import Storage

/// The SQL of rows that have a `Deadline`: those of this boot are found by the clock since boot, those of each other boot by the
/// wall clock. Nothing is read that is not due, however the wall clock was set.
///
/// The table needs an index on the boot and each clock: (`boot_id`, `boot_due_ms`) and (`boot_id`, the wall clock's column).
struct Deadlines: Sendable {
    /// All rows of this boot that are due, those that have waited longest first: boot, clock, limit.
    let dueSQL: String
    /// The same for another boot.
    let dueByWallSQL: String
    /// The clock at which the next row of this boot is due: boot.
    let nextSQL: String
    /// The same for another boot.
    let nextByWallSQL: String
    /// The boots in which rows were set, but for one: one step through the index each.
    let otherBootsSQL: String

    /// - Parameters:
    ///   - columns: of the rows that are read.
    ///   - wall: the column of the wall clock.
    ///   - condition: of an index that covers only part of the table, beginning with `AND`.
    ///   - order: of rows that are due at the same time.
    init(table: String, columns: String, wall: String, condition: String = "", order: String) {
        func due(by clock: String) -> String {
            """
            SELECT \(columns) FROM \(table) WHERE boot_id = ? AND \(clock) <= ? \(condition)
            ORDER BY \(clock), \(order) LIMIT ?
            """
        }
        func next(by clock: String) -> String {
            "SELECT \(clock) FROM \(table) WHERE boot_id = ? \(condition) ORDER BY \(clock) LIMIT 1"
        }
        dueSQL = due(by: "boot_due_ms")
        dueByWallSQL = due(by: wall)
        nextSQL = next(by: "boot_due_ms")
        nextByWallSQL = next(by: wall)
        func firstBoot(where bound: String) -> String {
            "(SELECT boot_id FROM \(table) WHERE boot_id \(bound) \(condition) ORDER BY boot_id LIMIT 1)"
        }
        otherBootsSQL = """
            WITH RECURSIVE boot(id) AS (
                SELECT \(firstBoot(where: ">= ''"))
                UNION ALL
                SELECT \(firstBoot(where: "> boot.id")) FROM boot WHERE id IS NOT NULL)
            SELECT id FROM boot WHERE id IS NOT NULL AND id <> ?
            """
    }

    /// Up to `limit` rows of this boot that are due.
    func due(at now: ClockReading, limit: Int, in db: Database) throws -> [Row] {
        guard limit > 0 else { return [] }
        let arguments: StatementArguments = [StoredText(now.bootID), now.sinceBoot, limit]
        return try Row.fetchAll(db.cachedStatement(sql: dueSQL), arguments: arguments)
    }

    /// Up to `limit` rows of each other boot that are due.
    func dueOfOtherBoots(at now: ClockReading, limit: Int, in db: Database) throws -> [Row] {
        guard limit > 0 else { return [] }
        let statement = try db.cachedStatement(sql: dueByWallSQL)
        return try otherBoots(than: now, in: db).flatMap { boot in
            try Row.fetchAll(statement, arguments: [boot, now.wall.milliseconds, limit])
        }
    }

    /// How long until the next row is due, of any boot; less than zero when one is overdue.
    func next(at now: ClockReading, in db: Database) throws -> Duration? {
        let ofThisBoot = try Int64.fetchOne(db.cachedStatement(sql: nextSQL), arguments: [StoredText(now.bootID)])
            .map { Instant(milliseconds: $0).since(Instant(milliseconds: now.sinceBoot)) }
        let statement = try db.cachedStatement(sql: nextByWallSQL)
        let ofOtherBoots = try otherBoots(than: now, in: db).compactMap { boot in
            try Int64.fetchOne(statement, arguments: [boot]).map { Instant(milliseconds: $0).since(now.wall) }
        }
        return ([ofThisBoot].compactMap(\.self) + ofOtherBoots).min()
    }

    private func otherBoots(than now: ClockReading, in db: Database) throws -> [String] {
        try String.fetchAll(db.cachedStatement(sql: otherBootsSQL), arguments: [StoredText(now.bootID)])
    }
}
