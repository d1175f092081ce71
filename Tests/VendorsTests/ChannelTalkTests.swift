import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct ChannelTalkTests {
    private typealias Fixtures = ChannelTalkFixtures

    @Test func theSecretIsTheToken() {
        let request = WebhookRequest(
            body: [], headers: [("x-signature", "other")], pathSuffix: ["other"],
            query: [("token", "a"), ("key", "other"), ("token", "b")], trust: .secrets([]))
        #expect(ChannelTalk().presentedSecrets(in: request, body: nil) == [Array("a".utf8), Array("b".utf8)])
    }

    @Test(
        arguments: [
            ([("token", "secret")], nil), ([("token", "Secret")], .unauthorized), ([], .unauthorized),
            ([("token", "")], .unauthorized),
        ] as [([(String, String)], WebhookError?)])
    func onlyTheTokenOpens(query: [(String, String)], error: WebhookError?) {
        let request = WebhookRequest(body: Array("{}".utf8), query: query, trust: .secrets([Array("secret".utf8)]))
        let result = Result { () throws(WebhookError) in
            try ChannelTalk().receive(request, account: Fixtures.account, now: Fixtures.receivedAt)
        }
        switch result {
        case .success(let receipt):
            #expect(error == nil)
            #expect(receipt.reply == .emptyObject)
        case .failure(let failure): #expect(failure == error)
        }
    }

    @Test func anArrayAroundTheBodyIsNotUnwrapped() {
        let wrapped = Value.array([["body": Fixtures.body(Fixtures.message())]])
        let request = WebhookRequest(body: JSONWriter.bytes(wrapped), trust: .captured)
        #expect(throws: WebhookError.notAnObject) {
            try ChannelTalk().receive(request, account: Fixtures.account, now: Fixtures.receivedAt)
        }
    }

    @Test func anObjectAroundTheBodyIsAnOther() throws {
        let wrapped: Value = ["body": Fixtures.body(Fixtures.message())]
        #expect(try Fixtures.event(wrapped).kind == .other)
        #expect(ChannelTalk().recognizes(try JSONDocument(JSONWriter.bytes(wrapped)).root) == false)
    }

    @Test func aFunctionCallOfTheAppStoreIsNoWebhook() throws {
        let call: Value = [
            "method": "onCommand", "params": ["chat": ["type": "userChat", "id": "c1"], "input": ["orderNo": "A-1001"]],
            "context": ["channel": ["id": "7"], "caller": ["type": "manager", "id": "60125"]],
        ]
        #expect(ChannelTalk().recognizes(try JSONDocument(JSONWriter.bytes(call)).root) == false)
        #expect(try Fixtures.event(call).kind == .other)
    }

    @Test(
        arguments: [
            (["event": "push", "type": "message", "entity": [:], "refers": [:]], true),
            (["event": "push", "type": "Meeting", "entity": [:]], true),
            (["event": "push", "type": "message", "refers": [:]], true),
            (["event": "push", "type": "message", "entity": .null], true),
            (["event": .null, "type": .null, "entity": .null, "refers": .null], true),
            (["type": "message", "entity": [:]], true), (["type": "Message", "_id": "x", "visitor": [:]], false),
            (["event": "push", "type": "message"], false), (["resource": "Message", "event": "CREATE", "payload": [:]], false),
            (["entity": [:]], false), ([:], false),
        ] as [(Value, Bool)])
    func itsShapeIsRecognized(body: Value, isRecognized: Bool) throws {
        let root = try JSONDocument(JSONWriter.bytes(body)).root
        #expect(ChannelTalk().recognizes(root) == isRecognized)
    }

    @Test func theProfileHasARowForEveryFeature() {
        #expect(Set(ChannelTalk.profile.capabilities.keys) == Set(Feature.allCases))
    }

    @Test(arguments: VendorActions.all)
    func everythingThatTheProfileOffersCanBeBuilt(action: Action) throws {
        let account = Account(id: "default", vendor: .channeltalk)
        let effect = Fixtures.effect(action)
        if let obstacle = ChannelTalk.profile.obstacle(to: action) {
            #expect(throws: ActionError(obstacle)) { try ChannelTalk().request(for: effect, account: account) }
        } else {
            #expect(throws: Never.self) { try ChannelTalk().request(for: effect, account: account) }
        }
    }
}
