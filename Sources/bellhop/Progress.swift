import CSignals
import Foundation

/// How far a long run is, on one line of a terminal's stderr: what is done, how fast, how long still. Shown after half a
/// second, then five times a second, and taken away at the end.
struct Progress {
    private let isShown: Bool
    private let totalBytes: Int
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var doneBytes = 0
    private var done = 0
    private var isOnScreen = false

    /// - Parameter totalBytes: 0 when nobody knows how much there is.
    init(totalBytes: Int, isQuiet: Bool) {
        self.totalBytes = totalBytes
        isShown = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    /// One more is done, or so many.
    mutating func advance(bytes: Int, count: Int = 1, note: () -> String) {
        done += count
        doneBytes += bytes
        guard isShown, count > 1 || done % 64 == 0 else { return }
        let now = ContinuousClock.now
        guard now - start > .milliseconds(500), lastShown.map({ now - $0 > .milliseconds(200) }) ?? true else { return }
        lastShown = now
        isOnScreen = true
        Output.draw("\r\(line(after: now - start))  \(note())\u{1B}[K")
    }

    mutating func end() {
        if isOnScreen { Output.draw("\r\u{1B}[K") }
        isOnScreen = false
    }

    private func line(after elapsed: Duration) -> String {
        let seconds = max(0.001, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
        let rate = Double(done) / seconds
        guard totalBytes > 0 else { return "\(done) done, \(Int(rate))/s" }
        let share = min(1, Double(doneBytes) / Double(totalBytes))
        let left = share > 0 ? Int(seconds / share - seconds) : 0
        return "\(done) done (\(Int(share * 100)) %), \(Int(rate))/s, \(left) s left"
    }
}

/// Ctrl-C while inputs are read: what is done so far stands, and the command ends.
enum Interruption {
    /// From here on SIGINT is noted instead of killing the program, and a read that waits for more comes back; a second one kills.
    static func begin() {
        note_signal_once(SIGINT)
        // Whoever started us may have blocked it.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    }

    static var isAsked: Bool { is_signal_noted(SIGINT) != 0 }
}
