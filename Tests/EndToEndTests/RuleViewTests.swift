import Foundation
import JSON
import Model
import Testing

/// `list`, `graph` and `fmt` as a user types them.
@Suite(.timeLimit(.minutes(15))) struct RuleViewTests {
    private static let rules = """
        version: 1
        rules:
        - id: second
          do:   [{note: x}]   # kept
        - id: first
          why: It goes first
          priority: 3
          on: [message.sent, conversation.closed]
          mode: observe
          then: continue
          do: [{start: menu}]
        - {id: idle, on: {idle: 15m, since: agent}, do: [{note: y}]}
        flows:
        - {id: menu, start: a, steps: {a: {say: 'Say "hi"', end: true}}}

        """

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        return folder
    }

    // MARK: list

    @Test func listShowsTheOrderInWhichRulesAreTried() async throws {
        let folder = try folder()
        let result = try await Program.run(["list"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let rows = result.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        }
        #expect(rows.first == ["#", "RULE", "AT", "MODE", "PRIORITY", "ON", "THEN", "WHY"])
        #expect(
            Array(rows.dropFirst()) == [
                [
                    "1", "first", "rules/a.yaml:5:3", "observe", "3", "message.sent,", "conversation.closed",
                    "continue", "It",
                    "goes", "first",
                ],
                ["2", "second", "rules/a.yaml:3:3", "live", "0", "message.received", "stop"],
                ["3", "idle", "rules/a.yaml:12:3", "live", "0", "idle", "15m", "since", "agent", "stop"],
            ])
    }

    @Test func listForPrograms() async throws {
        let folder = try folder()
        let result = try await Program.run(
            ["list", "--format", "json", "--kind", "conversation.closed", "rules"], in: folder.path)
        #expect(
            try JSONDocument(result.output).root.value == [
                "schema": 1,
                "rules": [
                    [
                        "order": 1, "id": "first", "at": "rules/a.yaml:5:3", "file": "rules/a.yaml", "line": 5,
                        "column": 3,
                        "mode": "observe", "priority": 3, "on": ["message.sent", "conversation.closed"],
                        "then": "continue",
                        "why": "It goes first", "human": "silent", "interrupts": .null, "once_per": [:],
                        "do": ["start"],
                    ]
                ],
            ])
        try folder.write("version: 1\nrules: [ { id: x } ]\n", to: "broken/a.yaml")
        #expect(try await Program.run(["list", "broken"], in: folder.path).status == 3)
        #expect(try await Program.run(["list", "--kind", "nope"], in: folder.path).status == 2)
    }

    // MARK: graph

    @Test func graphDrawsAFlow() async throws {
        let folder = try folder()
        let dot = try await Program.run(["graph", "menu"], in: folder.path)
        #expect(
            dot.status == 0 && dot.output.contains(#"n0 [label="a\n“Say \"hi\"”"];"#),
            "\(dot.output)\(dot.errors)")
        let mermaid = try await Program.run(["graph", "menu", "--format", "mermaid"], in: folder.path)
        #expect(mermaid.status == 0 && mermaid.output.hasPrefix("flowchart TD\n"))
        let unknown = try await Program.run(["graph", "meun"], in: folder.path)
        #expect(
            unknown.status == 2
                && unknown.errors.contains("there is no flow 'meun'; did you mean 'menu'?"))
    }

    @Test func aPictureNeedsGraphviz() async throws {
        let folder = try folder()
        let none = try await Program.run(
            ["graph", "menu", "--format", "svg"], in: folder.path, environment: ["PATH": folder.path])
        #expect(
            none.status == 4 && none.errors.contains("install the package graphviz"), "\(none.errors)")
        try folder.write("#!/bin/sh\necho '<svg/>'\n", to: "dot")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/dot")
        let drawn = try await Program.run(
            ["graph", "menu", "--format", "svg"], in: folder.path,
            environment: ["PATH": folder.path + ":/bin:/usr/bin"])
        #expect(drawn.status == 0 && drawn.output == "<svg/>\n", "\(drawn.errors)")
    }

    // MARK: fmt

    private static let formatted = """
        version: 1
        rules:
          - id: second
            do: [ { note: x } ]   # kept

          - id: first
            why: It goes first
            priority: 3
            on: [message.sent, conversation.closed]
            mode: observe
            then: continue
            do: [ { start: menu } ]

          - { id: idle, on: { idle: 15m, since: agent }, do: [ { note: y } ] }
        flows:
          - { id: menu, start: a, steps: { a: { say: 'Say "hi"', end: true } } }

        """

    @Test func fmtNamesThenWritesWhatDiffers() async throws {
        let folder = try folder()
        let path = folder.path + "/rules/a.yaml"
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let checked = try await Program.run(["fmt", "--check"], in: folder.path)
        #expect(
            checked.status == 1 && checked.output == "rules/a.yaml\n",
            "\(checked.output)\(checked.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.rules)
        let written = try await Program.run(["fmt"], in: folder.path)
        #expect(written.status == 0 && written.output == "rules/a.yaml\n", "\(written.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.formatted)
        #expect(
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
        let again = try await Program.run(["fmt", "--check", "rules/a.yaml"], in: folder.path)
        #expect(again.status == 0 && again.output.isEmpty)
        #expect(try await Program.run(["check"], in: folder.path).status == 0)
    }

    @Test func fmtShowsADifference() async throws {
        let folder = try TemporaryFolder()
        try folder.write("version: 1\nrules:\n- id: a\n  do: [{note: x}]\n", to: "rules/a.yaml")
        let result = try await Program.run(["fmt", "--diff"], in: folder.path)
        #expect(result.status == 1)
        #expect(
            result.output == """
                --- rules/a.yaml
                +++ rules/a.yaml
                @@ -1,4 +1,4 @@
                 version: 1
                 rules:
                -- id: a
                -  do: [{note: x}]
                +  - id: a
                +    do: [ { note: x } ]

                """)
    }

    @Test func fmtLeavesAloneWhatItCannotRead() async throws {
        let folder = try folder()
        try folder.write("version: 1\nrules: [\n", to: "rules/b.yaml")
        let result = try await Program.run(["fmt"], in: folder.path)
        #expect(result.status == 1 && result.errors.contains("rules/b.yaml:3:1"), "\(result.errors)")
        #expect(
            try String(contentsOfFile: folder.path + "/rules/b.yaml", encoding: .utf8)
                == "version: 1\nrules: [\n")
        #expect(
            try String(contentsOfFile: folder.path + "/rules/a.yaml", encoding: .utf8) == Self.formatted)
        #expect(try await Program.run(["fmt", "nowhere"], in: folder.path).status == 1)
    }

    @Test func fmtReadsStandardInput() async throws {
        let folder = try TemporaryFolder()
        let result = try await Program.run(["fmt", "-"], in: folder.path, input: Self.rules)
        #expect(result.status == 0 && result.output == Self.formatted, "\(result.errors)")
    }
}
