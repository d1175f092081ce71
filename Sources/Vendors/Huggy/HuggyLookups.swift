import JSON
import Model
import VendorKit

/// What Huggy's webhooks lack: whose chat it is, where an item is the chat alone or the run of a flow, and a contact's custom
/// fields.
///
/// A message's webhook shows its contact with name, email and phone: these are not asked for again.
struct HuggyLookups {
    let event: Event
    let account: Account

    var lookups: [Lookup] { [chat, contact].compactMap(\.self) }

    private var api: HuggyAPI { HuggyAPI(account: account) }

    private static let person: Set<EventField> = [.contactName, .contactEmail, .contactPhone]

    private var chat: Lookup? {
        guard let id = event.conversation?.id else { return nil }
        var fields: Set<EventField> = [.conversationStatus, .conversationHandler]
        if event.agent == nil { fields.insert(.agentID) }
        // The chat tells the contact's id, and that leads to the rest.
        if event.contact == nil { fields.formUnion(Self.person.union([.contactID, .contactAttributes])) }
        return Lookup("chat/\(id)", fields: fields, request: api.get("/chats/\(URLText.encoded(id))")) { response in
            guard let chat = response.json?.object else { return .unreadable }
            guard chat["id"]?.identifier.isSameID(as: id) == true else { return .missing }
            let item = HuggyItem(name: "", element: chat)
            let person = (chat["customer"] ?? chat["contact"])?.object.flatMap { HuggyPerson.contact($0) }
            var fields = person.map(Self.fields) ?? [:]
            if fields[.contactID] == nil {
                fields[.contactID] = (chat["contactId"]?.identifier ?? chat["customerId"]?.identifier).map(Value.string)
            }
            fields[.conversationStatus] = item.situation.map(Value.string)
            fields[.conversationHandler] = item.handler.map { .string($0.rawValue) }
            fields[.agentID] = (chat["agentId"]?.identifier ?? chat["agent"]?.object?["id"]?.identifier).map(Value.string)
            return .found(fields)
        }
    }

    private var contact: Lookup? {
        guard let id = event.contact?.id else { return nil }
        let isFetched = event.fetched.values[.contactID] != nil
        let fields = isFetched ? Self.person.union([.contactAttributes]) : [.contactAttributes]
        return Lookup("contact/\(id)", fields: fields, request: api.get("/contacts/\(URLText.encoded(id))")) { response in
            guard let body = response.json?.object else { return .unreadable }
            guard let person = HuggyPerson.contact(body), person.id.isSameID(as: id) else { return .missing }
            return .found(Self.fields(of: person))
        }
    }

    private static func fields(of contact: Contact) -> [EventField: Value] {
        var fields: [EventField: Value] = [:]
        fields[.contactID] = contact.id.map(Value.string)
        fields[.contactName] = contact.name.map(Value.string)
        fields[.contactEmail] = contact.email.map(Value.string)
        fields[.contactPhone] = contact.phone.map(Value.string)
        if !contact.attributes.isEmpty { fields[.contactAttributes] = .object(contact.attributes) }
        return fields
    }
}
