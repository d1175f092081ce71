import Foundation
import Storage
import StorageSQLite
import Testing

/// The stores that the contract suite runs against: each of its tests once with each.
///
/// Suites that open stores are serialized: each SQLite store holds a dozen files open, and with all of them at the same time
/// the process has more than Foundation's `Process` of other tests can stand.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { rawValue }

    /// Runs `body` with an empty store and closes it.
    func withStore<Value>(_ body: (any Store & Ledger) async throws -> Value) async throws -> Value {
        switch self {
        case .memory: return try await closing(MemoryStore(), body)
        case .sqlite:
            return try await withTemporaryFolder { folder in
                try await closing(try SQLiteStore.open(path: folder + "/bellhop.db"), body)
            }
        }
    }

    private func closing<Value>(_ store: any Store & Ledger, _ body: (any Store & Ledger) async throws -> Value) async throws
        -> Value
    {
        let value: Value
        do {
            value = try await body(store)
        } catch {
            try? await store.close()
            throw error
        }
        do {
            try await store.close()
        } catch StoreError.closed {
            // The test closed it itself.
        }
        return value
    }
}

/// Runs `body` with the path of an empty folder, and removes the folder.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
