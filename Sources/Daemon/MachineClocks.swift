import Foundation
import Model
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The clocks of this machine.
struct MachineClocks: Sendable {
    private let bootID: String

    /// Reads which boot this is, once. Where that cannot be read this process counts as a boot of its own: the wall clock
    /// then decides about timers of earlier processes.
    init() {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let id = (text ?? "").filter { !$0.isWhitespace }
        bootID = id.isEmpty ? UUID().uuidString : id
    }

    func reading() -> ClockReading {
        ClockReading(wall: Self.wall(), bootID: bootID, sinceBoot: Self.milliseconds(of: Self.clockSinceBoot))
    }

    private static func wall() -> Instant { Instant(milliseconds: milliseconds(of: CLOCK_REALTIME)) }

    /// Counts suspension too, and is never set.
    #if os(Linux)
        private static let clockSinceBoot = CLOCK_BOOTTIME
    #else
        private static let clockSinceBoot = CLOCK_MONOTONIC
    #endif

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        // Fails only for a clock that the system does not know.
        guard clock_gettime(clock, &time) == 0 else { return 0 }
        return Instant(seconds: Int64(time.tv_sec)).adding(.nanoseconds(time.tv_nsec)).milliseconds
    }
}
