import Model
package import Storage
import Synchronization

/// Asks whether the store takes writes. Whoever asks while a probe is under way waits for that one, so that probes do not pile
/// up before a disk that hangs; and nobody waits for longer than `patience`.
package final class StoreProbe: Sendable {
    package enum Answer: Sendable, Hashable {
        case written
        /// The store is there, and has no room on its disk.
        case full
        /// The store is there, and does not take the write.
        case refused
        /// No answer within the time.
        case silent
    }

    private let store: any Store
    private let surroundings: Surroundings
    private let state = Mutex(State())

    private struct State {
        /// When the one that is under way began, by `uptime`.
        var begunAt: Duration?
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: AsyncStream<Answer>.Continuation] = [:]
    }

    /// As long as somebody who asks over HTTP may wait for an answer.
    package static let patience = Duration.seconds(1)

    package init(store: any Store, surroundings: Surroundings) {
        self.store = store
        self.surroundings = surroundings
    }

    /// - Parameter patience: nil waits for as long as it takes, or until the task is cancelled, which is `.silent`.
    package func answer(within patience: Duration? = StoreProbe.patience) async -> Answer {
        let now = surroundings.uptime()
        let (stream, continuation) = AsyncStream<Answer>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (begins, id, isHung) = state.withLock { state -> (Bool, UInt64, Bool) in
            if let begunAt = state.begunAt, let patience, now - begunAt >= patience { return (false, 0, true) }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = continuation
            defer { if state.begunAt == nil { state.begunAt = now } }
            return (state.begunAt == nil, state.nextWaiter, false)
        }
        if isHung { return .silent }
        // Of nobody in particular: a client that goes away must not take the answer of the others with it.
        if begins { Task { await probe() } }
        defer { state.withLock { state in state.waiters[id] = nil } }
        return await first(of: stream, within: patience)
    }

    private func first(of stream: AsyncStream<Answer>, within patience: Duration?) async -> Answer {
        await withTaskGroup(of: Answer.self) { group in
            group.addTask {
                for await answer in stream { return answer }
                return .silent
            }
            if let patience {
                group.addTask { [pause = surroundings.pause] in
                    await pause(patience)
                    return .silent
                }
            }
            let answer = await group.next() ?? .silent
            group.cancelAll()
            return answer
        }
    }

    private func probe() async {
        let answer: Answer
        do {
            try await store.probe()
            answer = store.hasRoom ? .written : .full
        } catch {
            answer = error == .noRoom ? .full : .refused
        }
        let waiters = state.withLock { state in
            state.begunAt = nil
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values {
            waiter.yield(answer)
            waiter.finish()
        }
    }
}
