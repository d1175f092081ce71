import GRDB
import Storage
import Testing

@testable import StorageSQLite

@Suite struct FailureScopeTests {
    /// R1: after a failed fsync or damage nothing is trusted; a full disk heals; a bad row concerns itself alone.
    @Test(
        arguments: [
            (.SQLITE_IOERR_FSYNC, .store), (.SQLITE_IOERR_DIR_FSYNC, .store), (.SQLITE_CORRUPT, .store),
            (.SQLITE_CORRUPT_INDEX, .store), (.SQLITE_NOTADB, .store), (.SQLITE_IOERR_DATA, .store),
            (.SQLITE_IOERR_CORRUPTFS, .store), (.SQLITE_READONLY_DBMOVED, .store), (.SQLITE_FULL, .transaction),
            (.SQLITE_IOERR_WRITE, .transaction), (.SQLITE_BUSY, .transaction), (.SQLITE_READONLY, .transaction),
            (.SQLITE_NOMEM, .transaction), (.SQLITE_CONSTRAINT_CHECK, .row), (.SQLITE_TOOBIG, .row), (.SQLITE_ERROR, .row),
        ] as [(ResultCode, FailureScope)])
    func tellsWhatAnErrorSpoils(code: ResultCode, scope: FailureScope) {
        #expect(FailureScope(DatabaseError(resultCode: code)) == scope)
    }

    @Test func neverShowsWhatWasToBeStored() {
        let error = DatabaseError(
            resultCode: .SQLITE_CONSTRAINT, message: "CHECK failed", sql: "INSERT INTO t VALUES (?)", arguments: ["secret"])

        #expect(StoreError(describing: error) == .unavailable("SQLite error 19: CHECK failed"))
        let described = StoreError(describing: error, doing: "cannot open x")
        #expect(described == .unavailable("cannot open x: SQLite error 19: CHECK failed"))
        #expect(StoreError(describing: StoreError.conflict, doing: "cannot open x") == .conflict)
    }
}
