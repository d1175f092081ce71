package import JSON
package import Model
package import VendorKit

/// Chatwoot: an open support desk, hosted by its makers or by oneself. Account webhooks and agent bots report alike; actions
/// go by the application API.
package struct Chatwoot: Vendor {
    package init() {}

    package static let profile = VendorProfile(
        id: .chatwoot, name: "Chatwoot", defaultBaseURL: nil,
        apiKeys: [
            APIKey("token"), APIKey("account_id", .text, meaning: "The number of the account, as the panel's addresses have it."),
        ],
        capabilities: [
            .reply: .native,
            .replyButtons: .bridged(
                "options that can be pressed in web chat, on Telegram and, up to 10 short ones, on WhatsApp; a numbered list "
                    + "elsewhere"),
            .replyFile: .bridged("the file goes as a link on a line of its own"),
            .note: .native,
            .routeDepartment: .bridged("a department is a Chatwoot team"),
            .routeTeam: .native,
            .routeAgent: .native,
            .routeQueue: .bridged("the conversation becomes open, which hands it from bots to people; who is assigned stays"),
            .tag: .bridged("the conversation's labels are read, merged and written back"),
            .untag: .bridged("the conversation's labels are read, and written back without these"),
            .tagContact: .bridged("the contact's labels are read, merged and written back"),
            .untagContact: .bridged("the contact's labels are read, and written back without these"),
            .close: .native,
            .closeComment: .unsupported("Chatwoot resolves without a comment: use `reply` or `note` before `close`"),
            .closeTags: .unsupported("Chatwoot resolves without labels: use `tag` before `close`"),
            .contact: .bridged("name, email, phone and identifier, everything else as a custom attribute"),
            .call: .native,
        ],
        untoldNames: ["conversation.department", "agent.username"])

    package func recognizes(_ body: JSONElement) -> Bool {
        ChatwootPayload(body).hasShape
    }

    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        Self.presentedSecrets(in: request)
    }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        ChatwootEvents(payload: ChatwootPayload(body), context: context).events
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try ChatwootRequests(effect: effect, account: account).request()
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        ChatwootOutcomes(response: response, request: request).outcome
    }

    package static let outcomes = ChatwootOutcomes.table

    package func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try ChatwootLabels(effect: effect, account: account).preparation()
    }

    package func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        try ChatwootLabels(effect: effect, account: account).request(after: prepared)
    }

    /// What the limits are is every installation's own affair; only what `Retry-After` asks for is known.
    package func rateLimit(told response: VendorResponse) -> RateLimit? {
        RateLimit(retryAfterOf: response, scope: .account)
    }

    package func probes(account: Account) -> [OnlineProbe] {
        ChatwootProbes(api: ChatwootAPI(account: account)).probes
    }
}

extension VendorID {
    package static let chatwoot = VendorID(rawValue: "chatwoot")
}
