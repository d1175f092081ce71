import Delivery
import Synchronization

/// Where news of changes come in from any thread, and where one task waits until it is time to look.
package final class ChangeSignal: Sendable {
    private struct State {
        var debounce: Debounce
        var isStopping = false
    }

    private let state: Mutex<State>
    private let wakeUp = WakeSignal()
    private let uptime: @Sendable () -> Duration

    package init(quiet: Duration, uptime: @escaping @Sendable () -> Duration) {
        state = Mutex(State(debounce: Debounce(quiet: quiet)))
        self.uptime = uptime
    }

    /// Something changed. Cheap.
    package func note() {
        let now = uptime()
        state.withLock { $0.debounce.note(at: now) }
        wakeUp.raise()
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.raise()
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// When to look, by `uptime`; nil while nothing changed.
    var due: Duration? { state.withLock { $0.debounce.due } }

    /// True when it is time to look; what comes from then on is new.
    func take() -> Bool {
        let now = uptime()
        return state.withLock { $0.debounce.take(at: now) }
    }

    /// Returns when something is noted, when it is stopped, or when `limit` returns.
    func wait(atMost limit: @escaping @Sendable () async -> Void) async { await wakeUp.wait(atMost: limit) }
}
