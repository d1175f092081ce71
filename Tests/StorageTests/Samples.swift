import Model
import Storage
import Vendors

/// A fixed morning, plus so many milliseconds.
func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: 1_750_000_000_000 + milliseconds) }

/// The clocks so long after that morning; `jump` is how far the wall clock was set off since.
func clocks(_ milliseconds: Int64, jump: Int64 = 0, boot: String = "boot 1") -> ClockReading {
    ClockReading(wall: at(milliseconds).adding(.milliseconds(jump)), bootID: boot, sinceBoot: 77_000 + milliseconds)
}

/// In the first boot, with the clocks as they were on that morning.
func deadline(_ milliseconds: Int64) -> Deadline { Deadline(at(milliseconds), clocks: clocks(0)) }

func timer(_ kind: ConversationTimer.Kind, due milliseconds: Int64, vendor: VendorID = .huggy) -> TimerDraft {
    TimerDraft(
        timer: ConversationTimer(kind, due: at(milliseconds)), vendor: vendor, deadline: deadline(milliseconds))
}

func idle(_ seconds: Int64, since side: IdleSide = .customer) -> ConversationTimer.Kind {
    .idle(IdleTimer(after: .seconds(seconds), since: side))
}

func key(_ conversation: String, account: String = "shop") -> ConversationKey {
    ConversationKey(account: account, conversation: conversation)
}

func header(_ id: String, in conversation: String = "c1", account: String = "shop") -> EventHeader {
    EventHeader(id: id, kind: .messageReceived, conversation: key(conversation, account: account))
}

func webhook(_ events: [EventHeader], at instant: Instant = at(0), body: String = "{}", account: String = "shop")
    -> IncomingWebhook
{
    IncomingWebhook(account: account, vendor: .huggy, receivedAt: instant, body: Array(body.utf8), events: events)
}

func effect(_ key: String, event: String = "e1", rule: String = "greet", account: String = "shop") -> Effect {
    Effect(
        key: key, eventID: event, rule: rule, ruleAt: SourcePosition(file: "rules/greet.yaml", line: 4, column: 5),
        action: .reply(Reply(text: "Hello ‘\(key)’", buttons: ["yes", "no"])),
        target: EffectTarget(
            account: account, vendor: .huggy, conversationID: "c1", contactID: nil, channel: "webchat", tags: ["vip"]))
}

func draft(
    _ key: String, event: String = "e1", rule: String = "greet", notBefore: Instant = at(0), heldUntil: Deadline? = nil,
    ownIDs: [String] = [], account: String = "shop"
) -> OutboxDraft {
    OutboxDraft(
        effect: effect(key, event: event, rule: rule, account: account), createdAt: at(0), notBefore: notBefore,
        heldUntil: heldUntil, ownIDs: ownIDs)
}

/// A call of a system of the user's own.
func call(
    _ key: String, save: String?, event: String = "e1", rule: String = "greet", heldUntil: Deadline? = nil
) -> OutboxDraft {
    var planned = draft(key, event: event, rule: rule, heldUntil: heldUntil)
    planned.effect.action = .http(HTTPCall(method: "GET", url: "https://example.org/", save: save))
    return planned
}

extension Store {
    /// Accepts one event and returns its inbox entry.
    func arrival(_ id: String, in conversation: String = "c1", account: String = "shop") async throws -> InboxEntry {
        _ = try await accept(webhook([header(id, in: conversation, account: account)], account: account))
        let entries = try await undecided(limit: 1000)
        guard let entry = entries.last(where: { $0.event.id == id }) else { throw MissingEntry(id: id) }
        return entry
    }

    /// Accepts an event and decides it with these effects and timers. The conversation's state stays as it is.
    func decide(
        _ id: String, in conversation: String = "c1", account: String = "shop", effects: [OutboxDraft] = [],
        timers: [TimerDraft]? = nil
    ) async throws {
        let entry = try await arrival(id, in: conversation, account: account)
        let version = try await state(of: entry.event.conversation, cooldowns: []).version
        try await commit([
            Evaluation(
                inboxID: entry.id, conversation: entry.event.conversation, basedOn: version, state: nil, effects: effects,
                timers: timers, at: at(0))
        ])
    }

    /// The keys of the effects that can be claimed now; they are marked as being sent.
    func claimKeys(now: Instant = at(0), limit: Int = 100) async throws -> [String] {
        try await claimEffects(now: now, limit: limit).map(\.effect.key)
    }

    /// Claims the one effect that can be claimed.
    func claimOne(now: Instant = at(0)) async throws -> OutboxEntry {
        let entries = try await claimEffects(now: now, limit: 1)
        guard let entry = entries.first else { throw MissingEntry(id: "effect") }
        return entry
    }

    /// Claims with clocks that nobody has set.
    func claimEffects(now: Instant, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await claimEffects(at: clocks(now.since(at(0)).wholeMilliseconds), limit: limit)
    }

    func settle(_ id: Int64, as settlement: Settlement, at now: Instant) async throws(StoreError) {
        try await settle(id, as: settlement, answer: nil, at: now)
    }

    func nextEffectDue() async throws(StoreError) -> Instant? { try await nextEffectDue(at: clocks(0)) }

    /// Claims one after the other and says that each went out.
    func sendAll(at now: ClockReading) async throws -> [String] {
        var keys: [String] = []
        while let entry = try await claimEffects(at: now, limit: 1).first {
            keys.append(entry.effect.key)
            try await settle(entry.id, as: .done(remoteID: nil), answer: nil, at: now.wall)
        }
        return keys
    }

    /// Fires without a limit.
    func fireAll(at now: ClockReading) async throws -> TimerSweep {
        try await fireTimers(at: now, limits: TimerLimits(ofThisBoot: 1000, ofEarlierBoots: 1000))
    }

    /// The internal events that wait to be decided.
    func internalEvents() async throws -> [InternalEvent] {
        try await undecided(limit: 1000).compactMap(\.internalEvent)
    }
}

extension Ledger {
    /// A whole round of pruning.
    func pruneRound(_ retention: Retention, step: Int = 500) async throws(StoreError) -> PruneResult.Removed {
        var removed = PruneResult.Removed()
        var place: PruneCursor?
        repeat {
            let result = try await prune(retention, from: place, limit: step)
            removed += result.removed
            place = result.next
        } while place != nil
        return removed
    }
}

struct MissingEntry: Error {
    let id: String
}
