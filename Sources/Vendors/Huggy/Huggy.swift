package import JSON
package import Model
package import VendorKit

/// Huggy (huggy.app): events in envelopes, with the secret in the body; actions by version 3 of its API.
package struct Huggy: Vendor {
    package static let profile = VendorProfile(
        id: .huggy, name: "Huggy", defaultBaseURL: "https://api.huggy.app/v3", defaultTimeZone: "America/Sao_Paulo",
        apiKeys: [APIKey("token")],
        capabilities: [
            .reply: .native,
            .replyButtons: .native,
            .replyFile: .native,
            .note: .native,
            .routeDepartment: .native,
            .routeTeam: .unsupported("Huggy routes to departments, not teams: use `route: { department: … }`"),
            .routeAgent: .native,
            .routeQueue: .bridged("by version 2 of the API, with the same token"),
            .tag: .unsupported("Huggy's API has no call for tags: use `call` on a workflow step, or a tabulation when closing"),
            .untag: .unsupported("Huggy's API has no call for tags: use `call` on a workflow step"),
            .tagContact: .unsupported("Huggy's API has no call for tags: use `contact` with a field"),
            .untagContact: .unsupported("Huggy's API has no call for tags: use `contact` with a field"),
            .close: .native,
            .closeComment: .native,
            .closeTags: .unsupported(
                "Huggy closes with a tabulation, not tags: use `call` with PUT /chats/ID/close and `tabulation`"),
            .contact: .bridged("only name, email, phone, mobile, address, city, district, state and obs; no custom fields"),
            .call: .native,
        ],
        contactFields: ["name", "email", "phone", "mobile", "address", "city", "district", "state", "obs"],
        hasNumericIDs: true,
        untoldNames: ["conversation.team", "conversation.topic", "message.in_reply_to", "agent.username"])

    package init() {}

    package func recognizes(_ body: JSONElement) -> Bool {
        HuggyPayload(body).hasShape
    }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        HuggyEvents(payload: HuggyPayload(body), context: context).events
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try HuggyRequests(effect: effect, account: account).request()
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        HuggyOutcomes(response: response, request: request).outcome
    }

    package static let outcomes = HuggyOutcomes.table

    package func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try HuggyReadBack(effect: effect).request(account: account)
    }

    package func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? {
        HuggyReadBack(effect: effect).isDone(readBack)
    }

    /// No header and no number of its limits is known; only what `Retry-After` asks for.
    package func rateLimit(told response: VendorResponse) -> RateLimit? {
        RateLimit(retryAfterOf: response, scope: .account)
    }

    package func lookups(for event: Event, account: Account) -> [Lookup] {
        HuggyLookups(event: event, account: account).lookups
    }

    package func probes(account: Account) -> [OnlineProbe] {
        HuggyProbes(api: HuggyAPI(account: account)).probes
    }
}

extension VendorID {
    package static let huggy = VendorID(rawValue: "huggy")
}
