/// How a store on a disk stands.
package struct StoreCondition: Sendable, Hashable {
    /// What may still be written: of the file system, or of the store's own limit where that is less. Nil when unknown.
    package var freeBytes: Int64?
    /// Below this much nothing new is taken; 0 when that is switched off.
    package var stopsBelowBytes: Int64
    /// True from when there was less free than that, or a write found no room, until there is half as much again.
    package var isFull: Bool
    /// Size of the write-ahead log.
    package var logBytes: Int64
    /// The log is so large that somebody must be keeping it from being moved into the database.
    package var isLogLarge: Bool
    /// Transactions that found the database locked, since the store was opened. Only one connection writes: never but for
    /// a defect, or for somebody else who writes to the file.
    package var busyTransactions: UInt64

    package init(
        freeBytes: Int64? = nil, stopsBelowBytes: Int64 = 0, isFull: Bool = false, logBytes: Int64 = 0, isLogLarge: Bool = false,
        busyTransactions: UInt64 = 0
    ) {
        self.freeBytes = freeBytes
        self.stopsBelowBytes = stopsBelowBytes
        self.isFull = isFull
        self.logBytes = logBytes
        self.isLogLarge = isLogLarge
        self.busyTransactions = busyTransactions
    }
}

/// A store whose disk is looked after: somebody calls `tend()` about once a second.
package protocol TendedStore: Store {
    /// Looks at the disk, and does what is due: makes or keeps a reserve of space, and notices that there is room again.
    func tend() async -> StoreCondition
}
