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
        try transaction { contents throws(StoreError) in contents.accept(webhook) }
    }

    package func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] {
        try transaction { contents throws(StoreError) in contents.undecided(limit: limit) }
    }

    package func state(
        of conversation: ConversationKey, cooldowns: [CooldownKey]
    ) async throws(StoreError) -> StoredState {
        try transaction { contents throws(StoreError) in contents.state(of: conversation, cooldowns: cooldowns) }
    }

    package func commit(_ evaluations: [Evaluation]) async throws(StoreError) {
        try transaction { contents throws(StoreError) in try contents.commit(evaluations) }
    }

    package func claimEffects(now: Instant, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try transaction { contents throws(StoreError) in contents.claimEffects(now: now, limit: limit) }
    }

    package func settle(_ id: Int64, as settlement: Settlement, at now: Instant) async throws(StoreError) {
        try transaction { contents throws(StoreError) in contents.settle(id, as: settlement) }
    }

    package func nextEffectDue() async throws(StoreError) -> Instant? {
        try transaction { contents throws(StoreError) in contents.waitingHeads.map(\.notBefore).min() }
    }

    package func recover() async throws(StoreError) -> Int {
        try transaction { contents throws(StoreError) in contents.recover() }
    }

    package func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try transaction { contents throws(StoreError) in contents.isOwnMessage(account: account, ids: ids) }
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

    private func transaction<Value: Sendable>(
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
private struct ExactKey: Hashable {
    private let parts: [[UInt8]]

    init(_ parts: String...) { self.parts = parts.map { Array($0.utf8) } }

    init(_ key: ConversationKey) { self.init(key.account, key.conversation) }

    init(_ key: CooldownKey) { self.init(key.account, key.scope.rawValue, key.subject, key.rule) }
}

private struct MemoryContents: Sendable {
    private var seen: Set<ExactKey> = []
    private var events: [InboxRow] = []
    /// Every event before this index is decided.
    private var firstUndecided = 0
    private var deadEvents = 0
    private var conversations: [ExactKey: ConversationRow] = [:]
    private var cooldowns: [ExactKey: Instant] = [:]
    private var effectKeys: Set<ExactKey> = []
    private var effects: [Int64: OutboxRow] = [:]
    private var lastEffectID: Int64 = 0
    private var deadEffects = 0
    private var ownMessages: Set<ExactKey> = []

    private struct InboxRow {
        var entry: InboxEntry
        var isUndecided = true
    }

    private struct ConversationRow {
        var state = ConversationState()
        var version: Int64 = 0
        /// Ids of its open effects, in order.
        var open: [Int64] = []
    }

    /// An open effect.
    struct OutboxRow {
        let id: Int64
        let conversation: ConversationKey
        let effect: Effect
        let createdAt: Instant
        var notBefore: Instant
        var attempt = 0
        var isBeingSent = false
        var isUncertain = false
    }
}

// MARK: - Inbox

extension MemoryContents {
    mutating func accept(_ webhook: IncomingWebhook) -> AcceptResult {
        var accepted = 0
        for event in webhook.events where seen.insert(ExactKey(event.id)).inserted {
            accepted += 1
            let entry = InboxEntry(
                id: Int64(events.count) + 1, account: webhook.account, vendor: webhook.vendor, event: event,
                receivedAt: webhook.receivedAt, body: webhook.body)
            events.append(InboxRow(entry: entry))
        }
        return AcceptResult(accepted: accepted, duplicates: webhook.events.count - accepted)
    }

    func undecided(limit: Int) -> [InboxEntry] {
        events[firstUndecided...].lazy.filter(\.isUndecided).prefix(max(0, limit)).map(\.entry)
    }

    private func index(ofUndecided id: Int64) -> Int? {
        guard id >= 1, id <= Int64(events.count) else { return nil }
        let index = Int(id) - 1
        return events[index].isUndecided ? index : nil
    }

    private mutating func end(_ id: Int64, as end: InboxEnd) {
        guard let index = index(ofUndecided: id) else { return }
        events[index].isUndecided = false
        events[index].entry.body = []
        if case .dead = end { deadEvents += 1 }
        while firstUndecided < events.count, !events[firstUndecided].isUndecided { firstUndecided += 1 }
    }
}

// MARK: - Conversations

extension MemoryContents {
    func state(of conversation: ConversationKey, cooldowns keys: [CooldownKey]) -> StoredState {
        let row = conversations[ExactKey(conversation)] ?? ConversationRow()
        var found: [CooldownKey: Instant] = [:]
        for key in keys { found[key] = cooldowns[ExactKey(key)] }
        return StoredState(state: DecisionState(conversation: row.state, cooldowns: found), version: row.version)
    }

    /// Everything is checked before the first change.
    mutating func commit(_ evaluations: [Evaluation]) throws(StoreError) {
        try check(evaluations)
        for evaluation in evaluations {
            let key = ExactKey(evaluation.conversation)
            if let state = evaluation.state {
                conversations[key, default: ConversationRow()].state = state
                conversations[key, default: ConversationRow()].version += 1
            }
            for draft in evaluation.effects { add(draft, of: evaluation) }
            for cooldown in evaluation.cooldowns { cooldowns[ExactKey(cooldown)] = evaluation.at }
            end(evaluation.inboxID, as: evaluation.end)
        }
    }

    private func check(_ evaluations: [Evaluation]) throws(StoreError) {
        var versions: [ExactKey: Int64] = [:]
        var inboxIDs: Set<Int64> = []
        for evaluation in evaluations {
            let key = ExactKey(evaluation.conversation)
            let version = versions[key] ?? conversations[key]?.version ?? 0
            guard version == evaluation.basedOn, inboxIDs.insert(evaluation.inboxID).inserted,
                index(ofUndecided: evaluation.inboxID) != nil
            else { throw .conflict }
            versions[key] = evaluation.state == nil ? version : version + 1
        }
    }
}

// MARK: - Outbox

extension MemoryContents {
    private mutating func add(_ draft: OutboxDraft, of evaluation: Evaluation) {
        for id in draft.ownIDs { ownMessages.insert(ExactKey(evaluation.conversation.account, id)) }
        guard effectKeys.insert(ExactKey(draft.effect.key)).inserted else { return }
        lastEffectID += 1
        effects[lastEffectID] = OutboxRow(
            id: lastEffectID, conversation: evaluation.conversation, effect: draft.effect, createdAt: draft.createdAt,
            notBefore: draft.notBefore)
        conversations[ExactKey(evaluation.conversation), default: ConversationRow()].open.append(lastEffectID)
    }

    /// The first open effect of each conversation, where it is not being sent.
    var waitingHeads: [OutboxRow] {
        conversations.values.compactMap { $0.open.first }.compactMap { effects[$0] }.filter { !$0.isBeingSent }
    }

    mutating func claimEffects(now: Instant, limit: Int) -> [OutboxEntry] {
        let due = waitingHeads.filter { $0.notBefore <= now }
            .sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
        return due.prefix(max(0, limit)).map { row in
            effects[row.id]?.isBeingSent = true
            effects[row.id]?.attempt = row.attempt + 1
            return OutboxEntry(
                id: row.id, effect: row.effect, attempt: row.attempt + 1, createdAt: row.createdAt,
                state: conversations[ExactKey(row.conversation)]?.state ?? ConversationState(),
                isUncertain: row.isUncertain)
        }
    }

    /// Changes nothing for an effect that is not being sent: the first settlement of a claim stands.
    mutating func settle(_ id: Int64, as settlement: Settlement) {
        guard let row = effects[id], row.isBeingSent else { return }
        switch settlement {
        case .done(let remoteID):
            if let remoteID { ownMessages.insert(ExactKey(row.conversation.account, remoteID)) }
            remove([id], of: row.conversation)
        case .retry(let at, _, let isUncertain):
            effects[id]?.isBeingSent = false
            effects[id]?.notBefore = at
            effects[id]?.isUncertain = row.isUncertain || isUncertain
        case .dead:
            let open = conversations[ExactKey(row.conversation)]?.open ?? []
            let origin = ExactKey(row.effect.eventID, row.effect.rule)
            let dead = open.filter { id in
                effects[id].map { ExactKey($0.effect.eventID, $0.effect.rule) == origin } ?? false
            }
            deadEffects += dead.count
            remove(dead, of: row.conversation)
        }
    }

    private mutating func remove(_ ids: [Int64], of conversation: ConversationKey) {
        for id in ids { effects[id] = nil }
        conversations[ExactKey(conversation)]?.open.removeAll { ids.contains($0) }
    }

    mutating func recover() -> Int {
        let ids = effects.values.filter(\.isBeingSent).map(\.id)
        for id in ids {
            effects[id]?.isBeingSent = false
            effects[id]?.isUncertain = true
        }
        return ids.count
    }

    func isOwnMessage(account: String, ids: [String]) -> Bool {
        ids.contains { ownMessages.contains(ExactKey(account, $0)) }
    }

    var counts: StoreCounts {
        var open: [String: Int] = [:]
        for row in effects.values { open[row.conversation.account, default: 0] += 1 }
        let undecided = events[firstUndecided...].lazy.filter(\.isUndecided)
        return StoreCounts(
            undecided: undecided.count, oldestUndecided: undecided.first?.entry.receivedAt, open: open,
            dead: deadEvents + deadEffects)
    }
}
