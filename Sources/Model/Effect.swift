/// One action of one rule on one event, decided: what goes to the outbox, and what `dry-run` shows.
package struct Effect: Sendable, Hashable, Codable {
    /// Event id, rule id and place, joined: the same whenever the same event is decided again. The outbox's unique key
    /// and the source of the vendor's idempotency key.
    package var key: String
    package var eventID: String
    /// For an effect of a flow's step: the rule that started the flow.
    package var rule: String
    /// Where the rule is written; for an effect of a flow's step, the step's line.
    package var ruleAt: SourcePosition
    /// The flow's step that it comes from; nil for a rule's own.
    package var flow: Optional<FlowPlace>
    package var action: Action
    package var target: EffectTarget
    /// How long after the decision it may go out; 0 is at once.
    package var delayMilliseconds: Int64
    package var status: EffectStatus
    /// True for a rule with `human: act`: the takeover check right before sending lets it through.
    package var actsBesideHuman: Bool

    package init(
        key: String, eventID: String, rule: String, ruleAt: SourcePosition, flow: FlowPlace? = nil, action: Action,
        target: EffectTarget, delayMilliseconds: Int64 = 0, status: EffectStatus = .planned, actsBesideHuman: Bool = false
    ) {
        self.key = key
        self.eventID = eventID
        self.rule = rule
        self.ruleAt = ruleAt
        self.flow = flow
        self.action = action
        self.target = target
        self.delayMilliseconds = delayMilliseconds
        self.status = status
        self.actsBesideHuman = actsBesideHuman
    }
}

/// What an effect acts on, as the event and the conversation's state knew it when deciding.
package struct EffectTarget: Sendable, Hashable, Codable {
    package var account: String
    package var vendor: VendorID
    package var conversationID: Optional<String>
    package var contactID: Optional<String>
    package var channel: Optional<String>
    /// Tags of the conversation before this effect: vendors that replace the list write back the merged one.
    package var tags: [String]

    package init(
        account: String, vendor: VendorID, conversationID: String?, contactID: String?, channel: String?, tags: [String]
    ) {
        self.account = account
        self.vendor = vendor
        self.conversationID = conversationID
        self.contactID = contactID
        self.channel = channel
        self.tags = tags
    }
}

package enum EffectStatus: Sendable, Hashable, Codable {
    case planned
    case suppressed(SuppressionReason)
    /// The vendor cannot do it; the text says what and why.
    case unsupported(String)
}

/// Why a planned action is held back. Raw values are what output and tests show.
package enum SuppressionReason: String, Sendable, Hashable, CaseIterable, Codable {
    case human
    case oncePer = "once_per"
    case storm
    case observe
    case test
    case header
}
