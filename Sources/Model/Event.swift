/// One thing that happened at a vendor, in the words of Bellhop: what every rule sees.
///
/// Ids are text, times are UTC. A decoder leaves out (nil) what its payload does not tell. Why optional members are written in
/// full, here and in other values of which many are made: docs/decisions/0006.
package struct Event: Sendable, Hashable {
    /// The identity, `vendor:account:…`: the same for every delivery of the same thing.
    package var id: String
    package var vendor: VendorID
    package var account: String
    package var kind: EventKind
    /// True for a vendor's test payload: it is shown, and has no effects.
    package var isTest: Bool
    package var occurredAt: Instant
    package var conversation: Optional<Conversation>
    package var message: Optional<Message>
    package var sender: Optional<Sender>
    package var contact: Optional<Contact>
    package var agent: Optional<Agent>
    /// What belongs to the kind: `from`, `to`, `closed_by`, `flow`, `status`, `context`, `answers`, `reason`, `changes`.
    package var details: Value.Object
    /// The whole webhook body as JSON text, also for one event of a batch; read by `raw.*` paths.
    package var raw: [UInt8]
    /// What was fetched from the vendor for it; empty as decoded.
    package var fetched = FetchedFields()

    package init(
        id: String, vendor: VendorID, account: String, kind: EventKind, isTest: Bool = false, occurredAt: Instant,
        conversation: Conversation? = nil, message: Message? = nil, sender: Sender? = nil, contact: Contact? = nil,
        agent: Agent? = nil, details: Value.Object = [:], raw: [UInt8] = []
    ) {
        self.id = id
        self.vendor = vendor
        self.account = account
        self.kind = kind
        self.isTest = isTest
        self.occurredAt = occurredAt
        self.conversation = conversation
        self.message = message
        self.sender = sender
        self.contact = contact
        self.agent = agent
        self.details = details
        self.raw = raw
    }

    /// The conversation whose order and state this event belongs to. Events without a conversation are ordered by
    /// contact, and by themselves where there is neither. A contact that was fetched makes no other line of it.
    package var conversationKey: ConversationKey {
        let name = conversation.map(\.id) ?? toldContactID.map { "contact:\($0)" } ?? "event:\(id)"
        return ConversationKey(account: account, conversation: name)
    }

    /// The contact as the webhook tells it. What must be the same whether a call of the vendor's API succeeds or not goes by
    /// this: the line of an event, and the subject of a cooldown.
    package var toldContactID: String? { fetched.values[.contactID] == nil ? contact?.id : nil }
}

/// The conversation as the payload tells it.
package struct Conversation: Sendable, Hashable, Codable {
    package var id: String
    /// One vocabulary for all vendors: `webchat`, `whatsapp`, `livechat`, …, else the vendor's word in lower case.
    package var channel: Optional<String>
    /// The vendor's own word for the conversation's state.
    package var status: Optional<String>
    /// What the payload tells; nil when it does not, and then state decides (`Engine` fills in what holds).
    package var handler: Optional<Handler>
    package var department: Optional<String>
    package var team: Optional<String>
    /// Nil when the payload does not tell them: then state's are taken.
    package var tags: Optional<[String]>
    package var topic: Optional<String>

    package init(
        id: String, channel: String? = nil, status: String? = nil, handler: Handler? = nil, department: String? = nil,
        team: String? = nil, tags: [String]? = nil, topic: String? = nil
    ) {
        self.id = id
        self.channel = channel
        self.status = status
        self.handler = handler
        self.department = department
        self.team = team
        self.tags = tags
        self.topic = topic
    }
}

/// One message of a conversation.
package struct Message: Sendable, Hashable, Codable {
    package var id: Optional<String>
    /// An id that the sender chose, where the vendor hands it back (Channel Talk's `requestId`): recognises our own.
    package var clientID: Optional<String>
    /// As written, markup removed; `""` when there is none.
    package var text: String
    package var type: MessageType
    package var attachments: [Attachment]
    package var inReplyTo: Optional<String>

    package init(
        id: String?, text: String = "", type: MessageType = .text, attachments: [Attachment] = [], inReplyTo: String? = nil,
        clientID: String? = nil
    ) {
        self.id = id
        self.text = text
        self.type = type
        self.attachments = attachments
        self.inReplyTo = inReplyTo
        self.clientID = clientID
    }
}

package struct Attachment: Sendable, Hashable, Codable {
    package var type: MessageType
    package var name: Optional<String>
    package var url: Optional<String>
    /// Bytes.
    package var size: Optional<Int64>

    package init(type: MessageType, name: String? = nil, url: String? = nil, size: Int64? = nil) {
        self.type = type
        self.name = name
        self.url = url
        self.size = size
    }
}

/// Who caused a message.
package struct Sender: Sendable, Hashable {
    package var role: SenderRole
    package var id: Optional<String>
    package var name: Optional<String>

    package init(role: SenderRole, id: String? = nil, name: String? = nil) {
        self.role = role
        self.id = id
        self.name = name
    }
}

/// The customer.
package struct Contact: Sendable, Hashable, Codable {
    package var id: Optional<String>
    /// Nil when missing; never a user name or an id.
    package var name: Optional<String>
    package var email: Optional<String>
    package var phone: Optional<String>
    package var attributes: Value.Object

    /// The first word of the name.
    package var firstName: String? {
        name?.split(whereSeparator: \.isBlank).first.map(String.init)
    }

    package init(
        id: String?, name: String? = nil, email: String? = nil, phone: String? = nil, attributes: Value.Object = [:]
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.phone = phone
        self.attributes = attributes
    }
}

/// The agent who serves the conversation.
package struct Agent: Sendable, Hashable, Codable {
    package var id: Optional<String>
    package var name: Optional<String>
    package var username: Optional<String>
    package var email: Optional<String>

    package init(id: String?, name: String? = nil, username: String? = nil, email: String? = nil) {
        self.id = id
        self.name = name
        self.username = username
        self.email = email
    }
}
