import JSON
import Model
import VendorKit
import Vendors

/// What targets have at hand besides their input.
enum Ground {
    static let now = Instant(seconds: 1_772_629_200)

    struct Desk: Sendable {
        var vendor: any Vendor
        var account: Account
    }

    /// An account of each vendor.
    static let desks = VendorCatalog.ids.compactMap { id in
        VendorCatalog.vendor(id).map { Desk(vendor: $0, account: Account(id: "main", vendor: id)) }
    }

    static let huggy = Desk(vendor: Huggy(), account: Account(id: "main", vendor: .huggy))

    /// A customer's message.
    static func message(_ text: String, number: Int) -> Event? {
        let message: Value = [
            "id": .string("m\(number)"), "body": .string(text), "senderType": "widget", "sender": ["id": 7, "name": "Ana"],
            "customer": ["id": 7, "name": "Ana"], "chat": ["id": 9, "channel": "widget", "situation": "auto"],
        ]
        let body: Value = ["time": 1_772_629_200, "token": "t", "messages": ["receivedAllMessage": .array([message])]]
        let webhook = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
        return try? huggy.vendor.receive(webhook, account: huggy.account, now: now).events.first
    }

    static let rules = """
        version: 1
        lists: { greetings: [oi, hello] }
        rules:
          - id: greet
            when: [ { text: { any: [$greetings] } } ]
            do: [ { reply: 'Olá {{contact.first_name}}' } ]
          - id: order
            when: [ { text: { regex: 'pedido (?<order>[0-9]+)' } } ]
            do: [ { set: { order: '{{match.order}}' } }, { start: menu } ]
        flows:
          - id: menu
            steps:
              - id: ask
                say: 'a ou b?'
                choices: [ { text: a, next: end }, { text: b, next: end } ]

        """
}
