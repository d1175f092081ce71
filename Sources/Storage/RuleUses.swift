package import Model

/// One effect of a rule, as little of it as counting needs.
package struct RuleUse: Sendable, Hashable {
    /// Of the outbox row.
    package var id: Int64
    package var rule: String
    package var eventID: String
    /// When the webhook came in that it was decided on.
    package var createdAt: Instant
    /// True for one that was never to be sent: suppressed, or nothing that the vendor can do.
    package var isHeldBack: Bool

    package init(id: Int64, rule: String, eventID: String, createdAt: Instant, isHeldBack: Bool) {
        self.id = id
        self.rule = rule
        self.eventID = eventID
        self.createdAt = createdAt
        self.isHeldBack = isHeldBack
    }
}

/// Some of the effects of rules, newest first. A page may be empty though there are more: only `next == nil` says that there are
/// none.
package struct RuleUsePage: Sendable, Hashable {
    package var uses: [RuleUse]
    /// `before` of the next page.
    package var next: Int64?

    package init(uses: [RuleUse], next: Int64?) {
        self.uses = uses
        self.next = next
    }

    /// A page ends once so many effects were looked at.
    package static let looks = 5000
}
