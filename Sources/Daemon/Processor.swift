package import Delivery
import Logging
package import Model
import Rules
package import Storage
import Synchronization
import VendorKit
import Vendors

/// Takes undecided events in the order of their arrival, decides them by the rules in use, and records what comes of it.
///
/// One long-lived task calls `run()`. State, effects and the end of an event are one commit, so that an event is decided
/// once whatever happens (R1). An event that cannot be decided is kept as dead and holds up nothing (R6).
package final class Processor: Sendable {
    private let store: any Store
    private let box: EngineBox
    private let accounts: AccountDirectory
    private let depth: InboxDepth
    private let metrics: Metrics
    private let surroundings: Surroundings
    private let sinks: Sinks
    private let wakeUp: WakeSignal
    private let book: LookupBook?
    private let journal: RunJournal?
    private let state = Mutex(State())
    private let steps = Atomic<UInt64>(0)

    private struct State {
        var isStopping = false
        var isStoreFailing = false
        /// After a conflict events are decided one by one for a while, each on what is stored.
        var isCareful = false
        /// What the events wait for that were left where they are, by inbox id.
        var waits: [Int64: DecisionBatch.Wait] = [:]
    }

    /// Who is told after a commit.
    package struct Sinks: Sendable {
        /// With the timer or answer that was decided; nil for a vendor's event.
        package var decided: @Sendable (Decision, InternalEvent?) -> Void
        /// There may be effects to send.
        package var committed: @Sendable () -> Void
        /// Timers were recorded; the first of them comes up in that time.
        package var timersSet: @Sendable (_ next: Duration) -> Void
        /// Whether `decided` wants to know why every rule held or not.
        package var wantsReasons: @Sendable () -> Bool

        package init(
            decided: @escaping @Sendable (Decision, InternalEvent?) -> Void, committed: @escaping @Sendable () -> Void,
            timersSet: @escaping @Sendable (Duration) -> Void, wantsReasons: @escaping @Sendable () -> Bool = { false }
        ) {
            self.wantsReasons = wantsReasons
            self.decided = decided
            self.committed = committed
            self.timersSet = timersSet
        }
    }

    /// Events of one commit at most.
    package static let batchLimit = 64
    /// How far to look past events that wait. When that many do, later ones wait with them until an answer comes in.
    private static let farthest = 4096
    /// Of bodies in memory at a time, but for the last one: webhooks may be large, and a backlog long.
    private static let pageBytes = 4 << 20
    /// How long to leave a failing store alone, and how often to look for work that nobody announced.
    private static let pause = Duration.seconds(1)

    /// - Parameters:
    ///   - wakeUp: raised by whoever puts something into the inbox while there are rules, and when `book` was answered.
    ///   - book: fetches what webhooks lack; nil fetches nothing.
    ///   - journal: tells the next run what this one was at, should it die; nil keeps note of nothing.
    package init(
        store: any Store, box: EngineBox, accounts: AccountDirectory, depth: InboxDepth, metrics: Metrics,
        surroundings: Surroundings, wakeUp: WakeSignal = WakeSignal(), book: LookupBook? = nil, journal: RunJournal? = nil,
        sinks: Sinks
    ) {
        self.store = store
        self.box = box
        self.accounts = accounts
        self.depth = depth
        self.metrics = metrics
        self.surroundings = surroundings
        self.wakeUp = wakeUp
        self.book = book
        self.journal = journal
        self.sinks = sinks
    }

    /// Grows with every event and every look for work: what does not grow after a `wake()` is stuck.
    package var progress: UInt64 { steps.load(ordering: .relaxed) }

    private func noteProgress() { steps.add(1, ordering: .relaxed) }

    /// There may be something to decide: rules came into use, or an answer came. Cheap, from any task.
    package func wake() { wakeUp.raise() }

    /// Events came in. Without rules nobody is woken for them, webhook after webhook: who brings rules into use wakes.
    package func noteAccepted() {
        if box.isDeciding { wakeUp.raise() }
    }

    /// Begins no further batch. `run()` returns when the one that it is at is recorded.
    package func requestStop() {
        state.withLock { $0.isStopping = true }
        wakeUp.raise()
    }

    /// Decides until `requestStop()`, until the task is cancelled, or until the store is closed.
    package func run() async {
        while !isStopping, !Task.isCancelled {
            noteProgress()
            do {
                let count = try await decideWaiting()
                noteStore(nil)
                if count == 0 { await wakeUp.wait { [surroundings] in await surroundings.pause(Self.pause) } }
            } catch .closed {
                return
            } catch .conflict {
                let wasCareful = state.withLock { state in
                    defer { state.isCareful = true }
                    return state.isCareful
                }
                if wasCareful { await surroundings.pause(Self.pause) }
            } catch {
                noteStore(error)
                await surroundings.pause(Self.pause)
            }
        }
    }

    /// Decides and records one batch. Returns how many events it held; 0 when none waits, when all wait for answers, or when
    /// there are no rules.
    ///
    /// An event that waits for an answer stays in the inbox with those behind it in its conversation; others go past. One that
    /// the process died over is decided alone: it takes no neighbours with it.
    ///
    /// After an error nothing of the batch is recorded. `.conflict`: somebody else changed a conversation meanwhile.
    package func decideWaiting() async throws(StoreError) -> Int {
        guard let engine = box.current, store.hasRoom else { return 0 }
        let (limit, waits) = state.withLock { ($0.isCareful ? 1 : Self.batchLimit, $0.waits) }
        var batch = newBatch(by: engine, waits: waits.filter { book?.isAwaited($0.value.lookup) == true })
        do { try await fill(&batch, limit: limit) } catch {
            journal?.noteDeciding([])
            throw error
        }
        // Their rows are still to be made, and that is a part of deciding them.
        journal?.noteDeciding(batch.outcomes.map(\.entry.id))
        let left = batch.waits
        state.withLock { $0.waits = left }
        guard !batch.outcomes.isEmpty else { return 0 }
        try await record(batch)
        return batch.outcomes.count
    }

    private func newBatch(by engine: Engine, waits: [Int64: DecisionBatch.Wait] = [:]) -> DecisionBatch {
        DecisionBatch(
            store: store, engine: engine, accounts: accounts, surroundings: surroundings, book: book, waits: waits,
            journal: journal, isExplaining: sinks.wantsReasons())
    }

    private func fill(_ batch: inout DecisionBatch, limit: Int) async throws(StoreError) {
        var place = Int64.min
        var looked = 0
        // What waits is not read again. A page with anything to decide is a batch, so that the bodies of one are held at a time.
        while batch.outcomes.isEmpty, looked < Self.farthest {
            let size = PageSize(events: limit, rows: Self.farthest - looked, bytes: Self.pageBytes)
            let page = try await store.undecided(after: place, size: size, passing: batch.held)
            try await batch.prepare(page.entries)
            for entry in page.entries {
                // What the process died over is decided alone.
                guard entry.crashes == 0 || batch.outcomes.isEmpty else { break }
                try await batch.decide(entry)
                noteProgress()
                if entry.crashes > 0, !batch.outcomes.isEmpty { break }
            }
            looked += page.rows
            guard let last = page.last, !page.isLast else {
                // All there are: nothing that was counted wrongly stays so.
                depth.correct(to: looked)
                break
            }
            place = last
        }
    }

    /// Decides these events, which the process died over, each alone and with what comes before it in its conversation. Called
    /// before anything else runs, so that nothing else can be what it dies of this time. What waits for an answer waits on.
    ///
    /// After an error they are left to `run()`.
    package func decideFirst(_ inboxIDs: Set<Int64>) async throws(StoreError) {
        guard let engine = box.current, !inboxIDs.isEmpty else { return }
        var window = Self.batchLimit
        var entries = try await store.undecided(limit: window)
        while !inboxIDs.isSubset(of: entries.map(\.id)), entries.count == window, window < Self.farthest {
            window *= 2
            entries = try await store.undecided(limit: window)
        }
        var last: [ConversationKey: Int64] = [:]
        for entry in entries where inboxIDs.contains(entry.id) { last[entry.event.conversation] = entry.id }
        for entry in entries where entry.id <= last[entry.event.conversation] ?? 0 {
            var batch = newBatch(by: engine)
            do { try await batch.decide(entry) } catch {
                journal?.noteDeciding([])
                throw error
            }
            journal?.noteDeciding(batch.outcomes.map(\.entry.id))
            // Nor is what comes behind it in its conversation decided now.
            if batch.outcomes.isEmpty {
                last[entry.event.conversation] = nil
            } else {
                try await record(batch)
            }
        }
    }

    private func record(_ batch: DecisionBatch) async throws(StoreError) {
        do {
            try await store.commit(batch.evaluations) { [journal] in journal?.noteDeciding([]) }
        } catch {
            journal?.noteDeciding([])
            throw error
        }
        if batch.outcomes.contains(where: \.isDecided) { journal?.forgetCrashes() }
        state.withLock { $0.isCareful = false }
        depth.add(-batch.outcomes.count)
        for outcome in batch.outcomes { report(outcome) }
        sinks.committed()
        if let next = batch.nextTimer { sinks.timersSet(next) }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: Telling

    private func report(_ outcome: DecisionBatch.Outcome) {
        switch outcome.result {
        case .decided(let decision):
            metrics.countDecision(decision, duration: outcome.duration)
            surroundings.logger.debug(
                "event decided",
                metadata: [
                    Telemetry.inboxID: "\(outcome.entry.id)", Telemetry.eventID: "\(decision.event.id)",
                    Telemetry.kind: "\(decision.event.kind.rawValue)",
                    Telemetry.rules: "\(decision.matched.map(\.id).joined(separator: ","))",
                    Telemetry.effects: "\(decision.effects.count)",
                ])
            for rule in decision.limited {
                surroundings.logger.warning(
                    "regular expression met its limits", metadata: [Telemetry.rule: "\(rule)"])
            }
            sinks.decided(decision, outcome.entry.internalEvent)
        case .dead(let why, let reason):
            metrics.countDeadEvent(reason)
            surroundings.logger.error(
                "event could not be decided",
                metadata: [
                    Telemetry.inboxID: "\(outcome.entry.id)", Telemetry.account: "\(outcome.entry.account)",
                    Telemetry.vendor: "\(outcome.entry.vendor.rawValue)", Telemetry.reason: "\(reason.rawValue)",
                    Telemetry.error: "\(why)",
                ])
        }
    }

    /// One line when the store begins to fail, and one when it works again.
    private func noteStore(_ error: StoreError?) {
        let isChange = state.withLock { state in
            let isFailing = error != nil && error != .noRoom
            defer { state.isStoreFailing = isFailing }
            return state.isStoreFailing != isFailing
        }
        // `DiskWatch` tells of a full disk.
        guard isChange, error != .noRoom else { return }
        guard let error else { return surroundings.logger.info("events are decided again") }
        surroundings.logger.error("store failed, events wait", metadata: [Telemetry.error: "\(error)"])
    }
}
