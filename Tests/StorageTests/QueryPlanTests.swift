import Foundation
import GRDB
import Testing

@testable import StorageSQLite

@Suite struct QueryPlanTests {
    private struct Query: CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let steps: [String]

        init(_ name: String, _ sql: String, _ steps: String...) {
            testDescription = name
            self.sql = sql
            self.steps = steps
        }
    }

    /// R13: what is read often must not walk over what is done, over all that is open or over what is not due, and must not
    /// sort.
    @Test(arguments: [
        Query("claim", Outbox.claimSQL, "SEARCH outbox USING INDEX outbox_due (due_ms<?)"),
        Query("undecided", Inbox.undecidedSQL, "SCAN inbox USING INDEX inbox_new"),
        Query(
            "timers of this boot", Timers.deadlines.dueSQL,
            "SEARCH timer USING INDEX timer_boot (boot_id=? AND boot_due_ms<?)"),
        Query(
            "timers of another boot", Timers.deadlines.dueByWallSQL,
            "SEARCH timer USING INDEX timer_wall (boot_id=? AND due_ms<?)"),
        Query(
            "next timer of this boot", Timers.deadlines.nextSQL, "SEARCH timer USING COVERING INDEX timer_boot (boot_id=?)"),
        Query(
            "next timer of another boot", Timers.deadlines.nextByWallSQL,
            "SEARCH timer USING COVERING INDEX timer_wall (boot_id=?)"),
        Query(
            "boots of timers", Timers.deadlines.otherBootsSQL, "SEARCH timer USING COVERING INDEX timer_wall (boot_id>?)"),
        Query(
            "held of this boot", HeldRows.deadlines.dueSQL,
            "SEARCH outbox USING INDEX outbox_held_boot (boot_id=? AND boot_due_ms<?)"),
        Query(
            "held of another boot", HeldRows.deadlines.dueByWallSQL,
            "SEARCH outbox USING INDEX outbox_held_wall (boot_id=? AND not_before_ms<?)"),
        Query(
            "next held of this boot", HeldRows.deadlines.nextSQL,
            "SEARCH outbox USING INDEX outbox_held_boot (boot_id=?)"),
        Query(
            "next held of another boot", HeldRows.deadlines.nextByWallSQL,
            "SEARCH outbox USING INDEX outbox_held_wall (boot_id=?)"),
        Query(
            "boots of held", HeldRows.deadlines.otherBootsSQL,
            "SEARCH outbox USING INDEX outbox_held_wall (boot_id>?)"),
        Query("line", Outbox.lineSQL, "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)"),
        Query(
            "promote", Outbox.promoteSQL, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)"),
        Query("rest of a rule", Outbox.restSQL, "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)"),
        Query(
            "release", HeldRows.joinSQL, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH line USING INDEX outbox_open (account=? AND conversation=?)",
            "SEARCH conversation USING INDEX sqlite_autoindex_conversation_1 (account=? AND conversation=?)"),
    ])
    private func readsByIndex(query: Query) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            try await SQLiteStore.open(path: path).close()
            let plan = try await DatabaseQueue(path: path).read { db in
                let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + query.sql)
                let count = statement.sql.contains("?1") ? 2 : statement.sql.count { $0 == "?" }
                return try Row.fetchAll(statement, arguments: StatementArguments(Array(repeating: 1, count: count)))
                    .map { $0["detail"] as String }
            }

            for step in query.steps { #expect(plan.contains(step), "\(plan)") }
            #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.contains("SCAN timer") || $0.contains("SCAN outbox") })
        }
    }
}
