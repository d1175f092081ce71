import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct RocketChatRequestsTests {
    private var fixture = Fixture(RocketChat())

    @Test(
        arguments: [
            (nil, "https://rocketchat.invalid/api/v1"), ("https://c.example.org", "https://c.example.org/api/v1"),
            ("https://c.example.org//", "https://c.example.org/api/v1"),
            ("https://c.example.org/chat/api/v1/", "https://c.example.org/chat/api/v1"),
        ] as [(String?, String)])
    func siteBecomesTheBaseURL(site: String?, base: String) throws {
        var fixture = fixture
        fixture.account.baseURL = site
        #expect(try fixture.request(.reply(Reply(text: "a"))).url == base + "/chat.sendMessage")
    }

    @Test(
        arguments: [
            ("/livechat/room.onHold", "https://c.example.org/api/v1/livechat/room.onHold"),
            ("livechat/room.onHold", "https://c.example.org/api/v1/livechat/room.onHold"),
            ("/api/v1/livechat/room.onHold", "https://c.example.org/api/v1/livechat/room.onHold"),
            ("/api/info", "https://c.example.org/api/info"),
        ])
    func pathOfACallIsBelowTheAPIOrTheSite(path: String, url: String) throws {
        for base in ["https://c.example.org", "https://c.example.org/api/v1"] {
            var fixture = fixture
            fixture.account.baseURL = base
            #expect(try fixture.request(.call(VendorCall(method: "GET", path: path))).url == url)
        }
    }

    @Test func userIDIsASettingElseRedacted() throws {
        var fixture = fixture
        let hidden = try fixture.request(.close(Closing()))
        #expect(hidden.value["headers"] == ["X-Auth-Token": "[redacted]", "X-User-Id": "[redacted]"])
        fixture.account.settings["user_id"] = "u1"
        let shown = try fixture.request(.close(Closing()))
        #expect(shown.value["headers"] == ["X-Auth-Token": "[redacted]", "X-User-Id": "u1"])
    }

    @Test func messageIDComesFromTheEffectsKey() throws {
        var effect = fixture.effect(.reply(Reply(text: "a")))
        let first = try fixture.vendor.request(for: effect, account: fixture.account)
        #expect(first.isIdempotent)
        guard case .json(let json) = first.body else {
            Issue.record("no JSON")
            return
        }
        #expect(json["message"]?["_id"]?.string == Idempotency.id(for: effect))
        effect.key += "1"
        #expect(try fixture.vendor.request(for: effect, account: fixture.account) != first)
    }

    @Test func tagsNeedTheVisitor() {
        #expect(throws: ActionError("the event tells no id of the contact")) {
            try fixture.request(.tag(["a"], of: .conversation), contact: nil)
        }
    }

    @Test func theRoomTellsTheVisitorWhereTheEventDoesNot() throws {
        let effect = fixture.effect(.tag(["a"], of: .conversation), contact: nil)
        #expect(try fixture.vendor.preparation(for: effect, account: fixture.account)?.method == "GET")
        let room = VendorResponse(status: 200, body: Array(#"{"room":{"_id":"room1","v":{"_id":"v1"},"tags":["b"]}}"#.utf8))
        let call = try fixture.vendor.request(for: effect, account: fixture.account, after: room)
        #expect(
            call?.body == .json(["guestData": ["_id": "v1"], "roomData": ["_id": "room1", "tags": ["b", "a"]]]))
        #expect(throws: ActionError.self) {
            try fixture.vendor.request(
                for: effect, account: fixture.account, after: VendorResponse(status: 200, body: [0x7B, 0x7D]))
        }
    }

    @Test(
        arguments: [
            .reply(Reply(text: "a")), .route(.queue), .close(Closing(tags: ["a"])), .call(VendorCall(method: "GET", path: "/me")),
        ] as [Action])
    func mostActionsNeedNoRead(action: Action) throws {
        let effect = fixture.effect(action)
        #expect(try fixture.vendor.preparation(for: effect, account: fixture.account) == nil)
        let response = VendorResponse(status: 500)
        #expect(
            try fixture.vendor.request(for: effect, account: fixture.account, after: response)
                == fixture.vendor.request(for: effect, account: fixture.account))
    }

    /// Whatever the database says of another `_id` is a doubt about ours.
    @Test(arguments: [true, false]) func onlyOurOwnIDProvesAMessage(isOurs: Bool) throws {
        let request = try fixture.request(.reply(Reply(text: "a")))
        let id = isOurs ? Idempotency.id(for: fixture.effect(.reply(Reply(text: "a")))) : "other"
        let body = JSONWriter.bytes(["success": false, "error": .string("E11000 duplicate key: { _id: \"\(id)\" }")])
        let outcome = fixture.vendor.outcome(of: VendorResponse(status: 400, body: body), to: request)
        #expect(outcome == (isOurs ? .done(remoteID: id) : .uncertain(.uncertain)))
    }

    @Test(arguments: ["name", "email", "phone"]) func visitorsOwnFieldsCannotBeRemoved(key: String) {
        #expect(throws: ActionError.self) { try fixture.request(.contact(Value.Object([(key, .null)]))) }
    }

    @Test func exactNameGoesBeforeOneInAnotherCase() throws {
        var fixture = fixture
        fixture.account.names.departments = ["Billing": "d1", "billing": "d2"]
        for (word, id) in [("Billing", "d1"), ("billing", "d2"), ("BILLING", "d1"), ("d9", "d9")] {
            guard case .json(let json) = try fixture.request(.route(.department(word))).body else { continue }
            #expect(json == ["roomId": "room1", "departmentId": .string(id)])
        }
    }

    /// Other types, and none, are not parsed since about 7.8.
    @Test(
        arguments: [
            .reply(Reply(text: "a")), .close(Closing()), .call(VendorCall(method: "GET", path: "/me")),
            .call(VendorCall(method: "POST", path: "/omnichannel/room1/request-transcript")),
        ] as [Action])
    func everyCallSaysThatItIsJSON(action: Action) throws {
        let headers = try fixture.request(action).headers
        let type = VendorRequest.Header("Content-Type", .text("application/json"), isShown: false)
        #expect(headers.filter { $0.name == "Content-Type" } == [type])
    }

    /// Calls by a visitor's token are no calls of a user.
    @Test(
        arguments: [
            ("POST", "/livechat/message", true), ("GET", "/api/v1/livechat/message/m1?token=t&rid=r", true),
            ("PUT", "livechat/message/m1", true), ("DELETE", "/livechat/message/m1", true), ("POST", "/livechat/visitor", true),
            ("POST", "/livechat/visitor/department.transfer", true), ("GET", "/livechat/room?token=t", true),
            ("POST", "/livechat/room.close", true), ("POST", "/livechat/custom.field", true),
            ("POST", "/livechat/custom.fields", true), ("POST", "/livechat/transcript", true),
            ("GET", "/livechat/messages.history/r?token=t", true), ("POST", "/livechat/messages", false),
            ("GET", "/livechat/messages/r", false), ("POST", "/livechat/transcript/r", false),
            ("POST", "/livechat/room.closeByUser", false), ("GET", "/livechat/rooms", false),
            ("GET", "/livechat/visitors.info?visitorId=v", false), ("GET", "/livechat/custom-fields", false),
            ("GET", "/me", false),
        ])
    func visitorsCallsHaveNoCredentials(method: String, path: String, isVisitors: Bool) throws {
        let request = try fixture.request(.call(VendorCall(method: method, path: path)))
        let names = request.headers.map(\.name).filter { $0 != "Content-Type" }
        #expect(names == (isVisitors ? [] : ["X-Auth-Token", "X-User-Id"]))
    }

    @Test(
        arguments: [
            ("POST", "/chat.sendMessage", ["message": ["_id": "m", "rid": "r"]], true),
            ("POST", "/chat.sendMessage", ["message": ["rid": "r"]], false), ("POST", "/chat.postMessage", [:], false),
            ("POST", "/livechat/message", ["_id": "m"], true), ("POST", "/livechat/message", ["msg": "x"], false),
            ("POST", "/livechat/messages", [:], false), ("POST", "/livechat/transcript", [:], false),
            ("POST", "/livechat/room.forward", [:], true), ("POST", "livechat/room.closeByUser", [:], true),
            ("POST", "/api/v1/livechat/room.saveInfo", [:], true), ("POST", "/livechat/custom.field", [:], true),
            ("POST", "/livechat/custom.fields", [:], true), ("POST", "/livechat/inquiries.take", [:], true),
            ("POST", "/livechat/inquiries.returnAsInquiry", [:], true), ("POST", "/livechat/room.onHold", [:], true),
            ("POST", "/livechat/room.resumeOnHold", [:], true), ("POST", "/chat.update", [:], true),
            ("POST", "/canned-responses", [:], false), ("GET", "/canned-responses", nil, true),
        ] as [(String, String, Value?, Bool)])
    func whatMayBeRepeated(method: String, path: String, json: Value?, isRepeatable: Bool) throws {
        let request = try fixture.request(.call(VendorCall(method: method, path: path, json: json)))
        #expect(request.isIdempotent == isRepeatable)
    }

    /// A message by `call` is found again by the `_id` that its author gave it.
    @Test(
        arguments: [
            ("/chat.sendMessage", ["message": ["_id": "m 1", "rid": "r1", "msg": "x"]], "/chat.getMessage?msgId=m%201"),
            (
                "/livechat/message", ["_id": "m1", "rid": "r1", "token": "t/1", "msg": "x"],
                "/livechat/message/m1?token=t%2F1&rid=r1"
            ),
            ("/chat.sendMessage", ["message": ["rid": "r1", "msg": "x"]], nil),
            ("/livechat/message", ["rid": "r1", "token": "t", "msg": "x"], nil), ("/livechat/room.onHold", ["roomId": "r1"], nil),
        ] as [(String, Value, String?)])
    func aMessageOfACallIsReadBack(path: String, json: Value, read: String?) throws {
        let effect = fixture.effect(.call(VendorCall(method: "POST", path: path, json: json)))
        let request = try fixture.vendor.readBack(of: effect, account: fixture.account)
        #expect(request?.url == read.map { "https://rocketchat.invalid/api/v1" + $0 })
        func isDone(_ message: Value) -> Bool? {
            let body = JSONWriter.bytes(["message": message, "success": true])
            return fixture.vendor.isDone(effect, readBack: VendorResponse(status: 200, body: body))
        }
        let id: Value = path == "/chat.sendMessage" ? "m 1" : "m1"
        #expect(isDone(["_id": id, "rid": "r1"]) == (read == nil ? nil : true))
        #expect(isDone(["_id": id, "rid": "r2"]) == nil)
    }

    @Test func placeholdersOfAClosingCommentAreBroken() throws {
        let request = try fixture.request(.close(Closing(comment: "You wrote {{agent.email}}")))
        #expect(request.body == .json(["rid": "room1", "comment": "You wrote {\u{200B}{agent.email}}"]))
    }

    /// A server without the call for reading a room has told the tags with its events.
    @Test(arguments: [(404, "<html>"), (404, ""), (405, "no")]) func aRoomThatCannotBeReadHasTheTagsOfTheEvent(
        status: Int, body: String
    ) throws {
        let effect = fixture.effect(.tag(["b"], of: .conversation), tags: ["a"])
        let call = try fixture.vendor.request(
            for: effect, account: fixture.account, after: VendorResponse(status: status, body: Array(body.utf8)))
        #expect(call?.body == .json(["guestData": ["_id": "contact1"], "roomData": ["_id": "room1", "tags": ["a", "b"]]]))
    }

    @Test func onlyTheHeaderIsASecret() {
        let request = WebhookRequest(
            body: [], headers: [("x-rocketchat-livechat-token", "a"), ("authorization", "b")], query: [("token", "c")],
            trust: .captured)
        #expect(fixture.vendor.presentedSecrets(in: request, body: nil) == [[0x61]])
    }
}
