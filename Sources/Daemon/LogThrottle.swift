import Model
import Synchronization

/// Lets a line through at most once a minute: what fails a thousand times in a second is told once.
final class LogThrottle: Sendable {
    private static let pause = Duration.seconds(60)
    private let last = Mutex<Instant?>(nil)

    func permits(at now: Instant) -> Bool {
        last.withLock { last in
            // A clock that went back does not silence the log.
            if let last, last <= now, now.since(last) < Self.pause { return false }
            last = now
            return true
        }
    }
}
