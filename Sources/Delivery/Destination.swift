package import Model
package import VendorKit

/// Where effects of one account go.
package struct Destination: Sendable {
    package var account: Account
    package var vendor: any Vendor
    /// By configuration key: `token`, `key`, `secret`.
    package var secrets: [String: String] { didSet { redactor = Redactor(concealed) } }
    package var mode: DeliveryMode
    /// A limit of our own on the calls; nil for that of `DispatchLimits`.
    package var rate: CallRate?
    /// Secrets that no call needs, and that must not be kept either where an answer holds one.
    package var otherSecrets: [String] { didSet { redactor = Redactor(concealed) } }
    /// Takes out all that must never be kept or shown.
    private(set) var redactor = Redactor([])

    package init(
        account: Account, vendor: any Vendor, secrets: [String: String] = [:], mode: DeliveryMode = .live,
        rate: CallRate? = nil, otherSecrets: [String] = []
    ) {
        self.account = account
        self.vendor = vendor
        self.secrets = secrets
        self.mode = mode
        self.rate = rate
        self.otherSecrets = otherSecrets
        redactor = Redactor(concealed)
    }

    private var concealed: [String] { secrets.values + otherSecrets }
}

/// What is written of it anywhere holds no secret.
extension Destination: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(account.vendor.rawValue) account \(account.id)" }
    package var customMirror: Mirror { Mirror(self, children: ["account": account.id]) }
}

/// `delivery:` of an account in the configuration.
package enum DeliveryMode: String, Sendable, Hashable, CaseIterable {
    case live
    /// Requests are shown and never sent.
    case print
}

/// The configured accounts and what else the configuration says about sending. Asked anew for every attempt, so that a
/// reload counts at once; called from any task, must answer without waiting.
package protocol Destinations: Sendable {
    /// Nil for an account that is not configured (any more).
    func destination(of account: String) -> Destination?

    var httpAllowList: HTTPAllowList { get }
}
