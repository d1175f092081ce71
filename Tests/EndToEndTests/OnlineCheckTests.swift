import JSON
import Model
import TestSupport
import Testing
import Vendors

/// `check --online` as a user types it, against vendors' servers of the test.
@Suite(.timeLimit(.minutes(15))) struct OnlineCheckTests {
    // MARK: Good

    @Test func goodAccountsOfAllVendorsAreToldInOrder() async throws {
        let site = try FakeVendor(Self.rocketChat)
        let (chat, omni) = (try FakeVendor(Self.huggy), try FakeVendor(Self.omniChat))
        let desk = try FakeVendor(FakeChannelTalk(managers: ["60125"]))
        defer { [site.stop, chat.stop, omni.stop, desk.stop].forEach { $0() } }
        let folder = try Self.folder(
            accounts: """
                  site:
                    vendor: rocketchat
                    api: { base_url: \(site.baseURL), user_id: kT2bot, token: { env: SITE_TOKEN } }
                    names: { departments: { billing: d1 }, agents: { kim: hU3 } }
                    bots: [kT2bot]
                  chat:
                    vendor: huggy
                    api: { base_url: \(chat.baseURL)/v3, token: { env: CHAT_TOKEN } }
                    names: { departments: { billing: 11445 }, agents: { Ana: 33980 } }
                  omni:
                    vendor: omnichat
                    api: { base_url: \(omni.baseURL), key: { env: OMNI_KEY }, secret: { env: OMNI_SECRET } }
                    names: { departments: { billing: T1 }, teams: { night: T2 } }
                  desk:
                    vendor: channeltalk
                    api: { base_url: \(desk.baseURL), key: { env: DESK_KEY }, secret: { env: DESK_SECRET } }
                    names: { agents: { Kim: 60125 } }
                  try:
                    vendor: huggy
                    delivery: print
                    names: { departments: { billing: 11445 } }

                """,
            rules: Self.route("department: billing", when: "{ vendor: [rocketchat, huggy, omnichat] }"))
        let result = try await Self.check(folder, environment: Self.environment(site, chat, omni, desk))
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output == """
                account site (Rocket.Chat): checked
                  credentials: accepted, kT2bot
                  departments: 2
                    d1, here: billing
                    d2
                  agents: 2
                    hU3  kim, here: kim
                    kT2bot  flow.bot

                account chat (Huggy): checked
                  credentials: accepted, 1  Auto  bot@example.org
                  agents: 2
                    33980, here: Ana
                    33981
                  note: no call of Huggy is known that lists departments; not verified: `names.departments`

                account omni (OmniChat): checked
                  credentials: accepted
                  teams: 2
                    T1  Team T1, here: billing
                    T2  Team T2, here: night

                account desk (Channel Talk): checked
                  credentials: accepted, 1  Shop
                  agents: 1
                    60125  60125, here: Kim
                  webhooks: 0

                account try (Huggy): skipped: delivery is print, and `api` names no complete credentials


                """)
        #expect(result.errors == "1 rule, 0 tests, 4 accounts: 0 errors, 0 warnings\n")
        #expect([site.complaints, chat.complaints, omni.complaints, desk.complaints] == [[], [], [], []])
        // One answer tells credentials and teams of OmniChat.
        #expect(omni.arrivals.map(\.operation) == ["GET teams"])
        #expect(site.arrivals.allSatisfy { $0.method == "GET" })
    }

    @Test func whatWasFoundStandsBesideTheArrayOfDiagnostics() async throws {
        let result = try await Self.checkSite(
            "names: { departments: { billing: d1 } }, bots: [kT2bot]", rules: Self.noRules, format: "json")
        func item(_ id: String, _ note: Value = .null, _ names: Value = []) -> Value {
            ["id": .string(id), "name": .null, "note": note, "names": names]
        }
        func found(_ subject: Value, _ items: Value) -> Value {
            ["subject": subject, "complete": true, "problem": .null, "items": items]
        }
        #expect(
            try JSONDocument(result.output).root.value == [
                "diagnostics": [],
                "online": [
                    [
                        "account": "site", "vendor": "rocketchat", "status": "checked", "reason": .null,
                        "found": [
                            found("credentials", [item("kT2bot")]),
                            found("departments", [item("d1", .null, ["billing"]), item("d2")]),
                            found("agents", [item("hU3", "kim"), item("kT2bot", "flow.bot")]),
                        ], "notes": [],
                    ]
                ],
            ], "\(result.output)")
    }

    /// Print mode sends nothing; its credentials are checked where it has all of them.
    @Test(
        arguments: [
            ("", "skipped: delivery is print, and `api` names no complete credentials"),
            (", api: { key: { env: K } }", "skipped: delivery is print, and `api` names no complete credentials"),
            (
                ", api: { key: { env: K }, secret: { env: NONE } }",
                "skipped: delivery is print, and the environment variable NONE is not set"
            ),
            (", api: { base_url: 'URL', key: { env: K }, secret: { env: S } }", "checked"),
        ])
    func accountsThatPrintAreAskedWhereTheyCanBe(api: String, told: String) async throws {
        let omni = try FakeVendor(Self.omniChat)
        defer { omni.stop() }
        let folder = try Self.folder(
            accounts: "  omni: { vendor: omnichat, delivery: print\(api.replacing("URL", with: omni.baseURL)) }\n",
            rules: Self.noRules)
        let result = try await Self.check(
            folder, environment: ["K": omni.secrets["key"] ?? "", "S": omni.secrets["secret"] ?? ""])
        #expect(result.status == 0 && result.output.hasPrefix("account omni (OmniChat): \(told)\n"), "\(result.output)")
    }

    @Test func nobodyIsAskedWithoutTheFlag() async throws {
        let chat = try FakeVendor(Self.huggy)
        defer { chat.stop() }
        let folder = try Self.folder(accounts: Self.chatAccount(chat.baseURL), rules: Self.route("department: billing"))
        let result = try await Program.run(["check"], in: folder.path)
        #expect(result.status == 0 && chat.arrivals.isEmpty, "\(result.output)\(result.errors)")
    }

    // MARK: Credentials

    @Test(arguments: VendorCatalog.ids)
    func wrongCredentialsAreAnErrorThatNamesWhereTheyAreKept(vendor: VendorID) async throws {
        let (url, stop) = try Self.anyVendor(vendor)
        defer { stop() }
        let keys = VendorCatalog.profile(vendor).apiKeys.filter(\.isRequired)
        let secrets = keys.filter { $0.form == .secret }.map(\.name)
        let places = ["{ env: A }", "{ file: b }"]
        let api =
            zip(secrets, places).map { "\($0): \($1)" } + keys.filter { $0.form != .secret }.map { "\($0.name): '7'" }
        let folder = try Self.folder(
            accounts: "  main: { vendor: \(vendor.rawValue), api: { base_url: '\(url)', \(api.joined(separator: ", ")) } }\n",
            rules: Self.noRules)
        try folder.write("wrong-secret-2\n", to: "b")
        let result = try await Self.check(folder, format: "json", environment: ["A": "wrong-secret-1"])
        #expect(result.status == 1, "\(result.output)\(result.errors)")
        let told = try JSONDocument(result.output).root.value
        let finding = told["diagnostics"]?["0"]
        #expect(finding?["code"] == "R201" && finding?["severity"] == "error")
        #expect(finding?["file"] == "bellhop.yaml" && finding?["line"] == 2, "\(result.output)")
        #expect(finding?["message"]?.text?.contains("account 'main': ") == true)
        let help = finding?["help"]?.text ?? ""
        for (name, place) in zip(secrets, ["environment variable A", "file b"]) {
            #expect(help.contains("`api.\(name)` (\(place))"), "\(help)")
        }
        #expect(told["online"]?["0"]?["status"] == "refused")
        #expect(told["diagnostics"]?["1"] == nil)
        for secret in ["wrong-secret-1", "wrong-secret-2"] {
            #expect(!(result.output + result.errors).contains(secret))
        }
    }

    @Test func aSecretThatCannotBeReadIsNoJobBegun() async throws {
        let folder = try Self.folder(accounts: Self.chatAccount("http://127.0.0.1:9"), rules: Self.noRules)
        let result = try await Self.check(folder)
        #expect(result.status == 3 && result.output.isEmpty)
        #expect(result.errors.contains("bellhop.yaml:4:"), "\(result.errors)")
        #expect(result.errors.contains("the environment variable CHAT_TOKEN is not set"))
    }

    // MARK: Names

    @Test func idsThatTheVendorDoesNotHaveAreErrorsAtTheirPlace() async throws {
        let result = try await Self.checkSite(
            "names: { departments: { billing: d1, sales: d7 }, agents: { kim: kim } }, bots: [kT2bot]",
            rules: Self.noRules)
        #expect(result.status == 1, "\(result.output)\(result.errors)")
        #expect(
            result.output.contains(
                """
                error[R202]: account 'site': Rocket.Chat has no department 'd7', which `names` calls 'sales'
                 --> bellhop.yaml:5:49
                  |
                5 |     names: { departments: { billing: d1, sales: d7 }, agents: { kim: kim } }, bots: [kT2bot] }
                  |                                                 ^^
                  = help: the vendor's departments are d1, d2

                """), "\(result.output)")
        #expect(result.output.contains("has no agent 'kim', which `names` calls 'kim'"))
        #expect(result.output.contains("= help: did you mean hU3 (kim)?"), "\(result.output)")
    }

    @Test(
        arguments: [
            ("department: bilingg", "error", "did you mean 'billing'?"),
            ("department: zzz", "error", "the vendor's departments are d1, d2"),
            ("agent: kim", "error", "add `kim: hU3` to `names.agents` of account 'site'"),
            ("department: billing", nil, nil), ("department: Billing", nil, nil), ("department: d2", nil, nil),
            ("agent: hU3", nil, nil), ("department: '{{vars.where}}'", nil, nil),
        ] as [(String, String?, String?)])
    func namesInRulesResolve(target: String, severity: String?, help: String?) async throws {
        let result = try await Self.checkSite(
            "names: { departments: { billing: d1 } }, bots: [kT2bot]", rules: Self.route(target),
            format: "json")
        #expect(result.status == (severity == nil ? 0 : 1), "\(result.output)\(result.errors)")
        let finding = try JSONDocument(result.output).root["diagnostics"]?.value["0"]
        let isVariable = target.contains("vars")
        guard severity != nil else {
            #expect(finding == nil || isVariable && finding?["code"] == "R102", "\(result.output)")
            return
        }
        #expect(finding?["code"] == "R204" && finding?["severity"]?.text == severity, "\(result.output)")
        #expect(finding?["file"] == "rules/a.yaml" && finding?["line"] == 5 && finding?["column"] == 13)
        #expect(finding?["help"]?.text == help)
    }

    /// Comparison is folded, also with an agent's names; one that nobody has is a warning, since nothing goes wrong.
    @Test func namesInConditionsAreKnownToSomebody() async throws {
        let rules = """
            version: 1
            rules:
              - id: a
                when: [ { department: [BILLING, d2, gone] }, { any: [ { agent: Kim }, { agent: nobody } ] } ]
                do: [ { reply: x } ]

            """
        let result = try await Self.checkSite(
            "names: { departments: { billing: d1 } }, bots: [kT2bot]", rules: rules, format: "github")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("::warning file=rules/a.yaml,line=4,col=15,title=R204::'gone' is no department") == true)
        #expect(lines.dropFirst().first?.contains("::'nobody' is no agent of account 'site'") == true)
        #expect(
            lines.last
                == "::notice title=check --online::account site (Rocket.Chat): credentials accepted, 2 departments, 2 agents")
    }

    /// The account that has the name is enough for a warning about the other: conversations may never get there.
    @Test func anAccountThatARuleCannotMeetIsNoConcernOfIts() async throws {
        let site = try FakeVendor(Self.rocketChat)
        let other = try FakeVendor(Self.rocketChat)
        defer { [site.stop, other.stop].forEach { $0() } }
        func account(_ id: String, _ url: String, _ names: String) -> String {
            "  \(id): { vendor: rocketchat, bots: [kT2bot], api: { base_url: '\(url)', user_id: kT2bot, token: { env: T } }"
                + ", names: { departments: { \(names) } } }\n"
        }
        let accounts = account("site", site.baseURL, "billing: d1") + account("other", other.baseURL, "sales: d2")
        for (condition, codes) in [("{ text: x }", ["R204"]), ("{ account: site }", []), ("{ account: other }", ["R204"])] {
            let folder = try Self.folder(accounts: accounts, rules: Self.route("department: billing", when: condition))
            let result = try await Self.check(folder, format: "json", environment: ["T": site.secrets["token"] ?? ""])
            let found = try JSONDocument(result.output).root["diagnostics"]?.elements.map { $0["code"]?.text ?? "" }
            #expect(found == codes, "\(condition): \(result.output)")
            #expect(result.status == (condition.contains("other") ? 1 : 0), "\(condition)")
        }
    }

    /// Twenty agents are a whole page of Huggy: there may be more.
    @Test func aListThatMayNotBeCompleteGivesNoError() async throws {
        let chat = try FakeVendor(FakeHuggy(agents: Set(1...20)))
        defer { chat.stop() }
        let names = "    names: { agents: { Ana: 33980 } }\n"
        let folder = try Self.folder(accounts: Self.chatAccount(chat.baseURL) + names, rules: Self.route("agent: nobody"))
        let result = try await Self.check(folder, environment: ["CHAT_TOKEN": chat.secrets["token"] ?? ""])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("agents: 20, perhaps more"))
        #expect(result.output.contains("note: the list of agents may not be complete"), "\(result.output)")
    }

    // MARK: Bots

    @Test(arguments: [("", 0), ("bots: [other]", 0), ("bots: [kT2bot]", nil)] as [(String, Int32?)])
    func theCredentialsOwnUserIsABot(bots: String, status: Int32?) async throws {
        let result = try await Self.checkSite(bots.isEmpty ? "tz: UTC" : bots, rules: Self.noRules)
        #expect(result.status == 0)
        #expect(result.output.contains("warning[R203]") == (status != nil), "\(result.output)")
        guard status != nil else { return }
        #expect(result.output.contains("help: add 'kT2bot' to `bots`: else what Bellhop writes may count as a human agent's"))
        let strict = try await Self.checkSite(bots.isEmpty ? "tz: UTC" : bots, rules: Self.noRules, options: ["--strict"])
        #expect(strict.status == 1)
    }

    // MARK: Trouble

    @Test func aServerThatIsDownIsTheEnvironment() async throws {
        let folder = try Self.folder(accounts: Self.chatAccount(try FakeServer.unusedOrigin()), rules: Self.noRules)
        let result = try await Self.check(folder, environment: ["CHAT_TOKEN": "some-token-of-the-test"])
        #expect(result.status == 4, "\(result.output)\(result.errors)")
        #expect(result.output.contains("account chat (Huggy): unreachable"))
        #expect(result.output.contains("error[R206]: account 'chat': Huggy cannot be asked at http://127.0.0.1:"))
        #expect(result.errors.contains("bellhop: not every vendor could be asked"))
    }

    /// By how the first call goes.
    @Test(
        arguments: [
            (.hang, 4, "R206"), (.garbage, 4, "R206"), (.serverError, 4, "R206"), (.unavailable, 4, "R206"),
            (.tooManyRetryInDecades, 4, "R206"), (.resetAfterReading, 4, "R206"), (.unauthorized, 1, "R201"),
            (.badRequest, 1, "R205"), (.redirectHome, 1, "R205"), (.truncatedBody, 1, "R205"), (.tooManyRetryNow, 0, nil),
            (.tooManyRetryJunk, 0, nil), (.tooManyRetryNegative, 0, nil),
        ] as [(Misbehaviour, Int32, String?)])
    func misbehaviourIsToldApart(kind: Misbehaviour, status: Int32, code: String?) async throws {
        let chat = try FakeVendor(Self.huggy, schedule: .only([1: kind]))
        defer { chat.stop() }
        let folder = try Self.folder(accounts: Self.chatAccount(chat.baseURL), rules: Self.noRules)
        let result = try await Self.check(
            folder, format: "json", options: ["--timeout", kind == .hang ? "1" : "30"],
            environment: ["CHAT_TOKEN": chat.secrets["token"] ?? ""])
        #expect(result.status == status, "\(result.output)\(result.errors)")
        let found = try JSONDocument(result.output).root["diagnostics"]?.elements.map { $0["code"]?.text ?? "" }
        #expect(found == [code].compactMap(\.self), "\(result.output)")
        #expect(!(result.output + result.errors).contains(chat.secrets["token"] ?? "?"))
        if kind == .tooManyRetryInDecades { #expect(result.output.contains("it asks to wait 1000000000 s")) }
        // A call is made twice only when the vendor asked for a short wait.
        #expect(chat.arrivals.count == (status == 0 ? 3 : 1))
    }

    /// What is certainly wrong goes before what another try may mend.
    @Test func anErrorGoesBeforeAVendorThatIsDown() async throws {
        let chat = try FakeVendor(Self.huggy)
        defer { chat.stop() }
        let down = Self.chatAccount(try FakeServer.unusedOrigin()).replacing("chat:", with: "down:")
        let folder = try Self.folder(accounts: Self.chatAccount(chat.baseURL) + down, rules: Self.noRules)
        let environment = ["CHAT_TOKEN": "wrong-token-of-the-test"]
        let all = try await Self.check(folder, environment: environment)
        #expect(all.status == 1 && all.output.contains("R201") && all.output.contains("R206"), "\(all.output)")
        let one = try await Self.check(folder, options: ["--account", "down"], environment: environment)
        #expect(one.status == 4 && !one.output.contains("R201") && chat.arrivals.count == 1)
    }

    @Test func aListThatIsRefusedIsAWarning() async throws {
        let site = try FakeVendor(Self.rocketChat, schedule: .only([2: .unauthorized]))
        defer { site.stop() }
        let result = try await Self.checkSite(
            "names: { departments: { billing: d7 } }, bots: [kT2bot]", rules: Self.route("department: zzz"), server: site)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output.contains(
                "warning[R205]: account 'site': Rocket.Chat does not let these credentials list departments: HTTP 401"))
        #expect(
            result.output.contains(
                "note: no list of departments was had; not verified: `names.departments`, 'zzz' at rules/a.yaml:5:13"),
            "\(result.output)")
    }

    /// Whatever a vendor says goes to a terminal and into logs.
    @Test func answersAreShownWithoutSecretsAndControlCharacters() async throws {
        let token = "token-of-the-test-0001"
        let body = #"{"id":5,"name":"\u001b[31mEvil\n\#(token)","email":"x"}"#
        let server = try LoopbackServer { _ in .text(LoopbackServer.ok(body)) }
        defer { server.stop() }
        let folder = try Self.folder(accounts: Self.chatAccount(server.url("")), rules: Self.noRules)
        for format in ["text", "json", "github"] {
            let result = try await Self.check(folder, format: format, environment: ["CHAT_TOKEN": token])
            let shown = result.output + result.errors
            #expect(!shown.contains(token) && !shown.contains("\u{1B}"), "\(shown)")
            #expect(format == "github" || shown.contains("[31mEvil [redacted]"), "\(shown)")
        }
    }

    // MARK: Use

    @Test func wrongUseIsToldBeforeAnybodyIsAsked() async throws {
        let folder = try Self.folder(accounts: Self.chatAccount("http://127.0.0.1:9"), rules: Self.noRules)
        let cases: [([String], Int32)] = [
            (["check", "--account", "chat"], 2), (["check", "--online", "--account", "nope"], 2),
            (["check", "--online", "--timeout", "0"], 2), (["check", "--online", "--config", "none.yaml"], 3),
        ]
        for (arguments, status) in cases {
            let result = try await Program.run(arguments, in: folder.path)
            #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
        }
    }
}

// MARK: - The scene

extension OnlineCheckTests {
    private static let rocketChat = FakeRocketChat(
        userID: "kT2bot", agents: ["hU3": .init(username: "kim"), "kT2bot": .init(username: "flow.bot")],
        departments: ["d1", "d2"])
    private static let huggy = FakeHuggy(agents: [33_980, 33_981])
    private static let omniChat = FakeOmniChat(teams: ["T1", "T2"])

    private static let noRules = "version: 1\nrules: []\n"

    private static func route(_ target: String, when condition: String = "{ text: x }") -> String {
        """
        version: 1
        rules:
          - id: a
            when: [ \(condition) ]
            do: [ { route: { \(target) } } ]

        """
    }

    private static func folder(accounts: String, rules: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("accounts:\n" + accounts, to: "bellhop.yaml")
        try folder.write(rules, to: "rules/a.yaml")
        return folder
    }

    private static func chatAccount(_ url: String) -> String {
        """
          chat:
            vendor: huggy
            api: { base_url: '\(url)/v3', token: { env: CHAT_TOKEN } }

        """
    }

    private static func check(
        _ folder: TemporaryFolder, format: String = "text", options: [String] = [], environment: [String: String] = [:]
    ) async throws -> Program.Result {
        try await Program.run(
            ["check", "--online", "--format", format] + options, in: folder.path, environment: environment)
    }

    /// One account of Rocket.Chat, with more members.
    private static func checkSite(
        _ members: String, rules: String, format: String = "text", options: [String] = [],
        server: FakeVendor<FakeRocketChat>? = nil
    ) async throws -> Program.Result {
        let own = server == nil ? try FakeVendor(rocketChat) : nil
        defer { own?.stop() }
        let url = (server ?? own)?.baseURL ?? ""
        let folder = try Self.folder(
            accounts: """
                  site: {
                    vendor: rocketchat,
                    api: { base_url: '\(url)', user_id: kT2bot, token: { env: SITE_TOKEN } },
                    \(members) }

                """, rules: rules)
        return try await check(
            folder, format: format, options: options, environment: ["SITE_TOKEN": rocketChat.token])
    }

    private static func anyVendor(_ vendor: VendorID) throws -> (url: String, stop: @Sendable () -> Void) {
        switch vendor {
        case .huggy:
            let server = try FakeVendor(huggy)
            return (server.baseURL + "/v3", { server.stop() })
        case .omnichat:
            let server = try FakeVendor(omniChat)
            return (server.baseURL, { server.stop() })
        case .channeltalk:
            let server = try FakeVendor(FakeChannelTalk())
            return (server.baseURL, { server.stop() })
        case .chatwoot:
            let server = try FakeVendor(FakeChatwoot())
            return (server.baseURL, { server.stop() })
        default:
            let server = try FakeVendor(rocketChat)
            return (server.baseURL, { server.stop() })
        }
    }

    private static func environment(
        _ site: FakeVendor<FakeRocketChat>, _ chat: FakeVendor<FakeHuggy>, _ omni: FakeVendor<FakeOmniChat>,
        _ desk: FakeVendor<FakeChannelTalk>
    ) -> [String: String] {
        [
            "SITE_TOKEN": site.secrets["token"] ?? "", "CHAT_TOKEN": chat.secrets["token"] ?? "",
            "OMNI_KEY": omni.secrets["key"] ?? "", "OMNI_SECRET": omni.secrets["secret"] ?? "",
            "DESK_KEY": desk.secrets["key"] ?? "", "DESK_SECRET": desk.secrets["secret"] ?? "",
        ]
    }
}
