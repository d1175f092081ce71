import Daemon
import Delivery
import JSON
import Model
import Rules
import Testing
import Vendors

@Suite struct SettingsTests {
    private func load(_ text: String, environment: [String: String] = [:], file: String = "bellhop.yaml") -> LoadedSettings {
        Settings.load(Array(text.utf8), file: file, environment: environment)
    }

    @Test func readsEveryKey() throws {
        let text = """
            listen: 0.0.0.0:8081
            admin: { address: '[::1]:9091', behind_proxy: true, hosts: [bellhop.internal] }
            store: sqlite:/var/lib/bellhop/bellhop.db
            rules: my-rules
            control: /run/bellhop.sock
            x-note: mine
            accounts:
              main:
                vendor: huggy
                delivery: live
                webhook: { secret: { env: HUGGY } }
                api: { base_url: https://api.example.org/v3/, token: { file: secrets/huggy } }
                tz: America/Sao_Paulo
                names: { departments: { billing: 11445 }, agents: { ana: 7 }, teams: { x-team: t1 } }
                bots: [ usr-123, "1" ]
              chat:
                vendor: rocketchat
                webhook: { secret: [ { credential: new }, { env: OLD } ] }
                api: { base_url: https://chat.example.org, user_id: u1, token: { env: RC } }
              talk:
                vendor: channeltalk
                delivery: print
                enrich: false
                api: { bot_name: Bell }
            http_actions: { allow: [ erp.example.org, "*.example.com:8443" ], allow_networks: [ 10.0.0.0/8, "fd00::/8", 192.0.2.7 ] }
            captures: { keep: 7d }
            limits: { body: 512KiB, inbox: 10, json_nodes: 500, replies_per_minute: 3, replies_without_customer: 4, human_takeover: 1h,
                      state: 128KiB, free_space: 256MiB, store: 20GiB }
            reload: { watch: true, require_tests: true, debounce: 250ms }
            """
        let loaded = load(text)
        #expect(loaded.diagnostics == [])
        let settings = try #require(loaded.settings)
        func at(_ line: Int, _ column: Int) -> SourcePosition { SourcePosition(file: "bellhop.yaml", line: line, column: column) }
        let expected = Settings(
            listen: ListenAddress(host: "0.0.0.0", port: 8081), admin: ListenAddress(host: "::1", port: 9091),
            store: .sqlite(path: "/var/lib/bellhop/bellhop.db"), rules: "my-rules", control: "/run/bellhop.sock",
            accounts: [
                AccountSettings(
                    account: Account(
                        id: "main", vendor: .huggy, timeZone: "America/Sao_Paulo",
                        names: Account.Names(departments: ["billing": "11445"], teams: ["x-team": "t1"], agents: ["ana": "7"]),
                        bots: ["usr-123", "1"], baseURL: "https://api.example.org/v3"),
                    delivery: .live, webhookSecrets: [SecretReference(.environment("HUGGY"), at: at(11, 24))],
                    apiSecrets: ["token": SecretReference(.file("secrets/huggy"), at: at(12, 58))]),
                AccountSettings(
                    account: Account(
                        id: "chat", vendor: .rocketchat, baseURL: "https://chat.example.org", settings: ["user_id": "u1"]),
                    delivery: .live,
                    webhookSecrets: [
                        SecretReference(.credential("new"), at: at(18, 26)), SecretReference(.environment("OLD"), at: at(18, 47)),
                    ],
                    apiSecrets: ["token": SecretReference(.environment("RC"), at: at(19, 68))]),
                AccountSettings(
                    account: Account(id: "talk", vendor: .channeltalk, settings: ["bot_name": "Bell"]), delivery: .print,
                    enriches: false),
            ],
            httpAllowList: try HTTPAllowList(
                ["erp.example.org", "*.example.com:8443"], networks: ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]),
            capturesKept: .seconds(7 * 86_400),
            limits: Settings.Limits(
                bodyBytes: 512 << 10, inbox: 10, json: JSONLimits(nodes: 500),
                decision: DecisionLimits(
                    humanTakeover: .seconds(3600), repliesPerMinute: 3, repliesWithoutCustomer: 4, stateBytes: 128 << 10),
                freeSpaceBytes: 256 << 20, storeBytes: 20 << 30),
            reload: Settings.Reload(isWatching: true, requiresTests: true, debounce: .milliseconds(250))
        )
        .with(Settings.AdminAccess(isBehindProxy: true, hosts: ["bellhop.internal"]))
        #expect(settings == expected)
        #expect(settings.environmentSecrets == ["HUGGY", "OLD", "RC"])
    }

    @Test(arguments: ["", "# nothing\n", "x-own: 1"])
    func takesDefaultsForWhatIsNotSaid(_ text: String) {
        #expect(load(text).settings == Settings())
    }

    @Test(arguments: [
        ("0", 0), ("'0'", 0), ("0d", 0), ("0s", 0), ("1s", 1), ("30d", 2_592_000), ("12h", 43_200),
    ])
    func capturesAreKeptAsLongAsItSays(text: String, seconds: Int64) {
        let loaded = load("captures: { keep: \(text) }\n")
        #expect(loaded.diagnostics == [])
        #expect(loaded.settings?.capturesKept == .seconds(seconds))
    }

    @Test func takesRelativePathsBelowTheFilesFolder() {
        let settings = load("rules: r\nstore: sqlite:b.db\ncontrol: /c", file: "etc/here/bellhop.yaml").settings
        #expect(settings?.rules == "etc/here/r")
        #expect(settings?.store == .sqlite(path: "etc/here/b.db"))
        #expect(settings?.control == "/c")
    }

    @Test func letsTheEnvironmentGoBeforeTheFile() {
        let environment = [
            "BELLHOP_LISTEN": "0.0.0.0:1", "BELLHOP_ADMIN": "localhost:2", "BELLHOP_STORE": "sqlite:other.db",
            "BELLHOP_RULES": "r2",
            "BELLHOP_CONTROL": "c2",
        ]
        let settings = load("listen: 127.0.0.1:80\nrules: r", environment: environment, file: "etc/bellhop.yaml").settings
        let expected = Settings(
            listen: ListenAddress(host: "0.0.0.0", port: 1), admin: ListenAddress(host: "localhost", port: 2),
            store: .sqlite(path: "other.db"), rules: "r2", control: "c2")
        #expect(settings == expected)
    }

    @Test func showsFaultsOfTheEnvironmentWithTheVariable() {
        let loaded = load("", environment: ["BELLHOP_STORE": "postgres://bellhop@db/bellhop"])
        #expect(loaded.settings == nil)
        #expect(loaded.diagnostics.map(\.at.text) == ["BELLHOP_STORE:1:1"])
        #expect(loaded.sources["BELLHOP_STORE"] == ["postgres://bellhop@db/bellhop"])
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var text: String
        var found: [String]
        var testDescription: String { text }

        init(_ text: String, _ found: String...) {
            self.text = text
            self.found = found
        }
    }

    @Test(arguments: [
        Bad("lissen: 127.0.0.1:80", "1:1 R004"),
        Bad("listen: 8080", "1:9 R008"),
        Bad("listen: ':8080'", "1:9 R008"),
        Bad("listen: 127.0.0.1:65536", "1:9 R008"),
        Bad("listen: 127.0.0.1:+80", "1:9 R008"),
        Bad("listen: ::1:80", "1:9 R008"),
        Bad("listen: [1]", "1:9 R006"),
        Bad("listen:", "1:8 R007"),
        Bad("store: postgres://u@h/db", "1:8 R008"),
        Bad("store: 'sqlite:'", "1:8 R008"),
        Bad("store: bellhop.db", "1:8 R008"),
        Bad("- a", "1:1 R006"),
        Bad("rules: a\nrules: b", "2:1 R003"),
        Bad("accounts: [a]", "1:11 R006"),
        Bad("accounts:\n  main: {}", "2:9 R005"),
        Bad("accounts:\n  main: { vendor: hugy, delivery: print }", "2:19 R011"),
        Bad("accounts:\n  main: { vendor: any, delivery: print }", "2:19 R011"),
        Bad("accounts:\n  'a b': { vendor: huggy, delivery: print }", "2:3 R008"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: prnt }", "2:36 R008"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, enrich: maybe }", "2:51 R006"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, tz: Mars/Base }", "2:47 R016"),
        Bad("accounts:\n  main: { vendor: huggy }", "2:3 R005"),
        Bad("accounts:\n  main: { vendor: omnichat, api: { key: { env: A } } }", "2:29 R005"),
        Bad("accounts:\n  main: { vendor: rocketchat, api: { token: { env: A }, user_id: u } }", "2:31 R005"),
        Bad("accounts:\n  main: { vendor: huggy, api: { token: { env: A }, key: { env: B } } }", "2:52 R004"),
        Bad("accounts:\n  main: { vendor: huggy, api: { token: { env: A }, base_url: example.org } }", "2:62 R008"),
        Bad("accounts:\n  main: { vendor: huggy, api: { token: { env: A }, base_url: 'https://u@example.org' } }", "2:62 R008"),
        Bad("accounts:\n  main: { vendor: huggy, api: { token: [ { env: A } ] } }", "2:40 R006"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: abc } }", "2:62 R008"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: [] } }", "2:62 R021"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: {} } }", "2:62 R005"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: { env: A, file: b } } }", "2:62 R008"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: { enw: A } } }", "2:64 R004"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, webhook: { secret: { credential: a/b } } }", "2:76 R008"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, names: { departments: [a] } }", "2:65 R006"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, names: { department: { a: 1 } } }", "2:52 R004"),
        Bad("accounts:\n  main: { vendor: huggy, delivery: print, bots: { a: 1 } }", "2:49 R006"),
        Bad("http_actions: { allow: [ 'https://erp.example.org' ] }", "1:26 R008"),
        Bad("http_actions: { allow_networks: [ 10.0.0.0/8, 10.0.0.1/8 ] }", "1:47 R008"),
        Bad("http_actions: { allow_networks: [ 10.0.0.0/33 ] }", "1:35 R008"),
        Bad("http_actions: { allow_networks: [ private, '::ffff:0:0/96' ] }", "1:35 R008", "1:44 R008"),
        Bad("http_actions: { allow: [ '[::ffff:10.0.0.1]' ], allow_network: [] }", "1:26 R008", "1:49 R004"),
        Bad("captures: { keep: 30 }", "1:19 R016"), Bad("captures: { keep: -1d }", "1:19 R016"),
        Bad("captures: { keep: 0.0 }", "1:19 R016"), Bad("captures: { keep: false }", "1:19 R016"),
        Bad("limits: { body: 1GiB }", "1:17 R008"),
        Bad("limits: { body: big }", "1:17 R008"),
        Bad("limits: { body: 99999999999999999999MiB }", "1:17 R008"),
        Bad("limits: { inbox: 0 }", "1:18 R008"), Bad("limits: { json_nodes: 99 }", "1:23 R008"),
        Bad("admin: 0.0.0.0:9090", "1:8 R008"), Bad("admin: { address: '[::]:9090' }", "1:19 R008"),
        Bad("admin: { address: 10.0.0.1:1, behind_proxy: false }", "1:19 R008"),
        Bad("admin: { adress: 127.0.0.1:1 }", "1:10 R004"), Bad("admin: { behind_proxy: maybe }", "1:24 R006"),
        Bad("reload: { watch: maybe }", "1:18 R006"), Bad("reload: { debounce: 5ms }", "1:21 R016"),
        Bad("reload: { debounce: 2m }", "1:21 R016"),
        Bad("reload: { debounce: 0.5s, requires_tests: true }", "1:21 R016", "1:27 R004"),
        Bad("limits: { replies_per_minute: many, human_takeover: 1x }", "1:31 R006", "1:53 R016"),
    ])
    func refuses(_ bad: Bad) {
        let loaded = load(bad.text)
        #expect(loaded.settings == nil)
        #expect(loaded.diagnostics.map { "\($0.at.line):\($0.at.column) \($0.code.rawValue)" } == bad.found)
    }

    @Test func doesNotRepeatASecretThatWasWrittenOut() {
        let text = """
            accounts:
              main: { vendor: huggy, delivery: print, webhook: { secret: hunter2hunter2hunter2 } }
              two: { vendor: huggy, api: { token: { value: hunter2 } } }
            """
        let loaded = load(text)
        #expect(loaded.hasErrors)
        #expect(!loaded.sources.values.joined().contains { $0.contains("hunter2") })
        #expect(!loaded.diagnostics.contains { "\($0)".contains("hunter2") })
    }

    @Test func saysWhereAFileThatIsNotThereShouldBe() {
        let loaded = Settings.load(path: "/nowhere/bellhop.yaml")
        #expect(loaded.settings == nil)
        #expect(loaded.diagnostics.map(\.at.text) == ["/nowhere/bellhop.yaml:1:1"])
    }
}

extension Settings {
    fileprivate func with(_ access: AdminAccess) -> Settings {
        var settings = self
        settings.adminAccess = access
        return settings
    }
}
