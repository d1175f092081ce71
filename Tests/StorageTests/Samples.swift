import Model
import Storage

/// A fixed morning, plus so many milliseconds.
func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: 1_750_000_000_000 + milliseconds) }

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
    _ key: String, event: String = "e1", rule: String = "greet", notBefore: Instant = at(0), ownIDs: [String] = [],
    account: String = "shop"
) -> OutboxDraft {
    OutboxDraft(
        effect: effect(key, event: event, rule: rule, account: account), createdAt: at(0), notBefore: notBefore,
        ownIDs: ownIDs)
}

extension Store {
    /// Accepts one event and returns its inbox entry.
    func arrival(_ id: String, in conversation: String = "c1", account: String = "shop") async throws -> InboxEntry {
        _ = try await accept(webhook([header(id, in: conversation, account: account)], account: account))
        let entries = try await undecided(limit: 1000)
        guard let entry = entries.last(where: { $0.event.id == id }) else { throw MissingEntry(id: id) }
        return entry
    }

    /// Accepts an event and decides it with these effects. The conversation's state stays as it is.
    func decide(
        _ id: String, in conversation: String = "c1", account: String = "shop", effects: [OutboxDraft]
    ) async throws {
        let entry = try await arrival(id, in: conversation, account: account)
        let version = try await state(of: entry.event.conversation, cooldowns: []).version
        try await commit([
            Evaluation(
                inboxID: entry.id, conversation: entry.event.conversation, basedOn: version, state: nil, effects: effects,
                at: at(0))
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
}

struct MissingEntry: Error {
    let id: String
}
