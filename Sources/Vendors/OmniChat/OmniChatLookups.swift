import JSON
import Model
import VendorKit

/// What OmniChat's webhooks lack: the chat behind a message, and the object that an Interaction or Order event is about.
///
/// A webhook only points to its chat, so that it never tells the customer's name and phone. That single chats, interactions and
/// orders can be read is likely and not documented; lists of chats and interactions are known to work, so these are searched
/// where a single one is refused.
struct OmniChatLookups {
    let event: Event
    let account: Account

    var lookups: [Lookup] { [object, chat].compactMap(\.self) }

    private var api: OmniChatAPI { OmniChatAPI(account: account) }

    // MARK: - Chat

    private static let chatFields: Set<EventField> = [
        .conversationChannel, .conversationStatus, .conversationHandler, .conversationDepartment, .conversationTeam,
        .conversationTags, .contactID, .contactName, .contactEmail, .contactPhone, .agentID, .agentName, .agentEmail,
    ]

    private var chat: Lookup? {
        guard let id = event.conversation?.id else { return nil }
        let (channel, bots) = (event.conversation?.channel, account.bots)
        return Lookup(
            "chat/\(id)", fields: Self.chatFields, request: api.get("/chats/\(URLText.encoded(id))"),
            fallback: api.get("/chats" + recent)
        ) { response in
            OmniChatObject.find(id, in: response) { OmniChatChat($0, channel: channel, bots: bots).fields }
        }
    }

    // MARK: - Interaction and Order

    /// The time is a part of the subject: each change of the object is asked for anew.
    private var object: Lookup? {
        guard let id = objectID else { return nil }
        let moment = event.occurredAt.milliseconds
        switch event.kind {
        case .interactionChanged:
            return Lookup(
                "interaction/\(id)/\(moment)",
                fields: Self.chatFields.union([.payload, .detailsStatus, .conversationID]),
                request: api.get("/interactions/\(URLText.encoded(id))"), fallback: api.get("/interactions" + recent)
            ) { response in
                OmniChatObject.find(id, in: response) { OmniChatInteraction($0).fields }
            }
        case .orderChanged:
            // No list of orders is known.
            return Lookup(
                "order/\(id)/\(moment)", fields: Self.chatFields.union([.payload, .detailsStatus, .conversationID]),
                request: api.get("/orders/\(URLText.encoded(id))")
            ) { response in
                OmniChatObject.find(id, in: response) { OmniChatOrder($0).fields }
            }
        default: return nil
        }
    }

    private var objectID: String? {
        guard event.kind == .interactionChanged || event.kind == .orderChanged else { return nil }
        return (try? JSONDocument(event.raw))?.root["objectId"]?.identifier
    }

    /// What changed since shortly before the event, the latest first: what the event is about changed with it.
    private var recent: String {
        let since = event.occurredAt.adding(.seconds(-60)).iso8601
        return "?updatedAt.gt=\(URLText.encoded(since))&order.updatedAt=DESC&limit=100"
    }
}

/// One object of an answer: the answer itself, or an element of the list that it is.
enum OmniChatObject {
    static func find(
        _ id: String, in response: VendorResponse, read: (JSONElement) -> [EventField: Value]
    ) -> LookupAnswer {
        guard let root = response.json else { return .unreadable }
        switch root.kind {
        case .object:
            // Some clients expect a list inside an object.
            if let results = root["results"], results.kind == .array { return find(id, among: results.elements, read: read) }
            guard let found = root["objectId"]?.identifier else { return .unreadable }
            return found.utf8.elementsEqual(id.utf8) ? .found(read(root)) : .missing
        case .array: return find(id, among: root.elements, read: read)
        case .null, .bool, .integer, .number, .string: return .unreadable
        }
    }

    private static func find(
        _ id: String, among elements: [JSONElement], read: (JSONElement) -> [EventField: Value]
    ) -> LookupAnswer {
        let found = elements.first { $0.object?["objectId"]?.identifier.isSameID(as: id) == true }
        return found.map { .found(read($0)) } ?? .missing
    }
}

/// A chat as the API shows it.
struct OmniChatChat {
    let element: JSONElement
    /// As the webhook tells it; nil where it does not.
    let channel: String?
    let bots: [String]

    init(_ element: JSONElement, channel: String?, bots: [String]) {
        self.element = element
        self.channel = channel ?? OmniChatChannel.channel(of: element["platform"]?.filledText)
        self.bots = bots
    }

    var fields: [EventField: Value] {
        var fields = customer
        fields[.conversationChannel] = channel.map(Value.string)
        fields[.conversationStatus] = (element["status"]?.filledText).map(Value.string)
        fields[.conversationHandler] = handler.map { .string($0.rawValue) }
        if let team = element["team"].flatMap(OmniChatPointer.objectID) {
            fields[.conversationTeam] = .string(team)
            // An OmniChat department is its team.
            fields[.conversationDepartment] = .string(team)
        }
        if let labels = element["labels"], labels.kind == .array {
            fields[.conversationTags] = .array(labels.elements.compactMap(Self.label).map(Value.string))
        }
        if let user = element["user"]?.object {
            fields[.agentID] = OmniChatPointer.objectID(user).map(Value.string)
            let names = ["name", "lastName"].compactMap { user[$0]?.filledText }
            if !names.isEmpty { fields[.agentName] = .string(names.joined(separator: " ")) }
            fields[.agentEmail] = (user["email"]?.filledText).map(Value.string)
        }
        return fields
    }

    private var customer: [EventField: Value] {
        let customer = element["customer"]?.object
        var fields: [EventField: Value] = [:]
        fields[.contactID] = (customer?["objectId"]?.identifier ?? element["customerId"]?.identifier).map(Value.string)
        fields[.contactName] =
            (element["name"]?.filledText ?? customer?["name"]?.filledText ?? customer?["businessName"]?.filledText)
            .map(Value.string)
        fields[.contactEmail] = (element["email"]?.filledText ?? customer?["email"]?.filledText).map(Value.string)
        fields[.contactPhone] = OmniChatPhone(chat: element, channel: channel).digits.map(Value.string)
        return fields
    }

    /// Nobody has it yet: the bot, or the queue of a team that it waits for.
    private var handler: Handler? {
        guard let status = element["status"]?.filledText?.uppercased() else { return nil }
        if status == "FINISHED" { return .closed }
        if let user = element["user"]?.object {
            let names = [OmniChatPointer.objectID(user), user["email"]?.filledText].compactMap(\.self)
            return names.contains { name in bots.contains { $0.utf8.elementsEqual(name.utf8) } } ? .bot : .human
        }
        return status == "WAITING" && element["team"]?.object != nil ? .queue : .bot
    }

    /// By its name where the API tells it.
    private static func label(_ element: JSONElement) -> String? {
        element.object?["name"]?.filledText ?? OmniChatPointer.objectID(element)
    }
}

/// An interaction: one service cycle of a chat.
struct OmniChatInteraction {
    let element: JSONElement

    init(_ element: JSONElement) { self.element = element }

    /// The chat in it is a short one; the whole is asked for when a rule wants more of it.
    var fields: [EventField: Value] {
        var fields: [EventField: Value] = [.payload: element.value]
        fields[.detailsStatus] = (element["status"]?.filledText).map(Value.string)
        guard let chat = element["chat"] else { return fields }
        fields[.conversationID] = OmniChatPointer.objectID(chat).map(Value.string)
        fields[.contactName] = (chat.object?["name"]?.filledText).map(Value.string)
        return fields
    }
}

/// An order. What its members are is not documented: its chat is looked for where other objects have it.
struct OmniChatOrder {
    let element: JSONElement

    init(_ element: JSONElement) { self.element = element }

    var fields: [EventField: Value] {
        var fields: [EventField: Value] = [.payload: element.value]
        fields[.detailsStatus] = (element["status"]?.filledText).map(Value.string)
        let chat = element["chat"].flatMap(OmniChatPointer.objectID) ?? element["chatId"]?.identifier
        fields[.conversationID] = chat.map(Value.string)
        return fields
    }
}

/// A customer's phone number in the three notations that chats have.
struct OmniChatPhone {
    /// Country code first, digits only, as WhatsApp writes numbers; without a country code where none is told.
    let digits: String?

    /// - Parameter channel: what `platformId` is depends on it.
    init(chat: JSONElement, channel: String?) {
        func digits(_ element: JSONElement?, _ keys: String...) -> String? {
            guard let element = element?.object else { return nil }
            let parts = keys.map { element[$0]?.filledText.map(Self.digits) ?? "" }
            return parts.last?.isEmpty == false ? Self.plausible(parts.joined()) : nil
        }
        let platform = chat["platformId"]?.filledText.map(Self.digits)
        self.digits =
            digits(chat["phone"], "countryCode", "areaCode", "phoneNumber")
            ?? chat["phone"]?.filledText.map(Self.digits).flatMap(Self.plausible)
            ?? (channel == nil || channel == "whatsapp" ? platform.flatMap(Self.plausible) : nil)
            ?? digits(chat["customer"], "phoneAreaCode", "phoneNumber")
    }

    private static func digits(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { ("0"..."9").contains($0) }))
    }

    /// E.164 has 15 digits at most; ids of other platforms are longer.
    private static func plausible(_ digits: String) -> String? { (8...15).contains(digits.utf8.count) ? digits : nil }
}
