import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct ChatwootTests {
    @Test(
        arguments: [
            (["secret-of-16-bytes"], [], ["secret-of-16-bytes"]), ([], ["secret-of-16-bytes"], ["secret-of-16-bytes"]),
            (["a"], ["b"], ["a", "b"]), ([], [], []), (["a", "b"], [], []),
        ] as [([String], [String], [String])])
    func theSecretIsAPartOfTheAddress(path: [String], tokens: [String], presented: [String]) {
        let request = WebhookRequest(
            body: [], headers: [("x-chatwoot-signature", "sha256=00"), ("x-chatwoot-timestamp", "1767607200")],
            pathSuffix: path, query: tokens.map { ("token", $0) }, trust: .secrets([]))
        #expect(Chatwoot().presentedSecrets(in: request, body: nil) == presented.map { Array($0.utf8) })
    }

    @Test func aSignatureAloneIsRefused() {
        let request = WebhookRequest(
            body: Array("{}".utf8), headers: [("x-chatwoot-signature", "secret")], trust: .secrets([Array("secret".utf8)]))
        let account = Account(id: "main", vendor: .chatwoot)
        #expect(throws: WebhookError.unauthorized) {
            try Chatwoot().receive(request, account: account, now: Fixture.receivedAt)
        }
    }

    @Test(
        arguments: [
            (["event": "message_created", "id": 1, "conversation": [:]], true),
            (["event": "conversation_updated", "id": 1, "inbox_id": 2], true),
            (["event": "inbox_created", "id": 1, "account": [:]], true),
            (["event": "contact_updated", "id": 1, "changed_attributes": []], true),
            (["event": "contact_updated", "id": 1], false), (["event": "push", "account": [:]], false),
            (["event": "message_created", "entity": [:], "account": [:]], false), (["event": 1, "account": [:]], false),
            ([:], false),
        ] as [(Value, Bool)])
    func itsShapeIsRecognized(body: Value, isRecognized: Bool) throws {
        #expect(Chatwoot().recognizes(try JSONDocument(JSONWriter.bytes(body)).root) == isRecognized)
    }

    @Test(
        arguments: [
            ("Channel::WebWidget", "webchat"), ("Channel::FacebookPage", "messenger"), ("Channel::Instagram", "instagram"),
            ("Channel::Whatsapp", "whatsapp"), ("Channel::TwilioSms", "sms"), ("Channel::Sms", "sms"),
            ("Channel::Email", "email"), ("Channel::Telegram", "telegram"), ("Channel::Line", "line"), ("Channel::Api", "api"),
            ("Channel::TwitterProfile", "twitter"), ("Channel::Voice", "phone"), ("Channel::Tiktok", "tiktok"), (nil, nil),
        ] as [(String?, String?)])
    func channels(told: String?, channel: String?) throws {
        let conversation = ChatwootBodies.conversation.with(["channel": told.map(Value.string)])
        let event = try Fixture(Chatwoot()).event(ChatwootBodies.message.with(["conversation": conversation]))
        #expect(event.conversation?.channel == channel)
    }

    @Test(
        arguments: [
            ("resolved", nil, .closed), ("resolved", "user", .closed), ("pending", nil, .bot), ("pending", "user", .bot),
            ("open", nil, .queue), ("open", "user", .human), ("open", "agent_bot", .bot), ("snoozed", nil, .queue),
            ("snoozed", "user", .human), (0, nil, .queue), (1, nil, .closed), (2, nil, .bot), (3, "user", .human),
            ("unheard_of", "user", nil), (nil, "user", nil),
        ] as [(Value?, String?, Handler?)])
    func handlers(status: Value?, assignee: String?, handler: Handler?) throws {
        let person = assignee.map { type -> Value in ["id": 12, "name": "Noa", "type": .string(type)] }
        let conversation = ChatwootBodies.conversation.with(["status": status, "meta": ["assignee": person ?? .null]])
        let event = try Fixture(Chatwoot()).event(ChatwootBodies.message.with(["conversation": conversation]))
        #expect(event.conversation?.handler == handler)
    }

    @Test func theUserOfOurTokenIsABot() throws {
        let body = ChatwootBodies.message.with([
            "message_type": "outgoing", "sender": ["id": 7, "name": "Bellhop", "type": "user"],
        ])
        #expect(try Fixture(Chatwoot()).event(body).sender?.role == .agent)
        let event = try Fixture(Chatwoot(), bots: ["7"]).event(body)
        #expect(event.sender == Sender(role: .bot, id: "7", name: "Bellhop"))
        #expect(event.conversation?.handler == .queue)
    }

    /// Whatever the type says, and whoever it is told to be from.
    @Test(
        arguments: [
            ("incoming", "contact", .messageReceived), ("incoming", nil, .messageReceived), (0, nil, .messageReceived),
            ("incoming", "user", .messageSent), ("incoming", "agent_bot", .messageSent), ("outgoing", "contact", .messageSent),
            (1, "user", .messageSent), (3, nil, .messageSent), (2, "user", .other), ("sideways", "contact", .other),
            (nil, "contact", .other),
        ] as [(Value?, String?, EventKind)])
    func onlyAContactsIncomingMessageIsReceived(type: Value?, sender: String?, kind: EventKind) throws {
        let body = ChatwootBodies.message.with([
            "message_type": type, "sender": ["id": 41, "name": "Lena", "type": .optional(sender)],
        ])
        #expect(try Fixture(Chatwoot()).event(body).kind == kind)
    }

    @Test func aPrivateMessageIsNeverReceived() throws {
        let event = try Fixture(Chatwoot()).event(ChatwootBodies.message.with(["private": true]))
        #expect(event.kind == .messageSent)
        #expect(event.message?.type == .note)
    }

    /// The account's webhook and the bot's tell of one change, and a later change of a form comes with its answers again.
    @Test func oneThingHasOneIdentity() throws {
        let fixture = Fixture(Chatwoot())
        let resolved = ChatwootBodies.conversation.with(["status": "resolved", "updated_at": .number(1_767_607_200.125)])
        let ids = try ["conversation_status_changed", "conversation_resolved"].map { word in
            try fixture.event(resolved.with(["event": .string(word)])).id
        }
        #expect(Set(ids) == ["chatwoot:main:closed:118:1767607200.125"])
        let pressed = ChatwootBodies.message.with([
            "event": "message_updated", "message_type": "outgoing", "content_type": "input_select",
            "content_attributes": ["submitted_values": [["title": "Yes", "value": "y"]]],
        ])
        #expect(try fixture.event(pressed).id == fixture.event(pressed.with(["status": "read"])).id)
    }

    @Test(
        arguments: [
            .route(.agent("Noa")), .route(.team("Sales")), .route(.department("0")), .route(.agent("-1")),
            .contact(["email": .null]), .contact(["phone": ""]),
        ] as [Action])
    func whatTheServerWouldMistakeIsAnError(action: Action) {
        #expect(throws: ActionError.self) { try Fixture(Chatwoot()).request(action, conversation: "118", contact: "41") }
    }

    @Test(
        arguments: [
            (["Yes", "No"], "webchat", true), (["Yes", "No"], "telegram", true), (["Yes", "No"], "whatsapp", true),
            (["Yes", "No"], "messenger", false), (["Yes", "No"], "api", false), (["Yes", "No"], nil, false),
            (["Yes", "Yes"], "webchat", false), ([""], "webchat", false),
            (["A label of over 20 chars"], "webchat", true), (["A label of over 20 chars"], "whatsapp", false),
            (["1", "2", "3", "A label of over 20 chars"], "whatsapp", true), ((1...10).map(String.init), "whatsapp", true),
            ((1...11).map(String.init), "whatsapp", false),
        ] as [([String], String?, Bool)])
    func optionsGoWhereTheyCanBePressed(buttons: [String], channel: String?, isNative: Bool) throws {
        let fixture = Fixture(Chatwoot())
        var effect = fixture.effect(.reply(Reply(text: "Which?", buttons: buttons)), conversation: "118")
        effect.target.channel = channel
        guard case .json(let json) = try fixture.vendor.request(for: effect, account: fixture.account).body else {
            Issue.record("no JSON")
            return
        }
        #expect(json["content_type"] == (isNative ? "input_select" : nil))
        #expect(json["content"]?.string?.contains("1. ") == !isNative)
    }

    @Test(arguments: ["https://desk.example.com", "https://desk.example.com/", "https://desk.example.com/api/v1/"])
    func theBaseURLIsTheSiteOrTheAPI(url: String) throws {
        let account = Account(id: "main", vendor: .chatwoot, baseURL: url, settings: ["account_id": "3"])
        let probes = Chatwoot().probes(account: account).map { "\($0.subject.rawValue) \($0.request.url)" }
        #expect(
            probes == [
                "credentials https://desk.example.com/api/v1/profile",
                "teams https://desk.example.com/api/v1/accounts/3/teams",
                "agents https://desk.example.com/api/v1/accounts/3/agents",
            ])
    }
}

private enum ChatwootBodies {
    static let conversation: Value = [
        "id": 118, "inbox_id": 6, "channel": "Channel::WebWidget", "status": "open", "meta": ["assignee": .null],
        "timestamp": 1_767_607_200,
    ]
    static let message: Value = [
        "event": "message_created", "id": 5001, "content": "Hi", "message_type": "incoming", "content_type": "text",
        "private": false, "sender": ["id": 41, "name": "Lena"], "conversation": conversation,
        "created_at": "2026-01-05T10:00:00.000Z",
    ]
}
