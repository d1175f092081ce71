package import Model

/// An authentic webhook with the headers of its events.
package struct IncomingWebhook: Sendable, Hashable {
    package var account: String
    package var vendor: VendorID
    package var receivedAt: Instant
    /// Those that reading it again needs; no secrets.
    package var headers: [WebhookHeader]
    package var body: [UInt8]
    package var events: [EventHeader]

    package init(
        account: String, vendor: VendorID, receivedAt: Instant, headers: [WebhookHeader] = [], body: [UInt8],
        events: [EventHeader]
    ) {
        self.account = account
        self.vendor = vendor
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
        self.events = events
    }
}

/// What the inbox knows of an event without decoding it.
package struct EventHeader: Sendable, Hashable {
    package var id: String
    package var kind: EventKind
    package var conversation: ConversationKey

    package init(id: String, kind: EventKind, conversation: ConversationKey) {
        self.id = id
        self.kind = kind
        self.conversation = conversation
    }

    package init(_ event: Event) {
        self.init(id: event.id, kind: event.kind, conversation: event.conversationKey)
    }
}

package struct AcceptResult: Sendable, Hashable {
    /// Events that were stored now.
    package var accepted: Int
    /// Events that had been stored before.
    package var duplicates: Int

    package init(accepted: Int, duplicates: Int) {
        self.accepted = accepted
        self.duplicates = duplicates
    }
}

/// An event that waits to be decided. A vendor's is decoded from its webhook's body again: its id tells which of the body's
/// events it is.
package struct InboxEntry: Sendable, Hashable {
    package var id: Int64
    package var account: String
    package var vendor: VendorID
    package var event: EventHeader
    package var receivedAt: Instant
    /// Of the webhook; empty for an internal event.
    package var headers: [WebhookHeader]
    /// Of the webhook; empty for an internal event.
    package var body: [UInt8]
    /// A timer that came up or an answer of a system of the user's own; nil for a vendor's event.
    package var internalEvent: Optional<InternalEvent>
    /// How often the process died over it (`Store.countCrash`).
    package var crashes: Int

    package init(
        id: Int64, account: String, vendor: VendorID, event: EventHeader, receivedAt: Instant, headers: [WebhookHeader] = [],
        body: [UInt8], internalEvent: InternalEvent? = nil, crashes: Int = 0
    ) {
        self.id = id
        self.account = account
        self.vendor = vendor
        self.event = event
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
        self.internalEvent = internalEvent
        self.crashes = crashes
    }
}

package struct StoredState: Sendable, Hashable {
    package var state: DecisionState
    /// Grows by one with every commit; 0 for a conversation that is not stored.
    package var version: Int64

    package init(state: DecisionState, version: Int64) {
        self.state = state
        self.version = version
    }
}

/// One decided event, ready to be recorded.
package struct Evaluation: Sendable, Hashable {
    package var inboxID: Int64
    package var conversation: ConversationKey
    /// The version of the conversation that the decision was based on. Of several evaluations of one conversation in one
    /// commit, each is based on the one before: the second on version + 1, and so on.
    package var basedOn: Int64
    /// Nil: the conversation's state is left as it is, and so is its version.
    package var state: Optional<ConversationState>
    /// `once_per` windows that begin at `at`.
    package var cooldowns: [CooldownKey]
    /// Effects in order: those that are to be sent, and, for the ledger, those that are not (`OutboxDraft.ending`).
    package var effects: [OutboxDraft]
    /// The conversation's timers from now on, in place of all that it had; nil leaves them as they are.
    package var timers: Optional<[TimerDraft]>
    package var end: InboxEnd
    package var at: Instant

    package init(
        inboxID: Int64, conversation: ConversationKey, basedOn: Int64, state: ConversationState?,
        cooldowns: [CooldownKey] = [], effects: [OutboxDraft] = [], timers: [TimerDraft]? = nil, end: InboxEnd = .done,
        at: Instant
    ) {
        self.inboxID = inboxID
        self.conversation = conversation
        self.basedOn = basedOn
        self.state = state
        self.cooldowns = cooldowns
        self.effects = effects
        self.timers = timers
        self.end = end
        self.at = at
    }
}

package enum InboxEnd: Sendable, Hashable {
    case done
    /// It could not be decided; kept, and why: a text for people, and what kind of failure it is.
    case dead(String, reason: EventFailure = .unreadable)
}

/// One effect of a decision. What becomes of it follows from the effect: what is planned and leaves Bellhop is sent, all else is
/// only recorded.
package struct OutboxDraft: Sendable, Hashable {
    package var effect: Effect
    /// When the webhook behind it arrived: an effect's life counts from there, however old the event in it is.
    package var createdAt: Instant
    /// Not before this it may go out; of no meaning for a held one.
    package var notBefore: Instant
    /// For an action with `delay:` and what follows it in its rule: until then it is held beside the line of its
    /// conversation, and joins the end of the line when the time has come, so that it holds up nothing of others.
    package var heldUntil: Optional<Deadline>
    /// Ids by which a vendor will show what this makes, known before it is sent: remembered as our own.
    package var ownIDs: [String]
    /// Why it was decided, for the ledger.
    package var origin: Optional<EffectOrigin>

    package init(
        effect: Effect, createdAt: Instant, notBefore: Instant, heldUntil: Deadline? = nil, ownIDs: [String] = [],
        origin: EffectOrigin? = nil
    ) {
        self.effect = effect
        self.createdAt = createdAt
        self.notBefore = notBefore
        self.heldUntil = heldUntil
        self.ownIDs = ownIDs
        self.origin = origin
    }

    /// What it is from the beginning when it is never sent: `suppressed`, `unsupported` or `applied`. Nil when it is to be sent.
    package var ending: LedgerState? {
        switch effect.status {
        case .planned: effect.action.leavesBellhop ? nil : .applied
        case .suppressed: .suppressed
        case .unsupported: .unsupported
        }
    }
}

/// An effect that is to be sent now.
package struct OutboxEntry: Sendable, Hashable {
    package var id: Int64
    package var effect: Effect
    /// 1 for the first.
    package var attempt: Int
    /// As `attempt`, counted anew when somebody retried the dead letter that it was.
    package var attemptOfLife: Int
    /// When the webhook behind it arrived; for one that was held, when its time came, on the wall clock of that moment; for one
    /// that somebody retried, when that was.
    package var createdAt: Instant
    /// The conversation's state as it is now, for the last check before sending.
    package var state: ConversationState
    /// True when an earlier attempt may have been processed.
    package var isUncertain: Bool

    package init(
        id: Int64, effect: Effect, attempt: Int, attemptOfLife: Int? = nil, createdAt: Instant, state: ConversationState,
        isUncertain: Bool
    ) {
        self.id = id
        self.effect = effect
        self.attempt = attempt
        self.attemptOfLife = attemptOfLife ?? attempt
        self.createdAt = createdAt
        self.state = state
        self.isUncertain = isUncertain
    }
}

package enum Settlement: Sendable, Hashable {
    /// The vendor's id of what was made is remembered as our own.
    case done(remoteID: String?)
    case retry(at: Instant, FailureReason, uncertain: Bool)
    /// It failed for good; the message is for people, redacted and short.
    case dead(FailureReason, message: String)
}

package struct StoreCounts: Sendable, Hashable {
    package var undecided: Int
    /// When the oldest undecided event arrived.
    package var oldestUndecided: Instant?
    /// Effects that are open, by account.
    package var open: [String: Int]
    /// By account: when the webhook behind the oldest open effect arrived (`OutboxEntry.createdAt`). Effects that are held do not
    /// count.
    package var oldestOpen: [String: Instant]
    /// Effects and events that failed for good, cancelled effects included.
    package var dead: Int
    /// Those of them that are events over which the process died (`EventFailure.crash`).
    package var crashed: Int

    package init(
        undecided: Int, oldestUndecided: Instant?, open: [String: Int], oldestOpen: [String: Instant] = [:], dead: Int,
        crashed: Int = 0
    ) {
        self.undecided = undecided
        self.oldestUndecided = oldestUndecided
        self.open = open
        self.oldestOpen = oldestOpen
        self.dead = dead
        self.crashed = crashed
    }
}
