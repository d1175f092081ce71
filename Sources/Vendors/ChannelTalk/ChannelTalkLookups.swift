import JSON
import Model
import VendorKit

/// What Channel Talk's webhooks lack when they come without `refers`: the customer and the chat behind a message.
struct ChannelTalkLookups {
    let event: Event
    let account: Account

    var lookups: [Lookup] {
        // A team chat has no customer, and its calls are others.
        guard let id = event.conversation?.id, event.conversation?.channel != "group" else { return [] }
        var fields: Set<EventField> = []
        if event.contact == nil || event.contact?.isOnlyAnID == true {
            fields.formUnion([.contactID, .contactName, .contactEmail, .contactPhone, .contactAttributes])
        }
        if event.conversation?.status == nil {
            fields.formUnion([.conversationStatus, .conversationHandler, .conversationTeam, .conversationTags])
        }
        if event.agent == nil { fields.insert(.agentID) }
        guard !fields.isEmpty else { return [] }
        let request = ChannelTalkAPI(account: account).get("/user-chats/\(URLText.encoded(id))")
        return [
            Lookup("chat/\(id)", fields: fields, request: request) { response in
                guard let body = response.json?.object else { return .unreadable }
                guard let chat = body["userChat"]?.object, chat["id"]?.identifier.isSameID(as: id) == true else {
                    return .missing
                }
                return .found(Self.fields(of: ChannelTalkChat(chat), user: body["user"]?.object.map(ChannelTalkUser.init)))
            }
        ]
    }

    private static func fields(of chat: ChannelTalkChat, user: ChannelTalkUser?) -> [EventField: Value] {
        var fields: [EventField: Value] = [:]
        fields[.conversationStatus] = chat.state.map(Value.string)
        fields[.conversationHandler] = handler(of: chat).map { .string($0.rawValue) }
        fields[.conversationTeam] = chat.teamID.map(Value.string)
        fields[.conversationTags] = chat.tags.map { .array($0.map(Value.string)) }
        fields[.agentID] = chat.assigneeID.map(Value.string)
        guard let contact = user?.contact else { return fields }
        fields[.contactID] = contact.id.map(Value.string)
        fields[.contactName] = contact.name.map(Value.string)
        fields[.contactEmail] = contact.email.map(Value.string)
        fields[.contactPhone] = contact.phone.map(Value.string)
        if !contact.attributes.isEmpty { fields[.contactAttributes] = .object(contact.attributes) }
        return fields
    }

    /// In the order in which a webhook's is read, without what only a message tells.
    private static func handler(of chat: ChannelTalkChat) -> Handler? {
        if chat.isClosed { return .closed }
        if chat.waitsForAgent { return .queue }
        if chat.isWithBot { return .bot }
        if chat.assigneeID != nil { return .human }
        return chat.isWaiting ? .queue : nil
    }
}

extension Contact {
    /// True where a webhook names the person and tells nothing else.
    fileprivate var isOnlyAnID: Bool { name == nil && email == nil && phone == nil && attributes.isEmpty }
}
