import GRDB

/// Which SQLite this process has.
package enum SQLiteLibrary {
    /// `3.40.1`
    package static let version: String = {
        do {
            return try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") } ?? "unknown"
        } catch {
            return "unknown"
        }
    }()

    /// SQLite 3.7.0 to 3.51.2 can damage a file in WAL mode when two connections write or move the log at the very same moment.
    /// Bellhop does both by one connection alone, and lets no other process near the file. Source: sqlite.org/wal.html, "The
    /// WAL-Reset Bug", March 2026.
    package static func hasLogResetFault(_ version: String) -> Bool {
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 2 else { return false }
        let parts = Array((numbers + [0, 0]).prefix(3))
        return !parts.lexicographicallyPrecedes([3, 7, 0]) && parts.lexicographicallyPrecedes([3, 51, 3])
    }
}
