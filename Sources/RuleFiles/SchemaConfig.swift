import Model

/// The schema of the configuration.
enum SchemaConfig {
    static let root = SchemaPart.mapping([
        ("listen", described("text", "Where webhooks arrive: `HOST:PORT`; default 127.0.0.1:8080")),
        ("admin", described("text", "Where health and metrics are served: `HOST:PORT`; default 127.0.0.1:9090")),
        ("store", ["type": "string", "pattern": "^sqlite:.+", "description": "`sqlite:PATH`; default sqlite:bellhop.db"]),
        ("rules", described("text", "The rules folder, or one file; default rules")),
        ("control", described("text", "Path of the control socket; default run/bellhop.sock")),
        ("accounts", SchemaPart.orBlank(accounts)),
        ("http_actions", SchemaPart.mapping([("allow", described("textsOrNone", "Hosts that `http` actions may call"))])),
        ("captures", SchemaPart.mapping([("keep", described("duration", "How long captured webhooks are kept; default 30d"))])),
        ("limits", limits),
    ])

    static let definitions: [(String, Value)] = [
        ("account", account), ("secret", secret), ("secrets", SchemaPart.oneOrMore(SchemaPart.ref("secret"))),
    ]

    /// Ids stand in URLs.
    private static let accounts: Value = [
        "type": "object", "description": "Accounts at vendors by their ids; webhooks arrive at /webhooks/ID",
        "patternProperties": ["^x-": true], "propertyNames": ["pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"],
        "additionalProperties": SchemaPart.ref("account"),
    ]

    private static let account: Value = {
        var account =
            SchemaPart.mapping(
                [
                    ("vendor", SchemaPart.choice(of: vendors.map(\.rawValue))),
                    ("delivery", delivery),
                    (
                        "enrich",
                        described(
                            "flag",
                            "`false`: what webhooks lack and rules ask for is not fetched from the vendor; default `true`")
                    ),
                    ("webhook", webhook),
                    ("api", api),
                    ("tz", described("text", "The zone of local times in payloads: an IANA name")),
                    ("names", names),
                    ("bots", described("textsOrNone", "Ids or user names that are bots, ours included")),
                ], required: ["vendor"]
            ).object ?? [:]
        account["allOf"] = .array(vendors.map { onlyKeys(of: $0) })
        return .object(account)
    }()

    private static let vendors = VendorID.allCases.filter { $0 != .any }

    private static let delivery = SchemaPart.described(
        SchemaPart.choice(of: ["live", "print"]), "`print`: requests are rendered and shown, never sent; default `live`")

    private static let names = SchemaPart.mapping(
        ["departments", "agents", "teams"].map { key in
            (key, SchemaPart.orBlank(SchemaPart.map(of: SchemaPart.ref("text"), "Names that rules may use, and their ids")))
        })

    // MARK: Secrets

    /// Where a secret is kept; never the secret.
    private static let secret = SchemaPart.line([
        ("env", described("text", "An environment variable")),
        ("file", described("text", "A file; a line end at its end does not count")),
        ("credential", described("text", "A credential of the systemd unit (LoadCredential=)")),
    ])

    private static let webhook = SchemaPart.mapping([
        ("secret", described("secrets", "What authenticates webhooks; a list while it is being changed"))
    ])

    private static let api = SchemaPart.mapping(
        [
            ("base_url", described("text", "Every vendor but Rocket.Chat has a default")),
            ("user_id", SchemaPart.anyOf([SchemaPart.ref("text"), SchemaPart.ref("secret")])),
            ("token", SchemaPart.ref("secret")), ("key", SchemaPart.ref("secret")), ("secret", SchemaPart.ref("secret")),
            ("bot_name", described("text", "The name that messages are posted under")),
        ], "Access to the vendor's API")

    /// What each vendor's `api` has.
    private static func apiKeys(_ vendor: VendorID) -> [String] {
        switch vendor {
        case .rocketchat: ["base_url", "user_id", "token"]
        case .huggy: ["base_url", "token"]
        case .omnichat: ["base_url", "key", "secret"]
        case .channeltalk: ["base_url", "key", "secret", "bot_name"]
        case .any: []
        }
    }

    private static func onlyKeys(of vendor: VendorID) -> Value {
        let keys = SchemaPart.choice(of: apiKeys(vendor))
        return [
            "if": ["properties": ["vendor": ["const": .string(vendor.rawValue)]], "required": ["vendor"]],
            "then": ["properties": ["api": ["propertyNames": SchemaPart.anyOf([keys, ["pattern": "^x-"]])]]],
        ]
    }

    // MARK: Limits

    private static let limits = SchemaPart.mapping([
        ("body", described("text", "The largest webhook: bytes, or with KiB or MiB; default 1MiB")),
        ("inbox", limit(from: 1, "Events that may wait; beyond, webhooks are answered 503; default 100000")),
        ("replies_per_minute", limit(from: 0, "Automatic replies in one conversation within a minute; default 8")),
        ("replies_without_customer", limit(from: 0, "Automatic replies without a customer's message between; default 30")),
        ("human_takeover", described("duration", "How long an agent's own message holds a conversation; default 30m")),
    ])

    private static func limit(from least: Int64, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.integer(from: least), description)
    }

    private static func described(_ name: String, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.ref(name), description)
    }
}
