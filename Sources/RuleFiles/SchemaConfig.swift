import Model

/// The schema of the configuration.
enum SchemaConfig {
    static let root = SchemaPart.mapping([
        ("listen", described("text", "Where webhooks arrive: `HOST:PORT`; default 127.0.0.1:8080")),
        ("admin", admin),
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
        ("reload", reload),
    ])

    private static let reload = SchemaPart.mapping([
        ("watch", described("flag", "`true`: changes in the rules folder are loaded by themselves; default `false`")),
        ("require_tests", described("flag", "`true`: rules come into use only when their own tests pass; default `false`")),
        (
            "debounce",
            [
                "type": "string", "pattern": "^[0-9]+(ms|s|m)$",
                "description": "How long nothing must have changed before watched rules are loaded: 10ms to 1m; default 500ms",
            ]
        ),
    ])

    private static let admin = SchemaPart.anyOf([
        described("text", "Where health and metrics are served: `HOST:PORT`; default 127.0.0.1:9090"),
        SchemaPart.mapping([
            ("address", described("text", "`HOST:PORT`; default 127.0.0.1:9090")),
            ("behind_proxy", described("flag", "Whether it may be reached from other machines; default false")),
            ("hosts", described("textsOrNone", "Names that clients may call it by, besides this machine's own")),
        ]),
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
        let defaults = ownHosts.isEmpty ? "" : " but \(ownHosts.joined(separator: " and "))"
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
        ("json_nodes", limit(from: 100, "Values in one webhook's JSON; beyond, it is answered 400; default 10000")),
        ("inbox", limit(from: 1, "Events that may wait; beyond, webhooks are answered 503; default 100000")),
        ("connections", limit(from: 2, "Connections on the public listener; beyond, those that wait longest go; default 2048")),
        ("replies_per_minute", limit(from: 0, "Automatic replies in one conversation within a minute; default 8")),
        ("replies_without_customer", limit(from: 0, "Automatic replies without a customer's message between; default 30")),
        ("state", described("text", "What rules and answers may keep in one conversation, as JSON; default 64KiB")),
        ("human_takeover", described("duration", "How long an agent's own message holds a conversation; default 30m")),
        (
            "free_space",
            described(
                "text",
                "Free space below which webhooks are answered 503: bytes, or with KiB, MiB or GiB; default 128MiB, on a disk under "
                    + "2.5GiB a twentieth of it; 0 switches it off")
        ),
        ("store", described("text", "The largest size of the store: bytes, or with MiB or GiB; default none")),
    ])

    private static func limit(from least: Int64, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.integer(from: least), description)
    }

    private static func described(_ name: String, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.ref(name), description)
    }
}
