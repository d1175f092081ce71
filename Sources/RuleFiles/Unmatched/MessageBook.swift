package import Matching
package import Model
package import Rules

/// What customers wrote, each folded text once, and whether somebody answered.
package struct MessageBook: Sendable {
    package struct Entry: Sendable {
        /// Messages that rules or flows answer.
        package var answered = 0
        package var unanswered = 0
        /// Of the unanswered ones, each with its message.
        package var conversations: [IDDigest] = []
        /// The first unanswered message.
        package var example: MessageExample?
    }

    package private(set) var entries: [FoldedText: Entry] = [:]
    /// Customers' messages with text.
    package private(set) var messages = 0
    package private(set) var unanswered = 0
    /// Of the unanswered ones, those in conversations that a human agent had.
    package private(set) var besideHuman = 0

    package init() {}

    mutating func add(_ text: String, isAnswered: Bool, isBesideHuman: Bool, of event: TrafficEvent, number: Int) {
        let folded = FoldedText(text)
        guard !folded.isEmpty else { return }
        messages += 1
        if isAnswered {
            entries[folded, default: Entry()].answered += 1
            return
        }
        unanswered += 1
        if isBesideHuman { besideHuman += 1 }
        entries[folded, default: Entry()].count(MessageExample(text, of: event, number: number), event.conversation)
    }

    package mutating func merge(_ other: MessageBook) {
        messages += other.messages
        unanswered += other.unanswered
        besideHuman += other.besideHuman
        entries.merge(other.entries) { some, others in
            var sum = some
            sum.answered += others.answered
            sum.unanswered += others.unanswered
            sum.conversations += others.conversations
            sum.example = [some.example, others.example].compactMap(\.self).min { $0.number < $1.number }
            return sum
        }
    }
}

extension MessageBook.Entry {
    fileprivate mutating func count(_ example: MessageExample, _ conversation: IDDigest) {
        unanswered += 1
        conversations.append(conversation)
        if self.example == nil { self.example = example }
    }
}

/// One message that nobody answered, for people.
package struct MessageExample: Sendable, Hashable {
    package var number: Int
    package var place: TrafficPlace
    package var eventID: String
    package var conversation: String?
    /// As written.
    package var text: String

    init(_ text: String, of event: TrafficEvent, number: Int) {
        self.number = number
        place = event.place
        eventID = event.event.id
        conversation = event.event.conversation?.id
        self.text = text
    }

    var value: Value {
        [
            "source": .string(place.source), "line": .integer(Int64(place.line)), "event": .string(eventID),
            "conversation": .optional(conversation), "text": .string(text),
        ]
    }
}

/// Decides traffic by one rule set and notes what customers wrote.
package struct UnmatchedLane: TrafficLane {
    private var rules: ReplayedRules
    private var own: OwnMessages
    private let leavesOutHumans: Bool
    package private(set) var book = MessageBook()

    /// - Parameter leavesOutHumans: messages in conversations that a human agent has are not counted.
    package init(
        engine: Engine, clock: Instant?, leavesOutHumans: Bool, ownID: @escaping @Sendable (Effect) -> String
    ) {
        rules = ReplayedRules(engine: engine, clock: clock)
        own = OwnMessages(ownID: ownID)
        self.leavesOutHumans = leavesOutHumans
    }

    package mutating func take(_ event: TrafficEvent, number: Int, passed: Instant?) {
        if let passed { comeUp(until: passed) }
        let known = own.marked(event.event)
        guard let decision = rules.decide(known) else { return }
        own.note(decision)
        guard known.kind == .messageReceived, let text = event.customerText else { return }
        let isBesideHuman = decision.event.conversation?.handler == .human
        if isBesideHuman, leavesOutHumans { return }
        book.add(text, isAnswered: decision.answersCustomer, isBesideHuman: isBesideHuman, of: event, number: number)
    }

    package mutating func finish(passed: Instant?) {}

    private mutating func comeUp(until time: Instant) {
        for occurrence in rules.timers(until: time) { own.note(occurrence.decision) }
    }
}

extension Decision {
    /// Whether a live rule or a flow does something about a customer's message that somebody notices: tags, notes and variables
    /// alone are no answer.
    package var answersCustomer: Bool {
        guard fault == nil else { return false }
        if effects.contains(where: { $0.status == .planned && $0.action.isAnswer }) { return true }
        if applied.contains(where: { $0.effect.action.kind == .start }) { return true }
        return switch flow?.heard {
        case .choice, .expectation, .miss, .busy: true
        case .unheard, .timeout, .expiry, .answer, nil: false
        }
    }
}

extension Action {
    fileprivate var isAnswer: Bool {
        switch self {
        case .reply, .route, .close, .start, .http, .call: true
        case .note, .tag, .untag, .set, .contact, .stopFlow: false
        }
    }
}
