package import JSON
package import Model
package import VendorKit

/// Rocket.Chat Omnichannel (Livechat): one webhook URL for a workspace, actions by its REST API.
package struct RocketChat: Vendor {
    package static let profile = VendorProfile(
        id: .rocketchat, name: "Rocket.Chat", defaultBaseURL: nil,
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
        ])

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
}
