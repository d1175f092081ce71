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
    /// How long an agent's own message holds the conversation.
    let humanTakeover: Duration
    /// True while rules are tried to tell people why: traces then look for near misses, which takes time.
    package var isExplaining = false
    /// What its regular expressions took so far.
    var matchingTime = Duration.zero
    /// The limit that deciding it ran over; nil while it is within all.
    var excess: EventExcess?
    /// For `repeated` and `first_message`: true when the event is a customer's own message.
    package var isCustomerMessage: Bool { event.kind == .messageReceived }

    /// What was tried so far; nil when nobody asks, or while something is tried only to tell of it.
    var evaluations: Evaluations?

    private var foldedTexts = FoldedTexts()
    private var document: JSONDocument?
    private var isDocumentRead = false
    private var eventValue: Value?
    /// Fields that were looked at; whether the event tells them is another matter.
    private var soughtFields: Set<EventField> = []
    /// False for tags that state fills in: the vendor may know others.
    private let tellsTags: Bool

    package init(
        event: Event, account: Account, zone: Zone, now: Instant, state: ConversationState, tellsTags: Bool = true,
        humanTakeover: Duration = DecisionLimits().humanTakeover
    ) {
        self.humanTakeover = humanTakeover
        self.tellsTags = tellsTags
        self.event = event
        self.account = account
        self.zone = zone
        self.now = now
        self.state = state
    }

    /// The message text after folding; nil when the event has no message.
    package func foldedText(_ folding: Folding) -> FoldedText? {
        if let known = foldedTexts[folding] { return known }
        guard let text = event.message?.text else { return nil }
        let folded = FoldedText(text, folding)
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

    /// What stands at a path of the payload. An object that was fetched stands where a webhook with one has it.
    func raw(at keys: [String]) -> Value? {
        if let value = raw?.path(keys)?.value, !value.isNull { return value }
        guard keys.first == "payload", let payload = event.fetched.values[.payload] else { return nil }
        return keys.dropFirst().reduce(payload as Value?) { $0?[$1] }
    }

    /// Somebody looks at fields that may be fetched.
    func seek(_ fields: [EventField]) { soughtFields.formUnion(fields) }

    /// Somebody looked at a path. Where nothing stands, or something with members, fields at it or below may be missing; an
    /// unknown handler, or no tags, may be all that is remembered.
    func seek(_ path: some Collection<String>, found value: Value?) {
        switch value {
        case nil, .null, .object, "unknown", []: soughtFields.formUnion(EventField.fields(at: path))
        default: break
        }
    }

    /// Those of the sought fields that the event does not tell, in the order of an event's members.
    var absentFields: [EventField] {
        var absent: [EventField] = []
        for field in soughtFields where field == .conversationTags ? !tellsTags : !event.tells(field) { absent.append(field) }
        return absent.count < 2 ? absent : EventField.allCases.filter(absent.contains)
    }

    /// Why a field is absent that somebody asked the vendor for; nil when nobody did, or it is there.
    func absence(of fields: [EventField]) -> String? {
        let notes = fields.compactMap { event.fetched.note(of: $0) }
        return notes.first { if case .fetched = $0.result { false } else { true } }?.text
    }

    /// A member of the event as one object, without `raw`.
    func member(_ name: String) -> Value? { eventValue?[name] ?? event.member(name) }

    /// The event as one object, without `raw`.
    package var value: Value {
        if let eventValue { return eventValue }
        let value = event.value
        eventValue = value
        return value
    }

    private static let nothing = (
        event: Event(id: "", vendor: .any, account: "", kind: .other, occurredAt: Instant(seconds: 0)),
        state: ConversationState()
    )

    /// Hands over what it looks at, without a copy: it is empty afterwards.
    func handOver() -> (event: Event, state: ConversationState) {
        var parts = Self.nothing
        swap(&event, &parts.event)
        swap(&state, &parts.state)
        return parts
    }

    /// Goes on as if this message had come with the event.
    func hear(_ message: Message) {
        event.message = message
        foldedTexts = FoldedTexts()
        eventValue = nil
    }

    /// Looks at something only to tell of it: what that takes is not counted.
    func apart<Result>(_ body: () -> Result) -> Result {
        let (time, excess, noted) = (matchingTime, excess, evaluations)
        matchingTime = .zero
        evaluations = nil
        defer { (matchingTime, self.excess, evaluations) = (time, excess, noted) }
        return body()
    }

    /// Tries a line.
    func tried(_ line: any Condition) -> Bool {
        let holds = line.holds(self)
        return evaluations == nil ? holds : noted(line.outline.at, holds)
    }

    /// The same outcome, after noting it.
    func noted(_ at: @autoclosure () -> SourcePosition, _ holds: Bool) -> Bool {
        // What ran into a limit says nothing of the line.
        if evaluations != nil, !isLimited { evaluations?.note(at(), holds: holds) }
        return holds
    }

    /// A flow goes on by the way that stands there.
    func goes(by way: SourcePosition) {
        evaluations?.ways[way, default: 0] += 1
    }

    /// Tries something that may add captures: when it does not hold, what it added is taken back.
    package func attempt(_ body: () -> Bool) -> Bool {
        let before = captures
        let holds = body()
        if !holds { captures = before }
        return holds
    }
}
