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
            put("/chats/\(try chat)/department", ["department": try number(account.departmentID(name))])
        case .route(.agent(let name)):
            put("/chats/\(try chat)/agent", ["agentId": try number(account.agentID(name))])
        case .route(.queue): api.version2("POST", "/chats/\(try chat)/queue")
        case .close(let closing) where closing.tags.isEmpty: put("/chats/\(try chat)/close", Self.closing(closing))
        case .contact(let attributes):
            put("/contacts/\(URLText.encoded(try effect.contactID()))", try contact(attributes))
        case .call(let call): api.call(call)
        case .close, .route(.team), .tag, .untag: throw .unsupported(effect.action, by: Huggy.profile)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        }
    }

    private var chat: String {
        get throws(ActionError) { try effect.conversationSegment() }
    }

    /// Huggy refuses an id that is text. Of an account that is not configured the names are not known: there the word stands
    /// where its number would.
    private func number(_ id: String) throws(ActionError) -> Value {
        if let obstacle = Huggy.profile.obstacle(to: effect.action, for: account) { throw ActionError(obstacle) }
        return .numericID(id)
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

    /// Fields are text; an absent value empties one. A custom field is an error: the API shows them, and how it takes them is
    /// not known.
    private func contact(_ attributes: Value.Object) throws(ActionError) -> Value.Object {
        if let obstacle = Huggy.profile.obstacle(to: effect.action) { throw ActionError(obstacle) }
        return Value.Object(
            attributes.entries.map { ($0.key, .string($0.value.isNull ? "" : $0.value.text ?? JSONWriter.string($0.value))) })
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
