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
            .tag: .unsupported("Channel Talk's API cannot tag chats; use a note or a contact attribute"),
            .untag: .unsupported("Channel Talk's API cannot tag chats; use a note or a contact attribute"),
            .tagContact: .unsupported(
                "Channel Talk's API replaces a contact's whole tag list, which the webhook may not tell; "
                    + "use a contact attribute"),
            .untagContact: .unsupported(
                "Channel Talk's API replaces a contact's whole tag list, which the webhook may not tell; "
                    + "use a contact attribute"),
            .close: .native,
            .closeComment: .unsupported("Channel Talk's close takes no comment; put a reply or a note before it"),
            .closeTags: .unsupported("Channel Talk's API cannot tag chats; put a note before the close"),
            .contact: .native,
            .call: .native,
        ])

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
        Self.outcome(of: response, to: request)
    }
}
