import Model

/// The effects of a `MemoryStore`, in order within their conversation, and the ids of what they made.
struct MemoryOutbox: Sendable {
    /// Effects that failed for good.
    private(set) var dead = 0
    private var keys: Set<ExactKey> = []
    private var rows: [Int64: Row] = [:]
    private var lastID: Int64 = 0
    /// Ids of the open effects of each conversation that are in line, in order.
    private var lines: [ExactKey: [Int64]] = [:]
    private var ownMessages: Set<ExactKey> = []

    /// An open effect.
    struct Row: Sendable {
        let id: Int64
        let conversation: ConversationKey
        let effect: Effect
        var createdAt: Instant
        var notBefore: Instant
        /// While it is held beside the line.
        var heldUntil: Deadline?
        var attempt = 0
        var isBeingSent = false
        var isUncertain = false
    }

    /// An effect that was sent or failed for good.
    struct Ended {
        let conversation: ConversationKey
        let effect: Effect
        /// Effects that were cancelled with it, in the order in which they were decided.
        let cancelled: [Effect]
    }

    mutating func add(_ draft: OutboxDraft, to conversation: ConversationKey) {
        for id in draft.ownIDs { ownMessages.insert(ExactKey(conversation.account, id)) }
        guard keys.insert(ExactKey(draft.effect.key)).inserted else { return }
        lastID += 1
        rows[lastID] = Row(
            id: lastID, conversation: conversation, effect: draft.effect, createdAt: draft.createdAt,
            notBefore: draft.notBefore, heldUntil: draft.heldUntil)
        if draft.heldUntil == nil { lines[ExactKey(conversation), default: []].append(lastID) }
    }

    /// The first in line of each conversation, where it is not being sent.
    private var waitingHeads: [Row] {
        lines.values.compactMap { $0.first }.compactMap { rows[$0] }.filter { !$0.isBeingSent }
    }

    func nextDue(at now: ClockReading) -> Instant? {
        let joining = rows.values.compactMap { $0.heldUntil?.wallTime(at: now) }
        return (waitingHeads.map(\.notBefore) + joining).min()
    }

    mutating func claim(at now: ClockReading, limit: Int) -> [Row] {
        release(at: now)
        let due = waitingHeads.filter { $0.notBefore <= now.wall }
            .sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
        return due.prefix(limit).map { row in
            var claimed = row
            claimed.isBeingSent = true
            claimed.attempt += 1
            rows[row.id] = claimed
            return claimed
        }
    }

    /// Those whose time has come join the end of their lines. The life of each counts from the moment when it was to be
    /// released.
    private mutating func release(at now: ClockReading) {
        let due = rows.values.compactMap { row in
            row.heldUntil.flatMap { $0.remaining(at: now) <= .zero ? (id: row.id, since: $0.wallTime(at: now)) : nil }
        }
        let released = due.sorted { ($0.since, $0.id) < ($1.since, $1.id) }.prefix(HeldEffects.releasedAtOnce)
        for (id, since) in released.sorted(by: { $0.id < $1.id }) {
            guard var row = rows[id] else { continue }
            row.heldUntil = nil
            row.notBefore = since
            row.createdAt = since
            rows[id] = row
            lines[ExactKey(row.conversation), default: []].append(id)
        }
    }

    /// Nil when the effect was not being sent, which leaves all as it is, or is to be tried again.
    mutating func settle(_ id: Int64, as settlement: Settlement) -> Ended? {
        guard let row = rows[id], row.isBeingSent else { return nil }
        switch settlement {
        case .done(let remoteID):
            if let remoteID { ownMessages.insert(ExactKey(row.conversation.account, remoteID)) }
            remove([id], of: row.conversation)
            return Ended(conversation: row.conversation, effect: row.effect, cancelled: [])
        case .retry(let at, _, let isUncertain):
            rows[id]?.isBeingSent = false
            rows[id]?.notBefore = at
            rows[id]?.isUncertain = row.isUncertain || isUncertain
            return nil
        case .dead:
            let cancelled = rest(of: row)
            dead += 1 + cancelled.count
            remove([id] + cancelled.map(\.id), of: row.conversation)
            return Ended(conversation: row.conversation, effect: row.effect, cancelled: cancelled.map(\.effect))
        }
    }

    /// What the same rule still wants to do about the same event, in the same conversation.
    private func rest(of row: Row) -> [Row] {
        let conversation = ExactKey(row.conversation)
        let origin = ExactKey(row.effect.eventID, row.effect.rule)
        return rows.values.filter {
            $0.id != row.id && ExactKey($0.conversation) == conversation
                && ExactKey($0.effect.eventID, $0.effect.rule) == origin
        }.sorted { $0.id < $1.id }
    }

    private mutating func remove(_ ids: [Int64], of conversation: ConversationKey) {
        for id in ids { rows[id] = nil }
        let key = ExactKey(conversation)
        lines[key]?.removeAll { ids.contains($0) }
        if lines[key]?.isEmpty == true { lines[key] = nil }
    }

    mutating func recover() -> Int {
        let ids = rows.values.filter(\.isBeingSent).map(\.id)
        for id in ids {
            rows[id]?.isBeingSent = false
            rows[id]?.isUncertain = true
        }
        return ids.count
    }

    func isOwnMessage(account: String, ids: [String]) -> Bool {
        ids.contains { ownMessages.contains(ExactKey(account, $0)) }
    }

    var openByAccount: [String: Int] {
        rows.values.reduce(into: [:]) { $0[$1.conversation.account, default: 0] += 1 }
    }
}
