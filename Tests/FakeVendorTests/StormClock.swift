import Glibc
import Model
import Storage
import Synchronization

/// Clocks that run faster than time does, so that waits of minutes are over in a moment. Calls keep their real time.
final class StormClock: Sendable {
    private let scale: Int64
    private let start = ContinuousClock.now
    private let wallAtStart: Instant
    /// What each thread was told last.
    private let told = Mutex<[UInt: Instant]>([:])

    /// - Parameter scale: seconds that pass in a second.
    init(scale: Int64) {
        self.scale = scale
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        wallAtStart = Instant(seconds: Int64(time.tv_sec))
    }

    var reading: ClockReading {
        let passed = passedMilliseconds
        let steady = Instant(milliseconds: passed)
        told.withLock { $0[Self.thread] = steady }
        return ClockReading(
            wall: wallAtStart.adding(.milliseconds(passed)), bootID: "boot", sinceBoot: steady.milliseconds)
    }

    /// The last reading that this thread was given, by the clock since boot: when that happened of which it is told now.
    var lastReading: Instant? { told.withLock { $0[Self.thread] } }

    func sleep(until: Instant) async {
        let wait = until.since(wallAtStart.adding(.milliseconds(passedMilliseconds)))
        guard wait > .zero else { return }
        // Ends early only when the task is cancelled, which is as it is promised.
        try? await Task.sleep(for: wait / Int(scale))
    }

    private var passedMilliseconds: Int64 {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return seconds * 1_000 * scale + attoseconds / 1_000_000_000_000 * scale / 1_000
    }

    private static var thread: UInt { UInt(pthread_self()) }
}
