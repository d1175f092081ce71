package import Model

/// What is no longer kept: everything of before these times. Nil keeps.
package struct Retention: Sendable, Hashable {
    /// The bodies and headers of webhooks received before, and the values of internal events, once all their events are decided.
    package var captures: Instant?
    /// Webhooks received before with their events, and the effects with their attempts when they ended before. Never earlier
    /// than `captures`, where that is set.
    package var rows: Instant?
    /// As `rows` for what has a dead letter: when that died.
    package var deadLetters: Instant?
    /// The marks of events that were seen before, and of our own messages that ended before. A mark of what is undecided, open or
    /// a dead letter stays.
    package var marks: Instant?
    /// `once_per` windows that began before: not later than the longest of the rules reaches back.
    package var cooldowns: Instant?
    /// States of conversations that changed last before, and for which nothing waits.
    package var conversations: Instant?

    package init(
        captures: Instant? = nil, rows: Instant? = nil, deadLetters: Instant? = nil, marks: Instant? = nil,
        cooldowns: Instant? = nil, conversations: Instant? = nil
    ) {
        self.captures = captures
        self.rows = rows
        self.deadLetters = deadLetters
        self.marks = marks
        self.cooldowns = cooldowns
        self.conversations = conversations
    }

    /// Webhooks of before may be removed with all that belongs to them.
    package var removal: Instant? { rows.map { min($0, captures ?? $0) } }
}

/// How far a round of pruning has come. Good for the same store and the same retention or a later one.
package struct PruneCursor: Sendable, Hashable {
    package var phase: Phase
    /// The last row of the phase that was looked at.
    package var receivedAt: Instant
    package var id: Int64

    package enum Phase: Int, Sendable, Hashable, CaseIterable, Comparable {
        case webhooksWithBody, webhooksWithoutBody, seenMarks, ownMessages, cooldowns, conversations

        package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }

        package var next: Phase? { Phase(rawValue: rawValue + 1) }
    }

    package init(
        phase: Phase = .webhooksWithBody, receivedAt: Instant = Instant(milliseconds: .min), id: Int64 = .min
    ) {
        self.phase = phase
        self.receivedAt = receivedAt
        self.id = id
    }
}

/// What one step of pruning did.
package struct PruneResult: Sendable, Hashable {
    package var removed: Removed
    /// Where the next step begins; nil when the round is over.
    package var next: PruneCursor?

    /// How many rows.
    package struct Removed: Sendable, Hashable {
        /// Webhooks whose body and headers were removed while the rest stays, and imported ones, which are nothing else.
        package var bodies = 0
        package var webhooks = 0
        package var events = 0
        package var effects = 0
        package var attempts = 0
        /// Of events that were seen, and of our own messages.
        package var marks = 0
        package var cooldowns = 0
        package var conversations = 0

        package init() {}

        package var total: Int {
            bodies + webhooks + events + effects + attempts + marks + cooldowns + conversations
        }

        package static func += (left: inout Removed, right: Removed) {
            left.bodies += right.bodies
            left.webhooks += right.webhooks
            left.events += right.events
            left.effects += right.effects
            left.attempts += right.attempts
            left.marks += right.marks
            left.cooldowns += right.cooldowns
            left.conversations += right.conversations
        }
    }

    package init(removed: Removed, next: PruneCursor?) {
        self.removed = removed
        self.next = next
    }
}

/// How much one step of pruning may do.
package struct PruneBudget: Sendable {
    /// About as many rows are looked at, and about as many removed.
    package var rows: Int
    /// How long it may work, from when its turn has come. What it is at then is finished, so that each step does something.
    package var time: Duration
    /// A clock that never goes back.
    package var uptime: @Sendable () -> Duration

    package init(rows: Int, time: Duration = .seconds(3600), uptime: @escaping @Sendable () -> Duration = { .zero }) {
        self.rows = rows
        self.time = time
        self.uptime = uptime
    }
}
