import Foundation
import JSON
import Model
import TestSupport
import Testing

/// What OmniChat's webhooks lack, from the webhook to the reply, and as the commands show it.
@Suite(.timeLimit(.minutes(15))) struct EnrichmentTests {
    private static let environment = [
        "SHOP_TOKEN": Shop.token, "SHOP_KEY": "omnichat-api-key-0001", "SHOP_SECRET": "omnichat-api-secret-0001",
    ]

    private static func configuration(api: String) -> String {
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        store: sqlite:bellhop.db
        accounts:
          shop:
            vendor: omnichat
            webhook: { secret: { env: SHOP_TOKEN } }
            api: { base_url: \(api), key: { env: SHOP_KEY }, secret: { env: SHOP_SECRET } }

        """
    }

    private static let rules = """
        version: 1
        rules:
          - id: paid
            on: order.changed
            when: [ { field: { raw.payload.status: PAID } } ]
            do: [ { reply: 'Obrigado, {{contact.first_name}}' } ]
          - id: greet
            when: [ { field: { contact.phone: { starts: '55' } } } ]
            do: [ { reply: 'Oi {{contact.first_name}}, {{contact.phone}}' } ]

        """

    private static func message(_ id: String, chat: String = "c1") -> String {
        """
        {"objectId": "\(id)", "resource": "Message", "event": "CREATE", "timestamp": 1735738800000, "payload": {"objectId": \
        "\(id)", "type": "TEXT", "text": "oi", "status": "INCOMING_RECEIVED", "system": false, "platform": "WAB-OMNICHAT", \
        "chat": {"className": "Chat", "objectId": "\(chat)"}}}
        """
    }

    private static let order = #"{"objectId": "o1", "resource": "Order", "event": "UPDATE", "timestamp": 1735738801000}"#

    private static var api: FakeOmniChat {
        var chat = FakeOmniChat.Chat(status: "WAITING")
        chat.name = "Ana Souza"
        chat.platformID = "5511987654321"
        var api = FakeOmniChat(chats: ["c1": chat])
        api.orders["o1"] = ["status": "PAID", "chat": ["objectId": "c1"]]
        return api
    }

    @Test func theDaemonFetchesWhatItsRulesAsk() async throws {
        let vendor = try FakeVendor(Self.api)
        defer { vendor.stop() }
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration(api: vendor.baseURL), to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/a.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Self.environment)
        let client = try Client()
        let url = "http://\(daemon.listen)/webhooks/shop/\(Shop.token)"
        for body in [Self.message("m1"), Self.order, Self.message("m2"), Self.message("m3", chat: "unknown")] {
            #expect(await client.post(body, to: url) == 200)
        }
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        let sent = vendor.api.chats["c1"]?.messages.map(\.text).sorted()
        #expect(
            sent == ["Obrigado, Ana", "Oi Ana, 5511987654321", "Oi Ana, 5511987654321"])
        let operations = vendor.arrivals.filter { $0.method == "GET" }.compactMap(\.operation)
        #expect(operations.sorted() == ["GET chats", "GET chats/{chat}", "GET chats/{chat}", "GET orders/{order}"])
        #expect(vendor.complaints == [])
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func theDaemonStopsWhileTheVendorDoesNotAnswer() async throws {
        let vendor = try FakeVendor(Self.api, schedule: .always(.hang))
        defer { vendor.stop() }
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration(api: vendor.baseURL), to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/a.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Self.environment)
        let client = try Client()
        #expect(await client.post(Self.message("m1"), to: "http://\(daemon.listen)/webhooks/shop/\(Shop.token)") == 200)
        while vendor.arrivals.isEmpty { await Task.yield() }
        #expect(try await daemon.terminate() == 0)
        vendor.setSchedule(.none)
        let again = try await DaemonProcess.start(in: folder.path, environment: Self.environment)
        await Metrics.wait(client, again, until: Metrics.isDrained)
        #expect(vendor.api.chats["c1"]?.messages.map(\.text) == ["Oi Ana, 5511987654321"])
        #expect(try await again.terminate() == 0)
        await client.close()
    }

    @Test func theCommandsTellWhatTheyDoNotFetch() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        try folder.write(Self.message("m1"), to: "m1.json")
        func lines(_ arguments: [String]) async throws -> [Substring] {
            let result = try await Program.run(arguments, in: folder.path)
            #expect(result.status == 0, "\(result.errors)")
            return result.output.split(separator: "\n")
        }
        let note = "contact.phone: not fetched: dry-run sends nothing"
        let text = try await lines(["dry-run", "--explain", "m1.json"])
        #expect(text.contains("  \(note)"))
        #expect(text.contains { $0.contains("the event has nothing at `contact.phone`; \(note)") })

        let json = try await lines(["dry-run", "--explain", "--format", "json", "m1.json"])
        let decision = try JSONDocument(String(json.first ?? "")).root.value
        #expect(decision["enriched"] == [["field": "contact.phone", "not_fetched": "dry-run sends nothing"]])
        let plain = try await lines(["dry-run", "--format", "json", "m1.json"])
        #expect(try JSONDocument(String(plain.first ?? "")).root.value["enriched"] == nil)

        let explained = try await lines(["explain", "m1.json"])
        #expect(explained.contains("  contact.phone: not fetched: explain sends nothing"))
        let explanation = try await lines(["explain", "--format", "json", "m1.json"])
        #expect(
            try JSONDocument(String(explanation.first ?? "")).root.value["enriched"]
                == [["field": "contact.phone", "not_fetched": "explain sends nothing"]])
    }
}
