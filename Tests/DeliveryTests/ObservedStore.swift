import Model
import Storage
import Synchronization

/// A store in memory that shows what was settled, and fails when it is told to.
final class ObservedStore: Store {
    private struct State {
        var keys: [Int64: String] = [:]
        var settlements: [String: [Settlement]] = [:]
        var answers: [String: Value] = [:]
        var attempts: [String: [AttemptReport]] = [:]
        var ends: [String: Instant] = [:]
        var claims = 0
        var claimFailures = 0
        var settleFailures = 0
    }

    private let memory = MemoryStore()
    private let state = Mutex(State())
    /// Called before the claim of that number, from 1, is made.
    private let claiming: @Sendable (Int) async -> Void
    /// Called before a settlement comes about.
    private let settling: @Sendable () async -> Void
    /// Called when a settlement has come about and whoever made it does not know yet.
    private let settled: @Sendable () async -> Void

    init(
        claiming: @escaping @Sendable (Int) async -> Void = { _ in }, settling: @escaping @Sendable () async -> Void = {},
        settled: @escaping @Sendable () async -> Void = {}
    ) {
        self.claiming = claiming
        self.settling = settling
        self.settled = settled
    }

    /// The next that many calls fail.
    func fail(claims: Int = 0, settlements: Int = 0) {
        state.withLock { state in
            state.claimFailures = claims
            state.settleFailures = settlements
        }
    }

    /// By the effect's key, in order.
    var settlements: [String: [Settlement]] { state.withLock { $0.settlements } }
    /// By the effect's key: what calls were answered with.
    var answers: [String: Value] { state.withLock { $0.answers } }
    /// By the effect's key, in order: what the ledger was given.
    var attempts: [String: [AttemptReport]] { state.withLock { $0.attempts } }
    /// By the effect's key: when it was done or failed for good.
    var ends: [String: Instant] { state.withLock { $0.ends } }
    var claims: Int { state.withLock { $0.claims } }

    /// Puts effects into the outbox, decided on one event a call.
    func plan(_ effects: [Effect], state: ConversationState = ConversationState(), event: String, at now: Instant) async throws {
        guard let first = effects.first else { return }
        let key = ConversationKey(account: first.target.account, conversation: first.target.conversationID ?? "")
        _ = try await accept(
            IncomingWebhook(
                account: key.account, vendor: .any, receivedAt: now, body: [],
                events: [EventHeader(id: event, kind: .messageReceived, conversation: key)]))
        let stored = try await self.state(of: key, cooldowns: [])
        guard let entry = try await undecided(limit: 1).first else { return }
        let drafts = effects.map {
            OutboxDraft(effect: $0, createdAt: now, notBefore: now.adding(.milliseconds($0.delayMilliseconds)))
        }
        try await commit([
            Evaluation(
                inboxID: entry.id, conversation: key, basedOn: stored.version, state: state, effects: drafts, at: now)
        ])
    }

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { try await memory.accept(webhook) }

    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { try await memory.undecided(limit: limit) }

    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState {
        try await memory.state(of: conversation, cooldowns: cooldowns)
    }

    func commit(_ evaluations: [Evaluation]) async throws(StoreError) { try await memory.commit(evaluations) }

    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await memory.fireTimers(at: now, limits: limits)
    }

    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await claimEffects(at: now, limit: limit, accountLimits: AccountLimits(each: limit))
    }

    func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry] {
        let (number, fails) = state.withLock { state in
            state.claims += 1
            defer { state.claimFailures = max(0, state.claimFailures - 1) }
            return (state.claims, state.claimFailures > 0)
        }
        if fails { throw .unavailable("disk") }
        await claiming(number)
        let entries = try await memory.claimEffects(at: now, limit: limit, accountLimits: accountLimits)
        state.withLock { state in
            for entry in entries { state.keys[entry.id] = entry.effect.key }
        }
        return entries
    }

    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) {
        try await settle(id, as: settlement, answer: answer, attempt: nil, at: now)
    }

    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) async throws(StoreError) {
        let fails = state.withLock { state in
            defer { state.settleFailures = max(0, state.settleFailures - 1) }
            return state.settleFailures > 0
        }
        if fails { throw .unavailable("disk") }
        await settling()
        try await memory.settle(id, as: settlement, answer: answer, attempt: attempt, at: now)
        state.withLock { state in
            let key = state.keys[id] ?? ""
            state.settlements[key, default: []].append(settlement)
            if case .retry = settlement {} else { state.ends[key] = now }
            if let attempt { state.attempts[key, default: []].append(attempt) }
            if let answer { state.answers[answer.effectKey] = answer.value }
        }
        await settled()
    }

    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? {
        try await memory.nextEffectDue(at: now)
    }

    func nextEffectDue(
        at now: ClockReading, accountLimits: AccountLimits
    ) async throws(StoreError) -> Instant? {
        try await memory.nextEffectDue(at: now, accountLimits: accountLimits)
    }

    func followWallClock(setBy change: Duration, to now: Instant) async throws(StoreError) {
        try await memory.followWallClock(setBy: change, to: now)
    }

    func recover() async throws(StoreError) -> Int { try await memory.recover() }

    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try await memory.isOwnMessage(account: account, ids: ids)
    }

    func counts() async throws(StoreError) -> StoreCounts { try await memory.counts() }

    func probe() async throws(StoreError) { try await memory.probe() }

    func close() async throws(StoreError) { try await memory.close() }
}
