import Foundation
import TestSupport
import Testing

/// A dialogue with a call of the shop's own system, over TCP on every side.
@Suite(.timeLimit(.minutes(15))) struct FlowTests {
    private static func rules(_ shop: String) -> String {
        """
        version: 1
        rules:
          - id: where-is-it
            when: [ { text: [pedido, encomenda] } ]
            do: [ { start: order-status } ]
        flows:
          - id: order-status
            start: menu
            expires: 24h
            steps:
              menu:
                say: Como posso ajudar?
                choices:
                  - { label: Meu pedido, keywords: [entrega], next: ask }
                  - { label: Falar com alguém, next: handoff }
              ask:
                say: Qual é o número?
                expect:
                  - when: [ { text: { regex: '(?<order>[0-9]{4,})' } } ]
                    set: { order: '{{match.order}}' }
                    next: lookup
                otherwise: { say: São 4 ou mais dígitos., times: 2, next: handoff }
              lookup:
                say: Um momento.
                do: [ { http: { url: '\(shop)/orders/{{vars.order}}', save: info, timeout: 5s } } ]
                next: [ { when: [ { field: { vars.info.status: 200 } } ], step: answer }, { step: failed } ]
              answer: { say: 'Pedido {{vars.order}}: {{vars.info.json.state}}', end: true }
              failed: { say: 'Não sei ({{vars.info.error}}).', do: [ { route: { department: billing } } ], end: true }
              handoff: { do: [ { route: { department: billing } } ], end: true }

        """
    }

    private struct Site {
        let folder: TemporaryFolder
        let daemon: DaemonProcess
        let client: Client

        func say(_ texts: [String], chat: Int) async {
            for (number, text) in texts.enumerated() {
                let message = Shop.message("c\(chat)m\(number)", chat: chat, text: text)
                let status = await client.post(message, to: "http://\(daemon.listen)/webhooks/shop")
                #expect(status == 200)
            }
        }
    }

    private func site(api: LoopbackServer, shop: LoopbackServer) async throws -> Site {
        let folder = try TemporaryFolder()
        let allowed = "http_actions: { allow: ['127.0.0.1:\(shop.port)'] }\n"
        try folder.write(Shop.configuration(api: api.url("")) + allowed, to: "bellhop.yaml")
        try folder.write(Self.rules(shop.url("")), to: "rules/shop.yaml")
        let check = try await Program.run(["check"], in: folder.path)
        #expect(check.status == 0, "\(check.errors)\(check.output)")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        return Site(folder: folder, daemon: daemon, client: try Client())
    }

    /// What arrived for a chat.
    private func texts(_ api: LoopbackServer, chat: Int) -> [String] {
        api.requests.filter { $0.head.first?.contains("/chats/\(chat)/") == true }.map(\.body)
    }

    @Test func anOrdersStateComesFromTheShopsSystem() async throws {
        let (api, shop) = (
            try LoopbackServer(),
            try LoopbackServer { request in
                let isKnown = request.head.first?.hasPrefix("GET /orders/12345 ") == true
                return .text(
                    LoopbackServer.ok(
                        #"{"state":"\#(isKnown ? "enviado" : "desconhecido")"}"#, headers: "Content-Type: application/json\r\n"))
            }
        )
        defer {
            api.stop()
            shop.stop()
        }
        let site = try await site(api: api, shop: shop)
        await site.say(["onde está meu pedido?", "1", "abc", "é 12345, obrigada"], chat: 1)
        await site.say(["minha encomenda", "entrega", "99999"], chat: 2)
        await Metrics.wait(site.client, site.daemon) { Metrics.isDrained($0) && api.requests.count >= 9 }
        let metrics = await site.client.get("http://\(site.daemon.admin)/metrics")
        #expect(metrics.map { Metrics.values($0.body)[#"bellhop_flow_ends_total{reason="end"}"#] } == 2)
        #expect(try await site.daemon.terminate() == 0)
        await site.client.close()

        let options = #"[{"id":"1","title":"Meu pedido"},{"id":"2","title":"Falar com alguém"}]"#
        let menu = #"{"text":"Como posso ajudar?","options":\#(options)}"#
        let ask = #"{"text":"Qual é o número?"}"#
        #expect(
            texts(api, chat: 1) == [
                menu, ask, #"{"text":"São 4 ou mais dígitos."}"#, #"{"text":"Um momento."}"#,
                #"{"text":"Pedido 12345: enviado"}"#,
            ])
        #expect(
            texts(api, chat: 2) == [
                menu, ask, #"{"text":"Um momento."}"#, #"{"text":"Pedido 99999: desconhecido"}"#,
            ])
        #expect(shop.requests.count == 2)
        #expect(!shop.requests.contains { $0.head.contains { $0.lowercased().hasPrefix("authorization") } })
    }

    @Test func aShopThatIsDownIsAFailureTheFlowHandles() async throws {
        let (api, shop) = (try LoopbackServer(), try LoopbackServer())
        defer { api.stop() }
        let site = try await site(api: api, shop: shop)
        shop.stop()
        await site.say(["meu pedido", "1", "12345"], chat: 1)
        await Metrics.wait(site.client, site.daemon) { Metrics.isDrained($0) && self.texts(api, chat: 1).count >= 5 }
        #expect(try await site.daemon.terminate() == 0)
        await site.client.close()
        #expect(texts(api, chat: 1).dropFirst(3).first == #"{"text":"Não sei (not_sent)."}"#)
        #expect(api.requests.last?.head.first?.contains("/chats/1/") == true)
        #expect(!site.daemon.lines.contains { $0.contains("level=error") })
    }
}
