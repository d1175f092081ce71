import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct FakeHuggyTests {
    private let api = FakeHuggy(
        chats: [1: .init(contact: 7), 2: .init(contact: 8, situation: "in_chat"), 3: .init(contact: 8, situation: "finishing")],
        contacts: [7: ["id": 7, "phone": "5575999999999"], 8: ["id": 8], 9: ["id": 9]], agents: [33], departments: [44])

    /// As its pages list them for every call.
    private static let headers = Credentials.huggy + [.init("Content-Type", .text("application/json"))]

    @Test(arguments: [
        HandWritten("POST", "/v3/chats/1/messages", ["text": "oi"], is: 201),
        .init("POST", "/v3/companies/9/chats/1/messages", ["text": "oi"], is: 201),
        .init("POST", "/v3/chats/1/messages", ["text": "?", "options": [["id": "1", "title": "Sim"]]], is: 201),
        .init("POST", "/v3/chats/1/messages", ["text": "", "file": "https://example.org/a.pdf"], is: 201),
        .init("POST", "/v3/chats/1/messages", ["text": "nota", "isInternal": true], is: 201),
        .init("PUT", "/v3/chats/1/agent", ["agentId": 33]),
        .init("POST", "/v3/chats/1/transfer", ["agentId": 33, "message": "m"]),
        .init("PUT", "/v3/chats/1/department", ["department": 44]),
        .init("PUT", "/v3/chats/1/workflow", ["stepId": 7]),
        .init("PUT", "/v3/chats/1/workflow", ["stepId": ""]),
        .init("PUT", "/v3/chats/1/close", ["sendFeedback": true, "tabulation": "12", "comment": "c"]),
        .init("POST", "/v3/chats/1/flow", ["flowId": 7, "variables": ["a": "b"]]),
        .init("PUT", "/v3/contacts/7/execFlow", ["uuid": "u", "flowId": 7]),
        .init("PUT", "/v3/contacts/9/execFlow", ["uuid": "u", "flowId": 7, "variables": ["k": "v"], "whenInAuto": true]),
        .init("PUT", "/v3/contacts/7/ExecFlow", ["uuid": "u", "flowId": 7, "whenInChat": false, "whenWaitForChat": true]),
        .init("POST", "/v3/contacts/7/chats", is: 201),
        .init("DELETE", "/v3/contacts/7", is: 204),
        .init("GET", "/v3/contacts/7/timeline"),
        .init("GET", "/v3/chats/1"),
        .init("GET", "/v3/chats/1/contextVariables"),
        .init("GET", "/v3/chats?page=0&situation=in_chat&customer=8&channel=widget&created_at_from=2020-01-01"),
        .init("GET", "/v3/agents?allPages=true"),
        .init("GET", "/v3/shortcuts"),
        .init("PUT", "/v3/contacts/7", ["email": "a@example.org"]),
        .init("POST", "/v3/contacts", ["name": "A", "phone": "551199999999"], is: 201),
        .init("GET", "/v3/contacts?phone=5575999999999"),
        .init("GET", "/v3/chats/2/messages?page=0"),
        .init("GET", "/v3/agents/profile"),
        .init("POST", "/v2/chats/1/queue", is: 204),
        .init("POST", "/v2/chats/1/situation", ["situation": "wait_for_chat"], is: 204),
        .init("POST", "/v2/chats/1/department", ["department": 44]),
        .init("POST", "/v2/chats/1/close", ["sendFeedback": false]),
        .init("POST", "/v2/chats/3/reopen", is: 204),
        .init("GET", "/v2/chats/1/feedback"),
        .init("POST", "/v2/flows/7/contact/9/exec"),
        // Business errors.
        .init("POST", "/v3/chats/99/messages", ["text": "oi"], is: 404),
        .init("POST", "/v3/chats/1/messages", ["text": ""], is: 400),
        .init("POST", "/v3/chats/1/messages", ["text": "", "file": "nothing"], is: 400),
        .init("PUT", "/v3/chats/1/agent", ["agentId": 34], is: 400),
        .init("GET", "/v3/chats/1/messages?page=0", is: 403),
        .init("POST", "/v3/contacts", ["name": "A", "phone": "5575999999999"], is: 400),
        .init("POST", "/v2/chats/1/reopen", is: 400),
        .init("PUT", "/v3/contacts/99/execFlow", ["uuid": "u", "flowId": 7], is: 404),
        .init("GET", "/v3/chats/99", is: 404),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Self.headers)
        if call.status >= 400 { #expect(json?["reason"] != nil) }
    }

    @Test(arguments: [
        HandWritten("POST", "/v3/chats/1/message", ["text": "x"], is: 404, complaint: "there is no such path"),
        .init("POST", "/chats/1/messages", ["text": "x"], is: 404, complaint: "there is no such path"),
        .init("PUT", "/v3/chats/1/messages", ["text": "x"], is: 404, complaint: "the method is not one of POST, GET"),
        .init("POST", "/v3/chats/abc/messages", ["text": "x"], is: 404, complaint: "the chat's id is no number"),
        .init(
            "POST", "/v3/chats/1/messages", ["text": "x", "buttons": ["a"]], is: 400,
            complaint: "the body has buttons, which is not documented"),
        .init(
            "POST", "/v3/chats/1/messages", ["text": "x", "options": [["id": 1, "title": "a"]]], is: 400,
            complaint: "the body.options[0].id is no text with something in it"),
        .init("PUT", "/v3/chats/1/agent", ["agentId": "33"], is: 400, complaint: "the body.agentId is no integer"),
        .init("PUT", "/v3/chats/1/department", ["department": "44"], is: 400, complaint: "the body.department is no integer"),
        .init(
            "PUT", "/v3/chats/1/close", ["tags": ["a"]], is: 400, complaint: "the body has tags, which is not documented"),
        .init(
            "POST", "/v2/chats/1/situation", ["situation": "closed"], is: 400,
            complaint: "the body.situation is none of auto, blocked, in_chat, wait_for_chat"),
        .init("PUT", "/v3/contacts/7", ["plan": "pro"], is: 400, complaint: "the body has plan, which is not documented"),
        .init("PUT", "/v3/contacts/7/execFlow", ["flowId": 7], is: 400, complaint: "the body has no uuid"),
        .init("GET", "/v3/chats?state=1", is: 400, complaint: "the query has state, which is not documented"),
    ])
    func complainsOfWhatIsNot(call: HandWritten) async throws {
        try await call.run(on: api, headers: Self.headers)
    }

    @Test(arguments: [
        [VendorRequest.Header("Authorization", .secret("token"))], [],
        [.init("X-Authorization", .secret("token", prefix: "Bearer "))],
    ])
    func refusesOtherCredentials(headers: [VendorRequest.Header]) async throws {
        let call = HandWritten("GET", "/v3/agents/profile", is: 401, complaint: "the credentials are missing or wrong")
        let json = try await call.run(on: api, headers: headers)
        #expect(json?["error"] != nil)
    }

    @Test func asksForJSON() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let headers = Credentials.huggy.dropFirst() + [.init("Accept", .text("text/html"))]
        _ = await vendor.call("GET", "/v3/agents", headers: Array(headers), over: try CurlTransport(version: "0"))
        #expect(vendor.complaints == ["GET /v3/agents: Accept is not application/json"])
    }

    @Test func asksForTheContentTypeOfACallWithoutABodyToo() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        _ = await vendor.call("POST", "/v2/chats/1/queue", headers: Credentials.huggy, over: try CurlTransport(version: "0"))
        #expect(vendor.complaints == ["POST /v2/chats/1/queue: the Content-Type is not application/json"])
    }

    @Test func listsChatsBySituationAndContact() async throws {
        for (query, ids) in [("", [1, 2, 3]), ("?situation=in_chat", [2]), ("?customer=8&page=0", [2, 3]), ("?page=1", [])] {
            let json = try await HandWritten("GET", "/v3/chats" + query).run(on: api, headers: Self.headers)
            #expect(json?.array?.map { $0["id"] } == ids.map { .integer(Int64($0)) }, "\(query)")
        }
    }

    @Test func aFlowOfAContactRunsInItsChatOrANewOne() async throws {
        for (contact, chat) in [(7, 1), (9, 4)] {
            let vendor = try FakeVendor(api)
            defer { vendor.stop() }
            let body: Value = ["uuid": "u", "flowId": 6, "variables": ["k": "v"]]
            let answer = await vendor.call(
                "PUT", "/v3/contacts/\(contact)/execFlow", body, headers: Self.headers, over: try CurlTransport(version: "0"))
            #expect(answer.json == nil && answer.response?.body.isEmpty == false)
            let held = vendor.api.chats[Int64(chat)]
            #expect(held?.flow == 6 && held?.variables == ["k": "v"] && held?.contact == Int64(contact))
        }
    }
}
