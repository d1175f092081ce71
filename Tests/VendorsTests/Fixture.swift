import JSON
import Model
import Testing
import VendorKit
import Vendors

/// Bodies, events and effects for the tests of one vendor.
struct Fixture {
    let vendor: any Vendor
    var account: Account

    static let receivedAt = Instant(milliseconds: 1_767_614_400_000)

    init(_ vendor: any Vendor, bots: [String] = [], timeZone: String? = nil) {
        self.vendor = vendor
        account = Account(id: "main", vendor: vendor.profile.id, timeZone: timeZone, bots: bots)
    }

    func events(_ body: Value, isReceiptKnown: Bool = true) throws -> [Event] {
        let request = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
        return try vendor.receive(request, account: account, now: Fixture.receivedAt, isReceiptKnown: isReceiptKnown).events
    }

    /// The one event of a body.
    func event(_ body: Value, isReceiptKnown: Bool = true) throws -> Event {
        let events = try events(body, isReceiptKnown: isReceiptKnown)
        #expect(events.count == 1)
        return try #require(events.first)
    }

    func effect(
        _ action: Action, conversation: String? = "room1", contact: String? = "contact1", tags: [String] = []
    ) -> Effect {
        Effect(
            key: "e1|rule|0", eventID: "e1", rule: "rule",
            ruleAt: SourcePosition(file: "rules/a.yaml", line: 1, column: 1), action: action,
            target: EffectTarget(
                account: "main", vendor: vendor.profile.id, conversationID: conversation, contactID: contact,
                channel: nil, tags: tags))
    }

    func request(_ action: Action, conversation: String? = "room1", contact: String? = "contact1") throws -> VendorRequest {
        try vendor.request(for: effect(action, conversation: conversation, contact: contact), account: account)
    }
}

extension Value {
    /// This object with some members replaced, or left out where the replacement is nil.
    func with(_ changes: KeyValuePairs<String, Value?>) -> Value {
        var object = object ?? [:]
        for (key, value) in changes { object[key] = value }
        return .object(object)
    }
}
