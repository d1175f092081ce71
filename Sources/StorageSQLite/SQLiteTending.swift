import Dispatch
import GRDB
package import Storage

extension SQLiteStore: TendedStore {
    package var hasRoom: Bool { disk.hasRoom }

    package func tend() async -> StoreCondition {
        await measureFile()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [disk] in
                disk.look()
                disk.keepReserve()
                continuation.resume()
            }
        }
        let log = disk.logBytes
        return StoreCondition(
            freeBytes: disk.free, stopsBelowBytes: disk.stop, isFull: !disk.hasRoom || disk.isOut, logBytes: log,
            isLogLarge: log > disk.logAlarm, busyTransactions: commits.busyTransactions)
    }

    /// What the file may still grow by. An error is told by whoever works with the store.
    private func measureFile() async {
        guard let limit = disk.fileLimit else { return }
        let room: Int64?
        do {
            room = try await commits.read { db in
                func number(_ name: String) throws -> Int64 { try Int64.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
                let page = try number("page_size")
                return limit - (try number("page_count") - (try number("freelist_count"))) * page
            }
        } catch { room = nil }
        if let room { disk.note(fileRoom: max(room, 0)) }
    }
}
