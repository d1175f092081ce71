import GRDB

extension Row {
    /// What the first row of an answer says; nil without one. It is read where it stands: `fetchOne` copies all of it before,
    /// which costs more than finding it.
    static func first<Answer>(
        _ statement: Statement, _ arguments: StatementArguments, _ read: (Row) throws -> Answer
    ) throws -> Answer? {
        let cursor = try fetchCursor(statement, arguments: arguments)
        // The row is gone with its cursor.
        return try withExtendedLifetime(cursor) { try cursor.next().map(read) }
    }
}
