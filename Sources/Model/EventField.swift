/// A field of an event that may be fetched from the vendor where its webhook does not tell it. Raw values are paths, as rules
/// write them.
package enum EventField: String, Sendable, Hashable, CaseIterable {
    case conversationID = "conversation.id"
    case conversationChannel = "conversation.channel"
    case conversationStatus = "conversation.status"
    case conversationHandler = "conversation.handler"
    case conversationDepartment = "conversation.department"
    case conversationTeam = "conversation.team"
    case conversationTags = "conversation.tags"
    case contactID = "contact.id"
    case contactName = "contact.name"
    case contactEmail = "contact.email"
    case contactPhone = "contact.phone"
    case contactAttributes = "contact.attributes"
    case agentID = "agent.id"
    case agentName = "agent.name"
    case agentUsername = "agent.username"
    case agentEmail = "agent.email"
    case detailsStatus = "details.status"
    /// The object that a webhook is about and does not hold: it stands where a webhook with one has it.
    case payload = "raw.payload"

    /// True for what changes while a conversation goes on: an answer is believed for a shorter time.
    package var isVolatile: Bool {
        switch self {
        case .conversationStatus, .conversationHandler, .conversationDepartment, .conversationTeam, .conversationTags, .agentID,
            .agentName, .agentUsername, .agentEmail, .detailsStatus:
            true
        case .conversationID, .conversationChannel, .contactID, .contactName, .contactEmail, .contactPhone, .contactAttributes,
            .payload:
            false
        }
    }

    /// The fields that a look at a path is a look at: the one that stands there, those below it, and the one that it is below
    /// of. `contact.first_name` is made of the name.
    package static func fields(at path: some Collection<String>) -> [EventField] {
        guard let root = path.first, let fields = byRoot[root] else { return [] }
        guard path.count > 1, let member = path.dropFirst().first else { return fields }
        let name = root == "contact" && member == "first_name" ? "name" : member
        return byMember[root]?[name].map { [$0] } ?? []
    }

    /// What stands before and behind the dot.
    private var names: (root: String, member: String) {
        let parts = rawValue.split(separator: ".", maxSplits: 1).map(String.init)
        return (parts[0], parts[parts.count - 1])
    }

    private static let byRoot: [String: [EventField]] = Dictionary(grouping: allCases) { $0.names.root }
    private static let byMember: [String: [String: EventField]] = byRoot.mapValues { fields in
        Dictionary(fields.map { ($0.names.member, $0) }) { first, _ in first }
    }
}

/// What the vendor was asked for an event, and what came of it.
package struct FetchedFields: Sendable, Hashable {
    package var values: [EventField: Value]
    /// A note for each field that a rule asked for, in order.
    package var notes: [FieldNote]

    package init(values: [EventField: Value] = [:], notes: [FieldNote] = []) {
        self.values = values
        self.notes = notes
    }

    package var isEmpty: Bool { values.isEmpty && notes.isEmpty }

    package func note(of field: EventField) -> FieldNote? { notes.first { $0.field == field } }
}

/// What became of one field that a rule asked for and the webhook did not tell.
package struct FieldNote: Sendable, Hashable {
    package enum Result: Sendable, Hashable {
        /// The vendor told it; with where: `OmniChat (GET /chats/x)`.
        case fetched(String)
        /// The vendor was asked, and it stays absent; why, as a sentence in lower case.
        case absent(String)
        /// Nobody was asked; why, as a sentence in lower case.
        case notFetched(String)
    }

    package var field: EventField
    package var result: Result

    package init(_ field: EventField, _ result: Result) {
        self.field = field
        self.result = result
    }

    /// `contact.phone: fetched from OmniChat (GET /chats/x)`, `contact.phone: absent, OmniChat answered 404`
    package var text: String { "\(field.rawValue): \(words)" }

    /// The same without the field.
    package var words: String {
        switch result {
        case .fetched(let source): "fetched from \(source)"
        case .absent(let why): "absent, \(why)"
        case .notFetched(let why): "not fetched: \(why)"
        }
    }

    /// As programs read it: `{field, fetched | absent | not_fetched}`.
    package var value: Value {
        switch result {
        case .fetched(let source): ["field": .string(field.rawValue), "fetched": .string(source)]
        case .absent(let why): ["field": .string(field.rawValue), "absent": .string(why)]
        case .notFetched(let why): ["field": .string(field.rawValue), "not_fetched": .string(why)]
        }
    }
}

extension Event {
    /// True when the payload tells it, or it was fetched. A field of an empty text or list counts as told.
    package func tells(_ field: EventField) -> Bool {
        switch field {
        case .conversationID: conversation != nil
        case .conversationChannel: conversation?.channel != nil
        case .conversationStatus: conversation?.status != nil
        case .conversationHandler: conversation?.handler != nil && conversation?.handler != .unknown
        case .conversationDepartment: conversation?.department != nil
        case .conversationTeam: conversation?.team != nil
        case .conversationTags: conversation?.tags != nil
        case .contactID: contact?.id != nil
        case .contactName: contact?.name != nil
        case .contactEmail: contact?.email != nil
        case .contactPhone: contact?.phone != nil
        // What it holds is the vendor's and the author's business: a look that found nothing is what tells that it lacks one.
        case .contactAttributes: false
        case .agentID: agent?.id != nil
        case .agentName: agent?.name != nil
        case .agentUsername: agent?.username != nil
        case .agentEmail: agent?.email != nil
        case .detailsStatus: details["status"] != nil
        case .payload: fetched.values[.payload] != nil
        }
    }

    /// The event with what was fetched in the places where it tells nothing. What the payload tells is never replaced.
    package func filled(with fields: FetchedFields) -> Event {
        guard !fields.isEmpty else { return self }
        var event = self
        event.fetched = fields
        // Without a conversation there is no place for what belongs to one.
        if event.conversation == nil, let id = fields.values[.conversationID]?.text { event.conversation = Conversation(id: id) }
        for (field, value) in fields.values where !tells(field) { event.fill(field, value) }
        return event
    }

    /// Makes it tell nothing there.
    package mutating func clear(_ field: EventField) {
        switch field {
        case .conversationID: conversation = nil
        case .conversationChannel: conversation?.channel = nil
        case .conversationStatus: conversation?.status = nil
        case .conversationHandler: conversation?.handler = nil
        case .conversationDepartment: conversation?.department = nil
        case .conversationTeam: conversation?.team = nil
        case .conversationTags: conversation?.tags = nil
        case .contactID: contact?.id = nil
        case .contactName: contact?.name = nil
        case .contactEmail: contact?.email = nil
        case .contactPhone: contact?.phone = nil
        case .contactAttributes: contact?.attributes = [:]
        case .agentID: agent?.id = nil
        case .agentName: agent?.name = nil
        case .agentUsername: agent?.username = nil
        case .agentEmail: agent?.email = nil
        case .detailsStatus: details["status"] = nil
        case .payload: fetched.values[.payload] = nil
        }
    }

    private mutating func fill(_ field: EventField, _ value: Value) {
        if Self.contactFields.contains(field), contact == nil { contact = Contact(id: nil) }
        if Self.agentFields.contains(field), agent == nil { agent = Agent(id: nil) }
        switch field {
        case .conversationID, .payload: break
        case .conversationChannel: conversation?.channel = value.text
        case .conversationStatus: conversation?.status = value.text
        case .conversationHandler: conversation?.handler = value.text.flatMap { Handler(rawValue: $0) }
        case .conversationDepartment: conversation?.department = value.text
        case .conversationTeam: conversation?.team = value.text
        case .conversationTags: conversation?.tags = value.array?.compactMap(\.text)
        case .contactID: contact?.id = value.text
        case .contactName: contact?.name = value.text
        case .contactEmail: contact?.email = value.text
        case .contactPhone: contact?.phone = value.text
        case .contactAttributes:
            for entry in value.object?.entries ?? [] where contact?.attributes[entry.key] == nil {
                contact?.attributes[entry.key] = entry.value
            }
        case .agentID: agent?.id = value.text
        case .agentName: agent?.name = value.text
        case .agentUsername: agent?.username = value.text
        case .agentEmail: agent?.email = value.text
        case .detailsStatus: details["status"] = value
        }
    }

    private static let contactFields: Set<EventField> = [
        .contactID, .contactName, .contactEmail, .contactPhone, .contactAttributes,
    ]
    private static let agentFields: Set<EventField> = [.agentID, .agentName, .agentUsername, .agentEmail]
}
