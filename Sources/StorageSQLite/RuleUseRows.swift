import GRDB
import Model
import Storage

/// The SQL of what rules did lately.
enum RuleUseRows {
    /// By the primary key alone: effects are looked at in the order in which they were decided, which is nearly that of their
    /// times, so that no index has to be kept for what is asked now and then.
    static let walkSQL = """
        SELECT id, rule, event_id, created_ms, state = 4 AND ending IN (2, 3) FROM outbox WHERE id < ? ORDER BY id DESC LIMIT ?
        """

    static func page(of rule: String?, since: Instant, before: Int64?, in db: Database) throws -> RuleUsePage {
        let statement = try db.cachedStatement(sql: walkSQL)
        let rows = try Row.fetchAll(statement, arguments: [before ?? .max, RuleUsePage.looks])
        let uses = rows.map { row in
            RuleUse(
                id: row[0], rule: StoredText(stored: row[1]).text, eventID: StoredText(stored: row[2]).text,
                createdAt: Instant(milliseconds: row[3]), isHeldBack: row[4])
        }
        let recent = uses.filter { $0.createdAt >= since }
        // A whole page of older ones: nothing newer comes behind it.
        let isOver = uses.count < RuleUsePage.looks || recent.isEmpty
        return RuleUsePage(
            uses: recent.filter { use in rule.map { use.rule.utf8.elementsEqual($0.utf8) } ?? true },
            next: isOver ? nil : uses.last?.id)
    }
}
