import Foundation
import JSON
import Model
import Testing

/// `unmatched` and `coverage` as a user runs them.
@Suite(.timeLimit(.minutes(15))) struct TrafficTests {
    private static let rules = """
        version: 1
        rules:
          - { id: refund, then: continue, when: [ { text: [refund] } ], do: [ { reply: 'Hello' } ] }
          - { id: mark, when: [ { text: [refund] } ], do: [ { tag: refund } ] }
          - { id: watch, mode: observe, when: [ { text: [order] } ], do: [ { reply: 'Which one?' } ] }
          - { id: never, when: [ { text: [refund] }, { channel: sms } ], do: [ { note: 'x' } ] }
          - { id: unheard, when: [ { text: [zebra] } ], do: [ { note: 'x' } ] }
          - { id: gone, mode: off, when: [ { text: [order] } ], do: [ { note: 'x' } ] }

        """

    private func folder(_ texts: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        let lines = texts.enumerated().map { Shop.message("m\($0.offset)", chat: $0.offset / 2, text: $0.element) }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "day.jsonl")
        return folder
    }

    @Test func unmatchedTellsEachMessageOnceWithARuleThatLoads() async throws {
        let folder = try folder(
            Array(repeating: "Where is my order?", count: 6) + ["refund: where is my order", "refund"]
                + Array(repeating: "환불해주세요 제발", count: 4) + ["once only"])
        let result = try await Program.run(["unmatched", "--format", "json", "day.jsonl"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONDocument(result.output).root.value
        #expect(report["messages"] == 13 && report["unanswered"] == 11)
        let phrases = report["phrases"]?.array ?? []
        #expect(phrases.map { $0["count"] } == [6, 4])
        #expect(phrases.first?["phrase"] == "where is my order")
        #expect(phrases.first?["conversations"] == 3 && phrases.first?["rule"] == "where-is-my-order")
        #expect(phrases.first?["would_match"] == ["unanswered": 6, "answered": 1])
        #expect(phrases.first?["examples"]?["0"]?["event"] == "huggy:default:message:m0")
        #expect(phrases.last?["phrase"]?.text?.contains("환불해주세요") == true)
        for (number, phrase) in phrases.enumerated() {
            try folder.write(phrase["stub"]?.text ?? "", to: "rules/stub\(number).yaml")
        }
        let checked = try await Program.run(["check", "rules"], in: folder.path)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        let text = try await Program.run(["unmatched", "--top", "1", "day.jsonl"], in: folder.path)
        #expect(text.output.contains("1. “where is my order”  6 messages, 3 conversations"), "\(text.output)")
        #expect(!text.output.contains("\n2. "))
    }

    @Test func coverageTellsWhatRanAndWhatNever() async throws {
        let folder = try folder(["refund", "my order", "a refund", "nothing"])
        let result = try await Program.run(["coverage", "--format", "json", "day.jsonl"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONDocument(result.output).root.value
        let rows = (report["rules"]?.array ?? []).map { rule in
            ["rule", "verdict", "live", "observed", "candidate"].map { rule[$0]?.text ?? "-" }
        }
        #expect(
            rows == [
                ["refund", "ran", "2", "0", "2"], ["mark", "ran", "2", "0", "2"], ["watch", "observed", "0", "1", "1"],
                ["never", "never", "0", "0", "2"], ["unheard", "never_candidate", "0", "0", "0"], ["gone", "off", "0", "0", "0"],
            ])
        #expect(report["together"] == [["refund", "mark"]])
        #expect(report["rules"]?["0"]?["last_event"] == ["source": "day.jsonl", "line": 3])
        #expect(report["covers_since"] == false)
        let text = try await Program.run(["coverage", "--since", "1s", "day.jsonl"], in: folder.path)
        #expect(text.status == 0 && text.output.contains("always run together:\n  refund, mark"), "\(text.output)")
        for (arguments, status) in [
            (["--since", "soon", "day.jsonl"], Int32(2)), (["none.jsonl"], 1), (["--rules", "none", "day.jsonl"], 3),
        ] {
            let result = try await Program.run(["coverage"] + arguments, in: folder.path)
            #expect(result.status == status, "\(arguments): \(result.errors)")
        }
    }
}
