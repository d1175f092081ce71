package import Model

/// Where a captured webhook stands.
package struct TrafficPlace: Sendable, Hashable {
    /// The file as it was named or found; `-` for standard input.
    package var source: String
    /// From 1.
    package var line: Int

    package init(source: String, line: Int) {
        self.source = source
        self.line = line
    }

    /// `captures/day.jsonl:17`
    package var text: String { "\(source):\(line)" }
}

/// One event of captured traffic, not decided yet.
package struct TrafficEvent: Sendable {
    package var event: Event
    package var place: TrafficPlace
    /// Of its id: the same for a repeated event.
    package let identity: IDDigest
    /// Of the conversation that it belongs to.
    package let conversation: IDDigest
    let lane: Int

    package init(_ event: Event, place: TrafficPlace, lanes: TrafficLanes) {
        self.event = event
        self.place = place
        identity = IDDigest(event.id)
        conversation = IDDigest(event.conversationKey)
        lane = lanes.lane(of: event, conversation: conversation)
    }

    /// A message of the customer with words in it: what rules on text are for.
    package var customerText: String? {
        guard event.kind == .messageReceived, !event.isTest, let text = event.message?.text, !text.isEmpty else { return nil }
        return text
    }
}

/// Where in the traffic something was decided.
package struct TrafficMoment: Sendable, Hashable {
    package var place: TrafficPlace
    /// Counts the events in the order in which they were read.
    package var number: Int

    package init(_ place: TrafficPlace, number: Int) {
        self.place = place
        self.number = number
    }
}

/// A customer's or agent's words on one line of a report.
package enum TrafficText {
    /// Without line breaks and control characters, cut where it is too long.
    package static func line(_ text: String, atMost limit: Int = 120) -> String {
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            if count == limit { return String(scalars) + "…" }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
