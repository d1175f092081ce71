import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(1))) struct FakeRocketChatTests {
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
        .init("GET", "/api/v1/rooms.info?roomId=r1"),
        .init("GET", "/api/v1/livechat/rooms?open=true&agents%5B%5D=a1"),
        .init("GET", "/api/v1/me"),
        // Business errors: no fault of the call's form.
        .init("POST", "/api/v1/chat.sendMessage", ["message": ["_id": "abcdefghij0123456", "rid": "rX", "msg": "x"]], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "departmentId": "d1"], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "userId": "a2"], is: 400),
        .init("POST", "/api/v1/livechat/room.forward", ["roomId": "r1", "userId": "a1", "departmentId": "d1"], is: 400),
        .init("GET", "/api/v1/chat.getMessage?msgId=none", is: 400),
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
}
