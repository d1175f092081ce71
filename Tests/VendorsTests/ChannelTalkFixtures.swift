import JSON
import Model
import Testing
import VendorKit
import Vendors

/// Webhook bodies and effects of Channel Talk for its tests.
enum ChannelTalkFixtures {
    static let account = Account(
        id: "main", vendor: .channeltalk, names: .init(agents: ["Koala": "60125"]), bots: ["900", "robot"],
        settings: ["bot_name": "Shop Helper"])

    static let receivedAt = Instant(milliseconds: 1_767_614_400_000)

    static let user: Value = ["id": "u1", "name": "Kim Chulsoo", "profile": ["plan": "pro"]]
    static let manager: Value = ["id": "60125", "name": "Koala", "username": "koala", "email": "koala@example.com"]
    static let bot: Value = ["id": "153", "name": "Shop Helper"]

    /// An open chat without an assignee, with members replaced, or left out where the replacement is nil.
    static func chat(_ changes: [String: Value?] = [:]) -> Value {
        replacing(["id": "c1", "state": "opened", "openedAt": 1_743_820_002_000, "userId": "u1"], changes)
    }

    /// A customer's message, with members replaced.
    static func message(_ changes: [String: Value?] = [:]) -> Value {
        replacing(
            [
                "id": "m1", "chatType": "userChat", "chatId": "c1", "personType": "user", "personId": "u1",
                "createdAt": 1_743_820_002_000, "plainText": "hi",
            ], changes)
    }

    static func managersMessage(_ changes: [String: Value?] = [:]) -> Value {
        message(["personType": "manager", "personId": "60125"].merging(changes) { $1 })
    }

    static func log(_ log: Value) -> Value {
        managersMessage(["plainText": nil, "log": log])
    }

    static func body(
        _ entity: Value?, type: String = "message", event: String = "push", chat: Value? = chat(),
        refers: [String: Value?] = [:]
    ) -> Value {
        var referred: Value.Object = ["user": user, "manager": manager, "bot": bot]
        referred["userChat"] = chat
        var body: Value.Object = ["event": .string(event), "type": .string(type)]
        body["entity"] = entity
        body["refers"] = replacing(referred, refers)
        return .object(body)
    }

    static func replacing(_ object: Value.Object, _ changes: [String: Value?]) -> Value {
        var object = object
        for (key, value) in changes.sorted(by: { $0.key < $1.key }) { object[key] = value }
        return .object(object)
    }

    static func event(_ body: Value, account: Account = account) throws -> Event {
        let request = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
        let events = try ChannelTalk().receive(request, account: account, now: receivedAt).events
        #expect(events.count == 1)
        return try #require(events.first)
    }

    static func effect(
        _ action: Action, conversation: String? = "c1", contact: String? = "u1", channel: String? = "webchat"
    ) -> Effect {
        Effect(
            key: "e1/rule/0", eventID: "e1", rule: "rule",
            ruleAt: SourcePosition(file: "rules/a.yaml", line: 1, column: 1), action: action,
            target: EffectTarget(
                account: "main", vendor: .channeltalk, conversationID: conversation, contactID: contact,
                channel: channel, tags: []))
    }
}
