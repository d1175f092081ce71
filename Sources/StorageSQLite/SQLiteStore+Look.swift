import GRDB
package import Storage

extension SQLiteStore {
    /// What a file holds that nobody has open.
    package enum Look: Sendable, Hashable {
        case examined(StoreExamination, StoreCounts)
        /// Its tables are of an earlier version; only what SQLite itself finds is told.
        case earlier(version: Int, damage: [String])
        /// Its tables are of a version that this Bellhop does not know.
        case later(version: Int)
    }

    /// Reads a file and changes nothing in it. Blocks. The caller sees to it that nobody opens it meanwhile.
    package static func look(at path: String, isThorough: Bool) throws(StoreError) -> Look {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { db in
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                if version > Migrations.versions.count { return .later(version: version) }
                let damage = try Examination.damage(isThorough: isThorough, in: db)
                guard version == Migrations.versions.count else { return .earlier(version: version, damage: damage) }
                var found = try Examination.counts(in: db)
                found.damage = damage
                found.brokenReferences = try Examination.brokenReferences(in: db)
                return .examined(found, try counts(in: db))
            }
        } catch {
            throw StoreError(describing: error, doing: "cannot read \(path)")
        }
    }
}
