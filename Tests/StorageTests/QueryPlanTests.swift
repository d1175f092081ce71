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
        Query("claim", Claims.dueSQL, "SEARCH outbox USING INDEX outbox_due (due_ms<?)"),
        Query(
            "claimed row", Claims.takenSQL, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH conversation USING INDEX sqlite_autoindex_conversation_1 (account=? AND conversation=?) LEFT-JOIN"),
        Query("accounts with turns", Turns.accountsSQL, "SEARCH outbox USING COVERING INDEX outbox_turn (account>?)"),
        Query(
            "next of an account", Turns.headSQL,
            "SEARCH outbox USING COVERING INDEX outbox_turn (account=? AND due_ms>? AND due_ms<?)"),
        Query(
            "first of an account", Turns.firstSQL, "SEARCH outbox USING COVERING INDEX outbox_turn (account=? AND due_ms>?)"),
        Query("being sent by account", Turns.busySQL, "SCAN outbox USING INDEX outbox_sending"),
        Query("lost attempts", Outbox.lostAttemptsSQL, "SCAN outbox USING INDEX outbox_sending"),
        Query("recover", Outbox.recoverSQL, "SCAN outbox USING INDEX outbox_sending"),
        Query("open by account", Outbox.openCountSQL, "SCAN outbox USING INDEX outbox_open"),
        Query(
            "dead effects", Outbox.deadCountSQL, "SCAN outbox USING INDEX outbox_died",
            "SEARCH outbox USING INDEX outbox_cancelled (cancelled_by>?)"),
        Query("dead events", Inbox.deadCountSQL, "SCAN inbox USING INDEX inbox_died"),
        Query("ledger of an event", LedgerRows.ofEventSQL, "SEARCH outbox USING INDEX outbox_event (event_id=?)"),
        Query(
            "ledger of a conversation", LedgerRows.ofConversationSQL,
            "SEARCH outbox USING INDEX outbox_conversation (account=? AND conversation=?)"),
        Query("ledger of a message", LedgerRows.ofMessageSQL, "SEARCH echo USING PRIMARY KEY (account=? AND message_id=?)"),
        Query(
            "accounts of effects", LedgerRows.accountsSQL,
            "SEARCH outbox USING COVERING INDEX outbox_conversation (account>?)"),
        Query("accounts of messages", LedgerRows.messageAccountsSQL, "SEARCH echo USING PRIMARY KEY (account>?)"),
        Query("uses of rules", RuleUseRows.walkSQL, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid<?)"),
        Query("attempts", LedgerRows.attemptsSQL, "SEARCH attempt USING PRIMARY KEY (outbox_id=?)"),
        Query(
            "dead letters", DeadLetterRows.effectsSQL,
            "SEARCH outbox USING INDEX outbox_died (settled_ms<?)"),
        Query(
            "cancelled with a dead letter", DeadLetterRows.cancelledSQL,
            "SEARCH outbox USING INDEX outbox_cancelled (cancelled_by=?)"),
        Query("dead event letters", LedgerRows.deadEventsSQL, "SEARCH inbox USING INDEX inbox_died (decided_ms<?)"),
        Query(
            "captures", CaptureRows.walkSQL,
            "SEARCH webhook USING INDEX webhook_received (has_body=? AND received_ms>? AND received_ms<?)",
            "SEARCH inbox USING INDEX inbox_webhook (webhook_id=?)", "SEARCH told USING PRIMARY KEY (webhook_id=?)",
            "SEARCH outbox USING INDEX outbox_event (event_id=?)"),
        Query(
            "webhook that came in itself", ImportedCaptures.cameInSQL, "SEARCH seen USING PRIMARY KEY (event_id=?)",
            "SEARCH inbox USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH webhook USING INTEGER PRIMARY KEY (rowid=?)"),
        Query(
            "imported before", ImportedCaptures.importedSQL,
            "SEARCH webhook USING INDEX webhook_imported (received_ms=? AND import_hash=?)"),
        Query(
            "old webhooks", PruneStep.webhooksSQL,
            "SEARCH webhook USING COVERING INDEX webhook_received (has_body=? AND received_ms>? AND received_ms<?)"),
        Query("events of a webhook", PruneStep.eventsSQL, "SEARCH inbox USING INDEX inbox_webhook (webhook_id=?)"),
        Query("effects of an event", PruneStep.effectsSQL, "SEARCH outbox USING INDEX outbox_event (event_id=?)"),
        Query(
            "old marks", PruneStep.seenSQL, "SEARCH seen USING INDEX seen_at (at_ms<?)",
            "SEARCH inbox USING INTEGER PRIMARY KEY (rowid=?)"),
        Query(
            "old messages", PruneStep.ownMessagesSQL, "SEARCH echo USING INDEX echo_at (at_ms<?)",
            "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)"),
        Query("old cooldowns", PruneStep.cooldownsSQL, "SEARCH cooldown USING COVERING INDEX cooldown_at (at_ms<?)"),
        Query(
            "idle conversations", PruneStep.conversationsSQL, "SEARCH conversation USING INTEGER PRIMARY KEY (rowid>?)",
            "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)",
            "SEARCH timer USING PRIMARY KEY (account=? AND conversation=?)"),
        Query("undecided", Inbox.undecidedSQL, "SEARCH inbox USING INDEX inbox_new (id>?)"),
        Query("how many are undecided", Inbox.undecidedCountSQL, "SCAN inbox USING INDEX inbox_new"),
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
            "promote", Settlements.promoteSQL, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)"),
        Query("rest of a rule", Settlements.restSQL, "SEARCH outbox USING INDEX outbox_open (account=? AND conversation=?)"),
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
                let arguments = query.sql.matches(of: /:[a-z]+|\?[0-9]*/).map { String($0.output) }
                let count = arguments.count { $0 == "?" } + Set(arguments.filter { $0 != "?" }).count
                return try Row.fetchAll(statement, arguments: StatementArguments(Array(repeating: 1, count: count)))
                    .map { $0["detail"] as String }
            }

            for step in query.steps { #expect(plan.contains(step), "\(plan)") }
            let scans = plan.filter { $0.hasPrefix("SCAN") && !$0.hasSuffix("CONSTANT ROW") && !query.steps.contains($0) }
            #expect(scans.filter { !$0.hasPrefix("SCAN boot") && !$0.hasPrefix("SCAN lane") } == [])
            #expect(!plan.contains { $0.contains("TEMP B-TREE") })
        }
    }
}
