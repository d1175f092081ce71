import Foundation
import JSON
import Model
import TestSupport
import Testing

/// The daemon as a process, a real HTTP server in the vendor's place, everything over TCP.
@Suite(.timeLimit(.minutes(15))) struct ServeTests {
    /// A shop's folder with configuration and rules.
    private func shop(api: LoopbackServer, rules: String = Shop.rules) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        try folder.write(rules, to: "rules/shop.yaml")
        return folder
    }

    private func url(_ daemon: DaemonProcess) -> String { "http://\(daemon.listen)/webhooks/shop" }

    /// What arrived, as `dry-run` shows requests.
    private func shown(_ request: LoopbackServer.Request, base: String) -> String {
        let words = (request.head.first ?? "").split(separator: " ")
        guard words.count == 3 else { return request.head.joined(separator: "|") }
        let body = (try? JSONDocument(request.body).root.value).map { JSONWriter.string($0) } ?? request.body
        return "\(words[0]) \(base)\(words[1]) \(body)"
    }

    /// The calls of one line of `dry-run --format json`.
    private static func calls(in line: String) throws -> [String] {
        (try JSONDocument(line).root["effects"]?.elements ?? []).map { effect in
            let request = effect["request"]?.value ?? .null
            let json = request["json"].map { JSONWriter.string($0) } ?? ""
            return "\(request["method"]?.string ?? "") \(request["url"]?.string ?? "") \(json)"
        }
    }

    @Test func theVendorReceivesExactlyWhatDryRunShows() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let messages = (1...20).map { Shop.message("m\($0)", chat: $0 % 3, text: "order \($0)") }
        for (index, message) in messages.enumerated() {
            try folder.write(message, to: "captures/\(String(format: "%02d", index)).json")
        }
        let dryRun = try await Program.run(["dry-run", "--format", "json", "captures"], in: folder.path)
        #expect(dryRun.status == 0, "\(dryRun.errors)")
        let planned = try dryRun.output.split(separator: "\n").flatMap { try Self.calls(in: String($0)) }
        #expect(planned.count == 60)

        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        for message in messages { #expect(await client.post(message, to: url(daemon)) == 200) }
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        // Sent again: 200, and nothing more.
        for message in messages { #expect(await client.post(message, to: url(daemon)) == 200) }
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        #expect(try await daemon.terminate() == 0)
        await client.close()

        let received = api.requests
        let calls = received.map { shown($0, base: api.url("")) }
        #expect(calls.sorted() == planned.sorted())
        // In order within each conversation; conversations do not wait for each other.
        for chat in ["0", "1", "2"] {
            #expect(calls.filter { $0.contains("/chats/\(chat)/") } == planned.filter { $0.contains("/chats/\(chat)/") })
        }
        for request in received {
            #expect(request.head.contains { $0.lowercased() == "authorization: bearer api-secret-of-the-shop" })
        }
    }

    @Test func refusesStrangers() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        let wrong = Shop.message("m1", chat: 1, text: "order 1").replacingOccurrences(
            of: Shop.token, with: String(repeating: "x", count: 32))
        #expect(await client.post(wrong, to: url(daemon)) == 401)
        #expect(await client.post("{}", to: url(daemon)) == 401)
        #expect(await client.post("no json", to: url(daemon)) == 400)
        #expect(await client.post(wrong, to: "http://\(daemon.listen)/webhooks/nobody") == 404)
        #expect(await client.get(url(daemon))?.status == 405)
        #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
        #expect(await client.get("http://\(daemon.listen)/metrics")?.status == 404)
        #expect(try await daemon.terminate() == 0)
        await client.close()
        #expect(api.requests.isEmpty)
    }

    @Test func aBadSetLeavesTheOldRules() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        try folder.write("version: 1\nrules: [ { id: broken } ]\n", to: "rules/shop.yaml")
        var seen = daemon.lines.count
        daemon.signal(SIGHUP)
        #expect(try await daemon.wait(for: "shop.yaml:2", from: seen) != nil)
        #expect(await client.post(Shop.message("m1", chat: 1, text: "order 1"), to: url(daemon)) == 200)
        await Metrics.wait(client, daemon) { Metrics.isDrained($0) && api.requests.count >= 3 }

        try folder.write(Shop.rules.replacingOccurrences(of: "got ", with: "now "), to: "rules/shop.yaml")
        seen = daemon.lines.count
        daemon.signal(SIGHUP)
        #expect(try await daemon.wait(for: "revision=", from: seen) != nil)
        #expect(await client.post(Shop.message("m2", chat: 1, text: "order 2"), to: url(daemon)) == 200)
        await Metrics.wait(client, daemon) { Metrics.isDrained($0) && api.requests.count >= 6 }
        #expect(try await daemon.terminate() == 0)
        await client.close()
        let replies = api.requests.map(\.body).filter { $0.contains("order") }
        #expect(replies == [#"{"text":"got order 1"}"#, #"{"text":"now order 2"}"#])
    }
}
