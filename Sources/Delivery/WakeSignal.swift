import Synchronization

/// Wakes one sleeping task. Raised while nobody sleeps it is remembered, once, so that no call is lost between looking for
/// work and lying down.
package final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Nobody was woken by it yet.
    package var isRaised: Bool { state.withLock { $0.isRaised } }

    /// Cheap, from any task.
    package func raise() {
        let sleeper = state.withLock { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.isRaised = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when it is raised, when the task is cancelled, or when `limit` returns.
    package func wait(atMost limit: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { await limit() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when it is raised, or when the task is cancelled. One sleeper at a time.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    precondition(state.sleeper == nil, "a wake signal has one sleeper")
                    state.sleeper = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                defer { state.sleeper = nil }
                return state.sleeper
            }
            sleeper?.resume()
        }
    }
}
