import Synchronization

/// Keeps settlements and the following of the wall clock apart: a time that was reckoned by the old clock must not be written
/// behind the change that moves what was written by it.
///
/// Many may be inside at the same time; one closes it, which waits until nobody is.
final class SettlementGate: Sendable {
    private struct State {
        var inside = 0
        var isClosed = false
        var outside: [CheckedContinuation<Void, Never>] = []
        var closing: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func enter() async {
        while true {
            let isIn = state.withLock { state in
                if !state.isClosed { state.inside += 1 }
                return !state.isClosed
            }
            if isIn { return }
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if state.isClosed { state.outside.append(continuation) }
                    return !state.isClosed
                }
                if isOpen { continuation.resume() }
            }
        }
    }

    func leave() {
        let closing = state.withLock { state in
            state.inside -= 1
            return state.inside == 0 ? state.closing.take() : nil
        }
        closing?.resume()
    }

    /// One at a time.
    func close() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                state.isClosed = true
                if state.inside > 0 { state.closing = continuation }
                return state.inside == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    func open() {
        let outside = state.withLock { state in
            state.isClosed = false
            defer { state.outside = [] }
            return state.outside
        }
        for continuation in outside { continuation.resume() }
    }
}
