/// Something that happens in a conversation at a time, unless a message overtakes it.
///
/// The timers of a conversation follow from its state and the rules: after each event they are worked out anew, and those
/// that were there before and are no longer are forgotten. One that comes up is looked for among them again, so that one
/// that was overtaken does nothing.
package struct ConversationTimer: Sendable, Hashable, Codable {
    package var kind: Kind
    package var due: Instant

    package enum Kind: Sendable, Hashable, Codable {
        /// The `timeout` of the step on which the flow waits.
        case timeout
        /// The flow's `expires`.
        case expiry
        /// A rule's `on: { idle, since }`.
        case idle(IdleTimer)
    }

    package init(_ kind: Kind, due: Instant) {
        self.kind = kind
        self.due = due
    }

    /// The same for the same kind of timer: `timeout`, `expiry`, `idle:customer:900000`.
    package var name: String {
        switch kind {
        case .timeout: "timeout"
        case .expiry: "expiry"
        case .idle(let idle): "idle:\(idle.since.rawValue):\(idle.afterMilliseconds)"
        }
    }

    /// Timers that come up at the same moment do so in this order.
    package static func precedes(_ left: ConversationTimer, _ right: ConversationTimer) -> Bool {
        (left.due, left.rank, left.name) < (right.due, right.rank, right.name)
    }

    /// What a step says of silence goes before the end of its flow, and both before rules.
    private var rank: Int {
        switch kind {
        case .timeout: 0
        case .expiry: 1
        case .idle: 2
        }
    }
}

/// When a silence timer comes up: so long after the last message of that side.
package struct IdleTimer: Sendable, Hashable, Codable {
    package var afterMilliseconds: Int64
    package var since: IdleSide

    package init(after: Duration, since: IdleSide) {
        afterMilliseconds = after.wholeMilliseconds
        self.since = since
    }
}

/// Whose last message a silence timer counts from.
package enum IdleSide: String, Sendable, Hashable, CaseIterable, Codable {
    case customer, agent, any
}

/// Since when nobody has written, for silence timers.
package struct Silence: Sendable, Hashable, Codable {
    /// The last message of anybody, a bot or Bellhop included.
    package var since: Instant
    /// Which of the two people wrote last, and when; nil when neither has.
    package var person: Person?
    /// Names of the timers that came up since a person wrote: each does so once.
    package var fired: [String]

    package struct Person: Sendable, Hashable, Codable {
        /// Customer or agent.
        package var side: IdleSide
        package var at: Instant

        package init(side: IdleSide, at: Instant) {
            self.side = side
            self.at = at
        }
    }

    package init(since: Instant, person: Person? = nil, fired: [String] = []) {
        self.since = since
        self.person = person
        self.fired = fired
    }
}
