import CSignals
import Glibc

/// SIGHUP before anybody listens for it, and after: by itself it would end the process as if it had crashed.
///
/// A reload that is asked for too early is made up for. SIGTERM stays what it is: it ends a daemon that has not started.
enum EarlySignals {
    /// From now on, for the life of the process. Those who listen by Dispatch go before this.
    static func outlive() { note_signal(SIGHUP) }

    /// Whether a reload was asked for that nobody heard of; once.
    static func takeReload() -> Bool { take_noted_signal(SIGHUP) != 0 }
}
