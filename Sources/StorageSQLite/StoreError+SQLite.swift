import GRDB
import Storage

extension StoreError {
    /// A store's own error stays what it is; anything else becomes `.unavailable` with SQLite's code and words. Values that
    /// were to be stored are never part of the text.
    init(describing error: any Error, doing what: String? = nil) {
        let text: String
        switch error {
        case StoreError.unavailable(let reason): text = reason
        case let error as StoreError:
            self = error
            return
        case let error as DatabaseError where what == nil && error.resultCode == .SQLITE_FULL:
            self = .noRoom
            return
        case let error as DatabaseError:
            text = "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        default: text = "\(type(of: error))"
        }
        self = .unavailable(what.map { "\($0): \(text)" } ?? text)
    }
}

/// What a failed transaction tells about what can be done next.
enum FailureScope {
    /// One write cannot be stored as it is; the others of its transaction can.
    case row
    /// The disk or the database failed now and may work again later: a full disk, say.
    case transaction
    /// What is on the disk is no longer known, or is damaged: only a restart with its recovery can tell.
    case store

    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = .row
            return
        }
        switch error.extendedResultCode {
        // After a failed fsync the kernel may have dropped the pages: a second fsync that succeeds proves nothing.
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_IOERR_CLOSE: self = .store
        // What was read is not what was written, or the file is not there any more under its name.
        case .SQLITE_IOERR_DATA, .SQLITE_IOERR_CORRUPTFS, .SQLITE_READONLY_DBMOVED: self = .store
        default:
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .store
            case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE, .SQLITE_ERROR: self = .row
            default: self = .transaction
            }
        }
    }
}
