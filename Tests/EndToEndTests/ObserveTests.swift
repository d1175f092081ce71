import Foundation
import JSON
import Model
import Testing

/// What a daemon tells of the rules that it runs: `observe`, `list` and `tail --why`.
@Suite(.timeLimit(.minutes(15))) struct ObserveTests {
    private static let configuration = """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        accounts:
          shop: { vendor: huggy, delivery: print, webhook: { secret: { env: SHOP_TOKEN } } }

        """
    private static let rules = """
        version: 1
        rules:
          - id: quiet
            mode: observe
            priority: 5
            when: [ { text: refund } ]
            do: [ { reply: 'hi {{contact.first_name}}' }, { tag: refund } ]
            once_per: { conversation: 1h }
          - { id: note, when: [ { text: [refund, order] } ], do: [ { note: x } ] }

        """

    private static func agentMessage(_ id: String, chat: Int, text: String) -> String {
        Shop.message(id, chat: chat, text: text).replacingOccurrences(
            of: #""senderType":"widget""#, with: #""senderType":"agent""#
        )
        .replacingOccurrences(of: "2025-01-01 10:40:00", with: "2025-01-01 10:45:00")
    }

    /// Two customers' messages on chat 1, the second after an agent took over; one on chat 2.
    private static let payloads = [
        Shop.message("m1", chat: 1, text: "refund please"),
        agentMessage("m2", chat: 1, text: "I am Bo"),
        Shop.message("m3", chat: 1, text: "refund!").replacingOccurrences(
            of: "10:40:00", with: "10:46:00"),
        Shop.message("m4", chat: 2, text: "a refund"), Shop.message("m5", chat: 2, text: "order"),
    ]

    private static let report: Value = [
        "events": 3, "would_run": 2, "suppressed": ["human": 0, "once_per": 1], "human_handling": 1,
        "handler_unknown": 0,
        "agent_answered": 1, "agent_answered_within_s": 1800, "conversations": 2,
    ]

    private func check(_ found: Value) {
        for entry in Self.report.object?.entries ?? [] {
            #expect(found[entry.key] == entry.value, "\(entry.key): \(found)")
        }
        #expect(found["effects"]?["0"]?["action"] == "reply" && found["effects"]?["0"]?["count"] == 2)
        let example =
            found["effects"]?["0"]?["examples"]?.array?.first { $0["conversation"] == "1" } ?? .null
        #expect(
            example["text"] == "refund please" && example["values"] == [["text": "hi Ana"]], "\(example)")
        #expect(example["agent_answered_at"] == "2025-01-01T13:45:00Z", "\(example)")
        #expect(found["effects"]?["1"]?["action"] == "tag")
    }

    @Test func capturesTellWhatARuleWouldHaveDone() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/shop.yaml")
        try folder.write(Self.payloads.joined(separator: "\n") + "\n", to: "in.jsonl")
        let result = try await Program.run(
            ["observe", "quiet", "--format", "json", "--captures", "in.jsonl"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        check(try JSONDocument(result.output).root.value)
        let text = try await Program.run(
            ["observe", "quiet", "--captures", "in.jsonl"], in: folder.path)
        #expect(
            text.output.contains("  would have run 2 times (1 not, since once_per was not free)\n"),
            "\(text.output)")
        #expect(
            text.output.contains("  an agent answered within 30m after 1 of them\n"), "\(text.output)")
        let unknown = try await Program.run(
            ["observe", "quite", "--captures", "in.jsonl"], in: folder.path)
        #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'quiet'?"))
    }

    @Test func theDaemonTellsWhatItRecorded() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        async let tail = Program.run(
            ["tail", "--why", "--rule", "quiet", "--count", "4", "--format", "json"], in: folder.path)
        await watcher(in: folder)
        for payload in Self.payloads {
            let status = await client.post(payload, to: "http://\(daemon.listen)/webhooks/shop")
            #expect(status == 200)
        }
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        let told = try await tail.output.split(separator: "\n").map {
            try JSONDocument(String($0)).root.value
        }
        #expect(told.map { $0["why"]?["0"]?["rule"] } == ["quiet", "quiet", "quiet", "quiet"])
        #expect(
            told.map { $0["why"]?["0"]?["reason"] } == [
                "suppressed", "suppressed", "suppressed", "missed",
            ])
        #expect(told.allSatisfy { $0["why"]?.array?.count == 1 })

        let result = try await Program.run(["observe", "quiet", "--format", "json"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        check(try JSONDocument(result.output).root.value)
        let unknown = try await Program.run(["observe", "quite"], in: folder.path)
        #expect(unknown.status == 1 && unknown.errors.contains("did you mean 'quiet'?"))

        let list = try await Program.run(["list", "--format", "json"], in: folder.path)
        let rules = try JSONDocument(list.output).root["rules"]?.value.array ?? []
        #expect(rules.map { $0["id"] } == ["quiet", "note"])
        #expect(
            rules.map { $0["ran"] } == [0, 4] && rules.map { $0["held_back"] } == [3, 0], "\(list.output)"
        )
        #expect(rules.last?["last_ran_at"]?.text != nil && rules.first?["last_ran_at"] == .null)
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func withoutADaemonThereIsNothingToTell() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        let result = try await Program.run(["observe", "quiet"], in: folder.path)
        #expect(result.status == 4 && result.errors.contains("no daemon listens"))
        #expect(
            try await Program.run(["observe", "quiet", "--within", "soon"], in: folder.path).status == 2)
        let list = try await Program.run(["list"], in: folder.path)
        #expect(
            list.status == 0 && list.errors.isEmpty && !list.output.contains("RAN"), "\(list.errors)")
    }

    /// Until somebody is watching.
    private func watcher(in folder: TemporaryFolder) async {
        while let status = try? await Program.run(["status", "--format", "json"], in: folder.path),
            status.status == 0
        {
            if (try? JSONDocument(status.output).root["watchers"]?.value) == .integer(1) { return }
        }
    }
}
