import JSON
import Model
import VendorKit

/// One effect as a call of the API's version 3.
struct HuggyRequests {
    let effect: Effect
    let account: Account

    func request() throws(ActionError) -> VendorRequest {
        switch effect.action {
        case .reply(let reply): post("/chats/\(try chat)/messages", Self.message(reply))
        case .note(let text): post("/chats/\(try chat)/messages", ["text": .string(text), "isInternal": true])
        case .route(.department(let name)):
            put("/chats/\(try chat)/department", ["department": try number(account.departmentID(name), "department")])
        case .route(.agent(let name)):
            put("/chats/\(try chat)/agent", ["agentId": try number(account.agentID(name), "agent")])
        case .route(.queue): api.version2("POST", "/chats/\(try chat)/queue")
        case .close(let closing) where closing.tags.isEmpty: put("/chats/\(try chat)/close", Self.closing(closing))
        case .contact(let attributes):
            put("/contacts/\(URLText.encoded(try effect.contactID()))", try Self.contact(attributes))
        case .call(let call): api.call(call)
        case .close, .route(.team), .tag, .untag: throw .unsupported(effect.action, by: Huggy.profile)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        }
    }

    private var chat: String {
        get throws(ActionError) { try effect.conversationSegment() }
    }

    /// Huggy refuses an id that is text. The names of an account that is not configured are not known, so the word stands
    /// where its number would.
    private func number(_ id: String, _ place: String) throws(ActionError) -> Value {
        let value = Value.numericID(id)
        if case .integer = value { return value }
        guard account.isConfigured else { return value }
        throw ActionError(
            "`\(id)` is no \(place) of the account \(account.id): Huggy's are numbers, so write the number, or give it in the "
                + "account's `names`")
    }
}

// MARK: - Bodies

extension HuggyRequests {
    private static func message(_ reply: Reply) -> Value.Object {
        var json: Value.Object = ["text": .string(reply.text)]
        if !reply.buttons.isEmpty {
            json["options"] = .array(
                reply.buttons.enumerated().map { ["id": .string(String($0.offset + 1)), "title": .string($0.element)] })
        }
        if let file = reply.file { json["file"] = .string(file) }
        return json
    }

    /// Customers are not asked for feedback unless somebody decides so: that takes a `call`.
    private static func closing(_ closing: Closing) -> Value.Object {
        var json: Value.Object = ["sendFeedback": false]
        if let comment = closing.comment { json["comment"] = .string(comment) }
        return json
    }

    /// What the API is known to take of a contact.
    private static let contactFields = ["name", "email", "phone", "mobile", "address", "city", "district", "state", "obs"]

    /// Fields are text; an absent value empties one. A custom field is an error: the API shows them, and how it takes them is
    /// not known.
    private static func contact(_ attributes: Value.Object) throws(ActionError) -> Value.Object {
        var json: Value.Object = [:]
        for entry in attributes.entries {
            guard contactFields.contains(entry.key) else {
                let known = contactFields.joined(separator: ", ")
                throw ActionError("Huggy's API is not known to take `\(entry.key)` of a contact, only \(known)")
            }
            json[entry.key] = .string(entry.value.isNull ? "" : entry.value.text ?? JSONWriter.string(entry.value))
        }
        return json
    }
}

// MARK: - Calls

extension HuggyRequests {
    /// A repeat would be shown to the customer once more: Huggy knows no key of ours.
    private func post(_ path: String, _ json: Value.Object) -> VendorRequest {
        api.request("POST", path, .json(.object(json)))
    }

    /// A repeat sets what is set already.
    private func put(_ path: String, _ json: Value.Object) -> VendorRequest {
        api.request("PUT", path, .json(.object(json)), isIdempotent: true)
    }

    private var api: HuggyAPI { HuggyAPI(account: account) }
}
