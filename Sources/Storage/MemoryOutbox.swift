import Model

/// The effects of a `MemoryStore`, in order within their conversation, and the ids of what they made.
struct MemoryOutbox: Sendable {
    /// Effects that failed for good or were cancelled, and are not discarded.
    private(set) var dead = 0
    private var ids: [ExactKey: Int64] = [:]
    private var open: [Int64: Row] = [:]
    private var ended: [Int64: Row] = [:]
    private var lastID: Int64 = 0
    /// Ids of the open effects of each conversation that are in line, in order.
    private var lines: [ExactKey: [Int64]] = [:]
    private var ownMessages: [ExactKey: OwnMessage] = [:]

    struct Row: Sendable {
        let id: Int64
        let inboxID: Int64
        let conversation: ConversationKey
        let effect: Effect
        let origin: EffectOrigin?
        var createdAt: Instant
        var notBefore: Instant
        /// While it is held beside the line, or was when it was cancelled.
        var heldUntil: Deadline?
        var attempt = 0
        /// Of lives that ended as a dead letter that somebody retried.
        var attemptsBefore = 0
        /// Nil while it is open.
        var ending: LedgerState?
        var isBeingSent = false
        var claimedAt: Instant?
        var isUncertain = false
        var attempts: [AttemptRecord] = []
        var request: String?
        var remoteID: String?
        var reason: FailureReason?
        var message: String?
        var settledAt: Instant?
        var cancelledBy: Int64?

        var isDead: Bool { ending == .dead || ending == .cancelled }
    }

    private struct OwnMessage: Sendable {
        var effect: Int64?
        var at: Instant
    }

    /// An effect that was sent or failed for good.
    struct Ended {
        let conversation: ConversationKey
        let effect: Effect
        /// Effects that were cancelled with it, in the order in which they were decided.
        let cancelled: [Effect]
    }

    mutating func add(_ draft: OutboxDraft, of evaluation: Evaluation, at recordedAt: Instant) {
        let key = ExactKey(draft.effect.key)
        if ids[key] == nil {
            lastID += 1
            ids[key] = lastID
            var row = Row(
                id: lastID, inboxID: evaluation.inboxID, conversation: evaluation.conversation, effect: draft.effect,
                origin: draft.origin, createdAt: draft.createdAt, notBefore: draft.notBefore, heldUntil: draft.heldUntil)
            if let ending = draft.ending {
                row.ending = ending
                row.heldUntil = nil
                row.settledAt = recordedAt
                ended[lastID] = row
            } else {
                row.notBefore = row.heldUntil?.wall ?? row.notBefore
                open[lastID] = row
                if draft.heldUntil == nil { lines[ExactKey(evaluation.conversation), default: []].append(lastID) }
            }
        }
        guard draft.ending == nil else { return }
        for id in draft.ownIDs { remember(id, of: ids[key], account: evaluation.conversation.account, at: recordedAt) }
    }

    private mutating func remember(_ message: String, of effect: Int64?, account: String, at now: Instant) {
        let key = ExactKey(account, message)
        let known = ownMessages[key]
        ownMessages[key] = OwnMessage(effect: known?.effect ?? effect, at: max(known?.at ?? now, now))
    }

    // MARK: Claiming

    /// The first in line of each conversation, where it is not being sent.
    private var waitingHeads: [Row] {
        lines.values.compactMap { $0.first }.compactMap { open[$0] }.filter { !$0.isBeingSent }
    }

    /// How many are being sent, by account.
    private var sending: [ExactKey: Int] {
        open.values.filter(\.isBeingSent).reduce(into: [:]) { $0[ExactKey($1.conversation.account), default: 0] += 1 }
    }

    func nextDue(at now: ClockReading, limits: AccountLimits?) -> Instant? {
        let joining = open.values.compactMap { $0.heldUntil?.wallTime(at: now) }
        let sending = limits == nil ? [:] : sending
        let heads = waitingHeads.filter { row in
            guard let limits else { return true }
            let account = row.conversation.account
            return sending[ExactKey(account), default: 0] < limits.limit(of: account)
        }
        return (heads.map(\.notBefore) + joining).min()
    }

    mutating func claim(at now: ClockReading, limit: Int, limits: AccountLimits?) -> [Row] {
        release(at: now)
        let due = waitingHeads.filter { $0.notBefore <= now.wall }
            .sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
        let taken = limits.map { inTurns(due, limit: limit, limits: $0) } ?? Array(due.prefix(limit))
        return taken.map { row in
            var claimed = row
            claimed.isBeingSent = true
            claimed.claimedAt = now.wall
            claimed.attempt += 1
            open[row.id] = claimed
            return claimed
        }
    }

    mutating func followWallClock(setBy change: Duration, to now: Instant) {
        for (id, row) in open {
            var row = row
            row.createdAt = min(change > .zero ? row.createdAt.adding(change) : row.createdAt, now)
            if row.heldUntil == nil {
                let isTried = row.attempt > row.attemptsBefore
                row.notBefore = isTried ? row.notBefore.adding(change) : min(row.notBefore, now)
            }
            open[id] = row
        }
    }

    private func inTurns(_ due: [Row], limit: Int, limits: AccountLimits) -> [Row] {
        var sending = sending
        var waiting = due
        var taken: [Row] = []
        while taken.count < limit {
            let free = waiting.indices.filter {
                let account = waiting[$0].conversation.account
                return sending[ExactKey(account), default: 0] < limits.limit(of: account)
            }
            func busy(_ index: Int) -> Int { sending[ExactKey(waiting[index].conversation.account), default: 0] }
            guard let next = free.min(by: { (busy($0), $0) < (busy($1), $1) }) else { break }
            let row = waiting.remove(at: next)
            sending[ExactKey(row.conversation.account), default: 0] += 1
            taken.append(row)
        }
        return taken
    }

    /// Those whose time has come join the end of their lines. The life of each counts from the moment when it was to be
    /// released.
    private mutating func release(at now: ClockReading) {
        let due = open.values.compactMap { row in
            row.heldUntil.flatMap { $0.remaining(at: now) <= .zero ? (id: row.id, since: $0.wallTime(at: now)) : nil }
        }
        let released = due.sorted { ($0.since, $0.id) < ($1.since, $1.id) }.prefix(HeldEffects.releasedAtOnce)
        for (id, since) in released.sorted(by: { $0.id < $1.id }) {
            guard var row = open[id] else { continue }
            row.heldUntil = nil
            row.notBefore = since
            row.createdAt = since
            open[id] = row
            lines[ExactKey(row.conversation), default: []].append(id)
        }
    }

    // MARK: Settling

    /// Nil when the effect was not being sent, which leaves all as it is, or is to be tried again.
    mutating func settle(_ id: Int64, as settlement: Settlement, attempt: AttemptReport?, at now: Instant) -> Ended? {
        guard var row = open[id], row.isBeingSent else { return nil }
        row.isBeingSent = false
        if let attempt {
            row.attempts.append(AttemptRecord(attempt, number: row.attempt))
            row.request = attempt.request ?? row.request
        }
        switch settlement {
        case .done(let remoteID):
            row.reason = nil
            row.remoteID = remoteID
            if let remoteID { remember(remoteID, of: id, account: row.conversation.account, at: now) }
            end(row, as: .done, at: now)
            return Ended(conversation: row.conversation, effect: row.effect, cancelled: [])
        case .retry(let at, let reason, let isUncertain):
            row.notBefore = at
            row.reason = reason
            row.isUncertain = row.isUncertain || isUncertain
            open[id] = row
            return nil
        case .dead(let reason, let message):
            let cancelled = rest(of: row)
            row.reason = reason
            row.message = message
            end(row, as: .dead, at: now)
            for var other in cancelled {
                other.reason = .cancelled
                other.message = DeadLetter.cancelledMessage
                other.cancelledBy = id
                end(other, as: .cancelled, at: now)
            }
            return Ended(conversation: row.conversation, effect: row.effect, cancelled: cancelled.map(\.effect))
        }
    }

    /// What the same rule still wants to do about the same event, in the same conversation.
    private func rest(of row: Row) -> [Row] {
        let conversation = ExactKey(row.conversation)
        let origin = ExactKey(row.effect.eventID, row.effect.rule)
        return open.values.filter {
            $0.id != row.id && ExactKey($0.conversation) == conversation
                && ExactKey($0.effect.eventID, $0.effect.rule) == origin
        }.sorted { $0.id < $1.id }
    }

    private mutating func end(_ row: Row, as ending: LedgerState, at now: Instant) {
        var row = row
        row.ending = ending
        row.settledAt = now
        if row.isDead { dead += 1 }
        open[row.id] = nil
        ended[row.id] = row
        let key = ExactKey(row.conversation)
        lines[key]?.removeAll { $0 == row.id }
        if lines[key]?.isEmpty == true { lines[key] = nil }
    }

    mutating func recover() -> Int {
        let rows = open.values.filter(\.isBeingSent)
        for var row in rows {
            row.isBeingSent = false
            row.isUncertain = true
            row.attempts.append(
                AttemptRecord(
                    number: row.attempt, at: row.claimedAt ?? row.notBefore, outcome: .uncertain, durationMilliseconds: nil))
            open[row.id] = row
        }
        return rows.count
    }

    func isOwnMessage(account: String, ids: [String]) -> Bool {
        ids.contains { ownMessages[ExactKey(account, $0)] != nil }
    }

    var tally: StoreExamination.EffectTally {
        var tally = StoreExamination.EffectTally()
        for row in rows(where: { _ in true }) {
            if row.isDead {
                tally.dead += 1
            } else if row.ending != nil {
                tally.ended += 1
            } else {
                tally.open += 1
                tally.beingSent += row.isBeingSent ? 1 : 0
            }
        }
        return tally
    }

    var openByAccount: [String: Int] {
        open.values.reduce(into: [:]) { $0[$1.conversation.account, default: 0] += 1 }
    }

    /// Of those that are not held.
    var oldestByAccount: [String: Instant] {
        open.values.filter { $0.heldUntil == nil }.reduce(into: [:]) { oldest, row in
            let account = row.conversation.account
            oldest[account] = min(oldest[account] ?? row.createdAt, row.createdAt)
        }
    }

    func hasOpen(of conversation: ExactKey) -> Bool {
        open.values.contains { ExactKey($0.conversation) == conversation }
    }
}

// Afterwards.
extension MemoryOutbox {
    subscript(id: Int64) -> Row? { open[id] ?? ended[id] }

    func rows(where holds: (Row) -> Bool) -> [Row] {
        (Array(open.values) + Array(ended.values)).filter(holds)
    }

    /// Those that made a message with this id.
    func effects(ofMessage id: String, account: String?) -> [Row] {
        let accounts = account.map { [$0] } ?? rows { _ in true }.map(\.conversation.account)
        return Set(accounts.compactMap { ownMessages[ExactKey($0, id)]?.effect }).compactMap { self[$0] }
    }

    var deadRows: [Row] { ended.values.filter { $0.ending == .dead } }

    /// The dead effect with this id, or the one that cancelled that with this id.
    func deadRow(_ id: Int64) -> Row? {
        guard let row = ended[id], row.isDead else { return nil }
        guard let cause = row.cancelledBy else { return row }
        return ended[cause].flatMap { $0.ending == .dead ? $0 : nil }
    }

    func cancelled(by id: Int64) -> [Row] {
        ended.values.filter { $0.ending == .cancelled && $0.cancelledBy == id }.sorted { $0.id < $1.id }
    }

    /// Opens a dead effect and what was cancelled with it, in the order of their decisions.
    mutating func retry(_ id: Int64, at now: ClockReading) -> [Row] {
        guard let dead = deadRow(id) else { return [] }
        let block = ([dead] + cancelled(by: dead.id)).sorted { $0.id < $1.id }
        for var row in block {
            row.attemptsBefore = row.attempt
            row.createdAt = now.wall
            row.isUncertain = false
            row.reason = nil
            row.message = nil
            row.settledAt = nil
            row.cancelledBy = nil
            row.ending = nil
            if let deadline = row.heldUntil, deadline.remaining(at: now) > .zero {
                row.notBefore = deadline.wall
            } else {
                row.heldUntil = nil
                row.notBefore = now.wall
                lines[ExactKey(row.conversation), default: []].append(row.id)
            }
            ended[row.id] = nil
            open[row.id] = row
        }
        self.dead -= block.count
        return block
    }

    mutating func discard(_ id: Int64) -> Int {
        guard let dead = deadRow(id) else { return 0 }
        let block = [dead] + cancelled(by: dead.id)
        for row in block { ended[row.id]?.ending = .discarded }
        self.dead -= block.count
        return block.count
    }

    mutating func remove(_ row: Row) {
        if row.isDead { dead -= 1 }
        ended[row.id] = nil
        ids[ExactKey(row.effect.key)] = nil
    }

    /// Forgets the marks of before, but for those of effects that are open or dead or have ended since. Returns how many.
    mutating func removeMarks(before time: Instant) -> Int {
        let count = ownMessages.count
        ownMessages = ownMessages.compactMapValues { mark in
            guard mark.at < time else { return mark }
            guard let row = mark.effect.flatMap({ self[$0] }),
                row.ending == nil || row.isDead || (row.settledAt ?? time) >= time
            else { return nil }
            // It counts from then on.
            var mark = mark
            mark.at = time
            return mark
        }
        return count - ownMessages.count
    }
}

extension DeadLetter {
    /// Of an effect that was cancelled.
    package static let cancelledMessage = "an earlier action of the rule failed"
}
