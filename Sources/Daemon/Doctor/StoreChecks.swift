import Model
package import Storage
import StorageSQLite

/// What `doctor` concludes from what a store found in itself.
package enum StoreChecks {
    /// A log over this is not moved into the database as it should be.
    static let largestLog: Int64 = 64 << 20

    package static func findings(_ found: StoreExamination, isThorough: Bool) -> [DoctorFinding] {
        var findings = [
            ledger(found.events), integrity(found.damage, isThorough), references(found.brokenReferences),
            lines(found.stuckLines), marks(found.unmarkedEvents),
        ]
        if let files = found.files { findings += [schema(files), log(files), sqlite(files.library)] }
        return findings
    }

    private static func ledger(_ events: StoreExamination.EventTally) -> DoctorFinding {
        let parts =
            "\(events.done) done + \(events.open) open + \(events.dead) dead + \(events.ignored) ignored + "
            + "\(events.removed) removed"
        guard !events.isBalanced else {
            return DoctorFinding(.ledger, .ok, "every event is accounted for: \(events.accepted) accepted = \(parts)")
        }
        let missing = events.accepted - events.accountedFor
        return DoctorFinding(
            .ledger, .fail,
            (missing > 0 ? "\(missing) events are missing" : "there are \(-missing) events too many")
                + ": \(events.accepted) accepted, but \(parts)",
            help: "somebody else changed the file, or the disk lost something: keep a copy of it and restore a backup")
    }

    private static func integrity(_ damage: [String], _ isThorough: Bool) -> DoctorFinding {
        guard let first = damage.first else {
            return DoctorFinding(.integrity, .ok, isThorough ? "the file and its indexes are whole" : "the file is whole")
        }
        return DoctorFinding(
            .integrity, .fail, "the file is damaged: \(first)" + (damage.count > 1 ? ", and \(damage.count - 1) more" : ""),
            help: "stop the daemon, keep a copy of the file, restore a backup, and look at the disk")
    }

    private static func references(_ broken: Int) -> DoctorFinding {
        guard broken > 0 else { return DoctorFinding(.references, .ok, "no row refers to one that is gone") }
        return DoctorFinding(
            .references, .fail, "\(broken) rows refer to one that is gone",
            help: "somebody else changed the file: keep a copy of it and restore a backup")
    }

    private static func lines(_ stuck: Int) -> DoctorFinding {
        guard stuck > 0 else { return DoctorFinding(.lines, .ok, "in every conversation the next effect can be sent") }
        return DoctorFinding(
            .lines, .fail, "in \(stuck) conversations effects wait of which none would ever be sent",
            help: "this is a fault of Bellhop: keep a copy of the file and report it")
    }

    private static func marks(_ unmarked: Int) -> DoctorFinding {
        guard unmarked > 0 else { return DoctorFinding(.marks, .ok, "every event that waits is marked as seen") }
        return DoctorFinding(
            .marks, .fail, "\(unmarked) events that wait are not marked as seen: redelivered, they would be decided twice",
            help: "somebody else changed the file: keep a copy of it and restore a backup")
    }

    /// `files.schemaVersion` is never a later one here: such a file is not opened.
    private static func schema(_ files: StoreFiles) -> DoctorFinding {
        DoctorFinding(.schema, .ok, "tables of version \(files.schemaVersion), journal \(files.journalMode)")
    }

    private static func log(_ files: StoreFiles) -> DoctorFinding {
        let sizes = "the write-ahead log has \(files.logBytes.mebibytes), the database \(files.databaseBytes.mebibytes)"
        guard files.logBytes > largestLog else { return DoctorFinding(.log, .ok, sizes) }
        return DoctorFinding(
            .log, .warn, sizes, help: "a reader keeps it from being emptied: end programs that have the file open")
    }

    static func sqlite(_ version: String) -> DoctorFinding {
        guard SQLiteLibrary.hasLogResetFault(version) else { return DoctorFinding(.sqlite, .ok, "SQLite \(version)") }
        return DoctorFinding(
            .sqlite, .warn,
            "SQLite \(version) is one of 3.7.0 to 3.51.2, in which two connections that write or empty the log at the same "
                + "moment can damage the file; Bellhop does both by one connection alone",
            help: "let no other program write to the file, and install updates of libsqlite3-0: distributions mend older versions"
        )
    }
}

extension Int64 {
    /// `12.5 MiB`
    var mebibytes: String {
        let tenths = Int((Double(self) / Double(1 << 20) * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) MiB"
    }
}
