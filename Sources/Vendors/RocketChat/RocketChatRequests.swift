import JSON
import Model
import VendorKit

/// One effect as a call of the REST API.
struct RocketChatRequests {
    let effect: Effect
    let account: Account

    func request() throws(ActionError) -> VendorRequest {
        switch effect.action {
        case .reply(let reply): try sendMessage(reply)
        case .route(.department(let name)): try forward("departmentId", account.departmentID(name))
        case .route(.agent(let name)): try forward("userId", account.agentID(name))
        case .route(.queue):
            post("/livechat/inquiries.returnAsInquiry", ["roomId": .string(try effect.conversationID())])
        case .tag(_, of: .conversation), .untag(_, of: .conversation):
            try save(guest: [:], tags: tags(changing: effect.target.tags) ?? effect.target.tags)
        case .close(let closing): try close(closing)
        case .contact(let attributes): try saveContact(attributes)
        case .call(let call): self.call(call)
        case .note, .route(.team), .tag(_, of: .contact), .untag(_, of: .contact):
            throw .unsupported(effect.action, by: RocketChat.profile)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        }
    }
}

// MARK: - Conversation

extension RocketChatRequests {
    /// The `_id` is ours: a repeat with the same one stores nothing.
    private func sendMessage(_ reply: Reply) throws(ActionError) -> VendorRequest {
        let text = reply.text(listingButtons: true, linkingFile: true)
        return post(
            "/chat.sendMessage",
            [
                "message": [
                    "_id": .string(Idempotency.id(for: effect)), "rid": .string(try effect.conversationID()),
                    "msg": .string(Self.inert(text)),
                ]
            ])
    }

    /// A repeat is refused as "same department" or "same agent", which is as good as done.
    private func forward(_ key: String, _ id: String) throws(ActionError) -> VendorRequest {
        post("/livechat/room.forward", ["roomId": .string(try effect.conversationID()), key: .string(id)])
    }

    private func close(_ closing: Closing) throws(ActionError) -> VendorRequest {
        var json: Value.Object = ["rid": .string(try effect.conversationID())]
        if let comment = closing.comment { json["comment"] = .string(Self.inert(comment)) }
        if !closing.tags.isEmpty { json["tags"] = .array(closing.tags.map(Value.string)) }
        return post("/livechat/room.closeByUser", json)
    }

    /// Placeholders go out with an invisible space in them, so that the server leaves them as they were written.
    private static func inert(_ text: String) -> String {
        guard text.unicodeScalars.contains("{") else { return text }
        return placeholders.reduce(text) { text, placeholder in
            text.unicodeScalars.split(separator: placeholder.unicodeScalars, omittingEmptySubsequences: false)
                .map(String.init).joined(separator: "{\u{200B}" + placeholder.dropFirst())
        }
    }

    /// Servers with canned responses fill these in wherever they stand, also in a customer's words that we quote.
    static let placeholders = [
        "{{contact.name}}", "{{contact.email}}", "{{contact.phone}}", "{{agent.name}}", "{{agent.email}}",
    ]
}

// MARK: - Room and visitor

extension RocketChatRequests {
    /// The call that saves a visitor and a room: both objects are required, and tags that are left out are deleted.
    private func save(guest: Value.Object, tags: [String]) throws(ActionError) -> VendorRequest {
        var guestData: Value.Object = ["_id": .string(try effect.contactID())]
        for entry in guest.entries { guestData[entry.key] = entry.value }
        return post(
            "/livechat/room.saveInfo",
            [
                "guestData": .object(guestData),
                "roomData": [
                    "_id": .string(try effect.conversationID()), "tags": .array(tags.map(Value.string)),
                ],
            ])
    }

    /// The room's tags after the effect; nil for one that leaves them as they are.
    func tags(changing present: [String]) -> [String]? {
        switch effect.action {
        case .tag(let tags, of: .conversation): present.merged(with: tags)
        case .untag(let tags, of: .conversation): present.without(tags)
        default: nil
        }
    }

    /// Custom fields are text; an empty one is removed.
    private func saveContact(_ attributes: Value.Object) throws(ActionError) -> VendorRequest {
        var guest: Value.Object = [:]
        var fields: Value.Object = [:]
        for (key, value) in attributes.entries.map({ ($0.key, $0.value) }) {
            if ["name", "email", "phone"].contains(key) {
                guard let text = value.text, !text.isEmpty else {
                    throw ActionError("Rocket.Chat cannot remove a visitor's \(key): give one, or leave it out")
                }
                guest[key] = .string(text)
            } else {
                fields[key] = .string(value.isNull ? "" : value.text ?? JSONWriter.string(value))
            }
        }
        if !fields.isEmpty { guest["livechatData"] = .object(fields) }
        return try save(guest: guest, tags: effect.target.tags)
    }
}

// MARK: - Calls

extension RocketChatRequests {
    private func call(_ call: VendorCall) -> VendorRequest {
        let known = RocketChatCall(call)
        return api.request(
            call.method, call.rootedPath, call.body, isIdempotent: known.isRepeatable, isVisitors: known.isVisitors)
    }

    /// Every call of ours may be repeated: what it sets is set already, or its id is known.
    private func post(_ path: String, _ json: Value.Object) -> VendorRequest {
        api.request("POST", path, .json(.object(json)), isIdempotent: true)
    }

    private var api: RocketChatAPI { RocketChatAPI(account: account) }
}
