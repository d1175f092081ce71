import Model
import VendorKit

/// One effect as one call of Channel Talk's Open API.
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
        case .call(let call):
            request(call.method, call.rootedPath, call.body, isIdempotent: call.isReading)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        case .route, .close, .tag, .untag: throw .unsupported(effect.action, by: ChannelTalk.profile)
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
        let query = botName.map(Self.query) ?? ""
        return request("POST", path + query, .json(.object(json)), isIdempotent: true)
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
        let path = "/user-chats/\(try effect.conversationSegment())\(change)\(Self.query(botName ?? Self.defaultBotName))"
        return request(method, path, nil, isIdempotent: true)
    }

    /// Attributes are members of the profile; `phone`, as the event has it, is the vendor's `mobileNumber`.
    private func contact(_ attributes: Value.Object) throws(ActionError) -> VendorRequest {
        var profile = Value.Object()
        for entry in attributes.entries {
            let isPhone = entry.key == "phone" && attributes["mobileNumber"] == nil
            profile[isPhone ? "mobileNumber" : entry.key] = entry.value
        }
        let path = "/users/\(URLText.encoded(try effect.contactID()))"
        return request("PATCH", path, .json(["profile": .object(profile)]), isIdempotent: true)
    }

    // MARK: - Parts

    private func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body?, isIdempotent: Bool
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: account.baseURL(default: ChannelTalk.profile.defaultBaseURL ?? "") + path,
            headers: Self.headers, body: body, isIdempotent: isIdempotent)
    }

    private var isTeamChat: Bool { effect.target.channel == "group" }

    private var botName: String? {
        account.settings["bot_name"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// For the calls that need a name, where the configuration gives none.
    private static let defaultBotName = "Bellhop"

    private static func query(_ botName: String) -> String { "?botName=\(URLText.encoded(botName))" }

    private static let headers: [VendorRequest.Header] = [
        .init("x-access-key", .secret("key")), .init("x-access-secret", .secret("secret")),
    ]
}
