package import JSON
package import Model
package import RuleFiles
import VendorKit
import Vendors

/// Captured payloads on their way to events: which vendor and account they belong to, and their decoding. Shared by
/// `dry-run`, `explain`, and the tests' `payload`, which `test` and the daemon run.
package struct PayloadIntake: Sendable {
    private let accounts: [Account]
    private let limits: JSONLimits

    package init(settings: Settings?) {
        accounts = (settings?.accountsByID ?? [:]).values.sorted { $0.id < $1.id }
        limits = settings?.limits.json ?? JSONLimits()
    }

    /// What the user or the capture says of a payload.
    package struct Origin: Sendable {
        package var vendor: VendorID?
        package var account: String?
        /// When it arrived; nil when nobody knows.
        package var receivedAt: Instant?

        package init(vendor: VendorID? = nil, account: String? = nil, receivedAt: Instant? = nil) {
            self.vendor = vendor
            self.account = account
            self.receivedAt = receivedAt
        }
    }

    /// - Parameters:
    ///   - parsed: the body, where it was parsed already.
    ///   - now: the receipt's time where neither capture nor payload tells one.
    package func events(
        in body: [UInt8], parsed: JSONElement? = nil, origin: Origin, now: Instant
    ) throws(PayloadError) -> (events: [Event], account: Account) {
        let root = try object(in: body, parsed: parsed)
        let account = try account(for: root, origin: origin)
        guard let vendor = VendorCatalog.vendor(account.vendor) else {
            throw PayloadError(code: "unknown_vendor", message: "\(account.vendor.rawValue) has no payloads")
        }
        let request = WebhookRequest(body: body, trust: .captured, parsed: root)
        do throws(WebhookError) {
            let receipt = try vendor.receive(
                request, account: account, now: origin.receivedAt ?? now, isReceiptKnown: origin.receivedAt != nil)
            return (receipt.events, account)
        } catch {
            throw PayloadError(code: "not_an_object", message: "the payload is not a JSON object")
        }
    }

    private func object(in body: [UInt8], parsed: JSONElement?) throws(PayloadError) -> JSONElement {
        do throws(JSONError) {
            let root = if let parsed { parsed } else { try JSONDocument(body).root }
            if root.kind == .object { return try root.checked(limits) }
        } catch {
            throw PayloadError(code: "not_json", message: error.message)
        }
        throw PayloadError(code: "not_an_object", message: "the payload is not a JSON object")
    }

    /// The account named, else the only one of the recognised vendor, else `default`.
    private func account(for body: JSONElement, origin: Origin) throws(PayloadError) -> Account {
        if let name = origin.account, let known = accounts.first(where: { $0.id == name }),
            origin.vendor == nil || origin.vendor == known.vendor
        {
            return known
        }
        guard let vendor = origin.vendor ?? VendorCatalog.recognized(body)?.profile.id else {
            throw PayloadError(
                code: "unknown_vendor", message: "no vendor sends a payload of this shape; name it with --vendor")
        }
        if let name = origin.account { return .unconfigured(name, vendor) }
        let own = accounts.filter { $0.vendor == vendor }
        return own.count == 1 ? own[0] : .unconfigured("default", vendor)
    }

    /// For the rule tests' `payload`.
    package var reader: PayloadReader {
        PayloadReader { body, vendor, account, now throws(PayloadError) in
            try events(in: body, origin: Origin(vendor: vendor, account: account), now: now).events
        }
    }
}
