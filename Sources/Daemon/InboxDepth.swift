import Synchronization

/// How many events wait to be decided, counted beside the store so that every webhook can look at it.
package final class InboxDepth: Sendable {
    private let count: Atomic<Int>

    package init(_ count: Int = 0) {
        self.count = Atomic(count)
    }

    package var current: Int { count.load(ordering: .relaxed) }

    func add(_ events: Int) { count.add(events, ordering: .relaxed) }

    /// The store's own count, where it was asked for.
    func correct(to count: Int) { self.count.store(count, ordering: .relaxed) }
}
