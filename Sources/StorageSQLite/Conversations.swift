import GRDB
import Model
import Storage

/// One evaluation with its JSON made.
struct EvaluationRow: Sendable {
    let evaluation: Evaluation
    let state: String?
    let effects: [DraftRow]
    /// In order; nil leaves the conversation's timers as they are.
    let timers: [TimerRow]?

    init(_ evaluation: Evaluation) throws(StoreError) {
        self.evaluation = evaluation
        state = if let state = evaluation.state { try StateJSON.encoded(state) } else { nil }
        var effects: [DraftRow] = []
        for draft in evaluation.effects { effects.append(try DraftRow(draft)) }
        self.effects = effects
        guard let drafts = evaluation.timers else {
            timers = nil
            return
        }
        var timers: [TimerRow] = []
        for (place, draft) in drafts.inOrder.enumerated() {
            timers.append(try TimerRow(draft, place: place, of: evaluation.conversation))
        }
        self.timers = timers
    }
}

/// The SQL of conversations: their states, their cooldowns, and the transaction that records decisions.
enum Conversations {
    struct StateRow: Sendable {
        let version: Int64
        let state: String?
    }

    static func read(_ conversation: ConversationKey, in db: Database) throws -> StateRow {
        let statement = try db.cachedStatement(
            sql: "SELECT version, state FROM conversation WHERE account = ? AND conversation = ?")
        let row = try Row.first(statement, [StoredText(conversation.account), StoredText(conversation.conversation)]) {
            StateRow(version: $0[0], state: $0[1])
        }
        return row ?? StateRow(version: 0, state: nil)
    }

    /// When it began last.
    static func read(_ cooldown: CooldownKey, in db: Database) throws -> Instant? {
        let statement = try db.cachedStatement(
            sql: "SELECT at_ms FROM cooldown WHERE account = ? AND scope = ? AND subject = ? AND rule = ?")
        let at = try Int64.fetchOne(
            statement,
            arguments: [
                StoredText(cooldown.account), cooldown.scope.rawValue, StoredText(cooldown.subject), StoredText(cooldown.rule),
            ])
        return at.map { Instant(milliseconds: $0) }
    }

    /// Records all or, with `.conflict`, nothing: everything is checked before the first write, because other writes share
    /// the transaction and go on.
    static func commit(_ rows: [EvaluationRow], in db: Database) throws {
        var places = try check(rows, in: db)
        for row in rows {
            let evaluation = row.evaluation
            let name = Name(evaluation.conversation)
            guard var place = places[name] else { continue }
            if row.state != nil { place.version += 1 }
            // The vendor's clock may be far behind.
            let recordedAt = max(evaluation.at, place.receivedAt[evaluation.inboxID] ?? evaluation.at)
            for draft in row.effects {
                try Outbox.add(draft, of: evaluation, at: &place.queue, recordedAt: recordedAt, in: db)
            }
            if row.state != nil || row.effects.contains(where: { $0.draft.ending == nil }) {
                try write(place, state: row.state, of: evaluation.conversation, at: recordedAt, in: db)
            }
            if let timers = row.timers { try Timers.replace(with: timers, of: evaluation.conversation, in: db) }
            for cooldown in evaluation.cooldowns { try begin(cooldown, at: evaluation.at, in: db) }
            try Inbox.end(evaluation.inboxID, as: evaluation.end, at: evaluation.at, in: db)
            places[name] = place
        }
    }

    /// A conversation's key by its bytes: two texts that Swift calls equal, such as composed and decomposed accents, are two
    /// conversations to a vendor and to SQLite.
    struct Name: Hashable {
        private let account: [UInt8]
        private let conversation: [UInt8]

        init(_ key: ConversationKey) {
            account = Array(key.account.utf8)
            conversation = Array(key.conversation.utf8)
        }
    }

    private struct Place {
        var version: Int64
        var queue: Outbox.Place
        /// When the webhooks of the events arrived, by inbox id.
        var receivedAt: [Int64: Instant] = [:]
    }

    /// Where each conversation stands, if every evaluation is based on that and every event still waits.
    private static func check(_ rows: [EvaluationRow], in db: Database) throws -> [Name: Place] {
        var places: [Name: Place] = [:]
        var versions: [Name: Int64] = [:]
        var inboxIDs: Set<Int64> = []
        for row in rows {
            let evaluation = row.evaluation
            let name = Name(evaluation.conversation)
            if places[name] == nil { places[name] = try place(of: evaluation.conversation, in: db) }
            let version = versions[name] ?? places[name]?.version ?? 0
            guard version == evaluation.basedOn, inboxIDs.insert(evaluation.inboxID).inserted,
                let receivedAt = try Inbox.arrival(ofUndecided: evaluation.inboxID, in: db)
            else { throw StoreError.conflict }
            places[name]?.receivedAt[evaluation.inboxID] = receivedAt
            versions[name] = row.state == nil ? version : version + 1
        }
        return places
    }

    private static func place(of conversation: ConversationKey, in db: Database) throws -> Place {
        let statement = try db.cachedStatement(
            sql: "SELECT version, next_seq FROM conversation WHERE account = ? AND conversation = ?")
        let place = try Row.first(statement, [StoredText(conversation.account), StoredText(conversation.conversation)]) {
            Place(version: $0[0], queue: Outbox.Place(nextSeq: $0[1], isEmpty: nil))
        }
        return place ?? Place(version: 0, queue: Outbox.Place(nextSeq: 1, isEmpty: nil))
    }

    private static func write(
        _ place: Place, state: String?, of conversation: ConversationKey, at now: Instant, in db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO conversation(account, conversation, version, state, next_seq, changed_ms)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT(account, conversation) DO UPDATE SET
                    version = excluded.version, state = coalesce(excluded.state, state),
                    next_seq = excluded.next_seq, changed_ms = excluded.changed_ms
                """)
        try statement.execute(arguments: [
            StoredText(conversation.account), StoredText(conversation.conversation), place.version, state,
            place.queue.nextSeq, now.milliseconds,
        ])
    }

    private static func begin(_ cooldown: CooldownKey, at now: Instant, in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO cooldown(account, scope, subject, rule, at_ms) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT(account, scope, subject, rule) DO UPDATE SET at_ms = excluded.at_ms
                """)
        try statement.execute(arguments: [
            StoredText(cooldown.account), cooldown.scope.rawValue, StoredText(cooldown.subject), StoredText(cooldown.rule),
            now.milliseconds,
        ])
    }
}
