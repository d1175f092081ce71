package import Model

/// What a store tells of what it did, and what people do about it: the ledger of effects, dead letters, captured webhooks, and
/// the end of what was kept long enough.
///
/// Like `Store`, which the same types implement: every method is one transaction.
package protocol Ledger: Sendable {
    /// The effects that the query names, newest first, at most so many, with their attempts and the event behind each.
    func ledger(for query: LedgerQuery, limit: Int) async throws(StoreError) -> [LedgerEntry]

    /// One effect by the id of its outbox row; nil when there is none.
    func effect(_ id: Int64) async throws(StoreError) -> LedgerEntry?

    /// What is known of an event, also of one that had no effects; nil for one that is not known or no longer kept.
    func event(_ id: String) async throws(StoreError) -> LedgerEvent?

    /// The effects that were decided on what came in at that time or later, of one rule or of all, newest first: one bounded page,
    /// of those before an id where the last page ended.
    func ruleUses(of rule: String?, since: Instant, before: Int64?) async throws(StoreError) -> RuleUsePage

    /// The webhook with this id; nil when it is not kept or its body is gone.
    func capture(_ webhookID: Int64) async throws(StoreError) -> Capture?

    /// What failed for good, newest first, at most so many. What was cancelled with an effect comes with it and not by
    /// itself. The next page begins after the last one's `place`.
    func deadLetters(
        _ filter: DeadLetterFilter, limit: Int, after: DeadLetterPlace?
    ) async throws(StoreError) -> [DeadLetter]

    /// One dead letter; nil when there is none with this id. The id of a cancelled effect gives the one that cancelled it.
    func deadLetter(_ id: DeadLetterID) async throws(StoreError) -> DeadLetter?

    /// Makes an effect that failed for good open again, with what was cancelled with it, or an event undecided again. Returns
    /// how many effects or events: 0 when there is no dead letter with this id.
    ///
    /// The effects go to the end of their conversation's line as a block, in the order in which they were decided. A delayed one
    /// whose time has not come waits beside the line again. Attempts count on; their life begins anew, and a doubt about an
    /// earlier attempt is forgotten: who retries has looked. A call that was answered as failed is not answered again.
    func retryDeadLetter(_ id: DeadLetterID, at now: ClockReading) async throws(StoreError) -> Int

    /// Marks an effect that failed for good and what was cancelled with it, or an event, as discarded: still in the ledger, no
    /// longer a dead letter. Returns how many; 0 when there is no dead letter with this id.
    func discardDeadLetter(_ id: DeadLetterID) async throws(StoreError) -> Int

    /// Webhooks of vendors whose bodies are kept, in order of arrival. A page ends early when its bodies grow large or few of
    /// those looked at are asked for: only `next == nil` says that there are no more.
    func captures(_ query: CaptureQuery) async throws(StoreError) -> CapturePage

    /// Keeps webhooks of another time or place as captures alone: their events are never decided, leave no mark, and what came
    /// of them is not known. Returns for each, in order, whether it is new.
    ///
    /// Not new is one whose like was imported before: the same account, time and body; and one that came in here: at the same
    /// time, for the same account, with one of the same events.
    func importCaptures(_ webhooks: [IncomingWebhook]) async throws(StoreError) -> [Bool]

    /// Removes what was kept long enough: one bounded step of a round, which `next` goes on with.
    ///
    /// Never removed: what is undecided or open, a dead letter before its own time, and the state of a conversation for which
    /// something waits.
    func prune(_ retention: Retention, from place: PruneCursor?, budget: PruneBudget) async throws(StoreError) -> PruneResult

    /// Looks whether the store is whole. Takes as long as reading all of it, beside the work that goes on.
    /// - Parameter isThorough: also whether each index has what its table has.
    func examination(isThorough: Bool) async throws(StoreError) -> StoreExamination
}

extension Ledger {
    /// A step that may take as long as it takes.
    package func prune(
        _ retention: Retention, from place: PruneCursor?, limit: Int
    ) async throws(StoreError) -> PruneResult {
        try await prune(retention, from: place, budget: PruneBudget(rows: limit))
    }
}

/// Which effects. Without an account, those of every account that has such a message or conversation.
package enum LedgerQuery: Sendable, Hashable {
    /// By the id of the event on which they were decided.
    case event(String)
    /// By the vendor's id of the message, or the id that was chosen before it was sent.
    case message(String, account: String? = nil)
    case conversation(String, account: String? = nil)
}

/// One effect: what it is, why it was decided, and what became of it.
package struct LedgerEntry: Sendable, Hashable {
    /// Of the outbox row.
    package var id: Int64
    package var key: String
    package var conversation: ConversationKey
    package var eventID: String
    package var rule: String
    /// Nil when this version cannot read what is stored.
    package var effect: Effect?
    /// Nil for one of before origins were kept.
    package var origin: EffectOrigin?
    package var state: LedgerState
    /// True when an attempt may have been processed and nobody knows: it is shown as `uncertain`, whatever the state.
    package var isUncertain: Bool
    /// Why the last attempt failed, or why it is dead.
    package var reason: FailureReason?
    /// Why it is dead, for people.
    package var message: String?
    package var createdAt: Instant
    /// Not before this it may go out; of no meaning once it has ended.
    package var notBefore: Instant
    /// When it ended; nil while it is open.
    package var settledAt: Instant?
    /// How often it was claimed.
    package var attemptCount: Int
    /// In order.
    package var attempts: [AttemptRecord]
    /// Of the last attempt that had one: JSON text without secrets.
    package var request: String?
    /// What the vendor calls what was made.
    package var remoteID: String?
    /// The outbox id of the effect that failed for good and took this one with it.
    package var cancelledBy: Int64?
    /// Nil when the event is no longer kept.
    package var event: LedgerEvent?

    package init(
        id: Int64, key: String, conversation: ConversationKey, eventID: String, rule: String, effect: Effect?,
        origin: EffectOrigin?, state: LedgerState, isUncertain: Bool, reason: FailureReason?, message: String?,
        createdAt: Instant, notBefore: Instant, settledAt: Instant?, attemptCount: Int, attempts: [AttemptRecord],
        request: String?, remoteID: String?, cancelledBy: Int64?, event: LedgerEvent?
    ) {
        self.id = id
        self.key = key
        self.conversation = conversation
        self.eventID = eventID
        self.rule = rule
        self.effect = effect
        self.origin = origin
        self.state = state
        self.isUncertain = isUncertain
        self.reason = reason
        self.message = message
        self.createdAt = createdAt
        self.notBefore = notBefore
        self.settledAt = settledAt
        self.attemptCount = attemptCount
        self.attempts = attempts
        self.request = request
        self.remoteID = remoteID
        self.cancelledBy = cancelledBy
        self.event = event
    }

    /// The state in one word for output: `uncertain` where nobody knows.
    package var status: String { isUncertain ? "uncertain" : state.rawValue }
}

/// What became of an effect. The raw values are what is shown.
package enum LedgerState: String, Sendable, Hashable, CaseIterable {
    /// In line.
    case pending
    /// It waits beside the line until its `delay:` is over.
    case held
    case sending
    /// It waits for another attempt.
    case retrying
    case done
    /// It failed for good.
    case dead
    /// It was not sent because an earlier effect of its rule failed for good.
    case cancelled
    /// It failed for good or was cancelled, and somebody discarded it.
    case discarded
    /// It was held back by `mode: observe`, `once_per`, a human, …: the effect's status says why.
    case suppressed
    /// The vendor cannot do it: the effect's status says why.
    case unsupported
    /// It leaves nothing to send: done with the decision itself.
    case applied
}

/// The inbox row of an event, and what is known of the webhook that brought it.
package struct LedgerEvent: Sendable, Hashable {
    package var inboxID: Int64
    package var id: String
    /// As it is stored: also one that this version does not know.
    package var kind: String
    package var conversation: ConversationKey
    package var webhookID: Int64
    /// Of the webhook; for an internal event its conversation's.
    package var account: String
    package var vendor: String
    package var receivedAt: Instant
    /// True for a timer or an answer: nothing that a vendor told.
    package var isInternal: Bool
    package var state: State
    /// Why it is or was dead, for people.
    package var error: String?
    /// The same as one of few; nil also for one that died before this was kept.
    package var reason: EventFailure?

    package enum State: String, Sendable, Hashable, CaseIterable {
        case undecided, decided, dead, discarded
    }

    package init(
        inboxID: Int64, id: String, kind: String, conversation: ConversationKey, webhookID: Int64, account: String,
        vendor: String, receivedAt: Instant, isInternal: Bool, state: State, error: String?,
        reason: EventFailure? = nil
    ) {
        self.inboxID = inboxID
        self.id = id
        self.kind = kind
        self.conversation = conversation
        self.webhookID = webhookID
        self.account = account
        self.vendor = vendor
        self.receivedAt = receivedAt
        self.isInternal = isInternal
        self.state = state
        self.error = error
        self.reason = reason
    }
}
