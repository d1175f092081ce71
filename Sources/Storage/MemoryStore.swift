package import Model
import Synchronization

/// A store in memory, with the same semantics as the others and no durability: for tests and dry runs.
///
/// It refuses nothing for its size. It finds its way by walking over what is open, so it suits thousands of rows, not
/// millions.
package final class MemoryStore: Store {
    private let contents: Mutex<MemoryContents?> = Mutex(MemoryContents())

    package init() {}

    package func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult {
        try transaction { contents throws(StoreError) in contents.inbox.accept(webhook) }
    }

    package func undecidedCount() async throws(StoreError) -> Int {
        try transaction { contents throws(StoreError) in contents.inbox.undecidedCount }
    }

    package func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] {
        try transaction { contents throws(StoreError) in contents.inbox.undecided(limit: limit) }
    }

    package func state(
        of conversation: ConversationKey, cooldowns: [CooldownKey]
    ) async throws(StoreError) -> StoredState {
        try transaction { contents throws(StoreError) in contents.state(of: conversation, cooldowns: cooldowns) }
    }

    package func commit(_ evaluations: [Evaluation]) async throws(StoreError) {
        try transaction { contents throws(StoreError) in try contents.commit(evaluations) }
    }

    package func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try transaction { contents throws(StoreError) in contents.fireTimers(at: now, limits: limits) }
    }

    package func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try transaction { contents throws(StoreError) in contents.claimEffects(at: now, limit: limit, accountLimits: nil) }
    }

    package func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry] {
        try transaction { contents throws(StoreError) in
            contents.claimEffects(at: now, limit: limit, accountLimits: accountLimits)
        }
    }

    package func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) {
        try await settle(id, as: settlement, answer: answer, attempt: nil, at: now)
    }

    package func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) async throws(StoreError) {
        try transaction { contents throws(StoreError) in
            contents.settle(id, as: settlement, answer: answer, attempt: attempt, at: now)
        }
    }

    package func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? {
        try transaction { contents throws(StoreError) in contents.outbox.nextDue(at: now, limits: nil) }
    }

    package func nextEffectDue(
        at now: ClockReading, accountLimits: AccountLimits
    ) async throws(StoreError) -> Instant? {
        try transaction { contents throws(StoreError) in contents.outbox.nextDue(at: now, limits: accountLimits) }
    }

    package func recover() async throws(StoreError) -> Int {
        try transaction { contents throws(StoreError) in contents.outbox.recover() }
    }

    package func followWallClock(setBy change: Duration, to now: Instant) async throws(StoreError) {
        try transaction { contents throws(StoreError) in contents.outbox.followWallClock(setBy: change, to: now) }
    }

    package func countCrash(of inboxIDs: [Int64], upTo most: Int) async throws(StoreError) -> [Int64: Int] {
        try transaction { contents throws(StoreError) in contents.inbox.countCrash(of: inboxIDs, upTo: most) }
    }

    package func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try transaction { contents throws(StoreError) in contents.outbox.isOwnMessage(account: account, ids: ids) }
    }

    package func counts() async throws(StoreError) -> StoreCounts {
        try transaction { contents throws(StoreError) in contents.counts }
    }

    package func probe() async throws(StoreError) {
        try transaction { _ throws(StoreError) in }
    }

    package func close() async throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in
            guard contents != nil else { throw .closed }
            contents = nil
        }
    }

    func transaction<Value: Sendable>(
        _ body: (inout MemoryContents) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try contents.withLock { contents throws(StoreError) in
            // Taken out and put back, so that it is changed in place and not copied.
            guard var taken = contents.take() else { throw .closed }
            defer { contents = taken }
            return try body(&taken)
        }
    }
}

/// Texts compared by their bytes, as a database does: Swift's own `==` calls composed and decomposed accents equal.
struct ExactKey: Hashable, Comparable {
    private let parts: [[UInt8]]

    init(_ parts: String...) { self.parts = parts.map { Array($0.utf8) } }

    init(_ key: ConversationKey) { self.init(key.account, key.conversation) }

    init(_ key: CooldownKey) { self.init(key.account, key.scope.rawValue, key.subject, key.rule) }

    static func < (left: ExactKey, right: ExactKey) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts) { $0.lexicographicallyPrecedes($1) }
    }
}

/// What a `MemoryStore` holds. Each operation on it is all of a transaction.
struct MemoryContents: Sendable {
    var inbox = MemoryInbox()
    var outbox = MemoryOutbox()
    private(set) var timers = MemoryTimers()
    var conversations: [ExactKey: ConversationRow] = [:]
    var cooldowns: [ExactKey: Instant] = [:]

    struct ConversationRow {
        var state = ConversationState()
        var version: Int64 = 0
        var changedAt: Instant
    }

    func state(of conversation: ConversationKey, cooldowns keys: [CooldownKey]) -> StoredState {
        let row = conversations[ExactKey(conversation)]
        var found: [CooldownKey: Instant] = [:]
        for key in keys { found[key] = cooldowns[ExactKey(key)] }
        return StoredState(
            state: DecisionState(conversation: row?.state ?? ConversationState(), cooldowns: found),
            version: row?.version ?? 0)
    }

    /// Everything is checked before the first change.
    mutating func commit(_ evaluations: [Evaluation]) throws(StoreError) {
        try check(evaluations)
        for evaluation in evaluations {
            // The vendor's clock may be far behind.
            let recordedAt = max(evaluation.at, inbox.receivedAt(evaluation.inboxID) ?? evaluation.at)
            if evaluation.state != nil || evaluation.effects.contains(where: { $0.ending == nil }) {
                let key = ExactKey(evaluation.conversation)
                var row = conversations[key] ?? ConversationRow(changedAt: recordedAt)
                row.changedAt = recordedAt
                if let state = evaluation.state {
                    row.state = state
                    row.version += 1
                }
                conversations[key] = row
            }
            for draft in evaluation.effects { outbox.add(draft, of: evaluation, at: recordedAt) }
            if let drafts = evaluation.timers { timers.replace(with: drafts, of: evaluation.conversation) }
            for cooldown in evaluation.cooldowns { cooldowns[ExactKey(cooldown)] = evaluation.at }
            inbox.end(evaluation.inboxID, as: evaluation.end, at: evaluation.at)
        }
    }

    private func check(_ evaluations: [Evaluation]) throws(StoreError) {
        var versions: [ExactKey: Int64] = [:]
        var inboxIDs: Set<Int64> = []
        for evaluation in evaluations {
            let key = ExactKey(evaluation.conversation)
            let version = versions[key] ?? conversations[key]?.version ?? 0
            guard version == evaluation.basedOn, inboxIDs.insert(evaluation.inboxID).inserted,
                inbox.isUndecided(evaluation.inboxID)
            else { throw .conflict }
            versions[key] = evaluation.state == nil ? version : version + 1
        }
    }

    mutating func fireTimers(at now: ClockReading, limits: TimerLimits) -> TimerSweep {
        var fired = 0
        for timer in timers.takeDue(at: now, limits: limits) {
            let receivedAt = max(timer.draft.deadline.wall, now.wall)
            if inbox.add(InternalEvent(timer.draft, of: timer.conversation), at: receivedAt) { fired += 1 }
        }
        return TimerSweep(fired: fired, next: timers.next(at: now))
    }

    mutating func claimEffects(at now: ClockReading, limit: Int, accountLimits: AccountLimits?) -> [OutboxEntry] {
        guard limit > 0 else { return [] }
        return outbox.claim(at: now, limit: limit, limits: accountLimits).map { row in
            OutboxEntry(
                id: row.id, effect: row.effect, attempt: row.attempt, attemptOfLife: row.attempt - row.attemptsBefore,
                createdAt: row.createdAt,
                state: conversations[ExactKey(row.conversation)]?.state ?? ConversationState(),
                isUncertain: row.isUncertain)
        }
    }

    mutating func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) {
        guard let ended = outbox.settle(id, as: settlement, attempt: attempt, at: now) else { return }
        var answers = answer.map { [(ended.effect, $0)] } ?? []
        answers += ended.cancelled.compactMap { effect in HTTPAnswer.cancelled(effect).map { (effect, $0) } }
        for (effect, answer) in answers {
            let event = InternalEvent(
                conversation: ended.conversation, vendor: effect.target.vendor, cause: .answer(answer))
            _ = inbox.add(event, at: now)
        }
    }

    var counts: StoreCounts {
        StoreCounts(
            undecided: inbox.undecidedCount, oldestUndecided: inbox.oldestUndecided, open: outbox.openByAccount,
            oldestOpen: outbox.oldestByAccount, dead: inbox.dead + outbox.dead,
            crashed: inbox.deadRows.count { $0.reason == .crash })
    }
}
