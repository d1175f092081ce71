/// Which vendor an account, a webhook or an event belongs to.
///
/// Any word can be one: which are known is the vendor catalogue's business, so that a new vendor changes nothing here. Each
/// vendor's own is declared in its folder.
package struct VendorID: RawRepresentable, Sendable, Hashable, Codable {
    /// As `vendor:` in a configuration says it.
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The vendor of rule tests: it can do every action and has no wire format. Never in a configuration.
    package static let any = VendorID(rawValue: "any")
}

/// What happened. The names on the wire of rules, JSON and logs are the raw values.
package enum EventKind: String, Sendable, Hashable, CaseIterable, Codable {
    case messageReceived = "message.received"
    case messageSent = "message.sent"
    case messageUpdated = "message.updated"
    case conversationStarted = "conversation.started"
    case conversationQueued = "conversation.queued"
    case conversationAssigned = "conversation.assigned"
    case conversationTransferred = "conversation.transferred"
    case conversationTagged = "conversation.tagged"
    case conversationIdle = "conversation.idle"
    case conversationClosed = "conversation.closed"
    case contactCreated = "contact.created"
    case contactUpdated = "contact.updated"
    case leadCaptured = "lead.captured"
    case flowStarted = "flow.started"
    case flowFinished = "flow.finished"
    case interactionChanged = "interaction.changed"
    case orderChanged = "order.changed"
    case other
}

/// Who has the conversation.
package enum Handler: String, Sendable, Hashable, CaseIterable, Codable {
    case bot, queue, human, closed, unknown
}

/// Who wrote a message.
package enum SenderRole: String, Sendable, Hashable, CaseIterable, Codable {
    case customer, agent, bot, system
}

/// What a message is.
package enum MessageType: String, Sendable, Hashable, CaseIterable, Codable {
    case text, image, audio, video, file, location, contact, sticker, buttons, template, note, order, other
}

/// A conversation of one account: the unit in which events are decided and effects go out in order.
package struct ConversationKey: Sendable, Hashable, Codable {
    package let account: String
    /// The vendor's id of the conversation; for an event without one, a stand-in (see `Event.conversationKey`).
    package let conversation: String

    package init(account: String, conversation: String) {
        self.account = account
        self.conversation = conversation
    }
}

/// Where a piece of a rules or configuration file begins. Line and column count from 1, the column in characters.
package struct SourcePosition: Sendable, Hashable, Comparable, Codable {
    /// The path as it is shown to people.
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `rules/greet.yaml:4:5`
    package var text: String { "\(file):\(line):\(column)" }

    package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        guard left.file.utf8.elementsEqual(right.file.utf8) else {
            return left.file.utf8.lexicographicallyPrecedes(right.file.utf8)
        }
        return (left.line, left.column) < (right.line, right.column)
    }
}
