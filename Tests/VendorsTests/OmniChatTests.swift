import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct OmniChatTests {
    @Test(
        arguments: [
            (["secret-of-16-bytes"], [], ["secret-of-16-bytes"]), ([], ["secret-of-16-bytes"], ["secret-of-16-bytes"]),
            (["a"], ["b", "c"], ["a", "b", "c"]), ([], [], []), (["a", "b"], [], []),
        ] as [([String], [String], [String])])
    func theSecretIsAPartOfTheAddress(path: [String], tokens: [String], presented: [String]) {
        let request = WebhookRequest(
            body: [], headers: [("token", "other")], pathSuffix: path,
            query: tokens.map { ("token", $0) } + [("key", "other")], trust: .secrets([]))
        #expect(OmniChat().presentedSecrets(in: request, body: nil) == presented.map { Array($0.utf8) })
    }

    @Test func aWrongSecretIsRefusedBeforeTheBodyIsRead() {
        let request = WebhookRequest(
            body: Array("no JSON".utf8), pathSuffix: ["wrong"], trust: .secrets([Array("secret".utf8)]))
        #expect(throws: WebhookError.unauthorized) {
            try OmniChat().receive(request, account: OmniChatFixtures.account, now: OmniChatFixtures.receivedAt)
        }
    }

    @Test(arguments: ["", "[]", "7", "[{}]", "{"])
    func whatIsNoObjectIsRefused(body: String) {
        let request = WebhookRequest(
            body: Array(body.utf8), pathSuffix: ["secret"], trust: .secrets([Array("secret".utf8)]))
        #expect(throws: WebhookError.notAnObject) {
            try OmniChat().receive(request, account: OmniChatFixtures.account, now: OmniChatFixtures.receivedAt)
        }
    }

    @Test func anAcceptedWebhookIsAnsweredWithAnEmptyObject() throws {
        let request = WebhookRequest(
            body: Array("{}".utf8), query: [("token", "secret")], trust: .secrets([Array("secret".utf8)]))
        let receipt = try OmniChat().receive(
            request, account: OmniChatFixtures.account, now: OmniChatFixtures.receivedAt)
        #expect(receipt.reply == .emptyObject)
        #expect(receipt.events.map(\.kind) == [.other])
        #expect(receipt.events.map(\.raw) == [Array("{}".utf8)])
    }

    @Test(
        arguments: [
            (["objectId": "a", "resource": "Order", "event": "CREATE", "timestamp": 1], true),
            (["resource": "Order", "event": "CREATE", "payload": .null], true),
            (["objectId": "a", "resource": "Message", "event": .null, "timestamp": 1], true),
            (["objectId": "a", "resource": "Message", "payload": [:]], true),
            (["objectId": "a", "event": "CREATE", "payload": [:]], true),
            (["resource": "Order", "event": "CREATE"], false), (["event": "a", "timestamp": 1, "payload": [:]], false),
            (["event": "push", "type": "message", "entity": [:]], false), ([:], false),
        ] as [(Value, Bool)])
    func itsShapeIsRecognized(body: Value, isRecognized: Bool) throws {
        let root = try JSONDocument(JSONWriter.bytes(body)).root
        #expect(OmniChat().recognizes(root) == isRecognized)
    }

    @Test func aCallOfItsRemoteBotIsNoWebhook() throws {
        let call: Value = [
            "chat": ["objectId": "dE5fgIIi8o", "platform": "WEBCHAT"], "handlerId": "CONSULTA_PEDIDO",
            "customerSupportRequestId": "iNt3r4ct10",
        ]
        #expect(OmniChat().recognizes(try JSONDocument(JSONWriter.bytes(call)).root) == false)
        #expect(try OmniChatFixtures.event(call).kind == .other)
    }

    @Test func theProfileHasARowForEveryFeature() {
        #expect(Set(OmniChat.profile.capabilities.keys) == Set(Feature.allCases))
    }

    @Test(arguments: VendorActions.all)
    func everythingThatTheProfileOffersCanBeBuilt(action: Action) throws {
        let effect = OmniChatFixtures.effect(action)
        if let obstacle = OmniChat.profile.obstacle(to: action) {
            #expect(throws: ActionError(obstacle)) {
                try OmniChat().request(for: effect, account: OmniChatFixtures.account)
            }
        } else {
            #expect(throws: Never.self) { try OmniChat().request(for: effect, account: OmniChatFixtures.account) }
        }
    }
}

/// Actions that need every row of the capability matrix, one or more at a time.
enum VendorActions {
    static let all: [Action] = [
        .reply(Reply(text: "a")), .reply(Reply(text: "a", buttons: ["b"])), .reply(Reply(text: "a", file: "https://f.example")),
        .reply(Reply(text: "", buttons: ["b"], file: "https://f.example")), .note("a"), .route(.department("a")),
        .route(.team("a")), .route(.agent("a")), .route(.queue), .tag(["a"], of: .conversation),
        .untag(["a"], of: .conversation), .tag(["a"], of: .contact), .untag(["a"], of: .contact), .close(Closing()),
        .close(Closing(comment: "a")), .close(Closing(tags: ["a"])), .close(Closing(comment: "a", tags: ["b"])),
        .contact(["a": "b"]), .call(VendorCall(method: "GET", path: "/a")),
    ]
}
