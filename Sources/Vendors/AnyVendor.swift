package import JSON
package import Model
package import VendorKit

/// The vendor of rule tests: it can do everything, and has no wire format. A request only shows the action.
package struct AnyVendor: Vendor {
    package static let profile = VendorProfile.any

    package init() {}

    package func recognizes(_ body: JSONElement) -> Bool { false }

    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] { [] }

    package func events(in body: JSONElement, context: DecodingContext) -> [Event] {
        let identity = EventIdentity(vendor: .any, context: context)
        return [
            Event(
                id: identity.id("other", identity.bodyHash), vendor: .any, account: context.account.id, kind: .other,
                occurredAt: context.receivedAt, raw: context.raw)
        ]
    }

    package func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        let url = "https://vendor.invalid/\(effect.action.kind.rawValue)"
        return VendorRequest(method: "POST", url: url, body: .json(effect.action.value), isIdempotent: true)
    }

    package func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        Self.outcomes.outcome(of: response.read(to: request))
    }
}
