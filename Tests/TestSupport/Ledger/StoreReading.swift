package import GRDB

/// What a stopped daemon's SQLite file says about a load, read by SQL of its own and not by the product's code.
package struct StoreReading: Sendable, Hashable {
    /// One event of the load, in order of arrival.
    package struct Stored: Sendable, Hashable {
        package var event: LoadEvent
        package var conversation: Int?
        package var status: Status

        package init(_ event: LoadEvent, in conversation: Int?, _ status: Status = .done) {
            self.event = event
            self.conversation = conversation
            self.status = status
        }
    }

    package enum Status: Sendable, Hashable {
        case open
        case done
        case dead
        /// It was dead, and a person discarded it.
        case ignored
        /// What no Bellhop writes.
        case unknown
    }

    /// One effect of the load, in order of being made.
    package struct Effect: Sendable, Hashable {
        package var effect: LoadEffect
        package var conversation: Int?
        package var state: State
        /// Those that may have reached the vendor without an answer that was kept.
        package var uncertainAttempts: Int
        package var attempts: Int

        package enum State: Sendable, Hashable {
            /// Not settled.
            case open
            case sent
            /// Settled without the vendor: a variable that was set, a repeat that was held back.
            case applied
            case dead
        }

        package init(
            _ effect: LoadEffect, in conversation: Int?, _ state: State = .sent, attempts: Int = 1, uncertain: Int = 0
        ) {
            self.effect = effect
            self.conversation = conversation
            self.state = state
            self.attempts = attempts
            uncertainAttempts = uncertain
        }
    }

    package var events: [Stored] = []
    package var effects: [Effect] = []
    /// Ids that were ever accepted, of any event.
    package var marks = 0
    /// Rows of events, of any event, by what became of them.
    package var counts: [Status: Int] = [:]
    /// Changes of each conversation's state: each evaluation of the load's rules is one.
    package var changes: [Int: Int] = [:]
    /// What SQLite's own checks of the file found.
    package var damage: [String] = []

    package init() {}

    /// Reads the file of a daemon that is stopped or was killed. A write-ahead log beside it is taken in.
    package init(path: String) throws {
        let database = try DatabaseQueue(path: path)
        self = try database.read { try StoreReading($0) }
        try database.close()
    }

    package init(_ db: Database) throws {
        for check in ["integrity_check", "quick_check"] {
            damage += try String.fetchAll(db, sql: "PRAGMA \(check)").filter { $0 != "ok" }.map { "\(check): \($0)" }
        }
        damage += try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { "foreign_key_check: \($0)" }
        marks = try Int.fetchOne(db, sql: "SELECT count(*) FROM seen") ?? 0
        for row in try Row.fetchAll(db, sql: "SELECT event_id, conversation, status, discarded FROM inbox ORDER BY id") {
            let status = Self.status(row["status"], isDiscarded: row["discarded"])
            counts[status, default: 0] += 1
            guard let event = LoadEvent(in: row["event_id"] as String) else { continue }
            events.append(Stored(event, in: Self.number(row["conversation"]), status))
        }
        for row in try Row.fetchAll(db, sql: Self.effectsSQL) {
            guard let event = LoadEvent(in: row["event_id"] as String) else { continue }
            let action = (row["key"] as String).split(separator: "/").last.flatMap { Int($0) } ?? -1
            effects.append(
                Effect(
                    LoadEffect(event, action: action), in: Self.number(row["conversation"]),
                    Self.state(row["state"], ending: row["ending"]), attempts: row["attempts"], uncertain: row["uncertain"]))
        }
        for row in try Row.fetchAll(db, sql: "SELECT conversation, version FROM conversation") {
            if let conversation = Self.number(row["conversation"]) { changes[conversation, default: 0] += row["version"] }
        }
    }

    private static let effectsSQL = """
        SELECT event_id, key, conversation, state, ending, attempt + attempts_before AS attempts,
            (SELECT count(*) FROM attempt WHERE outbox_id = outbox.id AND outcome = 'uncertain') AS uncertain
        FROM outbox ORDER BY id
        """

    private static func status(_ status: Int, isDiscarded: Bool) -> Status {
        switch status {
        case 0: .open
        case 1: isDiscarded ? .ignored : .done
        case 2: .dead
        default: .unknown
        }
    }

    private static func state(_ state: Int, ending: Int) -> Effect.State {
        switch state {
        case 4: ending == 0 ? .sent : .applied
        case 5: .dead
        default: .open
        }
    }

    /// The digits at a conversation's end: `room-12`.
    private static func number(_ conversation: String) -> Int? {
        Int(String(conversation.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()))
    }
}
