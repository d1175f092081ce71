import JSON
import Model
import Rules
import Storage
import VendorKit
import Vendors

/// Events that are decided for one commit. State goes from one event of a conversation to the next in memory, as if each
/// had been committed alone.
struct DecisionBatch {
    private let store: any Store
    private let engine: Engine
    private let accounts: AccountDirectory
    private let surroundings: Surroundings

    private(set) var evaluations: [Evaluation] = []
    private(set) var outcomes: [Outcome] = []

    private var conversations: [ConversationKey: Standing] = [:]
    /// What is known of cooldowns: nil for one that was asked for and never began.
    private var cooldowns: [CooldownKey: Instant?] = [:]
    /// The webhook that was decoded last: its events follow one another.
    private var decoded: (account: String, receivedAt: Instant, body: [UInt8], events: [Event])?

    private struct Standing {
        var state: ConversationState
        var version: Int64
    }

    struct Outcome: Sendable {
        enum Result: Sendable {
            case decided(Decision)
            case dead(String)
        }

        var entry: InboxEntry
        var result: Result
        var duration: Duration
    }

    /// More effects than one event may have, or more state than a conversation may carry, is a fault in the rules.
    private static let effectLimit = 64
    private static let stateLimitBytes = 64 << 10

    init(store: any Store, engine: Engine, accounts: AccountDirectory, surroundings: Surroundings) {
        self.store = store
        self.engine = engine
        self.accounts = accounts
        self.surroundings = surroundings
    }

    mutating func decide(_ entry: InboxEntry) async throws(StoreError) {
        guard let account = account(of: entry) else {
            return try await bury(entry, "account \(entry.account) is not configured")
        }
        guard var event = event(of: entry, account: account) else {
            return try await bury(entry, "the stored webhook does not hold the event")
        }
        if try await isOwn(event) { event = event.markedAsOwn() }
        let stored = try await state(for: event)
        let begin = surroundings.uptime()
        let decision = engine.decide(event, state: stored.state, now: event.occurredAt)
        let duration = surroundings.uptime() - begin
        if let fault = Self.fault(in: decision) { return try await bury(entry, fault) }
        record(decision, of: entry, basedOn: stored.version)
        outcomes.append(Outcome(entry: entry, result: .decided(decision), duration: duration))
    }

    // MARK: Reading

    private func account(of entry: InboxEntry) -> Account? {
        guard var account = accounts.account(entry.account) else { return nil }
        // What came in while the account was another vendor's is still read as that vendor's.
        account.vendor = entry.vendor
        return account
    }

    private mutating func event(of entry: InboxEntry, account: Account) -> Event? {
        func isIt(_ event: Event) -> Bool { event.id.utf8.elementsEqual(entry.event.id.utf8) }
        if let decoded, decoded.account == entry.account, decoded.receivedAt == entry.receivedAt, decoded.body == entry.body {
            return decoded.events.first(where: isIt)
        }
        guard let vendor = VendorCatalog.vendor(entry.vendor) else { return nil }
        let webhook = WebhookRequest(body: entry.body, trust: .captured)
        let receipt: Receipt
        do { receipt = try vendor.receive(webhook, account: account, now: entry.receivedAt) } catch { return nil }
        decoded = (entry.account, entry.receivedAt, entry.body, receipt.events)
        return receipt.events.first(where: isIt)
    }

    /// Only what might be taken for a human's is looked up.
    private func isOwn(_ event: Event) async throws(StoreError) -> Bool {
        guard event.kind == .messageSent, event.sender?.role != .bot, let message = event.message else { return false }
        let ids = [message.id, message.clientID].compactMap(\.self)
        guard !ids.isEmpty else { return false }
        return try await store.isOwnMessage(account: event.account, ids: ids)
    }

    private mutating func state(for event: Event) async throws(StoreError) -> StoredState {
        let key = event.conversationKey
        let keys = engine.cooldownKeys(for: event)
        let unknown = keys.filter { cooldowns[$0] == nil }
        if conversations[key] == nil || !unknown.isEmpty {
            let stored = try await store.state(of: key, cooldowns: unknown)
            if conversations[key] == nil {
                conversations[key] = Standing(state: stored.state.conversation, version: stored.version)
            }
            for key in unknown { cooldowns.updateValue(stored.state.cooldowns[key], forKey: key) }
        }
        let conversation = conversations[key] ?? Standing(state: ConversationState(), version: 0)
        var begun: [CooldownKey: Instant] = [:]
        for key in keys { begun[key] = cooldowns[key] ?? nil }
        return StoredState(
            state: DecisionState(conversation: conversation.state, cooldowns: begun), version: conversation.version)
    }

    // MARK: Recording

    private mutating func record(_ decision: Decision, of entry: InboxEntry, basedOn version: Int64) {
        let event = decision.event
        let key = event.conversationKey
        // A vendor's test payload is shown, and changes nothing.
        guard !event.isTest else {
            evaluations.append(
                Evaluation(inboxID: entry.id, conversation: key, basedOn: version, state: nil, at: event.occurredAt))
            return
        }
        let now = surroundings.clock()
        let drafts = decision.effects.filter { $0.status == .planned && $0.action.leavesBellhop }.map { effect in
            OutboxDraft(
                effect: effect, createdAt: entry.receivedAt,
                notBefore: now.adding(.milliseconds(max(effect.delayMilliseconds, 0))), ownIDs: [Idempotency.id(for: effect)])
        }
        evaluations.append(
            Evaluation(
                inboxID: entry.id, conversation: key, basedOn: version, state: decision.state, cooldowns: decision.cooldowns,
                effects: drafts, at: event.occurredAt))
        conversations[key] = Standing(state: decision.state, version: version + 1)
        for cooldown in decision.cooldowns { cooldowns.updateValue(event.occurredAt, forKey: cooldown) }
    }

    /// Ends an event that cannot be decided; its conversation stays as it is.
    private mutating func bury(_ entry: InboxEntry, _ why: String) async throws(StoreError) {
        let key = entry.event.conversation
        let version: Int64
        if let known = conversations[key] {
            version = known.version
        } else {
            version = try await store.state(of: key, cooldowns: []).version
        }
        evaluations.append(
            Evaluation(
                inboxID: entry.id, conversation: key, basedOn: version, state: nil, end: .dead(why), at: entry.receivedAt))
        outcomes.append(Outcome(entry: entry, result: .dead(why), duration: .zero))
    }

    /// What is wrong with a decision that must not be carried out.
    private static func fault(in decision: Decision) -> String? {
        guard decision.effects.count <= effectLimit else { return "more than \(effectLimit) effects" }
        let variables = decision.state.variables
        guard !variables.isEmpty else { return nil }
        let size = JSONWriter.bytes(.object(variables)).count
        return size <= stateLimitBytes ? nil : "more than \(stateLimitBytes) bytes of variables"
    }
}
