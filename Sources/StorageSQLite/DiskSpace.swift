import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The disk below the store: whether there is room on it, how long the log is, and the reserve.
///
/// Deleting rows and moving the log need room themselves. On a disk that is full nothing could make any: so nothing new is
/// taken while there still is some (R9). The reserve is the second net: a file that is taken away when a write found no room all
/// the same, so that what is under way can be recorded.
final class DiskSpace: Sendable {
    private let path: String
    private let limits: SpaceLimits
    private let state = Mutex(State())

    private struct State {
        var gate = SpaceGate()
        /// A write found no room, and none went well since.
        var isOut = false
        var free: Int64?
        var capacity: Int64 = 0
        /// Of the file, where it has a limit.
        var fileRoom: Int64?
        /// False once the file system refused to make a reserve for another reason than want of space.
        var canReserve = true
    }

    init(path: String, limits: SpaceLimits) {
        self.path = path
        self.limits = limits
    }

    /// As of the last look.
    var hasRoom: Bool { state.withLock { !$0.gate.isShort } }
    var isOut: Bool { state.withLock { $0.isOut } }
    var free: Int64? { state.withLock { $0.free } }
    var stop: Int64 { state.withLock { limits.stop(of: $0.capacity) } }
    var logAlarm: Int64 { state.withLock { limits.logAlarm(of: $0.capacity) } }
    var logMove: Int64 { state.withLock { limits.logMove(of: $0.capacity) } }

    /// The writer counts as idle when it had nothing to write for so many seconds.
    var pause: Double { limits.pause }

    /// The largest size that the file may have.
    var fileLimit: Int64? { limits.file }

    /// Size of the log.
    var logBytes: Int64 { Self.size(of: path + "-wal") ?? 0 }

    /// Asks the file system: microseconds. What it does not tell does not stop anything.
    func look() {
        var answer = statvfs()
        guard statvfs(path, &answer) == 0 else { return }
        let unit = Int64(clamping: answer.f_frsize)
        let free = Self.product(Int64(clamping: answer.f_bavail), unit)
        let total = Self.product(Int64(clamping: answer.f_blocks), unit)
        state.withLock { state in
            state.capacity = min(total, limits.file ?? .max)
            let free = min(free, state.fileRoom ?? .max)
            state.free = free
            state.gate.note(free: free, stop: limits.stop(of: state.capacity), resume: limits.resume(of: state.capacity))
        }
    }

    /// What the file may still grow by, its unused pages included.
    func note(fileRoom: Int64) { state.withLock { $0.fileRoom = fileRoom } }

    /// A write found no room: gives up the reserve.
    func noteOut() {
        state.withLock { $0.isOut = true }
        unlink(ballast)
    }

    func noteWritten() { state.withLock { $0.isOut = false } }
}

// MARK: - The reserve

extension DiskSpace {
    private var ballast: String { path + "-ballast" }

    /// Takes the reserve away, if there is one.
    func giveUpReserve() -> Bool { unlink(ballast) == 0 }

    /// Makes the reserve where there is none and room for it, and takes away one of another size. Blocks.
    func keepReserve() {
        let (wanted, mayReserve) = state.withLock { state in
            let size = limits.ballast(of: state.capacity)
            let isRoomy = (state.free ?? 0) - size >= limits.resume(of: state.capacity)
            return (size, state.canReserve && !state.gate.isShort && !state.isOut && isRoomy)
        }
        if let size = Self.size(of: ballast) {
            // What a crash left half made is not one.
            if size == wanted { return }
            // Nor is one that was given up meanwhile: both are gone then.
            guard giveUpReserve() else { return }
        }
        guard wanted > 0, mayReserve else { return }
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let code = Self.allocate(descriptor, wanted)
        guard code != 0 else { return }
        _ = giveUpReserve()
        if code != ENOSPC, code != EINTR { state.withLock { $0.canReserve = false } }
    }

    /// The error's number, or 0.
    private static func allocate(_ descriptor: Int32, _ size: Int64) -> Int32 {
        #if canImport(Darwin)
            return EOPNOTSUPP
        #else
            return posix_fallocate(descriptor, 0, off_t(size))
        #endif
    }

    private static func size(of path: String) -> Int64? {
        var answer = stat()
        return stat(path, &answer) == 0 ? Int64(answer.st_size) : nil
    }

    private static func product(_ count: Int64, _ unit: Int64) -> Int64 {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? .max : bytes
    }
}
