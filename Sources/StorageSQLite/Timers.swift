import GRDB
import Model
import Storage

/// A timer with the JSON of the event that it will be.
struct TimerRow: Sendable {
    let name: String
    let deadline: Deadline
    /// Among the timers of its conversation.
    let place: Int
    let event: InternalEventRow

    init(_ draft: TimerDraft, place: Int, of conversation: ConversationKey) throws(StoreError) {
        name = draft.timer.name
        deadline = draft.deadline
        self.place = place
        event = try InternalEventRow(InternalEvent(draft, of: conversation))
    }

    init(_ row: Row) {
        name = row[2]
        deadline = Deadline(wall: Instant(milliseconds: row[3]), bootID: StoredText(stored: row[4]).text, sinceBoot: row[5])
        place = row[6]
        event = InternalEventRow(
            id: StoredText(stored: row[8]), account: StoredText(stored: row[0]), conversation: StoredText(stored: row[1]),
            vendor: row[7], kind: row[9], json: row[10])
    }
}

/// The SQL of timers.
enum Timers {
    static let deadlines = Deadlines(
        table: "timer",
        columns: "account, conversation, name, due_ms, boot_id, boot_due_ms, place, vendor, event_id, kind, event",
        wall: "due_ms", order: "place, account, conversation, name")

    static func replace(with rows: [TimerRow], of conversation: ConversationKey, in db: Database) throws {
        let account = StoredText(conversation.account)
        let name = StoredText(conversation.conversation)
        let remove = try db.cachedStatement(sql: "DELETE FROM timer WHERE account = ? AND conversation = ?")
        try remove.execute(arguments: [account, name])
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO timer(
                    account, conversation, name, due_ms, boot_id, boot_due_ms, place, vendor, event_id, kind, event)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for row in rows {
            try add.execute(arguments: [
                account, name, row.name, row.deadline.wall.milliseconds, StoredText(row.deadline.bootID),
                row.deadline.sinceBoot, row.place, row.event.vendor, row.event.id, row.event.kind, row.event.json,
            ])
        }
    }

    /// Moves those that are due into the inbox, those that have waited longest first, and forgets them.
    static func fire(at now: ClockReading, limits: TimerLimits, in db: Database) throws -> TimerSweep {
        let remove = try db.cachedStatement(sql: "DELETE FROM timer WHERE account = ? AND conversation = ? AND name = ?")
        var fired = 0
        for timer in try due(at: now, limits: limits, in: db) {
            try remove.execute(arguments: [timer.event.account, timer.event.conversation, timer.name])
            let receivedAt = max(timer.deadline.wall, now.wall)
            if try Inbox.add(timer.event, at: receivedAt, in: db) { fired += 1 }
        }
        return TimerSweep(fired: fired, next: try deadlines.next(at: now, in: db).map { max($0, .zero) })
    }

    private static func due(at now: ClockReading, limits: TimerLimits, in db: Database) throws -> [TimerRow] {
        let ofThisBoot = try deadlines.due(at: now, limit: limits.ofThisBoot, in: db).map(TimerRow.init)
        let ofOtherBoots = try deadlines.dueOfOtherBoots(at: now, limit: limits.ofEarlierBoots, in: db).map(TimerRow.init)
        let released = ofOtherBoots.sorted { precedes($0, $1, at: now) }.prefix(max(0, limits.ofEarlierBoots))
        return (ofThisBoot + released).sorted { precedes($0, $1, at: now) }
    }

    /// Of two that have waited equally long, those of one conversation go in their order.
    private static func precedes(_ left: TimerRow, _ right: TimerRow, at now: ClockReading) -> Bool {
        let (leftRemaining, rightRemaining) = (left.deadline.remaining(at: now), right.deadline.remaining(at: now))
        guard leftRemaining == rightRemaining else { return leftRemaining < rightRemaining }
        guard left.place == right.place else { return left.place < right.place }
        return left.event.precedes(right.event)
    }
}
