import JSON
import Model
import Zones

/// A webhook body of an account's webhook, an API inbox or an agent bot: they are alike. The body is the thing that the event
/// is about, a message, conversation or contact, with the event's name among its members.
struct ChatwootPayload {
    let body: JSONElement
    let event: ChatwootEventName?

    init(_ body: JSONElement) {
        self.body = body
        event = body["event"]?.string.flatMap(ChatwootEventName.init)
    }

    /// True for an event of Chatwoot's vocabulary with a member that its objects have and other vendors' do not.
    var hasShape: Bool {
        guard let word = body["event"]?.string, body["entity"] == nil, body["resource"] == nil else { return false }
        guard event != nil || Self.prefixes.contains(where: word.hasPrefix) else { return false }
        return Self.members.contains { body[$0] != nil }
    }

    private static let prefixes = ["message_", "conversation_", "contact_", "inbox_", "webwidget_"]
    private static let members = [
        "account", "conversation", "inbox", "inbox_id", "contact_inbox", "current_conversation", "changed_attributes",
    ]

    /// The conversation that the body is, or that it belongs to.
    var conversation: ChatwootConversation? {
        switch event {
        case .messageCreated, .messageUpdated: body["conversation"]?.object.flatMap(ChatwootConversation.init)
        case .webwidgetTriggered: body["current_conversation"]?.object.flatMap(ChatwootConversation.init)
        case .contactCreated, .contactUpdated: nil
        case .conversationCreated, .conversationStatusChanged, .conversationUpdated, .conversationOpened,
            .conversationResolved:
            ChatwootConversation(body)
        case nil: body["conversation"]?.object.flatMap(ChatwootConversation.init)
        }
    }

    /// Nil for what has no id: nothing could tell it from another.
    var message: ChatwootMessage? {
        event == .messageCreated || event == .messageUpdated ? ChatwootMessage(body) : nil
    }

    /// What changed, by attribute: `[{"status": {"previous_value": …, "current_value": …}}]`, or one object of the same.
    var changes: [(key: String, change: JSONElement)] {
        guard let list = body["changed_attributes"] else { return [] }
        let objects = list.kind == .array ? list.elements : [list]
        return objects.flatMap(\.members).map { ($0.key, $0.value) }
    }

    func change(_ key: String) -> ChatwootChange? {
        changes.last { $0.key == key }.map { ChatwootChange($0.change) }
    }
}

/// What happened, by the word in `event`.
enum ChatwootEventName: String {
    case messageCreated = "message_created"
    case messageUpdated = "message_updated"
    case conversationCreated = "conversation_created"
    case conversationStatusChanged = "conversation_status_changed"
    case conversationUpdated = "conversation_updated"
    /// Only agent bots get these two.
    case conversationOpened = "conversation_opened"
    case conversationResolved = "conversation_resolved"
    case contactCreated = "contact_created"
    case contactUpdated = "contact_updated"
    case webwidgetTriggered = "webwidget_triggered"
}

struct ChatwootChange {
    let previous: String?
    let current: String?

    init(_ element: JSONElement) {
        previous = element["previous_value"]?.identifier
        current = element["current_value"]?.identifier
    }
}

/// A person of the desk, a bot, or a contact, wherever one is told.
struct ChatwootPerson {
    enum Kind { case contact, user, bot }

    let id: String?
    let name: String?
    let email: String?
    /// Nil where it is not told, which recent versions do of contacts.
    let kind: Kind?

    init(_ element: JSONElement) {
        id = element["id"]?.identifier
        name = element["name"]?.filledText
        email = element["email"]?.filledText
        kind =
            switch element["type"]?.string?.lowercased() {
            case "contact": .contact
            case "user": .user
            case "agent_bot", "captain_assistant": .bot
            default: nil
            }
    }

    var agent: Agent { Agent(id: id, name: name, email: email) }
}

/// A conversation as events have it.
struct ChatwootConversation {
    let element: JSONElement
    /// The number that people see, which the API takes too: payloads have it as `id`, an old sample as `display_id`.
    let id: String

    init?(_ element: JSONElement) {
        guard let id = element["display_id"]?.identifier ?? element["id"]?.identifier else { return nil }
        self.element = element
        self.id = id
    }

    /// The word, also where only its number is told.
    var status: String? {
        let words = ["open", "resolved", "pending", "snoozed"]
        guard let told = element["status"]?.filledText else { return nil }
        return Int(told).flatMap { words.indices.contains($0) ? words[$0] : nil } ?? told.lowercased()
    }

    private var meta: JSONElement? { element["meta"]?.object }

    /// False for an old payload, which does not tell who is assigned.
    var tellsAssignee: Bool { meta != nil }

    var assignee: ChatwootPerson? {
        meta?["assignee"]?.object.map(ChatwootPerson.init).flatMap { $0.id == nil ? nil : $0 }
    }

    var isAssignedToBot: Bool {
        assignee?.kind == .bot || (assignee != nil && meta?["assignee_type"]?.string == "AgentBot")
    }

    var team: String? { meta?["team"]?.object?["id"]?.identifier }
    var contact: JSONElement? { meta?["sender"]?.object }
    var tags: [String]? { element["labels"].flatMap { $0.kind == .array ? $0.texts : nil } }
    var topic: String? { element["additional_attributes"]?["mail_subject"]?.filledText }
    var createdAt: Instant? { element["created_at"]?.chatwootTime }
    var lastActivityAt: Instant? { element["timestamp"]?.chatwootTime }
    var updatedAt: Instant? { element["updated_at"]?.chatwootTime }

    /// What tells one change from the next, with its microseconds; nil in old payloads.
    var changeStamp: String? { updatedAt == nil ? nil : element["updated_at"]?.identifier }

    /// One vocabulary for all vendors. Direct messages of Instagram come by the channel of Facebook too, and WhatsApp by that
    /// of Twilio.
    var channel: String? {
        guard let told = element["channel"]?.filledText ?? element["meta"]?["channel"]?.filledText else { return nil }
        let word = (told.hasPrefix("Channel::") ? String(told.dropFirst("Channel::".count)) : told).lowercased()
        switch word {
        case "webwidget": return "webchat"
        case "facebookpage": return isInstagram ? "instagram" : "messenger"
        case "twiliosms": return isWhatsApp ? "whatsapp" : "sms"
        case "twitterprofile": return "twitter"
        case "voice": return "phone"
        default: return word
        }
    }

    private var isInstagram: Bool {
        element["additional_attributes"]?["type"]?.string == "instagram_direct_message"
    }

    private var isWhatsApp: Bool {
        element["contact_inbox"]?["source_id"]?.string?.hasPrefix("whatsapp:") ?? false
    }
}

extension JSONElement {
    /// ISO 8601 text, seconds from 1970 with or without a fraction, or `2020-03-03 13:05:57 UTC`.
    var chatwootTime: Instant? {
        guard let text = string, text.hasSuffix(" UTC") else { return instant(epoch: .seconds) }
        return PayloadTime.instant(String(text.dropLast(" UTC".count)), epoch: .seconds, zone: .utc)
    }
}
