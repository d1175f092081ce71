import Foundation
import JSON
import Model
import Synchronization
import TestSupport
import Testing

/// The commands that talk to a running daemon, as a user types them.
@Suite(.timeLimit(.minutes(15))) struct ControlTests {
    private static let commands: [[String]] = [
        ["status"], ["reload"], ["tail"], ["dead-letters", "list"], ["dead-letters", "show", "effect-1"],
        ["dead-letters", "retry", "effect-1"], ["dead-letters", "discard", "event-1"], ["blame", "991"],
        ["captures", "export"], ["captures", "prune"], ["captures", "import", "-"],
    ]

    private func shop(api: LoopbackServer) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        try folder.write(Shop.rules, to: "rules/shop.yaml")
        return folder
    }

    private func drained(_ daemon: DaemonProcess, _ client: Client, _ text: String, id: String = "m1") async {
        let answer = await client.post(Shop.message(id, chat: 5, text: text), to: "http://\(daemon.listen)/webhooks/shop")
        #expect(answer == 200)
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
    }

    @Test(arguments: commands)
    func withoutADaemonTheExitIs4(command: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write("listen: 127.0.0.1:0\n", to: "bellhop.yaml")
        let result = try await Program.run(command, in: folder.path)
        #expect(result.status == 4)
        #expect(result.errors.contains("no daemon listens on run/bellhop.sock"))
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        ["dead-letters", "show", "12"], ["dead-letters", "retry"], ["dead-letters", "retry", "--all", "effect-1"],
        ["dead-letters", "list", "--reason", "nothing"], ["blame"], ["tail", "--count", "0"],
        ["captures", "export", "--since", "soon"],
        ["captures", "export", "--kind", "message"],
    ])
    func aWrongCommandLineIs2(command: [String]) async throws {
        let folder = try TemporaryFolder()
        let result = try await Program.run(command, in: folder.path)
        #expect(result.status == 2, "\(result.errors)")
    }

    @Test func statusAndReloadTellAndDecideTheExit() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let status = try await Program.run(["status"], in: folder.path)
        #expect(status.status == 0, "\(status.errors)")
        #expect(status.output.contains("ready\n") && status.output.contains(daemon.listen))

        try folder.write(Shop.rules.replacingOccurrences(of: "got ", with: "now "), to: "rules/shop.yaml")
        let reload = try await Program.run(["reload"], in: folder.path)
        #expect(reload.status == 0)
        #expect(reload.output.hasPrefix("changed  rule echo  rules/shop.yaml:3:5\n1 rule in use, revision "))
        let again = try await Program.run(["reload"], in: folder.path)
        #expect(again.output.hasPrefix("nothing changed\n"))

        try folder.write("version: 1\nrules: [ { id: broken } ]\n", to: "rules/shop.yaml")
        let refused = try await Program.run(["reload"], in: folder.path)
        #expect(refused.status == 1)
        #expect(refused.output.contains("--> rules/shop.yaml:2:10"))
        #expect(refused.errors.contains("the old ones stay"))
        let asJSON = try await Program.run(["reload", "--format", "json"], in: folder.path)
        #expect(asJSON.status == 1)
        #expect(try JSONDocument(asJSON.output).root["diagnostics"]?[0]?["line"]?.text == "2")
        #expect(try await daemon.terminate() == 0)
        #expect(try await Program.run(["status"], in: folder.path).status == 4)
    }

    @Test func tailSaysWhatDryRunSays() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let message = Shop.message("m1", chat: 5, text: "order 1")
        try folder.write(message, to: "m1.json")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        async let text = Program.run(["tail", "--count", "1", "--account", "shop"], in: folder.path)
        async let json = Program.run(["tail", "--count", "1", "--rule", "echo", "--format", "json"], in: folder.path)
        await watchers(2, in: folder)
        await drained(daemon, client, "order 1")
        let shown = try await text
        let dryRun = try await Program.run(["dry-run", "m1.json"], in: folder.path)
        #expect(shown.status == 0 && shown.output == dryRun.output, "\(shown.output)\(dryRun.output)")
        let line = try JSONDocument(try await json.output).root
        let dryLine = try JSONDocument(
            try await Program.run(["dry-run", "--format", "json", "m1.json"], in: folder.path).output
        ).root
        for key in ["schema", "event", "rules", "effects", "flow"] { #expect(line[key]?.value == dryLine[key]?.value) }
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func aDeadLetterIsShownRetriedAndBlamed() async throws {
        let refuses = Flag()
        let api = try LoopbackServer { _ in
            .text(refuses.isRaised ? LoopbackServer.ok(#"{"id": 991}"#) : "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
        }
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        await drained(daemon, client, "order 1")
        #expect(api.requests.count == 1)

        let list = try await Program.run(["dead-letters", "list", "--format", "json"], in: folder.path)
        let letter = try JSONDocument(list.output).root
        let id = letter["id"]?.string ?? ""
        #expect(letter["effect"]?["action"]?.string == "reply")
        #expect(letter["cancelled"]?.elements.map { $0["action"]?.string } == ["note", "route"])
        let shown = try await Program.run(["dead-letters", "show", id], in: folder.path)
        #expect(shown.status == 0 && shown.output.contains("cancelled with it:"), "\(shown.output)")
        let missing = try await Program.run(["dead-letters", "show", "effect-999"], in: folder.path)
        #expect(missing.status == 1 && missing.errors.contains("there is no dead letter effect-999"))

        refuses.raise()
        let retried = try await Program.run(["dead-letters", "retry", id], in: folder.path)
        #expect(retried.status == 0 && retried.output == "\(id)  3 effects in line again\n")
        await Metrics.wait(client, daemon) { Metrics.isDrained($0) && api.requests.count >= 4 }
        #expect(try await Program.run(["dead-letters", "list"], in: folder.path).output.isEmpty)

        let blame = try await Program.run(["blame", "huggy:shop:message:m1"], in: folder.path)
        #expect(blame.status == 0)
        #expect(blame.output.contains("rule echo  rules/shop.yaml:3:5"), "\(blame.output)")
        #expect(blame.output.contains("\"order 1\""))
        let nobody = try await Program.run(["blame", "nobody"], in: folder.path)
        #expect(nobody.status == 1 && nobody.errors.contains("nothing is known of nobody"))
        let everything = [list, shown, blame].map { $0.output + $0.errors }.joined()
        #expect(!Shop.environment.values.contains { everything.contains($0) })
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func capturesAreExportedForDryRun() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        await drained(daemon, client, "order 1")
        await drained(daemon, client, "hello", id: "m2")
        let all = try await Program.run(["captures", "export"], in: folder.path)
        #expect(all.status == 0 && all.output.split(separator: "\n").count == 2)
        #expect(!all.output.contains(Shop.token))
        let matched = try await Program.run(
            ["captures", "export", "--quiet", "--matched", "echo", "--since", "1h"], in: folder.path)
        #expect(matched.output.split(separator: "\n").count == 1 && matched.errors.isEmpty)
        let dryRun = try await Program.run(["dry-run", "--format", "json", "-"], in: folder.path, input: matched.output)
        #expect(dryRun.status == 0)
        #expect(try JSONDocument(dryRun.output).root["event"]?["id"]?.string == "huggy:shop:message:m1")
        let pruned = try await Program.run(["captures", "prune"], in: folder.path)
        #expect(pruned.status == 0 && pruned.output == "nothing to remove\n")
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func capturesAreImportedAndComeBack() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        await drained(daemon, client, "order 1")
        let export = try await Program.run(["captures", "export", "--quiet"], in: folder.path)
        let again = try await Program.run(["captures", "import", "-"], in: folder.path, input: export.output)
        #expect(again.status == 0 && again.output == "0 imported, 1 already there\n", "\(again.errors)")

        try folder.write(Shop.message("m2", chat: 6, text: "order 2"), to: "old/m2.json")
        try folder.write(
            [
                #"{"received_at":"2025-01-01T10:00:00.250Z","account":"shop","vendor":"huggy","body":"#
                    + Shop.message("m3", chat: 6, text: "order 3") + "}",
                #"{"account":"nobody","body":{}}"#, "",
                #"{"vendor":"nobody","received_at":"2025-01-01T10:00:00Z","body":{}}"#,
                #"{"received_at":"yesterday","account":"shop","body":{}}"#,
            ].joined(separator: "\n"), to: "old/day.jsonl")
        let inputs = ["captures", "import", "old", "missing.json"]
        let result = try await Program.run(inputs + ["--format", "json"], in: folder.path)
        #expect(result.status == 1)
        #expect(result.output == #"{"added":2,"known":0,"failed":4,"old":2}"# + "\n")
        let complaints = result.errors.split(separator: "\n").map(String.init)
        #expect(
            Set(complaints.dropLast()) == [
                "old/day.jsonl:2: the daemon has no account 'nobody'", "old/day.jsonl:4: there is no vendor 'nobody'",
                "old/day.jsonl:5: `received_at` is no time with a zone: 'yesterday'",
                "missing.json:1: there is no file or folder missing.json",
            ], "\(result.errors)")
        #expect(complaints.last?.contains("2 of them are older than `captures.keep`") == true)
        #expect(try await Program.run(inputs, in: folder.path).output == "0 imported, 2 already there, 4 refused\n")

        let old = try await Program.run(
            [
                "captures", "export", "--quiet", "--until", "2025-06-01T00:00:00Z", "--account", "shop", "--kind",
                "message.received",
            ], in: folder.path)
        let times = try old.output.split(separator: "\n").map { try JSONDocument(String($0)).root["received_at"]?.string }
        #expect(times == ["2025-01-01T10:00:00.250Z", "2025-01-01T13:40:00Z"])
        #expect(!old.output.contains(Shop.token))
        // Nothing of it was decided or sent.
        #expect(api.requests.count == 3)
        let blame = try await Program.run(["blame", "huggy:shop:message:m2"], in: folder.path)
        #expect(blame.status == 1)
        let pruned = try await Program.run(["captures", "prune"], in: folder.path)
        #expect(pruned.output == "removed 2 captured webhooks\n")
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func withoutCapturesNothingIsKeptBeyondItsDecision() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try shop(api: api)
        try folder.write(Shop.configuration(api: api.url("")) + "captures: { keep: 0 }\n", to: "bellhop.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        await drained(daemon, client, "order 1")
        let pruned = try await Program.run(["captures", "prune"], in: folder.path)
        #expect(pruned.status == 0 && pruned.output == "removed 1 captured webhook\n", "\(pruned.errors)")
        #expect(try await Program.run(["captures", "export", "--quiet"], in: folder.path).output.isEmpty)
        // What was decided is still known, and a redelivery changes nothing.
        await drained(daemon, client, "order 1")
        #expect(api.requests.count == 3)
        let blame = try await Program.run(["blame", "huggy:shop:message:m1"], in: folder.path)
        #expect(blame.status == 0 && blame.output.contains("rule echo"))
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    @Test func anonymousCapturesAreDecidedTheSame() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Shop.rules, to: "rules/shop.yaml")
        let lines = [
            Shop.message("m1", chat: 293_2424, text: "order 1 for Ana Souza, ana@souza.example or +55 11 98765-4321"),
            Shop.message("m2", chat: 293_2424, text: "ana again: order 12345678"),
        ]
        try folder.write(
            lines.joined(separator: "\n").replacingOccurrences(of: "\"id\":7", with: "\"id\":419689"), to: "day.jsonl")
        let result = try await Program.run(["captures", "anonymize", "day.jsonl"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        for personal in ["Ana", "Souza", "souza", "98765", "4321", "2932424", "419689", "12345678", Shop.token] {
            #expect(!result.output.contains(personal), "\(personal) is still in \(result.output)")
        }
        let bodies = try result.output.split(separator: "\n").map { try JSONDocument(String($0)).root["body"]?.value ?? .null }
        let messages = bodies.compactMap { $0["messages"]?["receivedAllMessage"]?["0"] }
        let first = messages.first?["sender"]?["name"]?.text?.split(separator: " ").first.map(String.init) ?? ""
        #expect(messages.last?["body"]?.text?.hasPrefix("\(first.lowercased()) again: order ") == true)
        #expect(messages.first?["chat"]?["id"] == messages.last?["chat"]?["id"])
        #expect(messages.first?["body"]?.text?.contains("order 1 for") == true)
    }

    /// Returns once so many watch.
    private func watchers(_ count: Int, in folder: TemporaryFolder) async {
        while let status = try? await Program.run(["status", "--format", "json"], in: folder.path), status.status == 0 {
            if (try? JSONDocument(status.output).root["watchers"]?.int64) == Int64(count) { return }
        }
    }
}

/// Raised once.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() { value.store(true, ordering: .releasing) }
}
