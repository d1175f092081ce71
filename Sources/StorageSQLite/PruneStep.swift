import GRDB
import Model
import Storage

/// One step of a round of pruning, and its SQL.
struct PruneStep {
    private let retention: Retention
    private let budget: PruneBudget
    /// When it has to end.
    private let end: Duration
    private var work = 0
    private(set) var removed = PruneResult.Removed()

    /// Rows between two looks at the clock, where they go one by one.
    private static let stride = 50

    /// Its time begins now.
    init(_ retention: Retention, _ budget: PruneBudget) {
        self.retention = retention
        self.budget = budget
        end = budget.uptime() + budget.time
    }

    /// Where the next step begins; nil when the round is over.
    mutating func run(from place: PruneCursor, in db: Database) throws -> PruneCursor? {
        var place = place
        while true {
            if let next = try run(&place, in: db) { return next }
            guard let phase = place.phase.next else { return nil }
            place = PruneCursor(phase: phase)
        }
    }

    /// What was accepted is where it is or was removed: the count of the latter goes with the rows.
    func noteRemoved(in db: Database) throws {
        guard removed.events > 0 else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO meta(key, value) VALUES ('events_removed', ?1)
                ON CONFLICT(key) DO UPDATE SET value = value + ?1
                """)
        try statement.execute(arguments: [removed.events])
    }

    /// Rows that may still be looked at or removed; none when its time is over and it has done something.
    private var room: Int { work > 0 && budget.uptime() >= end ? 0 : budget.rows - work }

    /// Nil when the phase is over.
    private mutating func run(_ place: inout PruneCursor, in db: Database) throws -> PruneCursor? {
        switch place.phase {
        case .webhooksWithBody:
            let times = [retention.captures, retention.removal].compactMap(\.self)
            guard let time = times.max() else { return nil }
            return try pruneWebhooks(withBody: true, before: time, from: place, in: db)
        case .webhooksWithoutBody:
            guard let time = retention.removal else { return nil }
            return try pruneWebhooks(withBody: false, before: time, from: place, in: db)
        case .seenMarks:
            guard let time = retention.marks else { return nil }
            return try forgetSeen(before: time, in: db) ? nil : place
        case .ownMessages:
            guard let time = retention.marks else { return nil }
            return try forgetOwnMessages(before: time, in: db) ? nil : place
        case .cooldowns:
            guard let time = retention.cooldowns else { return nil }
            return try forgetCooldowns(before: time, in: db) ? nil : place
        case .conversations:
            guard let time = retention.conversations else { return nil }
            return try forgetConversations(before: time, from: place, in: db)
        }
    }
}

// MARK: - Webhooks

extension PruneStep {
    static let webhooksSQL = """
        SELECT id, received_ms FROM webhook
        WHERE has_body = ? AND received_ms >= ? AND (received_ms, id) > (?, ?) AND received_ms < ?
        ORDER BY received_ms, id LIMIT ?
        """
    static let eventsSQL = "SELECT event_id, status, decided_ms FROM inbox WHERE webhook_id = ?"
    static let effectsSQL = "SELECT id, state, settled_ms FROM outbox WHERE event_id = ?"

    private mutating func pruneWebhooks(
        withBody: Bool, before time: Instant, from place: PruneCursor, in db: Database
    ) throws -> PruneCursor? {
        let asked = room
        guard asked > 0 else { return place }
        let received = place.receivedAt.milliseconds
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: Self.webhooksSQL),
            arguments: [withBody ? 1 : 0, received, received, place.id, time.milliseconds, asked])
        var place = place
        for row in rows {
            guard room > 0 else { return place }
            work += 1
            place.id = row[0]
            place.receivedAt = Instant(milliseconds: row[1])
            try prune(Unit(place.id, in: db), receivedAt: place.receivedAt, hasBody: withBody, in: db)
        }
        return rows.count < asked ? nil : place
    }

    /// A webhook with its events and their effects.
    private struct Unit {
        let webhookID: Int64
        /// Of one that came in at least one.
        let events: [Row]
        let effects: [Row]

        init(_ webhookID: Int64, in db: Database) throws {
            self.webhookID = webhookID
            events = try Row.fetchAll(db.cachedStatement(sql: PruneStep.eventsSQL), arguments: [webhookID])
            effects = try events.flatMap { event in
                try Row.fetchAll(db.cachedStatement(sql: PruneStep.effectsSQL), arguments: [event[0] as String])
            }
        }
    }

    private mutating func prune(_ unit: Unit, receivedAt: Instant, hasBody: Bool, in db: Database) throws {
        if unit.events.isEmpty {
            guard let time = retention.captures ?? retention.removal, receivedAt < time else { return }
            try ImportedCaptures.remove(unit.webhookID, in: db)
            removed.bodies += 1
            work += 1
        } else if let time = retention.removal, receivedAt < time, mayRemove(unit, endedBefore: time) {
            try remove(unit, in: db)
        } else if let time = retention.captures, receivedAt < time, hasBody, unit.events.allSatisfy({ $0[1] == 1 }) {
            let statement = try db.cachedStatement(
                sql: "UPDATE webhook SET body = X'', headers = NULL, has_body = 0 WHERE id = ?")
            try statement.execute(arguments: [unit.webhookID])
            removed.bodies += 1
            work += 1
        }
    }

    private func mayRemove(_ unit: Unit, endedBefore time: Instant) -> Bool {
        let areEventsOver = unit.events.allSatisfy { event in
            switch event[1] as Int {
            case 0: false
            case 1: true
            default: isBefore(event[2], retention.deadLetters)
            }
        }
        return areEventsOver
            && unit.effects.allSatisfy { effect in
                switch effect[1] as Int {
                case 4: isBefore(effect[2], time)
                case 5: isBefore(effect[2], retention.deadLetters)
                default: false
                }
            }
    }

    private func isBefore(_ milliseconds: Int64?, _ limit: Instant?) -> Bool {
        guard let milliseconds, let limit else { return false }
        return milliseconds < limit.milliseconds
    }

    private mutating func remove(_ unit: Unit, in db: Database) throws {
        var gone = PruneResult.Removed()
        for effect in unit.effects {
            let id: Int64 = effect[0]
            gone.attempts += try delete("DELETE FROM attempt WHERE outbox_id = ?", [id], in: db)
            gone.effects += try delete("DELETE FROM outbox WHERE id = ?", [id], in: db)
        }
        gone.events += try delete("DELETE FROM inbox WHERE webhook_id = ?", [unit.webhookID], in: db)
        gone.webhooks += try delete("DELETE FROM webhook WHERE id = ?", [unit.webhookID], in: db)
        work += gone.total
        removed += gone
    }

    private func delete(_ sql: String, _ arguments: StatementArguments, in db: Database) throws -> Int {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
        return db.changesCount
    }
}

// MARK: - Marks

extension PruneStep {
    static let seenSQL = """
        SELECT event_id, EXISTS (SELECT 1 FROM inbox WHERE inbox.id = seen.inbox_id AND inbox.status = 0)
        FROM seen WHERE at_ms < ? ORDER BY at_ms LIMIT ?
        """
    static let ownMessagesSQL = """
        SELECT account, message_id, EXISTS (
            SELECT 1 FROM outbox WHERE outbox.id = echo.outbox_id AND (outbox.state <> 4 OR outbox.settled_ms >= ?1))
        FROM echo WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2
        """

    /// True when that was all.
    private mutating func forgetSeen(before time: Instant, in db: Database) throws -> Bool {
        let asked = room
        guard asked > 0 else { return false }
        let rows = try Row.fetchAll(db.cachedStatement(sql: Self.seenSQL), arguments: [time.milliseconds, asked])
        for row in rows {
            guard room > 0 else { return false }
            let mark: StatementArguments = [row[0] as String]
            try forget(row[1] == 1, "seen", "event_id = ?", mark, before: time, in: db)
        }
        return rows.count < asked
    }

    /// True when that was all.
    private mutating func forgetOwnMessages(before time: Instant, in db: Database) throws -> Bool {
        let asked = room
        guard asked > 0 else { return false }
        let rows = try Row.fetchAll(db.cachedStatement(sql: Self.ownMessagesSQL), arguments: [time.milliseconds, asked])
        for row in rows {
            guard room > 0 else { return false }
            let mark: StatementArguments = [row[0] as String, row[1] as String]
            try forget(row[2] == 1, "echo", "account = ? AND message_id = ?", mark, before: time, in: db)
        }
        return rows.count < asked
    }

    /// A mark that still matters is dated forward, so that no later step of this round looks at it again.
    private mutating func forget(
        _ matters: Bool, _ table: String, _ key: String, _ mark: StatementArguments, before time: Instant, in db: Database
    ) throws {
        work += 1
        if matters {
            let date: StatementArguments = [time.milliseconds]
            try db.cachedStatement(sql: "UPDATE \(table) SET at_ms = ? WHERE \(key)").execute(arguments: date + mark)
        } else {
            removed.marks += try delete("DELETE FROM \(table) WHERE \(key)", mark, in: db)
        }
    }
}

// MARK: - Cooldowns and conversations

extension PruneStep {
    static let cooldownsSQL = """
        DELETE FROM cooldown WHERE (account, scope, subject, rule) IN (
            SELECT account, scope, subject, rule FROM cooldown WHERE at_ms < ? ORDER BY at_ms LIMIT ?)
        """
    static let conversationsSQL = """
        SELECT id, account, conversation, changed_ms < :time
            AND NOT EXISTS (
                SELECT 1 FROM outbox INDEXED BY outbox_open
                WHERE outbox.account = conversation.account AND outbox.conversation = conversation.conversation
                    AND outbox.state < 4)
            AND NOT EXISTS (
                SELECT 1 FROM timer
                WHERE timer.account = conversation.account AND timer.conversation = conversation.conversation)
        FROM (SELECT rowid AS id, account, conversation, changed_ms FROM conversation) AS conversation
        WHERE id > :after ORDER BY id LIMIT :limit
        """
    /// With more events than that undecided, states are left for another time.
    private static let mostUndecided = 1000

    /// True when that was all.
    private mutating func forgetCooldowns(before time: Instant, in db: Database) throws -> Bool {
        while true {
            let asked = min(room, Self.stride)
            guard asked > 0 else { return false }
            let count = try delete(Self.cooldownsSQL, [time.milliseconds, asked], in: db)
            work += count
            removed.cooldowns += count
            if count < asked { return true }
        }
    }

    private mutating func forgetConversations(
        before time: Instant, from place: PruneCursor, in db: Database
    ) throws -> PruneCursor? {
        let asked = room
        guard asked > 0 else { return place }
        guard let waiting = try undecidedConversations(in: db) else { return nil }
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: Self.conversationsSQL),
            arguments: ["time": time.milliseconds, "after": place.id, "limit": asked])
        var place = place
        for row in rows {
            guard room > 0 else { return place }
            work += 1
            place.id = row[0]
            guard row[3] == 1, !waiting.contains(name(row, at: 1)) else { continue }
            removed.conversations += try delete("DELETE FROM conversation WHERE rowid = ?", [place.id], in: db)
        }
        return rows.count < asked ? nil : place
    }

    /// Nil when there are too many.
    private func undecidedConversations(in db: Database) throws -> Set<Conversations.Name>? {
        let statement = try db.cachedStatement(
            sql: "SELECT account, conversation FROM inbox WHERE status = 0 ORDER BY id LIMIT ?")
        let rows = try Row.fetchAll(statement, arguments: [Self.mostUndecided + 1])
        return rows.count > Self.mostUndecided ? nil : Set(rows.map { name($0, at: 0) })
    }

    private func name(_ row: Row, at column: Int) -> Conversations.Name {
        Conversations.Name(
            ConversationKey(
                account: StoredText(stored: row[column]).text, conversation: StoredText(stored: row[column + 1]).text))
    }
}
