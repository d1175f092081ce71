package import JSON
package import Model
package import VendorKit

/// Rocket.Chat Omnichannel (Livechat): one webhook URL for a workspace, actions by its REST API.
package struct RocketChat: Vendor {
    package static let profile = VendorProfile(
        id: .rocketchat, name: "Rocket.Chat", defaultBaseURL: nil,
        apiKeys: [APIKey("user_id", .textOrSecret), APIKey("token")],
        capabilities: [
            .reply: .native,
            .replyButtons: .bridged("a numbered list in the text: buttons need an app in the workspace"),
            .replyFile: .bridged("a link on a line of its own"),
            .note: .unsupported(
                "Rocket.Chat has no internal notes: everything in a livechat room is shown to the visitor; "
                    + "use `call` on /livechat/room.saveInfo to set the topic or a custom field"),
            .routeDepartment: .native,
            .routeTeam: .unsupported("Rocket.Chat routes to departments, not teams: use `route: { department: … }`"),
            .routeAgent: .native,
            .routeQueue: .native,
            .tag: .bridged("the room's tags are read, merged and written back"),
            .untag: .bridged("the room's tags are read, and written back without these"),
            .tagContact: .unsupported("Rocket.Chat's visitors have no tags: use `contact` with a custom field"),
            .untagContact: .unsupported("Rocket.Chat's visitors have no tags: use `contact` with a custom field"),
            .close: .native,
            .closeComment: .native,
            .closeTags: .native,
            .contact: .bridged("name, email and phone, everything else as a custom field of the visitor"),
            .call: .native,
        ],
        textLimits: [
            .reply: TextLimit(
                5000, .utf16, brokenUp: RocketChatRequests.placeholders,
                note: "the server's default of `Message_MaxAllowedSize`, which counts as JavaScript does")
        ],
        untoldNames: ["conversation.team"])

    package init() {}

    package func recognizes(_ body: JSONElement) -> Bool {
        RocketChatPayload(body).hasShape
    }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        RocketChatEvents(payload: RocketChatPayload(body), context: context).events
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try RocketChatRequests(effect: effect, account: account).request()
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        RocketChatOutcomes(response: response, request: request).outcome
    }

    package static let outcomes = RocketChatOutcomes.table

    package func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try RocketChatRoom(effect: effect, account: account).preparation()
    }

    package func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        try RocketChatRoom(effect: effect, account: account).request(after: prepared)
    }

    package func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        RocketChatReadBack(effect: effect).request(account: account)
    }

    package func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? {
        RocketChatReadBack(effect: effect).isDone(readBack)
    }

    /// The server counts by IP address, method and path, and tells nothing to users who are exempt. Its reset is in epoch
    /// milliseconds.
    package func rateLimit(told response: VendorResponse) -> RateLimit? {
        RateLimit(headersOf: response, reset: .milliseconds, scope: .operation)
    }

    /// `API_Enable_Rate_Limiter_Limit_Calls_Default` and `…_Limit_Time_Default`, for users without `api-bypass-rate-limit`.
    package static let documentedRate: RateLimit? = RateLimit(limit: 10, window: .seconds(60), scope: .operation)

    package func lookups(for event: Event, account: Account) -> [Lookup] {
        RocketChatLookups(event: event, account: account).lookups
    }

    package func probes(account: Account) -> [OnlineProbe] {
        RocketChatProbes(api: RocketChatAPI(account: account)).probes
    }
}

extension VendorID {
    package static let rocketchat = VendorID(rawValue: "rocketchat")
}
