import Model

/// The timers of a `MemoryStore`.
struct MemoryTimers: Sendable {
    private var rows: [ExactKey: [Row]] = [:]

    struct Row: Sendable {
        let conversation: ConversationKey
        let draft: TimerDraft
        /// Among the timers of its conversation.
        let place: Int

        /// Of two that have waited equally long, those of one conversation go in their order.
        fileprivate func precedes(_ other: Row, at now: ClockReading) -> Bool {
            let (left, right) = (draft.deadline.remaining(at: now), other.draft.deadline.remaining(at: now))
            guard left == right else { return left < right }
            guard place == other.place else { return place < other.place }
            return ExactKey(conversation) < ExactKey(other.conversation)
        }
    }

    mutating func replace(with drafts: [TimerDraft], of conversation: ConversationKey) {
        let timers = drafts.inOrder.enumerated().map { place, draft in
            Row(conversation: conversation, draft: draft, place: place)
        }
        rows[ExactKey(conversation)] = timers.isEmpty ? nil : timers
    }

    func wait(for conversation: ExactKey) -> Bool { rows[conversation] != nil }

    /// Takes out those that are due, as many as the limits let through, those that have waited longest first.
    mutating func takeDue(at now: ClockReading, limits: TimerLimits) -> [Row] {
        let due = rows.values.joined().filter { $0.draft.deadline.remaining(at: now) <= .zero }
            .sorted { $0.precedes($1, at: now) }
        let ofThisBoot = due.filter { $0.draft.deadline.bootID == now.bootID }.prefix(max(0, limits.ofThisBoot))
        let ofEarlierBoots = due.filter { $0.draft.deadline.bootID != now.bootID }.prefix(max(0, limits.ofEarlierBoots))
        let taken = (ofThisBoot + ofEarlierBoots).sorted { $0.precedes($1, at: now) }
        for row in taken {
            let key = ExactKey(row.conversation)
            rows[key]?.removeAll { $0.place == row.place }
            if rows[key]?.isEmpty == true { rows[key] = nil }
        }
        return taken
    }

    /// How long until the next one comes up; zero when one is due.
    func next(at now: ClockReading) -> Duration? {
        rows.values.joined().map { max($0.draft.deadline.remaining(at: now), .zero) }.min()
    }
}
