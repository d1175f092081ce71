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
        (
            "http_actions",
            SchemaPart.mapping([
                ("allow", described("textsOrNone", "Hosts that `http` actions may call")),
                (
                    "allow_networks",
                    described(
                        "textsOrNone",
                        "Networks that allowed names may lead to although they are not public: `10.0.0.0/8`, `fd00::/8`")
                ),
            ])
        ),
        ("captures", SchemaPart.mapping([("keep", kept)])),
        ("limits", limits),
    ])

    private static let kept = SchemaPart.described(
        SchemaPart.anyOf([SchemaPart.ref("duration"), ["enum": [0, "0", "0s", "0m", "0h", "0d"]]]),
        "How long captured webhooks are kept; 0: no longer than deciding needs; default 30d")

    static func definitions(_ vendors: [VendorProfile]) -> [(String, Value)] {
        [("account", account(vendors))] + secrets
    }

    private static let secrets: [(String, Value)] = [
        ("secret", secret), ("secrets", SchemaPart.oneOrMore(SchemaPart.ref("secret"))),
    ]

    /// Ids stand in URLs.
    private static let accounts: Value = [
        "type": "object", "description": "Accounts at vendors by their ids; webhooks arrive at /webhooks/ID",
        "patternProperties": ["^x-": true], "propertyNames": ["pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"],
        "additionalProperties": SchemaPart.ref("account"),
    ]

    private static func account(_ vendors: [VendorProfile]) -> Value {
        var account =
            SchemaPart.mapping(
                [
                    ("vendor", SchemaPart.choice(of: vendors.map(\.id.rawValue))),
                    ("delivery", delivery),
                    (
                        "enrich",
                        described(
                            "flag",
                            "`false`: what webhooks lack and rules ask for is not fetched from the vendor; default `true`")
                    ),
                    ("webhook", webhook),
                    ("api", api(vendors)),
                    ("tz", described("text", "The zone of local times in payloads: an IANA name")),
                    ("names", names),
                    ("bots", described("textsOrNone", "Ids or user names that are bots, ours included")),
                ], required: ["vendor"]
            ).object ?? [:]
        account["allOf"] = .array(vendors.map { onlyKeys(of: $0) })
        return .object(account)
    }

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

    /// The keys of all vendors.
    private static func api(_ vendors: [VendorProfile]) -> Value {
        let ownHosts = vendors.filter { $0.defaultBaseURL == nil }.map(\.name).sorted()
        let defaults = ownHosts.isEmpty ? "" : " but \(ownHosts.joined(separator: ", "))"
        var keys = [("base_url", described("text", "Every vendor\(defaults) has a default"))]
        for key in vendors.flatMap(\.apiKeys) where !keys.contains(where: { $0.0 == key.name }) {
            let schema =
                switch key.form {
                case .secret: SchemaPart.ref("secret")
                case .textOrSecret: SchemaPart.anyOf([SchemaPart.ref("text"), SchemaPart.ref("secret")])
                case .text: SchemaPart.ref("text")
                }
            keys.append((key.name, SchemaPart.described(schema, key.meaning)))
        }
        return SchemaPart.mapping(keys, "Access to the vendor's API")
    }

    private static func onlyKeys(of vendor: VendorProfile) -> Value {
        let keys = SchemaPart.choice(of: ["base_url"] + vendor.apiKeys.map(\.name))
        return [
            "if": ["properties": ["vendor": ["const": .string(vendor.id.rawValue)]], "required": ["vendor"]],
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
