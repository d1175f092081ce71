import Daemon
import Delivery
import Model
import Rules
import Storage
import Synchronization
import Testing

/// R13: the watchdog is fed by work that is done, and by nothing else.
@Suite(.timeLimit(.minutes(15))) struct WatchdogTests {
    /// Counts, and lets tests wait for a count.
    private final class Tally: Sendable {
        private let lines = Lines()
        var count: Int { lines.all.count }
        func add() { lines.add("") }
        func reach(_ count: Int) async { await lines.reach(count) }
    }

    /// Fed at half of it; at a quarter, what is missing is told.
    private static let timeout = Duration.seconds(6)

    /// Pauses are short, so that nothing here takes long, but for the one after which what is missing is told.
    private static func quick(_ log: Lines = Lines()) -> Surroundings {
        let start = ContinuousClock.now
        var quick = surroundings(log: log)
        quick.uptime = { ContinuousClock.now - start }
        quick.pause = { pause in try? await Task.sleep(for: pause == timeout / 4 ? pause : min(pause, .milliseconds(20))) }
        return quick
    }

    /// Runs a watchdog over the real loops on this store until `body` returns.
    private func watched(
        _ store: HangingStore, log: Lines = Lines(), _ body: (Tally) async throws -> Void
    ) async throws {
        let surroundings = Self.quick(log)
        let (depth, metrics) = (InboxDepth(), Metrics())
        let accounts = try exampleAccounts()
        let processor = Processor(
            store: store, box: EngineBox(Engine(rules: RuleSet([]))), accounts: accounts, depth: depth, metrics: metrics,
            surroundings: surroundings, sinks: Processor.Sinks(decided: { _, _ in }, committed: {}, timersSet: { _ in }))
        let timers = TimerSweeper(
            store: store, depth: depth, metrics: metrics, surroundings: surroundings, fired: {})
        let tally = Tally()
        let watchdog = Watchdog(
            parts: [
                .store(StoreProbe(store: store, surroundings: surroundings)), .eventLoops,
                .loop(
                    "processor", progress: { processor.progress }, wake: { processor.wake() }, pause: surroundings.pause),
                .loop("timers", progress: { timers.progress }, wake: { timers.wake() }, pause: surroundings.pause),
            ], timeout: Self.timeout, surroundings: surroundings, feed: { tally.add() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await processor.run() }
            group.addTask { await timers.run() }
            group.addTask { await watchdog.run() }
            defer { group.cancelAll() }
            try await body(tally)
            store.goOn()
        }
    }

    @Test func isFedWhileEverythingGoesOn() async throws {
        try await watched(HangingStore()) { tally in await tally.reach(5) }
    }

    /// A disk that hangs: no call returns, and none fails.
    @Test(arguments: HangingStore.Call.allCases)
    func isNotFedWhileAPartHangs(call: HangingStore.Call) async throws {
        let store = HangingStore()
        let log = Lines()
        try await watched(store, log: log) { tally in
            await tally.reach(2)
            store.hang(call)
            await store.caught()
            // One round may have been nearly over.
            let before = tally.count
            var told = 0
            repeat {
                told += 1
                await log.reach(told)
                // On a busy machine others may be late too, and stand beside it.
            } while !log.all.contains { $0.contains("watchdog is not fed") && $0.contains(call.part) }
            #expect(tally.count <= before + 1)
            let hung = tally.count
            store.goOn()
            await tally.reach(hung + 2)
        }
    }

    /// A full disk is answered by 503, and no restart makes it larger.
    @Test func isFedWhileTheStoreRefuses() async throws {
        let store = HangingStore()
        try await watched(store) { tally in
            store.refuse()
            await tally.reach(tally.count + 3)
        }
    }
}

/// A store in memory of which a call can be made to hang.
final class HangingStore: Store {
    enum Call: String, CaseIterable, Sendable {
        case probe, undecided, fireTimers

        var part: String {
            switch self {
            case .probe: "store"
            case .undecided: "processor"
            case .fireTimers: "timers"
            }
        }
    }

    private struct State {
        var hanging: Call?
        var isRefusing = false
        var held: [CheckedContinuation<Void, Never>] = []
        var probes = 0
        var pages: [Page] = []
    }

    /// What was asked for.
    struct Page: Sendable {
        var size: PageSize
        var passing: Set<ConversationKey>
    }

    private let real = MemoryStore()
    private let state = Mutex(State())
    private let caughtOne = Lines()

    func hang(_ call: Call) { state.withLock { $0.hanging = call } }
    func refuse() { state.withLock { $0.isRefusing = true } }
    var probes: Int { state.withLock { $0.probes } }
    var pages: [Page] { state.withLock { $0.pages } }

    func goOn() {
        let held = state.withLock { state in
            state.hanging = nil
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Returns once a call hangs.
    func caught() async { await caughtOne.reach(1) }

    private func pass(_ call: Call) async throws(StoreError) {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                if call == .probe { state.probes += 1 }
                guard state.hanging == call else { return true }
                state.held.append(continuation)
                return false
            }
            if passes { continuation.resume() } else { caughtOne.add("") }
        }
        if state.withLock({ $0.isRefusing }) { throw .unavailable("refused") }
    }

    func probe() async throws(StoreError) { try await pass(.probe) }

    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { try await real.undecided(limit: limit) }

    func undecided(
        after place: Int64, size: PageSize, passing: Set<ConversationKey>
    ) async throws(StoreError) -> UndecidedPage {
        state.withLock { $0.pages.append(Page(size: size, passing: passing)) }
        try await pass(.undecided)
        return try await real.undecided(after: place, size: size, passing: passing)
    }

    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await pass(.fireTimers)
        return try await real.fireTimers(at: now, limits: limits)
    }

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { try await real.accept(webhook) }

    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState {
        try await real.state(of: conversation, cooldowns: cooldowns)
    }

    func commit(_ evaluations: [Evaluation]) async throws(StoreError) { try await real.commit(evaluations) }

    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await real.claimEffects(at: now, limit: limit)
    }

    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) {
        try await real.settle(id, as: settlement, answer: answer, at: now)
    }

    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? { try await real.nextEffectDue(at: now) }

    func recover() async throws(StoreError) -> Int { try await real.recover() }

    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try await real.isOwnMessage(account: account, ids: ids)
    }

    func counts() async throws(StoreError) -> StoreCounts { try await real.counts() }

    func close() async throws(StoreError) { try await real.close() }
}
