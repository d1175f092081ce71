import Synchronization

/// Wakes one sleeper. Raised while nobody sleeps it is remembered, once: the next sleep ends at once.
final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func raise() {
        let sleeper = state.withLock { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.isRaised = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when it is raised, or when the task is cancelled. One sleeper at a time.
    func wait() async {
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
