import JSON
import Model
import VendorKit

/// One effect as a call of the REST API, with the headers of a personal access token.
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
        case .tag(let tags, of: .conversation): try saveTags { Self.merged($0, with: tags) }
        case .untag(let tags, of: .conversation): try saveTags { Self.reduced($0, by: tags) }
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
        if let comment = closing.comment { json["comment"] = .string(comment) }
        if !closing.tags.isEmpty { json["tags"] = .array(closing.tags.map(Value.string)) }
        return post("/livechat/room.closeByUser", json)
    }

    /// Servers with canned responses fill these in wherever they stand, also in a customer's words that we quote: an
    /// invisible space keeps them as they were written.
    private static func inert(_ text: String) -> String {
        guard text.contains("{{") else { return text }
        return placeholders.reduce(text) { text, placeholder in
            text.split(separator: placeholder, omittingEmptySubsequences: false)
                .joined(separator: "{\u{200B}" + placeholder.dropFirst())
        }
    }

    private static let placeholders = [
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

    private func saveTags(_ change: ([String]) -> [String]) throws(ActionError) -> VendorRequest {
        try save(guest: [:], tags: change(effect.target.tags))
    }

    private static func merged(_ present: [String], with added: [String]) -> [String] {
        added.reduce(into: present) { tags, tag in
            if !tags.contains(where: { $0.utf8.elementsEqual(tag.utf8) }) { tags.append(tag) }
        }
    }

    private static func reduced(_ present: [String], by removed: [String]) -> [String] {
        present.filter { tag in !removed.contains { $0.utf8.elementsEqual(tag.utf8) } }
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
    /// A path below the API or, beginning with `/api/`, below the site that the configuration names.
    private func call(_ call: VendorCall) -> VendorRequest {
        let path = call.rootedPath
        return VendorRequest(
            method: call.method, url: (path.hasPrefix("/api/") ? site : baseURL) + path, headers: headers, body: call.body,
            isIdempotent: call.isReading)
    }

    /// Every call of ours may be repeated: what it sets is set already, or its id is known.
    private func post(_ path: String, _ json: Value.Object) -> VendorRequest {
        VendorRequest(
            method: "POST", url: baseURL + path, headers: headers, body: .json(.object(json)), isIdempotent: true)
    }

    private static let apiPath = "/api/v1"

    private var baseURL: String { site + Self.apiPath }

    /// Each installation is a site of its own, so that there is no default; the API's URL is as good as the site's.
    private var site: String {
        let url = account.baseURL(default: "https://rocketchat.invalid")
        return url.hasSuffix(Self.apiPath) ? String(url.dropLast(Self.apiPath.count)) : url
    }

    private var headers: [VendorRequest.Header] {
        let user = account.settings["user_id"].map(VendorRequest.HeaderValue.text) ?? .secret("user_id")
        return [.init("X-Auth-Token", .secret("token")), .init("X-User-Id", user)]
    }
}
