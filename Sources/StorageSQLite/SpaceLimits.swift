/// How much of the disk is left alone, and how large the log and the file may become.
///
/// All follows from one number, the free space below which nothing new is taken. It is by default 128 MiB, which is twice the
/// largest log, and of a file system under 2.5 GiB a twentieth: on a small disk, too, Bellhop stops before the disk is full, and
/// not when it is half empty.
package struct SpaceLimits: Sendable, Hashable {
    /// As configured; nil for the default, 0 for no such limit and no reserve.
    package var free: Int64?
    /// The largest size of the database file; nil for no limit.
    package var file: Int64?
    /// Seconds without a write, after which the log is emptied.
    package var pause = 1.0

    package init(free: Int64? = nil, file: Int64? = nil) {
        self.free = free.map { max($0, 0) }
        self.file = file
    }

    /// Nothing is looked at and no reserve is kept.
    package static let none = SpaceLimits(free: 0)

    private static let most: Int64 = 128 << 20

    /// Below this much free nothing new is taken.
    /// - Parameter capacity: of what is filled: the file system, or the file where that is smaller.
    func stop(of capacity: Int64) -> Int64 { free ?? min(Self.most, max(capacity, 0) / 20) }

    /// Above this much free everything is taken again: half as much again, so that it does not go back and forth.
    func resume(of capacity: Int64) -> Int64 { Self.times(stop(of: capacity), 3) / 2 }

    /// Size of the reserve: that of the largest log.
    func ballast(of capacity: Int64) -> Int64 { min(stop(of: capacity) / 2, Self.most / 2) }

    /// A log larger than this cannot be moved into the database for some reason.
    func logAlarm(of capacity: Int64) -> Int64 {
        let stop = stop(of: capacity)
        return stop == 0 ? Self.most / 2 : min(stop / 2, Self.most / 2)
    }

    /// A log larger than this is moved into the database without waiting for a pause: 8 MiB at most. A longer one has to be
    /// moved less often, but who comes meanwhile waits longer.
    func logMove(of capacity: Int64) -> Int64 { logAlarm(of: capacity) / 8 }

    private static func times(_ bytes: Int64, _ factor: Int64) -> Int64 {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}

/// Whether there is room, as a value: what was measured goes in.
struct SpaceGate: Sendable, Hashable {
    private(set) var isShort = false

    /// - Parameters:
    ///   - free: what may still be written.
    ///   - stop, resume: the limits for this disk; 0 is always enough.
    mutating func note(free: Int64, stop: Int64, resume: Int64) {
        isShort = isShort ? free < resume : free < stop
        if stop == 0 { isShort = false }
    }
}
