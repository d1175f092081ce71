import Model
import VendorKit

/// One effect as one call of Channel Talk's Open API. Tags of a contact are as for one who has none: what is sent comes from
/// `ChannelTalkContactTags`, which reads them first.
struct ChannelTalkRequests {
    let effect: Effect
    let account: Account

    func request() throws(ActionError) -> VendorRequest {
        switch effect.action {
        case .reply(let reply): try message(reply.text(listingButtons: true, linkingFile: true))
        case .note(let text): try message(text, isPrivate: true)
        case .route(.agent(let word)): try assign(account.agentID(word))
        case .close(let closing) where closing.comment == nil && closing.tags.isEmpty: try close()
        case .contact(let attributes): try contact(attributes)
        case .tag(let tags, of: .contact): try saveTags([].merged(with: tags))
        case .untag(_, of: .contact): try saveTags([])
        case .call(let call):
            request(call.method, call.rootedPath, call.body, isIdempotent: ChannelTalkCall(call).isRepeatable)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        case .route, .close, .tag(_, of: .conversation), .untag(_, of: .conversation):
            throw .unsupported(effect.action, by: ChannelTalk.profile)
        }
    }

    // MARK: - Operations

    /// `requestId` comes from the effect, so the vendor can tell a repeat from a second message.
    private func message(_ text: String, isPrivate: Bool = false) throws(ActionError) -> VendorRequest {
        var json: Value.Object = [
            "blocks": [["type": "text", "value": .string(ChannelTalkText.escaped(text))]],
            "requestId": .string(Idempotency.id(for: effect)),
        ]
        if isPrivate { json["options"] = ["private"] }
        let path = "/\(isTeamChat ? "groups" : "user-chats")/\(try effect.conversationSegment())/messages"
        let bot = try ChannelTalkBotName(of: account)
        return request("POST", path + (bot?.query ?? ""), .json(.object(json)), isIdempotent: true)
    }

    private func assign(_ manager: String) throws(ActionError) -> VendorRequest {
        try changeChat("/assign-to/managers/\(URLText.encoded(manager))", "PATCH")
    }

    private func close() throws(ActionError) -> VendorRequest {
        try changeChat("/close", "PATCH")
    }

    /// Sets what the chat then is, so it may be repeated. These calls need the name of a bot.
    private func changeChat(_ change: String, _ method: String) throws(ActionError) -> VendorRequest {
        guard !isTeamChat else {
            throw ActionError("`\(effect.action.kind.rawValue)` needs a chat with a customer, and this is a team chat")
        }
        let path = "/user-chats/\(try effect.conversationSegment())\(change)"
        let bot = try ChannelTalkBotName(of: account) ?? .standard
        return request(method, path + bot.query, nil, isIdempotent: true)
    }

    /// Attributes are members of the profile; `phone`, as the event has it, is the vendor's `mobileNumber`. Two switches stand
    /// beside the profile.
    private func contact(_ attributes: Value.Object) throws(ActionError) -> VendorRequest {
        var profile = Value.Object()
        var switches = Value.Object()
        for entry in attributes.entries {
            if Self.switches.contains(entry.key) {
                switches[entry.key] = .bool(try Self.bool(entry.value, of: entry.key))
            } else {
                let isPhone = entry.key == "phone" && attributes["mobileNumber"] == nil
                profile[isPhone ? "mobileNumber" : entry.key] = entry.value
            }
        }
        var json: Value.Object = profile.isEmpty && !switches.isEmpty ? [:] : ["profile": .object(profile)]
        for entry in switches.entries { json[entry.key] = entry.value }
        let path = "/users/\(URLText.encoded(try effect.contactID()))"
        return request("PATCH", path, .json(.object(json)), isIdempotent: true)
    }

    private static let switches = ["unsubscribeEmail", "unsubscribeTexting"]

    private static func bool(_ value: Value, of key: String) throws(ActionError) -> Bool {
        switch value.text?.lowercased() {
        case "true": return true
        case "false": return false
        default: throw ActionError("`\(key)` of a contact of Channel Talk is true or false")
        }
    }

    /// A contact's tags after the effect; the vendor replaces the whole list.
    func saveTags(_ tags: [String]) throws(ActionError) -> VendorRequest {
        guard tags.count <= Self.mostTags else {
            throw ActionError("a contact of Channel Talk has at most \(Self.mostTags) tags, and would have \(tags.count)")
        }
        let path = "/users/\(URLText.encoded(try effect.contactID()))"
        return request("PATCH", path, .json(["tags": .array(tags.map(Value.string))]), isIdempotent: true)
    }

    /// Source: the vendor's OpenAPI description, `PATCH /users/{userId}`.
    private static let mostTags = 20

    // MARK: - Parts

    private func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body?, isIdempotent: Bool
    ) -> VendorRequest {
        ChannelTalkAPI(account: account).request(method, path, body, isIdempotent: isIdempotent)
    }

    private var isTeamChat: Bool { effect.target.channel == "group" }
}
