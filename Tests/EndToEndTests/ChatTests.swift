import Foundation
import Testing

/// `bellhop chat` from a pipe, as a script would drive it.
@Suite(.timeLimit(.minutes(15))) struct ChatTests {
    private static let rules = #"""
        version: 1
        rules:
          - id: order
            when: [ { text: [order] } ]
            do: [ { tag: order }, { start: order-status } ]
          - id: refund
            why: Billing handles refunds
            when: [ { text: refund } ]
            do: [ { reply: "Hello {{contact.first_name}}" }, { route: { department: billing } } ]
        flows:
          - id: order-status
            start: menu
            steps:
              menu:
                say: "How can I help?"
                choices:
                  - { label: My order, next: ask }
                  - { label: A person, next: handoff }
              ask:
                say: "Which order?"
                expect: [ { when: [ { text: { regex: '(?<order>\d{4,})' } } ], set: { order: "{{match.order}}" }, next: lookup } ]
                otherwise: { say: "4 digits or more.", times: 2, next: handoff }
                timeout: { after: 10m, next: gave-up }
              lookup:
                do: [ { http: { url: "https://erp.example.org/orders/{{vars.order}}", save: info } } ]
                next: [ { when: [ { field: { vars.info.status: 200 } } ], step: answer }, { step: handoff } ]
              answer: { say: "Order {{vars.order}}: {{vars.info.json.state}}", end: true }
              gave-up: { say: "Any time.", end: true }
              handoff: { do: [ { route: { department: support } } ], end: true }

        """#

    private static let start = ["--at", "2026-01-05T12:00:00Z"]

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        return folder
    }

    private func chat(
        _ lines: [String], in folder: TemporaryFolder, _ arguments: [String] = []
    ) async throws -> Program.Result {
        try await Program.run(
            ["chat"] + Self.start + arguments, in: folder.path, input: lines.map { $0 + "\n" }.joined())
    }

    @Test func aDialogueIsATranscript() async throws {
        let result = try await chat(
            [
                "where is my order", "1", "abc", "/wait 5m", "12345", #"/http 200 {"state":"sent"}"#, "/state", "order", "1",
                "/wait 10m", "/agent I am Bo", "refund", "",
            ], in: try folder(), ["--name", "Ana Souza"])
        #expect(result.errors == "")
        #expect(result.status == 0)
        #expect(
            result.output == """
                2026-01-05T12:00:00Z  vendor any  channel webchat
                > where is my order
                  rule order  rules/a.yaml:3:5
                  tag {"tags":["order"]}
                  bot: How can I help?
                       1. My order
                       2. A person
                  → flow order-status/menu waits for the customer
                > 1
                  bot: Which order?
                  → flow heard: choice: My order
                  → flow order-status/ask waits for the customer
                > abc
                  bot: 4 digits or more.
                  → flow heard: not understood (1)
                  → flow order-status/ask waits for the customer
                > /wait 5m
                  it is 2026-01-05T12:05:00Z
                > 12345
                  http {"method":"GET","url":"https://erp.example.org/orders/12345","save":"info"}
                  → flow heard: expectation at rules/a.yaml:21:19
                  → flow order-status/lookup waits for the answer of the http call
                  … GET https://erp.example.org/orders/12345 waits for its answer, which becomes vars.info
                    type /http 200 {"some":"json"}, or /http timeout
                > /http 200 {"state":"sent"}
                  bot: Order 12345: sent
                  → flow heard: answer of the http call
                  → flow order-status/answer ended: end
                > /state
                  time          2026-01-05T12:05:00Z
                  conversation  test-conversation
                  handler       bot
                  tags          order
                  variable      order = "12345"
                  variable      info = {"status":200,"headers":{},"json":{"state":"sent"}}
                  replies       1 since the customer wrote, 1 in the last minute
                > order
                  rule order  rules/a.yaml:3:5
                  tag {"tags":["order"]}
                  bot: How can I help?
                       1. My order
                       2. A person
                  → flow order-status/menu waits for the customer
                > 1
                  bot: Which order?
                  → flow heard: choice: My order
                  → flow order-status/ask waits for the customer
                > /wait 10m
                  2026-01-05T12:15:00Z  timer timeout  flow=order-status/ask  conversation=test-conversation
                  bot: Any time.
                  → flow heard: timeout
                  → flow order-status/gave-up ended: end
                  it is 2026-01-05T12:15:00Z
                > /agent I am Bo
                  no rule holds
                > refund
                  rule refund  rules/a.yaml:6:5
                  reply {"text":"Hello Ana"}  suppressed: human
                  route {"department":"billing"}  suppressed: human
                >\u{20}

                """)
    }

    @Test func whyTellsTheNearestMissFirst() async throws {
        let result = try await chat(["order", "1", "abc", "/why"], in: try folder())
        let lines = result.output.split(separator: "\n").map(String.init)
        let why = lines[(try #require(lines.firstIndex(of: "> /why")) + 1)...].map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(why.first?.hasSuffix("sender=customer  \"abc\"") == true)
        #expect(
            Array(why.dropFirst()) == [
                "flow heard: not understood (1)",
                #"not text.regex at rules/a.yaml:21:31 wanted ["(?<order>\\d{4,})"], met "abc""#,
                "flow order-status/ask waits for the customer",
                "order  rules/a.yaml:3:5  missed one condition",
                #"✗ text.any at rules/a.yaml:4:15 wanted ["order"], met "abc""#,
                "refund  rules/a.yaml:6:5  missed one condition  – Billing handles refunds",
                #"✗ text.any at rules/a.yaml:8:15 wanted ["refund"], met "abc""#,
                "timer         timeout of the step  2026-01-05T12:10:00Z  (in 10m)",
                "timer         end of the flow order-status  2026-01-12T12:00:00Z  (in 7d)",
            ])
    }

    @Test func aWrongLineIsToldWithItsNumberAndTheScriptFails() async throws {
        let cases: [(line: String, message: String, status: Int32)] = [
            ("/wiat 10m", "there is no command '/wiat'; did you mean '/wait'?", 2), ("/wait 10x", "'10x' is no duration", 2),
            ("/wait", "/wait needs more: /wait 10m", 2), ("/wait 99999999999999999999d", "is no duration", 2),
            ("/close now", "/close stands alone", 2), ("/agent", "/agent needs more", 2),
            ("/http 200", "no call waits for an answer", 2), ("/http 20", "'20' is no HTTP status", 2),
            ("/http timeuot", "did you mean 'timeout'?", 2), ("/http 200 {", "the answer is no JSON", 2),
            ("/event conversation.closd", "did you mean 'conversation.closed'?", 2), ("/event sender: [", "this is no YAML", 2),
            ("/why", "nothing has happened yet", 2), ("/why refnd", "there is no rule 'refnd'; did you mean 'refund'?", 2),
            ("/save a.test.yaml", "nothing has happened yet", 2),
        ]
        for (line, message, status) in cases {
            let result = try await chat(["", line, "refund"], in: try folder())
            #expect(result.status == status, "\(line): \(result.errors)")
            #expect(result.errors.contains("-:2: ") && result.errors.contains(message), "\(line): \(result.errors)")
            #expect(result.errors.hasSuffix("bellhop: 1 line could not be carried out\n"))
            #expect(result.output.contains("> \(line)\n> refund\n  rule refund"), "\(line): \(result.output)")
        }
    }

    @Test func unusableRulesAndOptionsEndTheProgram() async throws {
        let folder = try folder()
        try folder.write("version: 1\nrules: [ { id: x } ]\n", to: "broken/a.yaml")
        let broken = try await chat([], in: folder, ["--rules", "broken"])
        #expect(broken.status == 3 && broken.errors.contains("broken/a.yaml:2:10"), "\(broken.errors)")
        for arguments in [
            ["--vendor", "acme"], ["--at", "noon"], ["--account", "main"], ["--vendor", "huggy", "--account", "a"],
        ] {
            #expect(try await chat([], in: folder, arguments).status == 2, "\(arguments)")
        }
        let empty = try await chat([], in: folder)
        #expect(empty.status == 0 && empty.errors == "", "\(empty.errors)")
    }

    @Test func whatIsSavedPassesAtOnce() async throws {
        let folder = try folder()
        let awkward = #"refund "quoted" \ # {{x}} 😀 'é' : - [a]"#
        let result = try await chat(
            [
                awkward, "//slash", "order", "A person", "/new", "order", "1", "/event conversation.assigned handler: human",
                "/wait 2h", "/close", "/save rules/talk.test.yaml",
            ], in: folder, ["--name", "Ana Souza", "--channel", "whatsapp"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.hasSuffix("  saved rules/talk.test.yaml: a test of 9 steps, which passes\n"), "\(result.output)")
        let tested = try await Program.run(["test"], in: folder.path)
        #expect(tested.status == 0 && tested.output == "1 passed, 0 failed\n", "\(tested.output)\(tested.errors)")
        let checked = try await Program.run(["check", "--strict"], in: folder.path)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        // It is a test indeed: with other rules it fails.
        try folder.write(Self.rules.replacingOccurrences(of: "How can I help?", with: "Yes?"), to: "rules/a.yaml")
        #expect(try await Program.run(["test"], in: folder.path).status == 1)
    }

    @Test func savingNeverTakesAFileAway() async throws {
        let folder = try folder()
        try folder.write("mine", to: "rules/mine.test.yaml")
        for (line, message, status) in [
            ("/save rules/mine.test.yaml", "there is a file rules/mine.test.yaml", Int32(1)),
            ("/save nowhere/mine.test.yaml", "nowhere/mine.test.yaml cannot be written", 1),
            ("/save rules/mine.yaml", "rules/mine.yaml would be read as rules", 2),
        ] {
            let result = try await chat(["refund", line], in: folder)
            #expect(result.status == status && result.errors.contains(message), "\(line): \(result.errors)")
        }
        let path = folder.path + "/rules/mine.test.yaml"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/rules/mine.yaml"))
        let over = try await chat(["refund", "/save! rules/mine.test.yaml"], in: folder)
        #expect(over.status == 0, "\(over.errors)")
        #expect(try await Program.run(["test"], in: folder.path).status == 0)
    }

    @Test func aVendorShowsItsLimitsAndRequests() async throws {
        let folder = try folder()
        try folder.write(
            """
            version: 1
            rules:
              - id: long
                when: [ { text: long } ]
                do: [ { reply: "\(String(repeating: "word ", count: 1500))" }, { note: x } ]
              - id: short
                when: [ { text: short } ]
                do: [ { reply: Hi }, { http: { url: "https://erp.example.org/" } } ]

            """, to: "rules/a.yaml")
        let long = try await chat(["long"], in: folder, ["--vendor", "rocketchat"])
        #expect(long.output.contains("vendor rocketchat"))
        #expect(long.output.split(separator: "\n").count { $0.hasPrefix("  bot: word ") } == 2, "\(long.output)")
        #expect(long.output.split(separator: "\n").contains { $0.hasPrefix("  note ") && $0.contains("unsupported: ") })
        let short = try await chat(["short", "/save rules/a.test.yaml"], in: folder, ["--vendor", "huggy", "--show-requests"])
        #expect(short.status == 0, "\(short.errors)")
        #expect(
            short.output.contains("  bot: Hi\n    POST https://api.huggy.app/v3/chats/test-conversation/messages\n"),
            "\(short.output)")
        #expect(short.output.contains("\n    GET https://erp.example.org/\n"), "\(short.output)")
        #expect(try await Program.run(["test"], in: folder.path).status == 0)
    }

    /// Nothing that somebody types, or that rules make of it, moves the cursor of who reads the transcript.
    @Test func controlCharactersAreShown() async throws {
        let result = try await chat(["refund \u{1B}[2J\u{7}", "/agent \u{202E}x"], in: try folder(), ["--name", "A\u{1B}[1m B"])
        #expect(result.status == 0)
        #expect(result.output.contains(#"> refund \u{1B}[2J\u{7}"#), "\(result.output)")
        #expect(result.output.contains(#"bot: Hello A\u{1B}[1m"#), "\(result.output)")
        #expect(!result.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" })
    }

    @Test func helpShowsEveryCommandAndQuitEnds() async throws {
        let result = try await chat(["/help", "/quit", "/nonsense"], in: try folder(), ["--quiet"])
        #expect(result.status == 0 && result.errors == "")
        for command in [
            "/wait", "/agent", "/close", "/event", "/http", "/new", "/state", "/why", "/save", "/save!", "/help", "/quit",
        ] {
            #expect(result.output.contains("\n  \(command) "), "\(command)")
        }
        #expect(!result.output.contains("nonsense"))
    }
}
