import Foundation
import JSON
import Model
import TestSupport
import Testing

/// Tests that `test` and `blame` write or change.
@Suite(.timeLimit(.minutes(15))) struct WrittenTestCommandTests {
    // MARK: --update

    private static let rules = """
        version: 1
        rules:
          - id: greet
            when: [ { text: hello } ]
            do: [ { reply: "Hello there" }, { tag: greeted } ]

        """
    private static let outdated = """
        version: 1
        tests:
          - name: a greeting # kept
            event: { text: hello }
            expect:
              effects:
                - reply: { starts: hello } # a matcher
                - tag: welcomed

        """
    private static let difference = """
        --- rules/a.test.yaml
        +++ rules/a.test.yaml
        @@ -5,4 +5,4 @@
             expect:
               effects:
                 - reply: { starts: hello } # a matcher
        -        - tag: welcomed
        +        - tag: greeted

        """

    private func folder(_ rules: String = rules, _ tests: String? = nil) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(rules, to: "rules/a.yaml")
        if let tests { try folder.write(tests, to: "rules/a.test.yaml") }
        return folder
    }

    private func text(_ folder: TemporaryFolder, _ name: String) throws -> String {
        try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }

    @Test func updateShowsTheDifferenceAndWritesItWhenToldTo() async throws {
        let folder = try folder(Self.rules, Self.outdated)
        let shown = try await Program.run(["test", "--update"], in: folder.path)
        #expect(shown.status == 1 && shown.output == Self.difference, "\(shown.output)")
        #expect(shown.errors == "bellhop: nothing was written; --yes writes it\n")
        #expect(try text(folder, "rules/a.test.yaml") == Self.outdated)
        let written = try await Program.run(["test", "--update", "--yes"], in: folder.path)
        #expect(written.status == 0, "\(written.errors)")
        #expect(written.output == Self.difference + "wrote rules/a.test.yaml: 1 test changed\n")
        #expect(
            try text(folder, "rules/a.test.yaml") == Self.outdated.replacingOccurrences(of: "welcomed", with: "greeted"))
        #expect(try await Program.run(["test"], in: folder.path).status == 0)
        let again = try await Program.run(["test", "--update"], in: folder.path)
        #expect(again.status == 0 && again.output == "nothing to change: 1 passed\n")
    }

    @Test func whatIsForbiddenIsNeverChanged() async throws {
        let folder = try folder(
            Self.rules, "version: 1\ntests: [ { name: t, event: { text: hello }, expect: { rules: [x], not: [tag] } } ]\n")
        let result = try await Program.run(["test", "--update", "--yes"], in: folder.path)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("rules/a.test.yaml:2:67: not changed: `not` is never changed"), "\(result.errors)")
        #expect(try text(folder, "rules/a.test.yaml").contains("expect: { rules: [greet], not: [tag] }"))
    }

    // MARK: --from-capture

    private static let shop = """
        version: 1
        rules:
          - id: order
            when: [ { text: 'order*' } ]
            once_per: { conversation: 1h }
            do: [ { reply: 'got {{message.text}}' }, { set: { ordered: "{{message.text}}" } } ]
          - id: more
            when: [ { text: more }, { field: { vars.ordered: { exists: true } } } ]
            do: [ { reply: 'after {{vars.ordered}}' } ]
          - id: raw
            when: [ { text: raw }, { field: { raw.messages.receivedAllMessage.0.company.id: 351000 } } ]
            do: [ { tag: raw } ]

        """

    /// A line of a capture file.
    private static func line(_ id: String, _ text: String, chat: Int = 5, minute: Int = 0) -> String {
        let body = Shop.message(id, chat: chat, text: text)
            .replacingOccurrences(of: "1735738800", with: String(1_735_738_800 + minute * 60))
            .replacingOccurrences(of: "10:40:00", with: "10:\(40 + minute):00")
        return #"{"received_at":"2025-01-01T13:\#(40 + minute):01Z","account":"shop","vendor":"huggy","body":\#(body)}"# + "\n"
    }

    private func check(_ folder: TemporaryFolder, _ text: String) async throws {
        #expect(!text.contains(Shop.token), "the webhook's secret is in the test")
        try folder.write(text, to: "rules/written.test.yaml")
        let result = try await Program.run(["test"], in: folder.path)
        #expect(result.status == 0, "\(text)\(result.output)\(result.errors)")
    }

    @Test func aCapturedPayloadBecomesTheShortestTestThatPasses() async throws {
        let folder = try folder(Self.shop)
        try folder.write(Shop.message("m1", chat: 5, text: "order 1"), to: "m1.json")
        let result = try await Program.run(["test", "--from-capture", "m1.json"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output == """
                version: 1
                tests:
                  - name: "order: m1.json:1"
                    at: 2025-01-01T13:40:00Z
                    event: { vendor: huggy, channel: webchat, text: "order 1" }
                    expect:
                      rules: [order]
                      effects:
                        - reply: "got order 1"

                """)
        try await check(folder, result.output)
    }

    @Test func earlierLinesBecomeStateOrSteps() async throws {
        let folder = try folder(Self.shop)
        let lines = [
            Self.line("m1", "order 1"), Self.line("m2", "order 9", chat: 6, minute: 1), Self.line("m3", "more", minute: 2),
            Self.line("m4", "order 2", minute: 3),
        ]
        try folder.write(lines.joined(), to: "day.jsonl")
        let given = try await Program.run(["test", "--from-capture", "day.jsonl:3"], in: folder.path)
        #expect(given.output.contains("    given: { vars: { ordered: \"order 1\" } }\n"), "\(given.output)\(given.errors)")
        #expect(given.output.contains("        - reply: \"after order 1\"\n") && !given.output.contains("steps:"))
        try await check(folder, given.output)
        let steps = try await Program.run(["test", "--from-capture", "day.jsonl", "--name", "again"], in: folder.path)
        #expect(
            steps.output == """
                version: 1
                tests:
                  - name: "again"
                    at: 2025-01-01T13:40:00Z
                    steps:
                      - event: { vendor: huggy, channel: webchat, text: "order 1" }
                      - wait: 3m
                      - event: { vendor: huggy, channel: webchat, text: "order 2" }
                        expect:
                          rules: []
                          effects: []
                          suppressed:
                            - { rule: order, action: reply, reason: once_per }
                            - { rule: order, action: set, reason: once_per }

                """, "\(steps.output)\(steps.errors)")
        try await check(folder, steps.output)
    }

    @Test func aRuleOnThePayloadTakesItIntoTheTest() async throws {
        let folder = try folder(Self.shop)
        try folder.write(Self.line("m1", "raw"), to: "day.jsonl")
        let inline = try await Program.run(["test", "--from-capture", "day.jsonl:1"], in: folder.path)
        #expect(inline.status == 0 && inline.output.contains("raw: { "), "\(inline.output)\(inline.errors)")
        try await check(folder, inline.output)
        let long = "raw " + String(repeating: "x", count: 5000)
        try folder.write(Self.line("m2", long), to: "long.jsonl")
        let refused = try await Program.run(["test", "--from-capture", "long.jsonl"], in: folder.path)
        #expect(refused.status == 1 && refused.output.isEmpty && refused.errors.contains("--output"), "\(refused.errors)")
        let output = ["test", "--from-capture", "long.jsonl", "--output", "rules/written.test.yaml"]
        let added = try await Program.run(output, in: folder.path)
        #expect(added.status == 0, "\(added.errors)")
        #expect(added.output == "added to rules/written.test.yaml: raw: long.jsonl:1, which passes\n")
        #expect(try !text(folder, "rules/payloads/written-1.json").contains(Shop.token))
        let tested = try await Program.run(["test"], in: folder.path)
        #expect(tested.status == 0 && tested.output == "2 passed, 0 failed\n", "\(tested.output)\(tested.errors)")
        try folder.write(Shop.message("m3", chat: 5, text: long), to: "captures/long.json")
        let named = try await Program.run(["test", "--from-capture", "captures/long.json"], in: folder.path)
        #expect(named.output.contains("payload: \"../captures/long.json\""), "\(named.output)\(named.errors)")
        try await check(folder, named.output)
    }

    @Test(
        arguments: [
            (["--from-capture", "none.json"], 1, "there is no file or folder none.json"),
            (["--from-capture", "day.jsonl:9"], 1, "day.jsonl has no webhook on line 9"),
            (["--from-capture", "day.jsonl", "--output", "rules/x.yaml"], 2, "does not end in .test.yaml"),
            (["--output", "x.test.yaml"], 2, "--output belongs to --from-capture"),
            (["--from-capture", "day.jsonl:2"], 1, "day.jsonl:2"), (["--yes"], 2, "--yes belongs to --update"),
        ] as [([String], Int32, String)])
    func whatCannotBeWrittenIsTold(options: [String], status: Int32, message: String) async throws {
        let folder = try folder(Self.shop)
        try folder.write(Self.line("m1", "order 1") + "nonsense\n", to: "day.jsonl")
        let result = try await Program.run(["test"] + options, in: folder.path)
        #expect(result.status == status && result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    // MARK: blame --as-test

    @Test func whatTheDaemonDidBecomesATest() async throws {
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try folder(Self.shop)
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        for (id, text) in [("m1", "order 1"), ("m2", "more")] {
            let answer = await client.post(Shop.message(id, chat: 5, text: text), to: "http://\(daemon.listen)/webhooks/shop")
            #expect(answer == 200)
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
        }
        let blame = ["blame", "huggy:shop:message:m2", "--as-test"]
        let result = try await Program.run(blame, in: folder.path)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        #expect(result.output.contains("- name: \"more: huggy:shop:message:m2\""), "\(result.output)")
        #expect(result.output.contains("given: { vars: { ordered: \"order 1\" } }"))
        try await check(folder, result.output)
        try folder.write(Self.shop.replacingOccurrences(of: "id: more", with: "id: later"), to: "rules/a.yaml")
        let other = try await Program.run(blame + ["--output", "rules/b.test.yaml"], in: folder.path)
        #expect(other.errors == "bellhop: the rules decide differently now: then more, now later\n", "\(other.errors)")
        #expect(other.output == "wrote rules/b.test.yaml: later: huggy:shop:message:m2, which passes\n")
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }
}
