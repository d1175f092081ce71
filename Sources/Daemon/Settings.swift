package import Delivery
package import JSON
package import Model

/// What `bellhop.yaml` says, checked. Secrets are in it by reference only: `SecretReader` reads them, and only `serve` does.
package struct Settings: Sendable, Hashable {
    /// Where webhooks arrive.
    package var listen: ListenAddress
    /// Where health and metrics are served.
    package var admin: ListenAddress
    package var adminAccess = AdminAccess()
    package var store: StoreLocation
    /// The rules root: a folder or one file.
    package var rules: String
    /// Path of the control socket.
    package var control: String
    /// In the order in which they are written; ids are unique.
    package var accounts: [AccountSettings]
    /// Hosts that `http` actions may call.
    package var httpAllowList: HTTPAllowList
    /// How long captured webhooks are kept.
    package var capturesKept: Duration
    package var limits: Limits
    package var reload: Reload

    /// How rules come into use while the daemon runs.
    package struct Reload: Sendable, Hashable {
        /// Changes below the rules root are noticed and loaded.
        package var isWatching: Bool
        /// The rules' own tests must pass, and there must be some.
        package var requiresTests: Bool
        /// How long nothing must have happened to the files before they are read.
        package var debounce: Duration

        package init(isWatching: Bool = false, requiresTests: Bool = false, debounce: Duration = .milliseconds(500)) {
            self.isWatching = isWatching
            self.requiresTests = requiresTests
            self.debounce = debounce
        }
    }

    package struct Limits: Sendable, Hashable {
        /// The largest body of a webhook, in bytes.
        package var bodyBytes: Int
        /// Events that wait to be decided; at that many, further webhooks are answered 503.
        package var inbox: Int
        /// Connections on the public listener; with more, those that wait longest are closed.
        package var connections: Int
        /// What the JSON of a webhook may hold.
        package var json: JSONLimits
        package var decision: DecisionLimits
        /// Below this much free space on the store's disk webhooks are answered 503; nil for the default (`SpaceLimits`), 0 for
        /// no such limit.
        package var freeSpaceBytes: Int64?
        /// The largest size of the store; nil for no limit.
        package var storeBytes: Int64?

        package init(
            bodyBytes: Int = 1 << 20, inbox: Int = 100_000, connections: Int = 2048, json: JSONLimits = JSONLimits(),
            decision: DecisionLimits = DecisionLimits(), freeSpaceBytes: Int64? = nil, storeBytes: Int64? = nil
        ) {
            self.bodyBytes = bodyBytes
            self.inbox = inbox
            self.connections = connections
            self.json = json
            self.decision = decision
            self.freeSpaceBytes = freeSpaceBytes
            self.storeBytes = storeBytes
        }
    }

    /// Without arguments: what holds where the file says nothing.
    package init(
        listen: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8080),
        admin: ListenAddress = ListenAddress(host: "127.0.0.1", port: 9090), store: StoreLocation = .sqlite(path: "bellhop.db"),
        rules: String = "rules", control: String = "run/bellhop.sock", accounts: [AccountSettings] = [],
        httpAllowList: HTTPAllowList = .none, capturesKept: Duration = .seconds(30 * 86_400), limits: Limits = Limits(),
        reload: Reload = Reload()
    ) {
        self.listen = listen
        self.admin = admin
        self.store = store
        self.rules = rules
        self.control = control
        self.accounts = accounts
        self.httpAllowList = httpAllowList
        self.capturesKept = capturesKept
        self.limits = limits
        self.reload = reload
    }

    /// Who may reach the admin listener besides this machine.
    package struct AdminAccess: Sendable, Hashable {
        /// It may listen on other addresses: something in front, or a network of its own, keeps strangers away.
        package var isBehindProxy = false
        /// Names that may stand in `Host`, besides this machine's own and the configured one.
        package var hosts: [String] = []

        package init(isBehindProxy: Bool = false, hosts: [String] = []) {
            self.isBehindProxy = isBehindProxy
            self.hosts = hosts
        }
    }

    /// Whoever reaches the machine would reach its numbers, and nobody said that this is meant.
    package var exposesAdmin: Bool { !admin.isLoopback && !adminAccess.isBehindProxy }

    /// What is said of it.
    package static func exposedAdmin(_ address: ListenAddress) -> String {
        "the admin listener has no password, and \(address.text) is reached from other machines: "
            + "write `admin: { address: '\(address.text)', behind_proxy: true }` where only those who may get there"
    }

    /// The variables that secrets are read from, sorted.
    package var environmentSecrets: [String] {
        let references = accounts.flatMap { $0.webhookSecrets + ($0.delivery == .live ? Array($0.apiSecrets.values) : []) }
        let names = references.compactMap { if case .environment(let name) = $0.source { name } else { nil } }
        return Set(names).sorted()
    }

    /// As `Engine` and decoders want them.
    package var accountsByID: [String: Account] {
        Dictionary(accounts.map { ($0.account.id, $0.account) }) { first, _ in first }
    }
}

/// A host and a port to listen on. Port 0 takes any that is free.
package struct ListenAddress: Sendable, Hashable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:8080`, `[::1]:8080`
    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Only this machine reaches it.
    package var isLoopback: Bool {
        let name = host.lowercased()
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isV4 = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
        return name == "localhost" || name == "::1" || (isV4 && parts.first == "127")
    }

    /// Nil for anything but `HOST:PORT` with an IPv6 address in brackets.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65_535
        else { return nil }
        var host = String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, host.contains(":") == isBracketed, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f })
        else { return nil }
        self.init(host: host, port: port)
    }
}

/// `store:` of the configuration.
package enum StoreLocation: Sendable, Hashable {
    case sqlite(path: String)

    /// For logs.
    package var text: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        }
    }
}

/// One account of the configuration.
package struct AccountSettings: Sendable, Hashable {
    package var account: Account
    package var delivery: DeliveryMode
    /// Any of these authenticates a webhook. Empty: the account's route answers 503.
    package var webhookSecrets: [SecretReference]
    /// What calls of the vendor's API carry, by configuration key: `token`, `key`, `secret`.
    package var apiSecrets: [String: SecretReference]
    /// False: what webhooks lack and rules ask for is not fetched from the vendor.
    package var enriches: Bool

    package init(
        account: Account, delivery: DeliveryMode = .live, webhookSecrets: [SecretReference] = [],
        apiSecrets: [String: SecretReference] = [:], enriches: Bool = true
    ) {
        self.account = account
        self.delivery = delivery
        self.webhookSecrets = webhookSecrets
        self.apiSecrets = apiSecrets
        self.enriches = enriches
    }
}

/// Where a secret is kept, and where the configuration says so.
package struct SecretReference: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// An environment variable.
        case environment(String)
        /// A file.
        case file(String)
        /// A file of that name in the folder `$CREDENTIALS_DIRECTORY`, which systemd makes.
        case credential(String)
    }

    package var source: Source
    package var at: SourcePosition

    package init(_ source: Source, at: SourcePosition) {
        self.source = source
        self.at = at
    }
}
