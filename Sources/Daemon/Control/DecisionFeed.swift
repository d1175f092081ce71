import Delivery
package import Model
import Synchronization

/// Shows decisions to whoever watches, as they are made.
///
/// Deciding never waits for a watcher: each has a ring of bounded size, from which the oldest decisions fall when it is not
/// read fast enough, and is told how many fell.
package final class DecisionFeed: Sendable {
    private let state = Mutex(State())

    private struct State {
        var subscriptions: [Int: Subscription] = [:]
        var lastNumber = 0
    }

    package init() {}

    /// Cheap where nobody watches.
    package func publish(_ decision: Decision) {
        let subscriptions = state.withLock { $0.subscriptions }
        for subscription in subscriptions.values { subscription.take(decision) }
    }

    /// Until `end()` of the subscription, which has to be called.
    package func subscribe(_ filter: DecisionFilter) -> Subscription {
        state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            let subscription = Subscription(filter) { self.state.withLock { $0.subscriptions[number] = nil } }
            state.subscriptions[number] = subscription
            return subscription
        }
    }

    package var watcherCount: Int { state.withLock { $0.subscriptions.count } }

    /// True while somebody watches who wants to know why. Explaining takes several times as long as deciding.
    package var isExplained: Bool { state.withLock { $0.subscriptions.values.contains { $0.filter.isExplained } } }

    /// One watcher's view. One task reads it.
    package final class Subscription: Sendable {
        fileprivate let filter: DecisionFilter
        private let cancel: @Sendable () -> Void
        private let signal = WakeSignal()
        private let ring = Mutex(DecisionRing())

        fileprivate init(_ filter: DecisionFilter, cancel: @escaping @Sendable () -> Void) {
            self.filter = filter
            self.cancel = cancel
        }

        fileprivate func take(_ decision: Decision) {
            guard filter.includes(decision) else { return }
            ring.withLock { $0.add(decision) }
            signal.raise()
        }

        /// What came since the last call, perhaps nothing: waits for it until `limit` returns or the task is cancelled.
        package func next(atMost limit: @escaping @Sendable () async -> Void) async -> DecisionRing.Content {
            let waiting = ring.withLock { $0.takeAll() }
            guard waiting.isEmpty else { return waiting }
            await signal.wait(atMost: limit)
            return ring.withLock { $0.takeAll() }
        }

        package func end() { cancel() }
    }
}

/// Which decisions; all that are set must hold. Texts are compared by their bytes.
package struct DecisionFilter: Sendable, Hashable {
    package var account: String?
    /// It matched, or an effect is its.
    package var rule: String?
    package var conversation: String?
    /// Whether each decision comes with why every rule held or not; with `rule`, those that it does not match come as well, and
    /// tell of that rule alone.
    package var isExplained: Bool

    package init(account: String? = nil, rule: String? = nil, conversation: String? = nil, isExplained: Bool = false) {
        self.account = account
        self.rule = rule
        self.conversation = conversation
        self.isExplained = isExplained
    }

    package func includes(_ decision: Decision) -> Bool {
        func isEqual(_ wanted: String?, _ text: String) -> Bool { wanted.map { $0.utf8.elementsEqual(text.utf8) } ?? true }
        guard isEqual(account, decision.event.account),
            isEqual(conversation, decision.event.conversationKey.conversation)
        else { return false }
        guard let rule else { return true }
        // Why a rule did not hold is asked about events that it listens to.
        if isExplained, let trace = decision.trace?.rules.first(where: { isEqual(rule, $0.rule) }) { return !trace.isDeaf }
        return decision.matched.contains { isEqual(rule, $0.id) } || decision.effects.contains { isEqual(rule, $0.rule) }
    }
}

/// Decisions that wait for their reader, in order: as many, and about as large, as one ring may hold.
package struct DecisionRing: Sendable {
    private var entries: [(decision: Decision, weight: Int)] = []
    private var weight = 0
    private var lost = 0

    package static let countLimit = 256
    /// In bytes of the webhooks behind them, about.
    package static let weightLimit = 4 << 20

    package init() {}

    package struct Content: Sendable {
        /// How many fell out before the first of these.
        package var lost = 0
        package var decisions: [Decision] = []

        package init(lost: Int = 0, decisions: [Decision] = []) {
            self.lost = lost
            self.decisions = decisions
        }

        package var isEmpty: Bool { lost == 0 && decisions.isEmpty }
    }

    package mutating func add(_ decision: Decision) {
        let lines = decision.trace?.rules.reduce(0) { $0 + 1 + $1.missed.count + $1.held.count } ?? 0
        let size = decision.event.raw.count + decision.effects.count * 512 + lines * 256
        guard size <= Self.weightLimit else {
            lost += 1
            return
        }
        var shown = decision
        // What is shown of a decision has neither of these, and they are the largest of it.
        shown.event.raw = []
        shown.state = ConversationState()
        entries.append((shown, size))
        weight += size
        var fallen = 0
        while entries.count - fallen > Self.countLimit || weight > Self.weightLimit {
            weight -= entries[fallen].weight
            fallen += 1
        }
        entries.removeFirst(fallen)
        lost += fallen
    }

    package mutating func takeAll() -> Content {
        defer { self = DecisionRing() }
        return Content(lost: lost, decisions: entries.map(\.decision))
    }
}
