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

    @Test func onlyTheHeaderIsASecret() {
        let request = WebhookRequest(
            body: [], headers: [("x-rocketchat-livechat-token", "a"), ("authorization", "b")], query: [("token", "c")],
            trust: .captured)
        #expect(fixture.vendor.presentedSecrets(in: request, body: nil) == [[0x61]])
    }
}
