import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct FakeRocketChatTests {
    private let api = FakeRocketChat(
        rooms: [
            "r1": .init(visitor: "v1", department: "d1", agent: "botUserId0000001a", tags: ["old"]),
            "r2": .init(visitor: "v2", department: "d1"),
        ],
        visitors: ["v1": .init(token: "token-1"), "v2": .init(token: "token-2")],
        agents: ["a1": .init(username: "ana", departments: ["d2"]), "a2": .init(username: "off", isOnline: false)],
        departments: ["d1", "d2"], roomFields: ["order"], visitorFields: ["plan"])

    @Test(arguments: [
        HandWritten("POST", "/api/v1/chat.sendMessage", ["message": ["_id": "abcdefghij0123456", "rid": "r1", "msg": "hi"]]),
        .init("POST", "/api/v1/chat.sendMessage", ["message": ["rid": "r1", "msg": "hi", "alias": "Bot"], "previewUrls": []]),
        .init("POST", "/api/v1/chat.postMessage", ["roomId": "r1", "text": "hi"]),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "departmentId": "d2"]),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "departmentId": "d2", "userId": "a1", "comment": "c"]),
        .init("POST", "/api/v1/livechat/room.closeByUser", ["rid": "r1", "comment": "bye", "tags": ["a"]]),
        .init(
            "POST", "/api/v1/livechat/room.saveInfo",
            ["guestData": ["_id": "v1", "name": "N"], "roomData": ["_id": "r1", "tags": ["a"], "livechatData": ["order": "1"]]]),
        .init("POST", "/api/v1/livechat/room.onHold", ["roomId": "r1"]),
        .init("GET", "/api/v1/livechat/inquiries.getOne?roomId=r2"),
        .init("POST", "/api/v1/livechat/inquiries.take", ["inquiryId": "inq-r2"]),
        .init("POST", "/api/v1/livechat/inquiries.returnAsInquiry", ["roomId": "r1"]),
        .init("POST", "/api/v1/livechat/transcript/r1", ["email": "a@example.org", "subject": "Chat"]),
        .init("POST", "/api/v1/livechat/message", ["token": "token-1", "rid": "r1", "msg": "hi"]),
        .init(
            "POST", "/api/v1/livechat/custom.field", ["token": "token-1", "key": "plan", "value": "pro", "overwrite": true]),
        .init("POST", "/api/v1/livechat/messages", ["visitor": ["token": "token-1"], "messages": [["msg": "a"], ["msg": "b"]]]),
        .init("POST", "/api/v1/livechat/visitor", ["visitor": ["token": "token-1", "name": "N", "department": "d1"]]),
        .init(
            "POST", "/api/v1/livechat/visitor",
            ["visitor": ["token": "token-9", "customFields": [["key": "plan", "value": "pro", "overwrite": true]]]]),
        .init(
            "POST", "/api/v1/livechat/visitor/department.transfer", ["token": "token-1", "rid": "r1", "department": "d2"]),
        .init("GET", "/api/v1/livechat/room?token=token-1"),
        .init("GET", "/api/v1/livechat/room?token=token-1&rid=r1&agentId=a1"),
        .init("POST", "/api/v1/livechat/room.close", ["rid": "r1", "token": "token-1"]),
        .init("POST", "/api/v1/livechat/transcript", ["token": "token-1", "rid": "r1", "email": "a@example.org"]),
        .init("GET", "/api/v1/livechat/messages.history/r1?token=token-1&limit=5"),
        .init(
            "POST", "/api/v1/livechat/custom.fields",
            ["token": "token-1", "customFields": [["key": "order", "value": "1", "overwrite": false]]]),
        .init("GET", "/api/v1/livechat/messages/r1"),
        .init("GET", "/api/v1/livechat/users/agent"),
        .init("GET", "/api/v1/livechat/users/agent?offset=0&count=50"),
        .init("GET", "/api/v1/livechat/department"),
        .init("GET", "/api/v1/livechat/department/d1"),
        .init("GET", "/api/v1/livechat/visitors.info?visitorId=v1"),
        .init("GET", "/api/v1/users.info?userId=a1"),
        .init("GET", "/api/v1/livechat/tags"),
        .init("GET", "/api/v1/livechat/custom-fields"),
        .init(
            "POST", "/api/v1/livechat/custom-fields.save",
            ["customFieldId": .null, "customFieldData": ["field": "age", "label": "Age", "scope": "visitor"]]),
        .init("GET", "/api/v1/canned-responses.get"),
        .init("GET", "/api/v1/canned-responses?shortcut=hi&scope=global"),
        .init("POST", "/api/v1/canned-responses", ["shortcut": "hi", "text": "Hello", "scope": "global"]),
        .init(
            "POST", "/api/v1/omnichannel/integrations",
            ["LivechatWebhookUrl": "https://hooks.example.org/site", "LivechatWebhookOnClose": true, "LivechatHttpTimeout": 5000]),
        .init("GET", "/api/v1/livechat/integrations.settings"),
        .init("POST", "/api/v1/livechat/webhook.test"),
        .init("GET", "/api/v1/rooms.info?roomId=r1"),
        .init("GET", "/api/v1/livechat/rooms?open=true&agents%5B%5D=a1"),
        .init("GET", "/api/v1/me"),
        // Business errors: no fault of the call's form.
        .init("POST", "/api/v1/chat.sendMessage", ["message": ["_id": "abcdefghij0123456", "rid": "rX", "msg": "x"]], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "departmentId": "d1"], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "userId": "a2"], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "userId": "a1", "departmentId": "d1"], is: 400),
        .init("GET", "/api/v1/chat.getMessage?msgId=none", is: 400),
        .init("GET", "/api/v1/livechat/message/none?token=token-1&rid=r1", is: 400),
        .init("POST", "/api/v1/livechat/room.close", ["rid": "r2", "token": "token-1"], is: 400),
        .init("POST", "/api/v1/livechat/message", ["token": "no", "rid": "r1", "msg": "x"], is: 400),
        .init("POST", "/api/v1/omnichannel/r1/request-transcript", is: 400),
        .init("DELETE", "/api/v1/livechat/transcript/r1", is: 400),
        .init("POST", "/api/v1/chat.postMessage", ["text": "hi"], is: 400),
        .init("GET", "/api/v1/livechat/department/d9", is: 400),
        .init("GET", "/api/v1/canned-responses/none", is: 400),
        .init("POST", "/api/v1/livechat/inquiries.take", ["inquiryId": "inq-r2", "userId": "a2"], is: 400),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Credentials.rocketChat)
        #expect(json?["success"] == .bool(call.status == 200))
    }

    @Test(arguments: [
        HandWritten("POST", "/api/v1/chat.send", ["a": 1], is: 404, complaint: "there is no such path"),
        .init("POST", "/chat.sendMessage", ["a": 1], is: 404, complaint: "there is no such path"),
        .init("GET", "/api/v1/chat.sendMessage", is: 404, complaint: "the method is not one of POST"),
        .init(
            "POST", "/api/v1/chat.sendMessage", ["message": ["msg": "hi"]], is: 400, complaint: "the body.message has no rid"),
        .init(
            "POST", "/api/v1/chat.sendMessage", ["rid": "r1", "msg": "hi"], is: 400, complaint: "the body has no message"),
        .init(
            "POST", "/api/v1/chat.sendMessage", ["message": ["rid": "r1", "msg": "x", "ts": "2026"]], is: 400,
            complaint: "the body.message has ts, which is not documented"),
        .init(
            "POST", "/api/v1/chat.sendMessage", ["message": ["rid": "r1", "msg": 7]], is: 400,
            complaint: "the body.message.msg is no text"),
        .init(
            "POST", "/api/v1/livechat/room.saveInfo", ["roomData": ["_id": "r1"]], is: 400, complaint: "the body has no guestData"
        ),
        .init(
            "POST", "/api/v1/livechat/room.closeByUser", ["rid": "r1", "tags": "a"], is: 400,
            complaint: "the body.tags is no list"),
        .init("GET", "/api/v1/chat.getMessage", is: 400, complaint: "the query has no msgId"),
        .init("GET", "/api/v1/chat.getMessage?msgId=a&x=1", is: 400, complaint: "the query has x, which is not documented"),
        .init("GET", "/api/v1/me?a", is: 400, complaint: "the query has a, which is not documented"),
    ])
    func complainsOfWhatIsNot(call: HandWritten) async throws {
        try await call.run(on: api, headers: Credentials.rocketChat)
    }

    @Test func anUnreadableIDIsAComplaintThoughItIsTaken() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let result = await vendor.call(
            "POST", "/api/v1/chat.sendMessage", ["message": ["_id": "a b", "rid": "r1", "msg": "x"]],
            headers: Credentials.rocketChat, over: try CurlTransport(version: "0"))
        #expect(result.status == 200)
        #expect(vendor.complaints == ["POST /api/v1/chat.sendMessage: the _id is not 17 to 40 of A-Z a-z 0-9 _ -"])
    }

    @Test(arguments: [
        [VendorRequest.Header("X-Auth-Token", .secret("token"))], [.init("X-User-Id", .text("botUserId0000001a"))], [],
        [.init("X-Auth-Token", .text("wrong")), .init("X-User-Id", .text("botUserId0000001a"))],
        [.init("Authorization", .secret("token", prefix: "Bearer ")), .init("X-User-Id", .text("botUserId0000001a"))],
    ])
    func refusesOtherCredentials(headers: [VendorRequest.Header]) async throws {
        let call = HandWritten("GET", "/api/v1/me", is: 401, complaint: "the credentials are missing or wrong")
        let json = try await call.run(on: api, headers: headers)
        #expect(json?["message"] == "You must be logged in to do this.")
    }

    @Test func onlyJSONIsParsed() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let request = VendorRequest(
            method: "POST", url: vendor.baseURL + "/api/v1/livechat/room.onHold", headers: Credentials.rocketChat,
            body: .form(["roomId": "r1"]))
        let result = try await CurlTransport(version: "0").send(request, secrets: vendor.secrets)
        #expect(result.status == 400)
        #expect(
            vendor.complaints.map { $0.split(separator: ": ").last } == [
                "the Content-Type is not application/json", "the body is no JSON",
            ])
    }

    @Test func savingARoomWithoutTagsDeletesThem() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let result = await vendor.call(
            "POST", "/api/v1/livechat/room.saveInfo",
            [
                "guestData": ["_id": "v1"],
                "roomData": ["_id": "r1", "topic": "T", "livechatData": ["order": "1", "unknown": "2"]],
            ],
            headers: Credentials.rocketChat, over: try CurlTransport(version: "0"))
        #expect(result.status == 200)
        #expect(vendor.api.rooms["r1"]?.tags == [])
        #expect(vendor.api.rooms["r1"]?.topic == "T")
        #expect(vendor.api.rooms["r1"]?.fields == ["order": "1"])
    }

    @Test func aKnownIDStoresNothingAndFailsOddly() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        var results: [TransportResult] = []
        for room in ["r1", "r1", "r2"] {
            let body: Value = ["message": ["_id": "abcdefghij0123456", "rid": .string(room), "msg": "x"]]
            results.append(
                await vendor.call("POST", "/api/v1/chat.sendMessage", body, headers: Credentials.rocketChat, over: transport))
        }
        #expect(results.map(\.status) == [200, 400, 400])
        #expect(results[1].json?["error"] == "Cannot read properties of undefined (reading 'starred')")
        #expect(vendor.arrivals.map(\.tookEffect) == [true, false, false])
        #expect(vendor.arrivals.map(\.isRepeat) == [false, true, true])
        #expect(vendor.arrivals.map(\.key) == Array(repeating: "abcdefghij0123456", count: 3))
        #expect(vendor.api.rooms.values.flatMap(\.messages).map(\.id) == ["abcdefghij0123456"])
    }

    /// Ten a minute of each route; refused calls count, other routes do not.
    @Test func limitsEachRoute() async throws {
        var limited = api
        limited.quota = FakeFixedWindow(limit: 2, milliseconds: 60_000)
        let vendor = try FakeVendor(limited)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        var results: [TransportResult] = []
        for path in ["/api/v1/me", "/api/v1/me", "/api/v1/me", "/api/v1/rooms.info?roomId=r1"] {
            results.append(await vendor.call("GET", path, headers: Credentials.rocketChat, over: transport))
        }
        #expect(results.map(\.status) == [200, 200, 429, 200])
        #expect(results.map { $0.response?.headers["x-ratelimit-remaining"] } == ["1", "0", "0", "1"])
        #expect(results[2].json?["error"]?.string?.hasSuffix("[error-too-many-requests]") == true)
        #expect(results[2].response?.headers["retry-after"] == nil)
        #expect(vendor.arrivals.map(\.isOverLimit) == [false, false, true, false])
    }

    /// Several calls of one test, as they came back.
    private func calls(
        _ vendor: FakeVendor<FakeRocketChat>, _ calls: [(String, String, Value?)]
    ) async throws -> [TransportResult] {
        let transport = try CurlTransport(version: "0")
        var results: [TransportResult] = []
        for (method, path, body) in calls {
            results.append(
                await vendor.call(method, "/api/v1" + path, body, headers: Credentials.rocketChat, over: transport))
        }
        return results
    }

    @Test func aVisitorsMessageIsReadChangedAndDeletedByItsToken() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let own: Value = ["token": "token-1", "rid": "r1"]
        let results = try await calls(
            vendor,
            [
                ("POST", "/livechat/message", ["token": "token-1", "rid": "r1", "msg": "x", "_id": "abcdefghij0123456"]),
                ("POST", "/livechat/message", ["token": "token-1", "rid": "r1", "msg": "x", "_id": "abcdefghij0123456"]),
                ("GET", "/livechat/message/abcdefghij0123456?token=token-1&rid=r1", nil),
                ("PUT", "/livechat/message/abcdefghij0123456", ["token": "token-1", "rid": "r1", "msg": "y"]),
                ("GET", "/livechat/messages.history/r1?token=token-1", nil),
                ("DELETE", "/livechat/message/abcdefghij0123456", own),
            ])
        #expect(results.map(\.status) == [200, 400, 200, 200, 200, 200])
        #expect(results[2].json?["message"]?["_id"] == "abcdefghij0123456")
        #expect(results[4].json?["messages"]?["0"]?["msg"] == "y")
        #expect(vendor.api.rooms["r1"]?.messages == [])
        #expect(vendor.arrivals.map(\.isRepeat) == [false, true, false, false, false, false])
        #expect(vendor.complaints == [])
    }

    @Test func aVisitorsTokenMakesOneVisitorAndOneRoom() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let results = try await calls(
            vendor,
            [
                ("POST", "/livechat/visitor", ["visitor": ["token": "new", "name": "A"]]),
                ("POST", "/livechat/visitor", ["visitor": ["token": "new", "email": "a@example.org"]]),
                ("GET", "/livechat/room?token=new", nil), ("GET", "/livechat/room?token=new", nil),
                ("POST", "/livechat/messages", ["visitor": ["token": "new"], "messages": [["msg": "a"]]]),
                ("POST", "/livechat/messages", ["visitor": ["token": "new"], "messages": [["msg": "a"]]]),
            ])
        #expect(results.map(\.status) == Array(repeating: 200, count: 6))
        #expect(results[2].json?["newRoom"] == true)
        #expect(results[3].json?["newRoom"] == false)
        let visitor = vendor.api.visitors.first { $0.value.token == "new" }
        #expect(visitor?.value.name == "A")
        #expect(visitor?.value.email == "a@example.org")
        // Not folded: the ids are the server's.
        #expect(vendor.api.rooms.values.first { $0.visitor == visitor?.key }?.messages.count == 2)
    }

    /// The user may pass, visitors never.
    @Test func visitorsAreLimitedAlways() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let results = try await calls(vendor, Array(repeating: ("GET", "/livechat/room?token=token-1", nil), count: 6))
        #expect(results.map(\.status) == [200, 200, 200, 200, 200, 429])
        #expect(results[0].response?.headers["x-ratelimit-limit"] == "5")
        let others = try await calls(
            vendor, Array(repeating: ("GET", "/livechat/messages.history/r1?token=token-1", nil), count: 11))
        #expect(others.map(\.status) == Array(repeating: 200, count: 10) + [429])
        #expect(try await calls(vendor, [("GET", "/me", nil)]).map { $0.response?.headers["x-ratelimit-limit"] } == [nil])
    }

    @Test func shortcutsAreTakenOnce() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let response: Value = ["shortcut": "hi", "text": "Hello {{contact.name}}", "scope": "global"]
        let results = try await calls(
            vendor,
            [
                ("POST", "/canned-responses", response), ("POST", "/canned-responses", response),
                ("GET", "/canned-responses.get", nil),
            ])
        #expect(results.map(\.status) == [200, 400, 200])
        #expect(results[1].json?["error"] == "error-invalid-shortcut")
        #expect(results[2].json?["responses"]?["0"]?["text"] == "Hello {{contact.name}}")
    }

    @Test(
        arguments: [
            (["LivechatWebhookUrl": "u", "LivechatWebhookOnStart": true], 200), (["LivechatWebhookOnCapture": true], 400),
            (["LivechatHttpTimeout": "5"], 400),
        ] as [(Value, Int)])
    func integrationsTakeTheirNamesOnly(body: Value, status: Int) async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        #expect(try await calls(vendor, [("POST", "/omnichannel/integrations", body)]).map(\.status) == [status])
        #expect(vendor.api.integrations.isEmpty == (status != 200))
    }
}
