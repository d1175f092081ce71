import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct OnlineProbeTests {
    private static func probes(_ vendor: VendorID) throws -> [OnlineProbe] {
        try #require(VendorCatalog.vendor(vendor)).probes(
            account: Account(id: "main", vendor: vendor, baseURL: vendor == .rocketchat ? "https://c.example.org" : nil))
    }

    @Test(
        arguments: [
            (
                .rocketchat,
                [
                    "credentials https://c.example.org/api/v1/me",
                    "departments https://c.example.org/api/v1/livechat/department",
                    "agents https://c.example.org/api/v1/livechat/users/agent",
                ]
            ),
            (
                .huggy,
                ["credentials https://api.huggy.app/v3/agents/profile", "agents https://api.huggy.app/v3/agents"]
            ),
            (
                .omnichat,
                ["credentials https://api.omni.chat/v1/teams", "teams https://api.omni.chat/v1/teams"]
            ),
            (
                .channeltalk,
                [
                    "credentials https://api.channel.io/open/v5/channel",
                    "agents https://api.channel.io/open/v5/managers?limit=500",
                    "webhooks https://api.channel.io/open/v5/webhooks",
                ]
            ),
        ] as [(VendorID, [String])])
    func probesAreReads(vendor: VendorID, calls: [String]) throws {
        let probes = try Self.probes(vendor)
        #expect(probes.map { "\($0.subject.rawValue) \($0.request.url)" } == calls)
        for probe in probes {
            #expect(probe.request.method == "GET" && probe.request.body == nil && probe.request.isIdempotent)
            #expect(probe.request.headers.contains { if case .secret = $0.value { true } else { false } })
        }
    }

    @Test(
        arguments: [
            (
                .rocketchat, .credentials, ["_id": "u1", "username": "flow.bot", "name": "Flow Bot", "success": true],
                .found([OnlineFinding(id: "u1", name: "Flow Bot", note: "flow.bot")], isComplete: true)
            ),
            (
                .rocketchat, .departments, ["departments": [["_id": "d1", "name": "Billing"], ["name": "x"]], "total": 2],
                .found([OnlineFinding(id: "d1", name: "Billing")], isComplete: true)
            ),
            (
                .rocketchat, .agents, ["users": [["_id": "u1", "username": "ana"]], "count": 1, "total": 60],
                .found([OnlineFinding(id: "u1", note: "ana")], isComplete: false)
            ),
            (.rocketchat, .agents, ["success": true], .unreadable("the answer holds no list")),
            (
                .huggy, .credentials, ["id": 33980, "companyID": 35, "name": "Amanda", "email": "a@example.com"],
                .found([OnlineFinding(id: "33980", name: "Amanda", note: "a@example.com")], isComplete: true)
            ),
            (.huggy, .credentials, [:], .unreadable("the answer has no object with `id`")),
            (
                .huggy, .agents, [["id": 1, "name": "Auto"]],
                .found([OnlineFinding(id: "1", name: "Auto")], isComplete: true)
            ),
            (.omnichat, .credentials, [], .found([], isComplete: true)),
            (.omnichat, .credentials, ["message": "x"], .unreadable("the answer holds no list")),
            (
                .omnichat, .teams, [["objectId": "T3amV3nd4s", "name": "Vendas"]],
                .found([OnlineFinding(id: "T3amV3nd4s", name: "Vendas")], isComplete: true)
            ),
            (
                .channeltalk, .credentials, ["channel": ["id": "7", "name": "Shop"]],
                .found([OnlineFinding(id: "7", name: "Shop")], isComplete: true)
            ),
            (
                .channeltalk, .agents, ["managers": [["id": "60125", "name": "Koala"]]],
                .found([OnlineFinding(id: "60125", name: "Koala")], isComplete: true)
            ),
            (
                .channeltalk, .webhooks,
                [
                    "webhooks": [
                        ["id": "205", "name": "automation", "token": "0123456789abcdef", "blocked": true],
                        ["id": "206", "name": "other", "blocked": false],
                    ]
                ],
                .found(
                    [OnlineFinding(id: "205", name: "automation", note: "blocked"), OnlineFinding(id: "206", name: "other")],
                    isComplete: true)
            ),
            (.channeltalk, .webhooks, [], .unreadable("the answer holds no list of webhooks")),
        ] as [(VendorID, OnlineProbe.Subject, Value, OnlineAnswer)])
    func anAnswerIsRead(vendor: VendorID, subject: OnlineProbe.Subject, body: Value, answer: OnlineAnswer) throws {
        let probe = try #require(try Self.probes(vendor).first { $0.subject == subject })
        #expect(probe.answer(in: VendorResponse(status: 200, body: JSONWriter.bytes(body))) == answer)
    }

    @Test(arguments: VendorContractTests.vendors) func whatIsNoJSONIsUnreadable(vendor: VendorID) throws {
        for probe in try Self.probes(vendor) {
            guard case .unreadable = probe.answer(in: VendorResponse(status: 200, body: Array("<html>".utf8))) else {
                Issue.record("\(probe.subject.rawValue) was read")
                continue
            }
        }
    }

    @Test func aFullPageMayNotBeAll() throws {
        let probe = try #require(try Self.probes(.huggy).last)
        let agents = Value.array((0..<20).map { ["id": .integer($0)] })
        guard
            case .found(let findings, let isComplete) = probe.answer(
                in: VendorResponse(status: 200, body: JSONWriter.bytes(agents)))
        else {
            Issue.record("unreadable")
            return
        }
        #expect(findings.count == 20 && !isComplete)
    }

    @Test func namesWhoseIDsTheVendorDoesNotKnow() throws {
        var account = Account(id: "main", vendor: .rocketchat)
        account.names.departments = ["billing": "d1", "support": "d2", "ação": "d3"]
        let found = [OnlineFinding(id: "d1"), OnlineFinding(id: "d9")]
        func unknown(_ subject: OnlineProbe.Subject, _ answer: OnlineAnswer) throws -> [UnknownName] {
            account.unknownNames(of: try #require(try Self.probes(.rocketchat).first { $0.subject == subject }), in: answer)
        }
        #expect(
            try unknown(.departments, .found(found, isComplete: true)) == [
                UnknownName(table: .departments, name: "ação", id: "d3"),
                UnknownName(table: .departments, name: "support", id: "d2"),
            ])
        #expect(try unknown(.departments, .found(found, isComplete: false)).isEmpty)
        #expect(try unknown(.departments, .unreadable("x")).isEmpty)
        #expect(try unknown(.credentials, .found(found, isComplete: true)).isEmpty)
    }

    /// OmniChat has no departments: what rules call so is a team.
    @Test func oneListMayHoldSeveralTables() throws {
        var account = Account(id: "main", vendor: .omnichat)
        account.names.departments = ["billing": "t1", "sales": "t2"]
        account.names.teams = ["night": "t3"]
        let teams = try #require(try Self.probes(.omnichat).last)
        #expect(
            account.unknownNames(of: teams, in: .found([OnlineFinding(id: "t1")], isComplete: true)) == [
                UnknownName(table: .departments, name: "sales", id: "t2"), UnknownName(table: .teams, name: "night", id: "t3"),
            ])
    }

    @Test(
        arguments: [
            (.rocketchat, OnlineFinding(id: "u1", name: "Flow Bot", note: "flow.bot"), ["u1", "flow.bot"]),
            (.rocketchat, OnlineFinding(id: "u1"), ["u1"]),
            (.chatwoot, OnlineFinding(id: "7", name: "Bot", note: "bot@example.com"), ["7", "bot@example.com"]),
            (.huggy, OnlineFinding(id: "33980", note: "a@example.com"), ["33980"]),
            // "Auto" is a bot without being listed; a channel, and a key of the API, are no user.
            (.huggy, OnlineFinding(id: "1", name: "Auto"), []), (.channeltalk, OnlineFinding(id: "7", name: "Shop"), []),
        ] as [(VendorID, OnlineFinding, [String])])
    func credentialsTellByWhichNamesTheirUserIsListed(vendor: VendorID, finding: OnlineFinding, names: [String]) throws {
        #expect(try #require(try Self.probes(vendor).first).ownNames(of: finding) == names)
    }
}
