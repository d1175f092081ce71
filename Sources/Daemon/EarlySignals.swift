import Glibc
import Synchronization

/// SIGHUP before anybody listens for it, and after: by itself it would end the process as if it had crashed.
///
/// A reload that is asked for too early is made up for. SIGTERM stays what it is: it ends a daemon that has not started.
enum EarlySignals {
    private static let asksForReload = Atomic<Bool>(false)

    /// From now on, for the life of the process. Those who listen by Dispatch go before this.
    static func outlive() {
        // A handler may not be the first to touch it.
        asksForReload.store(false, ordering: .relaxed)
        signal(SIGHUP) { _ in EarlySignals.asksForReload.store(true, ordering: .relaxed) }
    }

    /// Whether a reload was asked for that nobody heard of; once.
    static func takeReload() -> Bool { asksForReload.exchange(false, ordering: .relaxed) }
}
