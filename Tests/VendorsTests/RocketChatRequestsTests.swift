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
