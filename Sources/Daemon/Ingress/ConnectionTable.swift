import NIOCore
import Synchronization

/// The open connections of a listener, and who of them goes when there are too many.
///
/// A connection beyond the limit is taken in, and the one that makes the daemon wait longest is closed for it: for a head, for
/// a body, for its next request, for its answer to be taken. So whoever says at once what he wants is served, however
/// many say nothing. Where all are being answered, the new one is told to come again.
final class ConnectionTable: Sendable {
    /// Closed when there are more.
    let limit: Int
    /// Beyond `limit` for those that are being closed; at so many nobody is taken in.
    private let most: Int
    private let state = Mutex(State())
    private let count = Atomic(0)

    private struct State {
        var channels: [Int: any Channel] = [:]
        var line = WaitingLine()
        /// Those that were told to go.
        var leaving: Set<Int> = []
        var lastID = 0
        var isStopping = false
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    /// Told to a connection that has to make room.
    struct Eviction: Sendable {}

    init(limit: Int) {
        self.limit = max(limit, 1)
        most = self.limit + max(2, min(64, self.limit / 16))
    }

    var open: Int { count.load(ordering: .relaxed) }
    var isHigh: Bool { open.isHigh(of: limit) }
    var isOverfull: Bool { open >= most }

    /// Counts one that was accepted until it is closed.
    func noteAccepted(_ channel: any Channel) {
        count.add(1, ordering: .relaxed)
        channel.closeFuture.whenComplete { _ in
            self.count.subtract(1, ordering: .relaxed)
            self.tellIfEmpty()
        }
    }

    /// Where the connection stands from now on; nil when there is no room for it, nor anybody to make room.
    func enter(_ channel: any Channel) -> Int? {
        let (id, evicted, isStopping) = state.withLock { state -> (Int?, (any Channel)?, Bool) in
            var evicted: (any Channel)?
            if open - state.leaving.count > limit {
                guard let oldest = state.line.first, let channel = state.channels[oldest] else { return (nil, nil, false) }
                state.line.remove(oldest)
                state.leaving.insert(oldest)
                evicted = channel
            }
            state.lastID += 1
            state.channels[state.lastID] = channel
            return (state.lastID, evicted, state.isStopping)
        }
        // After `noteAccepted` has counted it out, so that there is room before it leaves.
        if let id { channel.closeFuture.whenComplete { _ in self.leave(id) } }
        evicted?.pipeline.fireUserInboundEventTriggered(Eviction())
        if isStopping { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        return id
    }

    /// It begins to wait for its peer.
    func waits(_ id: Int) {
        state.withLock { state in
            if !state.leaving.contains(id) { state.line.append(id) }
        }
    }

    /// It waits no longer, or has something to do before it can go.
    func isBusy(_ id: Int) {
        state.withLock { state in
            state.line.remove(id)
            state.leaving.remove(id)
        }
    }

    private func leave(_ id: Int) {
        state.withLock { state in
            state.line.remove(id)
            state.leaving.remove(id)
            state.channels[id] = nil
        }
    }

    /// Asks all to finish what they have begun, and those that come later too.
    func stop() {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    /// Returns when none is open.
    func emptied() async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.emptied.append(continuation) }
            tellIfEmpty()
        }
    }

    private func tellIfEmpty() {
        guard open == 0 else { return }
        let waiting = state.withLock { state in
            defer { state.emptied = [] }
            return state.emptied
        }
        for continuation in waiting { continuation.resume() }
    }
}
