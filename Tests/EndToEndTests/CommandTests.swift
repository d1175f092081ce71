import Foundation
import JSON
import Model
import Testing

/// The commands as a user types them: what they print, and their exit codes.
@Suite(.timeLimit(.minutes(15))) struct CommandTests {
    private static let rules = """
        version: 1
        rules:
          - id: refund
            when: [ { text: [refund] } ]
            do: [ { reply: 'Hello {{contact.first_name}}' }, { route: { department: billing } } ]

        """

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        return folder
    }

    @Test func initWritesAStarterThatPasses() async throws {
        let folder = try TemporaryFolder()
        let written = try await Program.run(["init"], in: folder.path)
        #expect(written.status == 0, "\(written.errors)")
        let checked = try await Program.run(["check", "--strict"], in: folder.path)
        #expect(checked.status == 0, "\(checked.output)")
        let tested = try await Program.run(["test"], in: folder.path)
        #expect(tested.status == 0, "\(tested.output)")
        #expect(tested.output.contains(" 0 failed"))
        let dryRun = try await Program.run(["dry-run", "payloads"], in: folder.path)
        #expect(dryRun.status == 0 && dryRun.output.contains("POST "), "\(dryRun.output)\(dryRun.errors)")
        let again = try await Program.run(["init"], in: folder.path)
        #expect(again.status == 1)
        #expect(again.errors.contains("bellhop.yaml"))
    }

    @Test func exitCodesAreTheContracts() async throws {
        let folder = try folder()
        try folder.write("{}", to: "empty.json")
        try folder.write("[]", to: "array.json")
        try folder.write("version: 1\nrules: [ { id: x } ]\n", to: "broken/a.yaml")
        try folder.write(
            "version: 1\ntests: [ { name: t, event: { text: refund }, expect: { rules: [] } } ]\n", to: "rules/a.test.yaml")
        try folder.write("nonsense: true\n", to: "broken.yaml")
        let cases: [([String], Int32)] = [
            (["check"], 0), (["check", "broken"], 1), (["check", "nowhere"], 1), (["test"], 1),
            (["test", "--run", "nothing"], 1),
            (["test", "broken"], 3), (["test", "--run", "("], 2), (["dry-run", "array.json"], 1), (["dry-run", "none.json"], 1),
            (["dry-run", "--rules", "broken", "empty.json"], 3), (["dry-run"], 2),
            (["dry-run", "--vendor", "acme", "empty.json"], 2),
            (["dry-run", "--vendor", "huggy", "empty.json"], 0), (["dry-run", "--config", "broken.yaml", "empty.json"], 3),
            (["dry-run", "--config", "none.yaml", "empty.json"], 3), (["nonsense"], 2), (["--version"], 0), (["--help"], 0),
            (["serve", "--config", "none.yaml"], 3), (["explain", "--rule", "nope", "--vendor", "huggy", "empty.json"], 2),
            (["explain", "--vendor", "huggy", "empty.json"], 0), (["schema", "rules"], 0), (["schema", "nope"], 2),
        ]
        for (arguments, status) in cases {
            let result = try await Program.run(arguments, in: folder.path)
            #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
            #expect(status == 0 || !(result.errors + result.output).isEmpty, "\(arguments) says nothing")
        }
    }

    @Test func dryRunSaysOneLineForEachEvent() async throws {
        let folder = try folder()
        try folder.write(Shop.message("m1", chat: 5, text: "refund please"), to: "one.json")
        let line = Shop.message("m2", chat: 5, text: "refund").replacingOccurrences(of: "\n", with: "")
        try folder.write(line + "\nno json\n" + line + "\n", to: "captures.jsonl")
        let result = try await Program.run(["dry-run", "--format", "json", "one.json", "captures.jsonl"], in: folder.path)
        #expect(result.status == 1)
        let lines = try result.output.split(separator: "\n").map { try JSONDocument(String($0)).root.value }
        #expect(lines.map { $0["source"]?.text } == ["one.json", "captures.jsonl", "captures.jsonl", "captures.jsonl"])
        #expect(lines.map { $0["line"]?.text } == ["1", "1", "2", "3"])
        #expect(lines[0]["event"]?["id"] == "huggy:default:message:m1")
        #expect(lines[0]["rules"]?["0"]?["at"] == "rules/a.yaml:3:5")
        #expect(
            lines[0]["effects"]?["0"] == [
                "rule": "refund", "action": "reply", "status": "planned", "reason": .null, "value": ["text": "Hello Ana"],
                "request": [
                    "method": "POST", "url": "https://api.huggy.app/v3/chats/5/messages",
                    "headers": ["Authorization": "[redacted]"], "json": ["text": "Hello Ana"],
                ],
            ])
        #expect(lines[2]["error"]?["code"] == "not_json")
        #expect(lines[3]["duplicate"] == true && lines[3]["effects"] == [])
    }

    /// More than is in the works at once: everything comes out in the order of the input, and is decided in it.
    @Test(arguments: [1, 4]) func dryRunOfManyKeepsTheirOrder(jobs: Int) async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            version: 1
            rules:
              - id: first
                once_per: { conversation: ever }
                do: [ { set: { last: '{{message.id}}' } }, { reply: hello } ]
              - id: later
                do: [ { reply: '{{vars.last}}' }, { set: { last: '{{message.id}}' } } ]
            """, to: "rules/a.yaml")
        let count = 4_000
        let input = (0..<count).map { number in
            number % 1_000 == 999 ? "no json" : Shop.message("m\(number)", chat: number % 3, text: "hi")
        }
        try folder.write(input.joined(separator: "\n") + "\n", to: "captures.jsonl")
        let result = try await Program.run(
            ["dry-run", "--format", "json", "--jobs", "\(jobs)", "captures.jsonl"], in: folder.path)
        let lines = try result.output.split(separator: "\n").map { try JSONDocument(String($0)).root.value }
        #expect(result.status == 1 && result.errors == "bellhop: 4 of the inputs could not be read\n")
        #expect(lines.map { $0["line"]?.text } == (1...count).map { "\($0)" })
        // Each is answered by the id of the one before it in its conversation.
        var last: [Int: String] = [:]
        for (number, line) in lines.enumerated() where line["error"] == nil {
            let later = line["effects"]?.array?.filter { $0["rule"] == "later" }.compactMap { $0["value"]?["text"]?.text }
            #expect(later == (last[number % 3].map { [$0] } ?? []), "line \(number + 1)")
            last[number % 3] = "m\(number)"
        }
    }

    /// The account is the one named, else the capture's, else the only one of the vendor, else `default`.
    @Test func payloadsFindTheirAccount() async throws {
        let folder = try folder()
        try folder.write(
            "accounts: { a: { vendor: huggy, delivery: print }, r: { vendor: rocketchat, delivery: print } }\n", to: "one.yaml")
        try folder.write(
            "accounts: { a: { vendor: huggy, delivery: print }, b: { vendor: huggy, delivery: print } }\n", to: "two.yaml")
        let message = Shop.message("m1", chat: 5, text: "refund")
        let cases = [
            (["--config", "one.yaml"], message, "a"), (["--config", "two.yaml"], message, "default"),
            (["--config", "two.yaml", "--account", "b"], message, "b"),
            (["--config", "two.yaml"], "{\"account\":\"b\",\"body\":\(message)}", "b"),
            (["--config", "two.yaml"], "{\"vendor\":\"huggy\",\"account\":null,\"body\":\(message)}", "default"),
            (["--config", "one.yaml", "--vendor", "huggy"], "{\"account\":\"r\",\"body\":\(message)}", "r"),
        ]
        for (arguments, input, account) in cases {
            let result = try await Program.run(
                ["dry-run", "--rules", "rules", "--format", "json", "-"] + arguments, in: folder.path, input: input)
            #expect(
                result.output.contains("\"id\":\"huggy:\(account):message:m1\""), "\(arguments): \(result.output)\(result.errors)"
            )
        }
    }

    @Test func readsStandardInputAndGzip() async throws {
        let folder = try folder()
        let message = Shop.message("m1", chat: 5, text: "refund")
        let piped = try await Program.run(["dry-run", "--format", "json", "-"], in: folder.path, input: message)
        #expect(piped.status == 0 && piped.output.contains("\"source\":\"-\""))
        try folder.write(message, to: "m.json")
        let zip = try Child("/bin/gzip", ["m.json"], in: folder.path, environment: [:])
        #expect(try await blocking { zip.wait() } == 0)
        let zipped = try await Program.run(["dry-run", "--format", "json", "m.json.gz"], in: folder.path)
        #expect(zipped.status == 0 && zipped.output.contains("huggy:default:message:m1"), "\(zipped.output)\(zipped.errors)")
    }

    @Test func explainTellsTheNearestMissFirst() async throws {
        let folder = try folder()
        try folder.write(
            """
            version: 1
            rules:
              - id: far
                when: [ { text: banana }, { channel: email } ]
                do: [ { note: x } ]
              - id: near
                when: [ { text: refund }, { channel: email } ]
                do: [ { note: x } ]

            """, to: "rules/a.yaml")
        try folder.write(Shop.message("m1", chat: 5, text: "refund"), to: "one.json")
        let result = try await Program.run(["explain", "--format", "json", "one.json"], in: folder.path)
        let rules = try JSONDocument(result.output.split(separator: "\n").first.map(String.init) ?? "").root["rules"]?.value
        #expect(rules?["0"]?["rule"] == "near")
        #expect(rules?["0"]?["missed"]?["0"]?["condition"] == "channel")
        #expect(rules?["0"]?["missed"]?["0"]?["actual"] == "webchat")
        #expect(rules?["1"]?["rule"] == "far")
    }
}
