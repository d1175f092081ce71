/// Why a rule that holds, or a part of it, is held back, and until when.
package struct HoldBack: Sendable, Hashable {
    package var reason: SuppressionReason
    /// What is held back, in order, each kind once.
    package var actions: [ActionKind]
    /// Since when it lasts; nil where nobody knows.
    package var since: Instant?
    /// When it is over at the latest; nil where that is not known, or never.
    package var until: Instant?
    /// What it was found from, as members for programs: counts and limits, a scope, who told of the human.
    package var facts: Value.Object
    /// For people, without the reason's own name: `human agent since 14:03, until 14:33`.
    package var text: String

    package init(
        reason: SuppressionReason, actions: [ActionKind] = [], since: Instant? = nil, until: Instant? = nil,
        facts: Value.Object = [:], text: String
    ) {
        self.reason = reason
        self.actions = actions
        self.since = since
        self.until = until
        self.facts = facts
        self.text = text
    }
}

/// A rule and where it is written.
package struct RulePlace: Sendable, Hashable {
    package var id: String
    package var at: SourcePosition

    package init(id: String, at: SourcePosition) {
        self.id = id
        self.at = at
    }
}
