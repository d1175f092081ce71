package import Matching
package import Model

/// What conditions ask of an event, as far as it can be reasoned about: for findings such as "this rule can never run".
///
/// Deciding never uses it. A formula may be weaker than its condition (`unknown`), never different from it.
package indirect enum Formula: Sendable {
    case demand(EventDemand)
    case all([Formula])
    case any([Formula])
    /// Nothing can be said of it.
    case unknown

    package var negated: Formula {
        switch self {
        case .demand(let demand): .demand(demand.negated)
        case .all(let parts): .any(parts.map(\.negated))
        case .any(let parts): .all(parts.map(\.negated))
        case .unknown: .unknown
        }
    }
}

/// One thing that is asked of one place of an event.
package struct EventDemand: Sendable, Hashable {
    package var place: EventPlace
    package var test: Test
    /// True where the test must not hold.
    package var isNegated = false
    /// Of the condition's key.
    package var at: SourcePosition
    /// As explanations name it: `channel`, `text.any`.
    package var condition: String

    package enum Test: Sendable, Hashable {
        /// The place, or one of its texts where it has several, is one of these; folded.
        case words(Set<FoldedText>)
        /// It is within the opening hours of that schedule.
        case inside(Schedule)
        /// It is the customer's first message.
        case firstMessage
        case repeated(times: Int, within: Duration)
        /// There is something at the place.
        case exists
        /// One of the keywords is in it.
        case keywords([Keyword])
        case equals([FoldedText], Folding)
        case starts([FoldedText], Folding)
        case ends([FoldedText], Folding)
        case substring([FoldedText], Folding)
        /// One of the expressions matches it.
        case regex([PatternSource])
        /// In code points.
        case length(ClosedRange<Int>)
        case empty
        case greater(than: Double, orEqual: Bool)
        case less(than: Double, orEqual: Bool)

        var isOfNumbers: Bool {
            switch self {
            case .greater, .less: true
            default: false
            }
        }
    }

    package init(_ place: EventPlace, _ test: Test, at: SourcePosition, condition: String) {
        self.place = place
        self.test = test
        self.at = at
        self.condition = condition
    }

    package var negated: EventDemand {
        var demand = self
        demand.isNegated.toggle()
        return demand
    }
}

/// Where in an event a demand looks, under one name for the key of the language and the path that mean the same.
package struct EventPlace: Sendable, Hashable {
    /// `text`, `channel`, …, or a path of `field`.
    package let name: String
    /// True where an event has at most one text.
    package let isSingle: Bool

    private init(_ name: String, isSingle: Bool) {
        self.name = name
        self.isSingle = isSingle
    }

    /// The same place, with at most one text.
    var single: EventPlace { EventPlace(name, isSingle: true) }
    package var isAttribute: Bool { name.hasPrefix("contact.attributes.") }

    package static let text = EventPlace("text", isSingle: true)
    package static let kind = EventPlace("kind", isSingle: true)
    package static let channel = EventPlace("channel", isSingle: true)
    package static let vendor = EventPlace("vendor", isSingle: true)
    package static let account = EventPlace("account", isSingle: true)
    package static let sender = EventPlace("sender", isSingle: true)
    package static let handler = EventPlace("handler", isSingle: true)
    /// By id and by any of its names.
    package static let department = EventPlace("department", isSingle: false)
    package static let team = EventPlace("team", isSingle: false)
    package static let agent = EventPlace("agent", isSingle: false)
    package static let tags = EventPlace("tags", isSingle: false)
    package static let time = EventPlace("time", isSingle: true)
    package static let history = EventPlace("history", isSingle: true)

    private static let named: [String: EventPlace] = [
        "message.text": .text, "kind": .kind, "conversation.channel": .channel, "vendor": .vendor, "account": .account,
        "sender.role": .sender, "conversation.handler": .handler, "conversation.tags": .tags,
    ]

    /// Of a path of `field`.
    init(_ path: EventPath) {
        if let place = EventPlace.named[path.text] {
            self = place
        } else {
            // What an author's own `set` or a vendor's fixed member holds is one text; what a system or a vendor's payload
            // holds may be a list.
            let isVariable = path.variable != nil && path.segments.count == 2
            let isOpen =
                ["raw", "vars"].contains(path.segments[0]) || path.segments.contains("attributes")
                || ["context", "answers", "reason", "changes"].contains(path.segments.dropFirst().first)
            self.init(path.text, isSingle: isVariable || !isOpen)
        }
    }
}
