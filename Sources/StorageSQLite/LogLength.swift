import GRDB
import GRDBSQLite
import Synchronization

/// How long the write-ahead log is, as SQLite says after each commit. Its file does not tell: it keeps the length that it had
/// when the log begins anew.
final class LogLength: Sendable {
    private let pages = Atomic(0)
    private let frame: Int64

    /// - Parameter db: the connection that writes, and no more once this is gone.
    init(of db: Database) throws {
        // A page of the log has a head of 24 bytes. Source: sqlite.org/fileformat.html, "The Write-Ahead Log".
        frame = (try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4096) + 24
        let own = Unmanaged.passUnretained(self).toOpaque()
        _ = sqlite3_wal_hook(
            db.sqliteConnection,
            { own, _, _, pages in
                if let own { Unmanaged<LogLength>.fromOpaque(own).takeUnretainedValue().note(Int(pages)) }
                return SQLITE_OK
            }, own)
    }

    var bytes: Int64 { Int64(clamping: pages.load(ordering: .relaxed)).multipliedReportingOverflow(by: frame).partialValue }

    /// All of it is in the database, and the next page is its first, unless a reader came that moment; the next commit tells.
    func noteMoved() { note(0) }

    private func note(_ count: Int) { pages.store(count, ordering: .relaxed) }
}
