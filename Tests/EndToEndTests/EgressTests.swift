import Foundation
import TestSupport
import Testing

/// What the real daemon calls, and what it does not (S5, T36).
@Suite(.timeLimit(.minutes(15))) struct EgressTests {
    private static func rules(_ url: String, save: Bool) -> String {
        """
        version: 1
        rules:
          - id: ask
            when: [ { text: 'order*' } ]
            do:
              - http: { url: '\(url)/private-path/{{message.text}}?q={{message.text}}', json: { n: 1 }\(save ? ", save: info" : "") }

        """
    }

    /// A message to a shop whose rules call a listener by the name `erp.localhost`, which is this machine whoever is asked; a
    /// proxy of the environment is another listener.
    private func ran(
        _ httpActions: String, save: Bool = false
    ) async throws -> (calls: Int, proxied: Int, log: [String], metrics: [String: Double], blame: String) {
        let (listener, proxy) = (try LoopbackServer(), try LoopbackServer())
        defer { for server in [listener, proxy] { server.stop() } }
        let folder = try TemporaryFolder()
        let configuration = Shop.configuration(api: listener.url("/vendor")) + "http_actions: { \(httpActions) }\n"
        try folder.write(configuration, to: "bellhop.yaml")
        try folder.write(Self.rules("http://erp.localhost:\(listener.port)", save: save), to: "rules/shop.yaml")
        var environment = Shop.environment
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            environment[name] = "http://127.0.0.1:\(proxy.port)"
        }
        let daemon = try await DaemonProcess.start(in: folder.path, environment: environment)
        let client = try Client()
        let status = await client.post(
            Shop.message("m1", chat: 5, text: "order secret-word"), to: "http://\(daemon.listen)/webhooks/shop")
        #expect(status == 200)
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        let metrics = await client.get("http://\(daemon.admin)/metrics").map { Metrics.values($0.body) } ?? [:]
        let blame = try await Program.run(["blame", "5", "--account", "shop"], in: folder.path)
        #expect(try await daemon.terminate() == 0)
        await client.close()
        return (listener.requests.count, proxy.connections, daemon.lines, metrics, blame.output)
    }

    private static let forbidden =
        #"bellhop_delivery_attempts_total{vendor="huggy",account="shop",outcome="forbidden"}"#

    @Test func aNameThatLeadsToThisMachineIsNotCalled() async throws {
        let run = try await ran("allow: ['erp.localhost', '*.localhost', '127.0.0.1']")
        #expect(run.calls == 0 && run.proxied == 0)
        #expect(run.metrics[Self.forbidden] == 1)
        #expect(run.metrics[#"bellhop_dead_letters_total{vendor="huggy",reason="refused"}"#] == 1)
        let lines = run.log.filter { $0.contains("level=error") }
        #expect(
            lines.count == 1 && lines.allSatisfy { $0.contains("outcome=forbidden") && $0.contains("reason=refused") }, "\(lines)"
        )
        #expect(!run.log.contains { $0.contains("private-path") || $0.contains("secret-word") })
        #expect(run.blame.contains("http_actions.allow_networks"), "\(run.blame)")
    }

    @Test func aSavedCallIsAnsweredAndToldToo() async throws {
        let run = try await ran("allow: [erp.localhost], allow_networks: [10.0.0.0/8]", save: true)
        #expect(run.calls == 0 && run.proxied == 0)
        let lines = run.log.filter { $0.contains("level=warning") && $0.contains("outcome=forbidden") }
        #expect(lines.count == 1, "\(run.log)")
    }

    @Test func anExceptedNetworkIsCalledWithoutTheProxyOfTheEnvironment() async throws {
        let run = try await ran("allow: [erp.localhost], allow_networks: [127.0.0.0/8, '::1']")
        #expect(run.calls == 1 && run.proxied == 0)
        #expect(run.metrics[Self.forbidden] ?? 0 == 0)
    }
}
