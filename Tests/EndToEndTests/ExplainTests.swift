import Foundation
import JSON
import Model
import Testing

/// `explain` as a support person reads it: why a rule did or did not run, and what would have to be otherwise.
@Suite(.timeLimit(.minutes(15))) struct ExplainTests {
    private static let rules = """
        version: 1
        lists: { words: [preco, reembolso] }
        schedules:
          office: { tz: America/Sao_Paulo, hours: { mon-sun: '09:00-18:00' } }
        rules:
          - id: price
            why: Prices change daily
            priority: 5
            when: [ { text: { any: [preco] } }, { outside: office } ]
            do: [ { reply: closed } ]
          - id: greet
            when: [ { text: { any: $words } } ]
            do: [ { reply: hi }, { tag: asked } ]
            once_per: { conversation: 10m }
            then: continue
          - id: either
            when:
              - any:
                  - { channel: whatsapp }
                  - { text: reembolsos }
            do: [ { note: x } ]
          - id: last
            do: [ { note: seen } ]
          - id: behind
            when: [ { text: nothing } ]
            do: [ { note: y } ]
          - id: closing
            on: conversation.closed
            do: [ { note: z } ]
          - id: quiet
            priority: 9
            mode: observe
            do: [ { reply: hm } ]

        """

    /// A customer's message at a time, and an agent's.
    private static func message(_ id: String, _ text: String, at: String, sender: String = "customer")
        -> String
    {
        let type = sender == "customer" ? "widget" : "agent"
        let person =
            #"{"id":7,"name":"Ana Souza","mobile":null,"phone":null,"email":null,"photo":"no_photo"}"#
        return """
            {"token":"0123456789abcdef0123456789abcdef","messages":{"receivedAllMessage":[{"id":"\(id)","body":"\(text)",\
            "is_internal":false,"is_email":false,"sender":\(person),"senderType":"\(type)","receiver":false,\
            "receiverType":"agent","file":null,"channel":"widget","customer":\(person),"chat":{"id":5,\
            "channel":"widget","situation":"auto","department":false,"customer":\(person)},\
            "send_at":"\(at)","read_at":null,"company":{"id":"351000"}}]}}
            """
    }

    private func explained(_ payloads: [String], _ arguments: [String] = []) async throws
        -> Program.Result
    {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        try folder.write(payloads.joined(separator: "\n") + "\n", to: "in.jsonl")
        return try await Program.run(["explain", "in.jsonl"] + arguments, in: folder.path)
    }

    private static func rule(_ id: String, _ event: Value) -> Value {
        event["rules"]?.array?.first { $0["rule"]?.text == id } ?? .null
    }

    @Test func everyRuleSaysWhatHappenedAndWhatIsMissing() async throws {
        let result = try await explained([
            Self.message("m1", "Qual o PREÇO?", at: "2025-01-01 17:58:00")
        ])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let wanted = [
            "price  rules/a.yaml:6:5  missed one condition  – Prices change daily",
            #"✗ outside at rules/a.yaml:9:43 wanted "office", met "2025-01-01T17:58:00"  (now 17:58 America/Sao_Paulo; office closes 18:00)"#,
            #"✓ text.any at rules/a.yaml:9:15 wanted ["preco"], met "Qual o PREÇO?"  (PREÇO matches preco by case and accent folding)"#,
            "greet  rules/a.yaml:11:5  ran",
            "✗ any at rules/a.yaml:18:9  (none of the 2 conditions holds)",
            #"✗ channel at rules/a.yaml:19:15 wanted ["whatsapp"], met "webchat""#,
            "last  rules/a.yaml:22:5  ran",
            "· last at rules/a.yaml:22:5 stopped before it: it would not have been reached either",
            #"✗ on at rules/a.yaml:27:5 wanted ["conversation.closed"], met "message.received"  (the rule listens to something else)"#,
            "quiet  rules/a.yaml:30:5  suppressed: the rule is in `mode: observe`: what it would do is recorded, nothing is sent",
        ]
        for line in wanted { #expect(lines.contains(line), "\(line)\n\(result.output)") }
    }

    @Test func aHumanAndTheWindowAreToldWithTheirTimes() async throws {
        let result = try await explained(
            [
                Self.message("m1", "preco", at: "2025-01-01 13:00:00"),
                Self.message("m2", "preco", at: "2025-01-01 13:04:00"),
                Self.message("m3", "I am Bo", at: "2025-01-01 14:03:00", sender: "agent"),
                Self.message("m4", "reembolso", at: "2025-01-01 14:10:00"),
            ], ["--rule", "greet"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains(
                "suppressed: once_per conversation 10m, last used 16:00 UTC, free again 16:10 UTC"),
            "\(result.output)")
        #expect(
            result.output.contains("– reply suppressed: human agent since 17:03, until 17:33 (UTC)"),
            "\(result.output)")
    }

    @Test func programsReadWordsAndValues() async throws {
        let result = try await explained(
            [
                Self.message("m1", "preco", at: "2025-01-01 13:00:00"),
                Self.message("m3", "I am Bo", at: "2025-01-01 14:03:00", sender: "agent"),
                Self.message("m4", "reembolso", at: "2025-01-01 14:10:00"),
            ], ["--format", "json"])
        let events = try result.output.split(separator: "\n").map {
            try JSONDocument(String($0)).root.value
        }
        let first = try #require(events.first)
        #expect(Self.rule("price", first)["reason"] == "missed")
        #expect(Self.rule("price", first)["missed_count"] == 1)
        #expect(Self.rule("price", first)["first"]?["at"] == "rules/a.yaml:9:43")
        #expect(Self.rule("either", first)["first"]?["parts"]?["0"]?["at"] == "rules/a.yaml:19:15")
        #expect(
            Self.rule("behind", first)["stopped_by"] == ["rule": "last", "at": "rules/a.yaml:22:5"])
        #expect(Self.rule("closing", first)["reason"] == "not_listening")
        #expect(Self.rule("quiet", first)["held_back"]?["0"]?["reason"] == "observe")
        #expect(Self.rule("quiet", first)["verdict"] == "suppressed: observe")
        let held = Self.rule("greet", try #require(events.last))["held_back"]?["0"] ?? .null
        #expect(held["reason"] == "human" && held["actions"] == ["reply"])
        #expect(
            held["since"] == "2025-01-01T17:03:00Z" && held["until"] == "2025-01-01T17:33:00Z", "\(held)")
    }

    @Test func aMisspeltRuleIsGuessed() async throws {
        let result = try await explained(
            [Self.message("m1", "preco", at: "2025-01-01 13:00:00")], ["--rule", "gret"])
        #expect(result.status == 2)
        #expect(result.errors.contains("there is no rule 'gret'; did you mean 'greet'?"))
    }
}
