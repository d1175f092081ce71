package import JSON
package import Model
package import VendorKit

/// Channel Talk (channel.io): chats with customers and team chats; webhooks of the versions 3, 4 and 5.
package struct ChannelTalk: Vendor {
    package init() {}

    package static let profile = VendorProfile(
        id: .channeltalk,
        name: "Channel Talk",
        defaultBaseURL: "https://api.channel.io/open/v5",
        apiKeys: [
            APIKey("key"), APIKey("secret"),
            APIKey("bot_name", .text, isRequired: false, meaning: "The name that messages are posted under"),
        ],
        capabilities: [
            .reply: .native,
            .replyButtons: .bridged("its buttons only open links, so labels go as a numbered list"),
            .replyFile: .bridged("the file goes as a link on a line of its own"),
            .note: .native,
            .routeDepartment: .unsupported("Channel Talk has no departments; route to an agent"),
            .routeTeam: .unsupported(
                "Channel Talk's API assigns no teams; route to an agent, or let a workflow assign the team"),
            .routeAgent: .native,
            .routeQueue: .unsupported("Channel Talk's API cannot take an assignee off; route to an agent"),
            .tag: .unsupported("Channel Talk's API cannot tag chats; use a note, or `tag: { contact: [..] }`"),
            .untag: .unsupported("Channel Talk's API cannot tag chats; use a note, or `untag: { contact: [..] }`"),
            .tagContact: .bridged("the contact's tags are read, merged and written back; at most 20"),
            .untagContact: .bridged("the contact's tags are read, and written back without these"),
            .close: .native,
            .closeComment: .unsupported("Channel Talk's close takes no comment; put a reply or a note before it"),
            .closeTags: .unsupported("Channel Talk's API cannot tag chats; put a note before the close"),
            .contact: .native,
            .call: .native,
        ],
        untoldNames: ["conversation.department"])

    /// `{event, type, entity, refers}`: any three of them, null or not, or an entity with a word of what it is.
    package func recognizes(_ body: JSONElement) -> Bool {
        if ["event", "type", "entity", "refers"].count(where: { body[$0] != nil }) >= 3 { return true }
        return body["entity"]?.kind == .object && (body["event"]?.string != nil || body["type"]?.string != nil)
    }

    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        Self.presentedSecrets(in: request)
    }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        [ChannelTalkEvents(payload: ChannelTalkPayload(body), context: context).event]
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try ChannelTalkRequests(effect: effect, account: account).request()
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        ChannelTalkOutcomes(response: response, request: request).outcome
    }

    package static let outcomes = ChannelTalkOutcomes.table

    package func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try ChannelTalkContactTags(effect: effect, account: account).preparation()
    }

    package func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        try ChannelTalkContactTags(effect: effect, account: account).request(after: prepared)
    }

    package func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try ChannelTalkReadBack(effect: effect).request(account: account)
    }

    package func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? {
        ChannelTalkReadBack(effect: effect).isDone(readBack)
    }

    /// A bucket of calls for each API; its reset is in epoch seconds.
    package func rateLimit(told response: VendorResponse) -> RateLimit? {
        RateLimit(headersOf: response, reset: .seconds, scope: .operation)
    }

    /// The size of a bucket in the vendor's example; how fast it fills is not told.
    package static let documentedRate: RateLimit? = RateLimit(limit: 1000, scope: .operation)

    package func lookups(for event: Event, account: Account) -> [Lookup] {
        ChannelTalkLookups(event: event, account: account).lookups
    }

    package func probes(account: Account) -> [OnlineProbe] {
        ChannelTalkProbes(api: ChannelTalkAPI(account: account)).probes
    }
}

extension VendorID {
    package static let channeltalk = VendorID(rawValue: "channeltalk")
}
