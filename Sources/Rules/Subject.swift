package import JSON
package import Matching
package import Model
package import Zones

/// What the conditions and templates of one decision look at. Lives for one decision, on one task.
///
/// Folded text and the parsed raw body are made when first asked for, and kept.
package final class Subject {
    /// With handler and tags filled in.
    package private(set) var event: Event
    package let account: Account
    /// The account's zone, for `now.*`; UTC when it has none.
    package let zone: Zone
    package let now: Instant
    /// The state before this event's own message was counted; its variables change as `set` actions run.
    package var state: ConversationState
    /// The rule that is being tried, for `rule.id`.
    package var rule: String = ""
    /// What the regular expressions of the rule being tried have captured.
    package var captures = RuleCaptures()
    /// True once a regular expression of the rule being tried ran into its limits: the rule then does not hold.
    package var isLimited = false
    /// For `repeated` and `first_message`: true when the event is a customer's own message.
    package var isCustomerMessage: Bool { event.kind == .messageReceived }

    private var foldedTexts: [Folding: FoldedText] = [:]
    private var document: JSONDocument?
    private var isDocumentRead = false
    private var eventValue: Value?

    package init(event: Event, account: Account, zone: Zone, now: Instant, state: ConversationState) {
        self.event = event
        self.account = account
        self.zone = zone
        self.now = now
        self.state = state
    }

    /// The message text after folding; nil when the event has no message.
    package func foldedText(_ folding: Folding) -> FoldedText? {
        guard let message = event.message else { return nil }
        if let known = foldedTexts[folding] { return known }
        let folded = FoldedText(message.text, folding)
        foldedTexts[folding] = folded
        return folded
    }

    /// The vendor's payload; nil when the event has none that can be read.
    package var raw: JSONElement? {
        if !isDocumentRead {
            isDocumentRead = true
            document = event.raw.isEmpty ? nil : try? JSONDocument(event.raw)
        }
        return document?.root
    }

    /// The event as one object, without `raw`.
    package var value: Value {
        if let eventValue { return eventValue }
        let value = event.value
        eventValue = value
        return value
    }

    /// Goes on as if this message had come with the event.
    func hear(_ message: Message) {
        event.message = message
        foldedTexts = [:]
        eventValue = nil
    }

    /// Tries something that may add captures: when it does not hold, what it added is taken back.
    package func attempt(_ body: () -> Bool) -> Bool {
        let before = captures
        let holds = body()
        if !holds { captures = before }
        return holds
    }
}
