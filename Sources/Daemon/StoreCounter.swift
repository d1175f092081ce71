import Model
package import Storage
import Synchronization

/// The store's counts, without asking for them more often than is cheap: counting goes over all that is open, so that with a
/// long backlog it takes time. A count that took long is used again for ten times as long.
package final class StoreCounter: Sendable {
    private let store: any Store
    private let depth: InboxDepth
    private let uptime: @Sendable () -> Duration
    private let state = Mutex<(counts: StoreCounts, until: Duration)?>(nil)

    private static let longest = Duration.seconds(10)

    package init(store: any Store, depth: InboxDepth, surroundings: Surroundings) {
        self.store = store
        self.depth = depth
        uptime = surroundings.uptime
    }

    package func counts() async throws(StoreError) -> StoreCounts {
        let begin = uptime()
        if let known = state.withLock({ $0 }), begin < known.until { return known.counts }
        let counts = try await store.counts()
        depth.correct(to: counts.undecided)
        let end = uptime()
        state.withLock { $0 = (counts, end + min((end - begin) * 10, Self.longest)) }
        return counts
    }
}
