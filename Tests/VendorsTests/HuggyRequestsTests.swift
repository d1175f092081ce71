import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct HuggyRequestsTests {
    private var fixture = Fixture(Huggy())

    @Test(
        arguments: [
            (nil, "https://api.huggy.app/v2/chats/room1/queue"),
            ("https://api.huggy.app/v3/", "https://api.huggy.app/v2/chats/room1/queue"),
            ("https://api.huggy.app/v3/companies/35", "https://api.huggy.app/v2/chats/room1/queue"),
            ("https://v3.example.org/huggy/v3", "https://v3.example.org/huggy/v2/chats/room1/queue"),
            ("https://v3.example.org", "https://v3.example.org/chats/room1/queue"),
            ("https://example.org/v30/v3/", "https://example.org/v30/v2/chats/room1/queue"),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/chats/room1/queue"),
        ] as [(String?, String)])
    func queueIsACallOfVersion2(base: String?, url: String) throws {
        var fixture = fixture
        fixture.account.baseURL = base
        let request = try fixture.request(.route(.queue))
        #expect(request.url == url)
        #expect(request.method == "POST")
    }

    @Test func onlyWhatSetsAValueMayBeRepeated() throws {
        #expect(try !fixture.request(.reply(Reply(text: "a"))).isIdempotent)
        #expect(try !fixture.request(.note("a")).isIdempotent)
        #expect(try !fixture.request(.route(.queue)).isIdempotent)
        #expect(try fixture.request(.route(.department("1"))).isIdempotent)
        #expect(try fixture.request(.contact(["name": "Ana"])).isIdempotent)
        #expect(try fixture.request(.call(VendorCall(method: "get", path: "agents"))).isIdempotent)
        #expect(try !fixture.request(.call(VendorCall(method: "PUT", path: "/agents"))).isIdempotent)
    }

    @Test(
        arguments: [
            ("/chats/7/flow", "/v3/companies/35/chats/7/flow"), ("chats/7/flow", "/v3/companies/35/chats/7/flow"),
            ("/v2/chats/7/reopen", "/v2/chats/7/reopen"), ("v2/chats/7/reopen", "/v2/chats/7/reopen"),
            ("/v3/chats/7/flow", "/v3/chats/7/flow"), ("/v30/x", "/v3/companies/35/v30/x"), ("/v2", "/v2"),
            ("/v2?page=0", "/v2?page=0"),
        ])
    func aCallMayNameItsVersion(path: String, place: String) throws {
        var fixture = fixture
        fixture.account.baseURL = "https://api.huggy.app/v3/companies/35"
        let request = try fixture.request(.call(VendorCall(method: "POST", path: path)))
        #expect(request.url == "https://api.huggy.app" + place)
    }

    @Test(
        arguments: [
            (.route(.department("11445")), ["department": 11445]), (.route(.department("BILLING")), ["department": 7]),
            (.route(.agent("40419")), ["agentId": 40419]), (.route(.agent("Carla")), ["agentId": 9]),
        ] as [(Action, Value)])
    func idsAreIntegers(action: Action, json: Value) throws {
        var fixture = fixture
        fixture.account.names = .init(departments: ["billing": "7"], agents: ["Carla": "9", "Bia": "b"])
        #expect(try fixture.request(action).body == .json(json))
    }

    @Test(arguments: [Action.route(.department("support")), .route(.agent("support"))])
    func aWordThatNoNameExplainsIsAnError(action: Action) throws {
        var fixture = fixture
        fixture.account.names = .init(departments: ["billing": "7"])
        let message = try #require(Huggy.profile.obstacle(to: action, for: fixture.account))
        #expect(throws: ActionError(message)) { try fixture.request(action) }
    }

    @Test(arguments: ["1a", "", "-1", "9223372036854775808"])
    func whatIsNoNumberIsNoID(word: String) {
        #expect(throws: ActionError.self) { try fixture.request(.route(.department(word))) }
    }

    /// Without a configuration nobody knows the names: a dry run shows the word in its place.
    @Test func theNamesOfAnUnknownAccountAreUnknown() throws {
        var fixture = fixture
        fixture.account = .unconfigured("main", .huggy)
        #expect(try fixture.request(.route(.department("billing"))).body == .json(["department": "billing"]))
        #expect(try fixture.request(.route(.agent("7"))).body == .json(["agentId": 7]))
    }

    @Test func aCustomFieldOfAContactIsAnError() {
        #expect(throws: ActionError.self) { try fixture.request(.contact(["name": "Ana", "plano": "pro"])) }
    }

    @Test func everyCallAsksForJSONWithoutShowingIt() throws {
        for action in [Action.reply(Reply(text: "a")), .route(.queue), .call(VendorCall(method: "GET", path: "/agents"))] {
            let request = try fixture.request(action)
            #expect(request.headers.contains { $0.name == "Accept" && $0.value == .text("application/json") })
            #expect(request.value["headers"] == ["Authorization": "[redacted]"])
        }
    }

    @Test(
        arguments: [
            (.reply(Reply(text: "a")), true), (.route(.queue), true), (.route(.agent("7")), true),
            (.call(VendorCall(method: "POST", path: "/contacts/7/chats")), true),
            (.call(VendorCall(method: "get", path: "/agents")), false),
        ] as [(Action, Bool)])
    func everyChangeHasAContentType(action: Action, hasType: Bool) throws {
        let types = try fixture.request(action).headers.filter { $0.name == "Content-Type" }
        #expect(types == (hasType ? [.init("Content-Type", .text("application/json"), isShown: false)] : []))
    }

    /// Live accounts refuse to show messages while the bot has the chat: that says nothing about the credentials.
    @Test(
        arguments: [
            ("GET", "/chats/7/messages?page=0", #"{"reason":"Desculpe, você não tem permissão"}"#, FailureReason.refused),
            ("get", "/chats/7/messages", #"{"reason":"Desculpe, você não tem permissão"}"#, .refused),
            ("GET", "/chats/7/messages", #"{"reason":"Token inválido"}"#, .unauthorized),
            ("GET", "/chats/7/messages", "", .unauthorized),
            ("GET", "/agents", #"{"reason":"Desculpe, você não tem permissão"}"#, .unauthorized),
            ("POST", "/chats/7/messages", #"{"reason":"Desculpe, você não tem permissão"}"#, .unauthorized),
        ] as [(String, String, String, FailureReason)])
    func messagesThatAreNotShownAreNoWrongCredentials(
        method: String, path: String, body: String, reason: FailureReason
    ) throws {
        let request = try fixture.request(.call(VendorCall(method: method, path: path)))
        let outcome = fixture.vendor.outcome(of: VendorResponse(status: 403, body: Array(body.utf8)), to: request)
        guard case .refused(let told, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(told == reason)
    }

    @Test func onlyAMessagesAnswerTellsAnID() throws {
        let response = VendorResponse(status: 200, headers: ["location": "/chats/7"], body: Array(#"{"id":7}"#.utf8))
        #expect(fixture.vendor.outcome(of: response, to: try fixture.request(.reply(Reply(text: "a")))) == .done(remoteID: "7"))
        #expect(fixture.vendor.outcome(of: response, to: try fixture.request(.contact(["name": "a"]))) == .done(remoteID: nil))
    }

    @Test func secretsAreTakenFromBothPlaces() throws {
        let body = try JSONDocument(#"{"token":"a","messages":{"token":"b","x":[]}}"#).root
        let request = WebhookRequest(body: [], headers: [("token", "c")], query: [("token", "d")], trust: .captured)
        #expect(fixture.vendor.presentedSecrets(in: request, body: body) == [[0x61], [0x62]])
        #expect(fixture.vendor.presentedSecrets(in: request, body: nil) == [])
        #expect(Huggy.secretIsInBody)
    }
}
