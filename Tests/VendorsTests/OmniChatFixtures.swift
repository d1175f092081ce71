import JSON
import Model
import Testing
import VendorKit
import Vendors

/// Webhook bodies and effects of OmniChat for its tests.
enum OmniChatFixtures {
    static let account = Account(
        id: "main", vendor: .omnichat,
        names: .init(departments: ["Billing": "T1"], teams: ["Vendas": "T2"], agents: ["Ana": "U1"]), bots: ["B0t"])

    static let receivedAt = Instant(milliseconds: 1_767_614_400_000)

    /// A customer's message, with members replaced, or left out where the replacement is nil.
    static func message(_ changes: [String: Value?] = [:]) -> Value {
        var payload: Value.Object = [
            "chat": ["className": "Chat", "objectId": "chat1"], "platform": "WAB-OMNICHAT",
            "status": "INCOMING_RECEIVED", "system": false, "type": "TEXT", "text": "oi",
            "createdAt": "2023-04-18T13:47:35.255Z", "updatedAt": "2023-04-18T13:47:35.255Z", "objectId": "msg1",
        ]
        for (key, value) in changes { payload[key] = value }
        return .object(payload)
    }

    static func body(_ payload: Value?, _ changes: [String: Value?] = [:]) -> Value {
        var body: Value.Object = [
            "objectId": "msg1", "resource": "Message", "event": "CREATE", "timestamp": 1_681_825_655_283,
        ]
        body["payload"] = payload
        for (key, value) in changes { body[key] = value }
        return .object(body)
    }

    static func event(_ body: Value, account: Account = account) throws -> Event {
        let request = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
        let events = try OmniChat().receive(request, account: account, now: receivedAt).events
        #expect(events.count == 1)
        return try #require(events.first)
    }

    static func effect(_ action: Action, conversation: String? = "chat1", channel: String? = "whatsapp") -> Effect {
        Effect(
            key: "e1/rule/0", eventID: "e1", rule: "rule",
            ruleAt: SourcePosition(file: "rules/a.yaml", line: 1, column: 1), action: action,
            target: EffectTarget(
                account: "main", vendor: .omnichat, conversationID: conversation, contactID: nil, channel: channel,
                tags: []))
    }

    static func pointer(_ id: String) -> Value { ["className": "_User", "objectId": .string(id)] }
}
