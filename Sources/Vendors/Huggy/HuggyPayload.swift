import JSON
import Model
import Zones

/// An envelope: `{time, messages: {event: [item…]}, token}`.
struct HuggyPayload {
    let body: JSONElement

    init(_ body: JSONElement) {
        self.body = body
    }

    /// When the envelope was made.
    var time: Instant? { body["time"]?.instant(epoch: .seconds) }

    /// Every item of every event, in the order of the body. Members that are no lists (a token may stand among them) and
    /// items that are no objects are left out.
    var items: [HuggyItem] {
        (body["messages"]?.members ?? []).flatMap { member in
            member.value.elements.compactMap(\.object).map { HuggyItem(name: member.key, element: $0) }
        }
    }

    /// True for a body that no other vendor sends.
    var hasShape: Bool {
        guard body["entity"] == nil, body["resource"] == nil else { return false }
        if let messages = body["messages"]?.object {
            return body["time"] != nil || body["token"] != nil || messages["token"] != nil
                || messages.members.contains { HuggyEventName(rawValue: $0.key) != nil && $0.value.kind == .array }
        }
        guard body["token"]?.identifier != nil else { return false }
        return body["validToken"] != nil || (body["time"] != nil && isWithoutEvents)
    }

    /// PHP writes the empty object as an empty list.
    private var isWithoutEvents: Bool {
        guard let messages = body["messages"] else { return false }
        return messages.isNull || (messages.kind == .array && messages.count == 0)
    }
}

/// The events that mean something to Bellhop; the list grew over time, and other names are `other`.
enum HuggyEventName: String {
    case receivedMessage, receivedAllMessage
    case sendedAllMessage
    /// The newer spelling.
    case sentAllMessage
    case createdChat
    /// What replaced `createdChat`.
    case startedChat
    case agentEntered, closedChat, updatedChatDepartment
    case createdCustomer, updatedCustomer
    case startedWidgetAttendance, answeredChatForm
    case startedAutomationFlow, finishedAutomationFlow
}

/// One item of one event: a message, a chat, a contact or a run of a flow, by the event's name.
struct HuggyItem {
    let name: String
    let event: HuggyEventName?
    let element: JSONElement

    init(name: String, element: JSONElement) {
        self.name = name
        self.element = element
        event = HuggyEventName(rawValue: name)
    }

    var id: String? { element["id"]?.identifier }
    var sender: JSONElement? { element["sender"]?.object }
    var isSenderAgent: Bool { element["senderType"]?.string?.lowercased() == "agent" }
    var customer: JSONElement? { element["customer"]?.object ?? chat?["customer"]?.object }
    var agent: JSONElement? { element["agent"]?.object }

    /// The chat that the item belongs to, where it is told apart from the item.
    var chat: JSONElement? { element["chat"]?.object }

    /// A member of the chat, or of the item where the item is the chat.
    func chatMember(_ key: String) -> JSONElement? { chat?[key] ?? element[key] }

    var isMessage: Bool {
        switch event {
        case .receivedMessage, .receivedAllMessage, .sendedAllMessage, .sentAllMessage: true
        default: false
        }
    }

    var isInternal: Bool {
        element["is_internal"]?.saysTrue == true || element["isInternal"]?.saysTrue == true
    }

    /// Local time of the account.
    func time(_ key: String, zone: Zone) -> Instant? { element[key]?.instant(epoch: .seconds, zone: zone) }
}

// MARK: - Conversation

extension HuggyItem {
    /// The conversation's id. An item's own `id` is one only where the item is a chat.
    var chatID: String? {
        chat?["id"]?.identifier ?? (isChat ? id : nil) ?? element["chatID"]?.identifier
    }

    private var isChat: Bool {
        switch event {
        case .createdChat, .startedChat, .agentEntered, .closedChat, .updatedChatDepartment: true
        case .receivedMessage, .receivedAllMessage, .sendedAllMessage, .sentAllMessage, .createdCustomer, .updatedCustomer,
            .startedWidgetAttendance, .answeredChatForm, .startedAutomationFlow, .finishedAutomationFlow:
            false
        case nil: !isPerson && !["body", "sender", "senderType", "flowID"].contains { element[$0] != nil }
        }
    }

    /// True for an item of an unknown event that is a contact: `updatedLeadByAgent` and the like.
    var isPerson: Bool {
        !["situation", "department", "customer", "chat"].contains { element[$0] != nil }
            && ["name", "email", "mobile", "phone", "photo"].contains { element[$0] != nil }
    }

    var situation: String? { chatMember("situation")?.filledText }

    /// Who has the chat, as its situation tells.
    var handler: Handler? {
        switch situation {
        case "auto": .bot
        case "wait_for_chat": .queue
        case "in_chat": .human
        case "finishing": .closed
        default: nil
        }
    }

    /// `false` is no department.
    var department: String? { chatMember("department")?.identifier }

    /// The customer's channel. What an agent writes has the channel `agent`, and the customer's as the receiver's type.
    var channel: String? {
        let words = [chat?["channel"], element["channel"], element["senderType"], element["receiverType"]].lazy
            .compactMap { $0?.object?["name"]?.filledText ?? $0?.filledText }
            .map { $0.lowercased() }
        return words.first { $0 != "agent" }.map(Self.channel)
    }

    private static func channel(_ word: String) -> String {
        if word == "widget" { return "webchat" }
        return word.hasPrefix("whatsapp") ? "whatsapp" : word
    }
}

// MARK: - People

/// `{id, name, mobile, phone, email, photo}`, where anything may be null.
enum HuggyPerson {
    static func contact(_ element: JSONElement, attributes: Value.Object = [:]) -> Contact? {
        var all = customFields(element["custom_fields"] ?? element["customFields"])
        for entry in attributes.entries { all[entry.key] = entry.value }
        let contact = Contact(
            id: element["id"]?.identifier, name: element["name"]?.filledText, email: element["email"]?.filledText,
            phone: element["phone"]?.filledText ?? element["mobile"]?.filledText, attributes: all)
        let isKnown = contact.id != nil || contact.name != nil || contact.email != nil || contact.phone != nil
        return isKnown ? contact : nil
    }

    static func agent(_ element: JSONElement) -> Agent? {
        let agent = Agent(
            id: element["id"]?.identifier, name: element["name"]?.filledText, email: element["email"]?.filledText)
        return agent == Agent(id: nil) ? nil : agent
    }

    /// An object by field, or a list of `{name, value}`; PHP writes an object without members as an empty list.
    private static func customFields(_ element: JSONElement?) -> Value.Object {
        guard let element else { return [:] }
        if element.kind == .object { return element.valueObject }
        let fields = element.elements.compactMap { field -> (String, Value)? in
            guard let name = field.object?["name"]?.filledText ?? field.object?["field"]?.filledText else { return nil }
            return (name, field["value"]?.value ?? .null)
        }
        return Value.Object(fields)
    }
}
