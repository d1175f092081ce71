import Foundation
import GRDB
import Storage

/// The SQL that looks whether a file is whole.
enum Examination {
    /// Complaints that are told at most.
    private static let mostComplaints = 20

    /// What SQLite itself finds.
    static func damage(isThorough: Bool, in db: Database) throws -> [String] {
        let pragma = isThorough ? "integrity_check" : "quick_check"
        let lines = try String.fetchAll(db, sql: "PRAGMA \(pragma)(\(mostComplaints))")
        return lines == ["ok"] ? [] : lines
    }

    static func brokenReferences(in db: Database) throws -> Int {
        try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
    }

    static func counts(in db: Database) throws -> StoreExamination {
        var found = StoreExamination()
        found.events = try events(in: db)
        found.effects = try effects(in: db)
        found.stuckLines = try Int.fetchOne(db, sql: stuckLinesSQL) ?? 0
        found.unmarkedEvents = try Int.fetchOne(db, sql: unmarkedEventsSQL) ?? 0
        found.files = try files(in: db)
        return found
    }

    /// What was accepted is what SQLite counted when it gave out ids, which it keeps apart from the rows.
    private static func events(in db: Database) throws -> StoreExamination.EventTally {
        var tally = StoreExamination.EventTally()
        tally.accepted = try Int.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'inbox'") ?? 0
        tally.removed = try Int.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'events_removed'") ?? 0
        let rows = try Row.fetchCursor(
            db, sql: "SELECT status, discarded, count(*) FROM inbox GROUP BY status, discarded")
        while let row = try rows.next() {
            let count: Int = row[2]
            switch row[0] as Int {
            case 0: tally.open += count
            case 1 where row[1] as Int == 1: tally.ignored += count
            case 1: tally.done += count
            default: tally.dead += count
            }
        }
        return tally
    }

    private static func effects(in db: Database) throws -> StoreExamination.EffectTally {
        var tally = StoreExamination.EffectTally()
        let rows = try Row.fetchCursor(db, sql: "SELECT state, count(*) FROM outbox GROUP BY state")
        while let row = try rows.next() {
            let count: Int = row[1]
            switch row[0] as Int {
            case 4: tally.ended += count
            case 5: tally.dead += count
            case 1:
                tally.beingSent += count
                tally.open += count
            default: tally.open += count
            }
        }
        return tally
    }

    /// Of what is in line exactly the first has a time at which it is due, or is being sent.
    static let stuckLinesSQL = """
        SELECT count(*) FROM (
            SELECT 1 FROM outbox WHERE state < 4 AND held = 0
            GROUP BY account, conversation HAVING sum(due_ms IS NOT NULL OR state = 1) <> 1)
        """
    static let unmarkedEventsSQL = """
        SELECT count(*) FROM inbox WHERE status = 0 AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.event_id = inbox.event_id)
        """

    private static func files(in db: Database) throws -> StoreFiles? {
        // The file of `main` as this connection has it open.
        guard let path = try Row.fetchOne(db, sql: "PRAGMA database_list").map({ $0["file"] as String }), !path.isEmpty
        else { return nil }
        return StoreFiles(
            path: path, databaseBytes: size(of: path), logBytes: size(of: path + "-wal"),
            schemaVersion: try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
            journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
            library: try String.fetchOne(db, sql: "SELECT sqlite_version()") ?? "")
    }

    /// 0 for a file that is not there.
    private static func size(of path: String) -> Int64 {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return (attributes[.size] as? NSNumber)?.int64Value ?? 0
        } catch {
            return 0
        }
    }
}
