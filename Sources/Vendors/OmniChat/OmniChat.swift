package import JSON
package import Model
package import VendorKit

/// OmniChat (omni.chat): conversations of WhatsApp, Messenger, Instagram and web chat.
package struct OmniChat: Vendor {
    package init() {}

    package static let profile = VendorProfile(
        id: .omnichat,
        name: "OmniChat",
        defaultBaseURL: "https://api.omni.chat/v1",
        apiKeys: [APIKey("key"), APIKey("secret")],
        capabilities: [
            .reply: .native,
            .replyButtons: .bridged(
                "up to 3 labels of 20 characters are buttons on WhatsApp; everything else is a numbered list"),
            .replyFile: .bridged("the file goes as a link on a line of its own"),
            .note: .unsupported("OmniChat has no documented call for internal notes"),
            .routeDepartment: .bridged("a department is an OmniChat team"),
            .routeTeam: .native,
            .routeAgent: .native,
            .routeQueue: .unsupported(
                "OmniChat has no call that gives a conversation back to a queue; route it to a team instead"),
            .tag: .unsupported("OmniChat's API reads labels but has no documented call that writes them"),
            .untag: .unsupported("OmniChat's API reads labels but has no documented call that writes them"),
            .tagContact: .unsupported("OmniChat has no documented call that tags contacts"),
            .untagContact: .unsupported("OmniChat has no documented call that tags contacts"),
            .close: .native,
            .closeComment: .bridged("the comment is OmniChat's closing reason"),
            .closeTags: .unsupported("OmniChat's close takes no labels"),
            .contact: .unsupported("OmniChat has no documented call that changes a contact"),
            .call: .native,
        ],
        untoldNames: ["conversation.topic", "message.in_reply_to", "agent.username"])

    /// `{objectId, resource, event, timestamp, payload}`: any three of them, null or not, with one that few others have.
    package func recognizes(_ body: JSONElement) -> Bool {
        guard body["objectId"] != nil || body["resource"] != nil else { return false }
        return ["objectId", "resource", "event", "timestamp", "payload"].count { body[$0] != nil } >= 3
    }

    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        Self.presentedSecrets(in: request)
    }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        [OmniChatEvents(payload: OmniChatPayload(body), context: context).event]
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try OmniChatRequests(effect: effect, account: account).request()
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        OmniChatOutcomes(response: response, request: request).outcome
    }

    package static let outcomes = OmniChatOutcomes.table

    package func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try OmniChatReadBack(effect: effect).request(account: account)
    }

    package func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? {
        OmniChatReadBack(effect: effect).isDone(readBack)
    }

    /// No header and no number of its limits is known; only what `Retry-After` asks for.
    package func rateLimit(told response: VendorResponse) -> RateLimit? {
        RateLimit(retryAfterOf: response, scope: .account)
    }

    package func lookups(for event: Event, account: Account) -> [Lookup] {
        OmniChatLookups(event: event, account: account).lookups
    }

    package func probes(account: Account) -> [OnlineProbe] {
        OmniChatProbes(api: OmniChatAPI(account: account)).probes
    }
}

extension VendorID {
    package static let omnichat = VendorID(rawValue: "omnichat")
}
