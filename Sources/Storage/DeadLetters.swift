package import Model

/// Names one dead letter. As text `effect-12` or `event-7`.
package enum DeadLetterID: Sendable, Hashable {
    /// By the id of the outbox row.
    case effect(Int64)
    /// By the id of the inbox row.
    case event(Int64)

    package init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[1]), number > 0, "\(number)" == parts[1] else { return nil }
        switch parts[0] {
        case "effect": self = .effect(number)
        case "event": self = .event(number)
        default: return nil
        }
    }

    package var text: String {
        switch self {
        case .effect(let id): "effect-\(id)"
        case .event(let id): "event-\(id)"
        }
    }
}

/// An effect or an event that failed for good.
package struct DeadLetter: Sendable, Hashable {
    package var id: DeadLetterID
    package var diedAt: Instant
    /// Why, for people.
    package var message: String
    /// Nil for an event that could not be decided.
    package var effect: LedgerEntry?
    /// What was cancelled with the effect, in the order in which it was decided.
    package var cancelled: [LedgerEntry]
    /// Nil when the event is no longer kept.
    package var event: LedgerEvent?

    package init(
        id: DeadLetterID, diedAt: Instant, message: String, effect: LedgerEntry?, cancelled: [LedgerEntry],
        event: LedgerEvent?
    ) {
        self.id = id
        self.diedAt = diedAt
        self.message = message
        self.effect = effect
        self.cancelled = cancelled
        self.event = event
    }

    package var place: DeadLetterPlace { DeadLetterPlace(diedAt: diedAt, id: id) }
}

/// Where a page of dead letters ends. They are in the order of their deaths, the last first; of those of one moment effects
/// come before events, and the higher id first.
package struct DeadLetterPlace: Sendable, Hashable {
    package var diedAt: Instant
    package var id: DeadLetterID

    package init(diedAt: Instant, id: DeadLetterID) {
        self.diedAt = diedAt
        self.id = id
    }

    /// True when this one is shown before the other.
    package func precedes(_ other: DeadLetterPlace) -> Bool {
        guard diedAt == other.diedAt else { return diedAt > other.diedAt }
        switch (id, other.id) {
        case (.effect(let left), .effect(let right)), (.event(let left), .event(let right)): return left > right
        case (.effect, .event): return true
        case (.event, .effect): return false
        }
    }
}

/// Which dead letters; all that are set must hold.
package struct DeadLetterFilter: Sendable, Hashable {
    package var account: String?
    package var conversation: String?
    /// Leaves out events, which died before any rule.
    package var rule: String?
    package var reason: DeadLetterReason?

    package init(
        account: String? = nil, conversation: String? = nil, rule: String? = nil, reason: DeadLetterReason? = nil
    ) {
        self.account = account
        self.conversation = conversation
        self.rule = rule
        self.reason = reason
    }

    /// True when a dead event can be among them.
    package var includesEvents: Bool {
        if case .effect? = reason { false } else { rule == nil }
    }

    /// True when a dead effect can be among them.
    package var includesEffects: Bool {
        if case .event? = reason { false } else { true }
    }
}

/// Why an effect or an event failed for good, by the word that is shown.
package enum DeadLetterReason: RawRepresentable, Sendable, Hashable, CaseIterable {
    case effect(FailureReason)
    case event(EventFailure)

    package static let allCases = FailureReason.allCases.map(Self.effect) + EventFailure.allCases.map(Self.event)

    package init?(rawValue: String) {
        if let reason = FailureReason(rawValue: rawValue) {
            self = .effect(reason)
        } else if let reason = EventFailure(rawValue: rawValue) {
            self = .event(reason)
        } else {
            return nil
        }
    }

    package var rawValue: String {
        switch self {
        case .effect(let reason): reason.rawValue
        case .event(let reason): reason.rawValue
        }
    }
}
