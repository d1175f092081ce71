package import Model

/// Where events wait to be decided and effects wait to be sent: the inbox, the conversations' states, the outbox.
///
/// Every method is one transaction: when it returns, all of it is durable; when it throws, none of it happened. Methods
/// may be called from any task at any time; a store orders them itself. The contract suite in `StorageTests` says the
/// rest in tests, and every store passes it. Texts are compared by their bytes.
///
/// What a store tells of all this afterwards is `Ledger`, which the same types implement.
///
/// The promises that hang on this protocol: an accepted event is never lost and decided once (R1), a redelivered one
/// changes nothing (R3), effects of one conversation go out in order (R5).
package protocol Store: Sendable {
    /// Stores a webhook and those of its events that were not seen before, by event id, in the order given. Marks of events are
    /// forgotten when they are old (`Ledger.prune`).
    ///
    /// Returns only after the commit reached the disk. Concurrent calls share commits (group commit). The mark "seen" and
    /// the event are one transaction. A webhook with no new event leaves no row.
    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult

    /// The oldest events that are not decided yet, in order of arrival.
    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry]

    /// A page of them: those of which the id is greater than `place`, as many as fit into the size. Those of the conversations
    /// in `passing` are counted and not read.
    func undecided(
        after place: Int64, size: PageSize, passing: Set<ConversationKey>
    ) async throws(StoreError) -> UndecidedPage

    /// How many events are not decided yet.
    func undecidedCount() async throws(StoreError) -> Int

    /// What deciding needs to read. A conversation that is not known has version 0 and the empty state.
    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState

    /// The same, and whose messages some are, for several events at once. What is read may be of several moments.
    ///
    /// `read` is called once nothing has to be waited for any more, before anything of it is decoded.
    func facts(for reads: DecisionReads, read: @Sendable () -> Void) async throws(StoreError) -> DecisionFacts

    /// Records decisions, all or none: the states (version + 1), the cooldowns, the effects with their place in the order
    /// of their conversation, the timers, and each inbox entry's end. An effect whose key is stored already is not stored again;
    /// one that is not to be sent is only recorded for the ledger (`OutboxDraft.ending`).
    /// `.conflict` when a conversation's version is no longer the one that was read, or an entry is decided already.
    func commit(_ evaluations: [Evaluation]) async throws(StoreError)

    /// The same. `prepared` is called once, from any thread, when the evaluations have the form in which they are written: what
    /// is left then is only waiting for the disk. It is not called when that fails before.
    func commit(_ evaluations: [Evaluation], prepared: @Sendable () -> Void) async throws(StoreError)

    /// Moves the timers that are due into the inbox as internal events, those that wait longest first, and forgets them as
    /// timers: one transaction. A timer's event has the timer's identity (`InternalEvent.id`): one that was moved before is
    /// only forgotten. `next` is after this sweep.
    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep

    /// Takes the next effects to send: of each conversation only the first in line, and only if it may go out at `now`; those
    /// that wait longest come first. Held effects whose time has come join the end of their conversation's line first
    /// (`HeldEffects.releasedAtOnce` of them at most), those of one event in their order. What is returned is marked as being
    /// sent, and its attempt counted, before this returns.
    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry]

    /// The same with turns between accounts: of no account more are being sent afterwards than its limit, those counted that
    /// are being sent already. Each turn takes from the account of which the fewest are being sent, and among those from the one
    /// that waits longest.
    func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry]

    /// Records what became of a claimed effect. `.dead` also cancels what is open of the same rule on the same event, held
    /// effects included; a cancelled `http` action with `save` is answered with the error `cancelled`.
    ///
    /// - Parameter answer: for an `http` action with `save` that has ended: an internal event in the inbox, by the same
    ///   transaction. With `.retry` it has not ended, and nothing is kept.
    ///
    /// The first settlement of a claim stands: for an effect that is not being sent this changes nothing.
    func settle(_ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant) async throws(StoreError)

    /// The same, and keeps the attempt for the ledger, by the same transaction.
    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) async throws(StoreError)

    /// When the next effect may go out or join its line, on the wall clock, of those that wait; nil when none waits. One
    /// behind an open effect of its conversation does not count.
    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant?

    /// The same without the accounts of which as many are being sent as may be: their next one is for whoever settles one.
    /// A held effect counts whatever its account.
    func nextEffectDue(at now: ClockReading, accountLimits: AccountLimits) async throws(StoreError) -> Instant?

    /// Makes effects that were being sent when the process died open again, and uncertain; in the ledger that attempt is
    /// uncertain. Called once at start. Returns how many there were.
    func recover() async throws(StoreError) -> Int

    /// The wall clock was set forward by `change` (back by a negative one), and shows `now`: what waits for another try goes on
    /// waiting as long as it was to, and nothing that is open grows older by it or is from the future.
    func followWallClock(setBy change: Duration, to now: Instant) async throws(StoreError)

    /// Counts one more crash, up to so many, for those of these events that are not decided yet: the process died while it was at
    /// them. Returns how many each of them has now, by inbox id; what has more keeps it. `Ledger.retryDeadLetter` begins at none again.
    func countCrash(of inboxIDs: [Int64], upTo most: Int) async throws(StoreError) -> [Int64: Int]

    /// True when one of these ids is a message that Bellhop sent for that account.
    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool

    func counts() async throws(StoreError) -> StoreCounts

    /// False while the disk is too full for anything new: `accept`, `commit` and `fireTimers` are refused with `.noRoom` then. As it
    /// was seen last; cheap, from any task.
    var hasRoom: Bool { get }

    /// Writes and takes back: throws when the store takes no writes.
    func probe() async throws(StoreError)

    /// Finishes what was begun and closes. Nothing may be called afterwards.
    func close() async throws(StoreError)
}

/// For stores around another that keep no ledger, count no crashes, have no accounts that wait for each other, and know of no
/// disk, under clocks that nobody sets.
extension Store {
    package var hasRoom: Bool { true }

    package func followWallClock(setBy change: Duration, to now: Instant) async throws(StoreError) {}

    package func undecided(
        after place: Int64, size: PageSize, passing: Set<ConversationKey>
    ) async throws(StoreError) -> UndecidedPage {
        let behind = try await undecided(limit: .max).filter { $0.id > place }
        var page = UndecidedPage()
        for entry in behind where !page.isFull(size) {
            page.add(passing.contains(entry.event.conversation) ? nil : entry, id: entry.id)
        }
        page.isLast = page.last == nil || page.last == behind.last?.id
        return page
    }

    package func undecidedCount() async throws(StoreError) -> Int { try await counts().undecided }

    package func commit(_ evaluations: [Evaluation], prepared: @Sendable () -> Void) async throws(StoreError) {
        prepared()
        try await commit(evaluations)
    }

    package func countCrash(of inboxIDs: [Int64], upTo most: Int) async throws(StoreError) -> [Int64: Int] { [:] }

    package func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry] {
        try await claimEffects(at: now, limit: limit)
    }

    package func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) async throws(StoreError) {
        try await settle(id, as: settlement, answer: answer, at: now)
    }

    package func nextEffectDue(
        at now: ClockReading, accountLimits: AccountLimits
    ) async throws(StoreError) -> Instant? {
        try await nextEffectDue(at: now)
    }
}

/// What can be told about a store that failed.
package enum StoreError: Error, Sendable, Hashable {
    /// Somebody else changed a conversation since it was read: read again and decide again.
    case conflict
    /// The bounded queue of writes is full: answer 503 and let the sender come again.
    case overloaded
    /// The disk is too full: answer 503. Heals by itself when there is room.
    case noRoom
    /// The store is closed, or failed so that only a new start can tell what is on the disk.
    case closed
    /// The disk or the database failed; the text is for the log.
    case unavailable(String)
}
