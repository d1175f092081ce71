import Model
import Storage

/// A store whose claims and settlements are written down.
struct JournalStore: Store {
    let real: any Store & Ledger
    let journal: StormJournal

    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await claimEffects(at: now, limit: limit, accountLimits: AccountLimits(each: limit))
    }

    func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry] {
        let entries = try await real.claimEffects(at: now, limit: limit, accountLimits: accountLimits)
        for entry in entries { journal.claimed(entry, at: now) }
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
        // Before it is done: as soon as it is, the effect may be claimed again.
        journal.settled(id, as: settlement, attempt: attempt)
        try await real.settle(id, as: settlement, answer: answer, attempt: attempt, at: now)
    }

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { try await real.accept(webhook) }

    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { try await real.undecided(limit: limit) }

    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState {
        try await real.state(of: conversation, cooldowns: cooldowns)
    }

    func commit(_ evaluations: [Evaluation]) async throws(StoreError) { try await real.commit(evaluations) }

    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await real.fireTimers(at: now, limits: limits)
    }

    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? {
        try await real.nextEffectDue(at: now)
    }

    func nextEffectDue(
        at now: ClockReading, accountLimits: AccountLimits
    ) async throws(StoreError) -> Instant? {
        try await real.nextEffectDue(at: now, accountLimits: accountLimits)
    }

    func recover() async throws(StoreError) -> Int { try await real.recover() }

    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try await real.isOwnMessage(account: account, ids: ids)
    }

    func counts() async throws(StoreError) -> StoreCounts { try await real.counts() }

    func probe() async throws(StoreError) { try await real.probe() }

    func close() async throws(StoreError) { try await real.close() }
}
