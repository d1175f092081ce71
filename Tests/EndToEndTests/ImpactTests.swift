import Foundation
import JSON
import Model
import Testing

/// `impact` as a user runs it: folders and git revisions, budgets, and what it tells.
@Suite(.timeLimit(.minutes(15))) struct ImpactTests {
    private static let old = """
        version: 1
        rules:
          - { id: refund, when: [ { text: [refund] } ], do: [ { reply: 'Hello' } ] }
          - { id: order, when: [ { text: [order] } ], do: [ { reply: 'Which one?' } ] }
          - { id: bill, when: [ { text: [bill] } ], do: [ { reply: 'A moment' } ] }

        """

    /// One reply changed, one rule closes, one has another id, one is gone.
    private static let new = """
        version: 1
        rules:
          - { id: bye, when: [ { text: [bye] } ], do: [ { close: true } ] }
          - { id: refunds, when: [ { text: [refund] } ], do: [ { reply: 'Hello' } ] }
          - { id: order, when: [ { text: [order] } ], do: [ { reply: 'Which | one?' } ] }

        """

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.old, to: "rules/a.yaml")
        try folder.write(Self.new, to: "changed/a.yaml")
        let texts = ["refund please", "my order", "bye", "nothing", "the bill", "an order | <b>"]
        let lines = texts.enumerated().map { Shop.message("m\($0.offset)", chat: 10 + $0.offset, text: $0.element) }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "captures/day.jsonl")
        return folder
    }

    @Test func tellsWhatIsDecidedDifferently() async throws {
        let folder = try folder()
        let result = try await Program.run(
            ["impact", "rules", "changed", "--format", "json", "captures"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONDocument(result.output).root.value
        #expect(
            [report["webhooks"], report["events"], report["unreadable"], report["changed"], report["same_effects"]]
                == [6, 6, 0, 5, 1])
        let rows = (report["rules"]?.array ?? []).map { row in
            ["rule", "action", "gained", "lost", "changed", "held_back", "at"].map { row[$0]?.text ?? "-" }
        }
        #expect(
            rows == [
                ["order", "reply", "0", "0", "2", "0", "changed/a.yaml:5:5"],
                ["bill", "reply", "0", "1", "0", "0", "rules/a.yaml:5:5"],
                ["bye", "close", "1", "0", "0", "0", "changed/a.yaml:3:5"],
            ])
        #expect(report["renamed"]?["0"]?["from"] == "refund" && report["renamed"]?["0"]?["to"] == "refunds")
        #expect(report["closed"]?["conversations"] == 1 && report["closed"]?["examples"]?["0"]?["conversation"] == "12")
        #expect(report["unanswered"]?["examples"]?["0"]?["event"] == "huggy:default:message:m4")
        #expect(report["unanswered"]?["examples"]?["0"]?["line"] == 5)
        #expect(report["routed"]?["events"] == 0)
        let before = report["unanswered"]?["examples"]?["0"]?["before"]?["0"]
        #expect(before?["value"] == ["text": "A moment"] && before?["at"] == "rules/a.yaml:5:5")
    }

    @Test func aChangeOfLinesAloneIsNone() async throws {
        let folder = try folder()
        try folder.write(Self.old.replacingOccurrences(of: "rules:\n", with: "# moved\n\nrules:\n"), to: "moved/b.yaml")
        let result = try await Program.run(
            ["impact", "rules", "moved", "--max-changed", "0", "captures"], in: folder.path)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("no event is decided differently"))
    }

    @Test func budgetsDecideTheExitCode() async throws {
        let folder = try folder()
        try folder.write("version: 1\nrules: [ { id: x } ]\n", to: "broken/a.yaml")
        let cases: [([String], Int32)] = [
            ([], 0), (["--max-changed", "5"], 0), (["--max-changed", "4"], 1), (["--max-changed", "84%"], 0),
            (["--max-changed", "83%"], 1), (["--forbid", "close"], 1), (["--forbid", "route,note"], 0),
            (["--forbid", "route", "--forbid", "close"], 1), (["--forbid", "reply"], 0), (["--max-changed", "many"], 2),
            (["--forbid", "shout"], 2), (["--jobs", "0"], 2), (["--examples", "-1"], 2), (["nowhere"], 4),
        ]
        for (arguments, status) in cases {
            let result = try await Program.run(
                ["impact", "--quiet", "rules", "changed", "captures"] + arguments, in: folder.path)
            #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
        }
        let more: [([String], Int32)] = [
            (["rules", "broken", "captures"], 3), (["broken", "rules", "captures"], 3), (["rules", "nowhere", "captures"], 3),
            (["HEAD:rules", "rules", "captures"], 4), (["rules", "changed"], 2),
            // Nothing was compared: no budget is known to be kept.
            (["rules", "changed", "--max-changed", "0", "/dev/null"], 4),
            (["rules", "changed", "--forbid", "close", "/dev/null"], 4),
        ]
        for (arguments, status) in more {
            let result = try await Program.run(["impact"] + arguments, in: folder.path, environment: ["GIT_DIR": "/nonexistent"])
            #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
            #expect(!result.errors.isEmpty, "\(arguments) says nothing")
        }
    }

    @Test func markdownIsOneTableRowWhateverCustomersWrite() async throws {
        let folder = try folder()
        let result = try await Program.run(
            ["impact", "rules", "changed", "--format", "markdown", "captures/day.jsonl"], in: folder.path)
        #expect(result.status == 0)
        #expect(result.output.contains("| `order` | reply | 0 | 0 | 2 | 0 | `changed/a.yaml:5:5` |"))
        #expect(result.output.contains("an order \\| &lt;b&gt;"))
        for line in result.output.split(separator: "\n") where line.hasPrefix("|") {
            let bars = line.replacingOccurrences(of: "\\|", with: "").count { $0 == "|" }
            #expect([4, 7, 8].contains(bars), "\(line)")
        }
    }

    @Test func readsStandardInputGzipAndManyCoresAlike() async throws {
        let folder = try folder()
        let lines = (0..<3000).map { number in
            Shop.message("n\(number)", chat: number % 90, text: ["refund", "order", "bye", "bill", "what"][number % 5])
        }
        try folder.write(lines.joined(separator: "\n") + "\nno json\n", to: "many.jsonl")
        let one = try await Program.run(
            ["impact", "--format", "json", "--jobs", "1", "rules", "changed", "many.jsonl"], in: folder.path)
        let four = try await Program.run(
            ["impact", "--format", "json", "--jobs", "4", "rules", "changed", "many.jsonl"], in: folder.path)
        #expect(one.status == 0 && one == four)
        #expect(one.errors.contains("many.jsonl:3001:"))
        let zip = try Child("/bin/gzip", ["-k", "many.jsonl"], in: folder.path, environment: [:])
        #expect(try await blocking { zip.wait() } == 0)
        let zipped = try await Program.run(["impact", "--format", "json", "rules", "changed", "many.jsonl.gz"], in: folder.path)
        #expect(zipped.output.replacingOccurrences(of: "many.jsonl.gz", with: "many.jsonl") == one.output)
        let piped = try await Program.run(
            ["impact", "--format", "json", "rules", "changed", "-"], in: folder.path, input: lines.joined(separator: "\n"))
        let report = try JSONDocument(piped.output).root.value
        #expect(report["events"] == 3000 && report["changed"] == 2400 && report["unreadable"] == 0)
        #expect(try JSONDocument(one.output).root.value["unreadable"] == 1)
    }

    @Test func aFileThatWasCutOffIsNotComplete() async throws {
        let folder = try folder()
        let zip = "gzip -c captures/day.jsonl | head -c 200 > cut.jsonl.gz"
        let child = try Child("/bin/bash", ["-c", zip], in: folder.path, environment: [:])
        #expect(try await blocking { child.wait() } == 0)
        let result = try await Program.run(["impact", "rules", "changed", "cut.jsonl.gz"], in: folder.path)
        #expect(result.status == 4 && result.errors.contains("cut.jsonl.gz cannot be read"), "\(result)")
    }

    @Test(arguments: ["day.jsonl", "day.json"])
    func aByteOrderMarkIsNoPartOfACapture(name: String) async throws {
        let folder = try folder()
        let line = Shop.message("m1", chat: 1, text: "refund")
        try folder.write("\u{FEFF}" + line + "\n", to: name)
        let result = try await Program.run(["impact", "--format", "json", "rules", "changed", name], in: folder.path)
        let report = try JSONDocument(result.output).root.value
        #expect(result.errors == "" && report["events"] == 1 && report["unreadable"] == 0)
    }

    /// - Parameter lines: few are read by the first thread, and many are more than one batch, of which the next is read by another.
    @Test(arguments: [3, 13_000])
    func anInterruptedComparisonTellsWhatItHas(lines: Int) async throws {
        let folder = try folder()
        // The pipe stays open, so the command waits for more until it is interrupted.
        let line = """
            mkfifo pipe; exec 9<>pipe; "$@" - <pipe >out 2>errors & pid=$!
            yes "$(cat captures/day.jsonl)" | head -n \(lines) >&9
            until grep -q '^SigCgt:.*[2367abef]$' /proc/$pid/status; do kill -0 $pid || exit 9; done
            kill -INT $pid; wait $pid; echo $?
            """
        let result = try await Program.run(
            ["impact", "rules", "changed"], in: folder.path, wrapper: ["/bin/bash", "-c", line, "bash"])
        #expect(result.output == "1\n", "\(result)")
        let errors = try String(contentsOfFile: folder.path + "/errors", encoding: .utf8)
        #expect(errors.contains("bellhop: interrupted after"), "\(errors)")
        let output = try String(contentsOfFile: folder.path + "/out", encoding: .utf8)
        #expect(output.contains("\ninterrupted: this is of the traffic until then\n"), "\(output)")
    }

    // MARK: Git

    /// Runs git in a folder; nothing of the user's configuration counts.
    private func git(_ words: String, in folder: TemporaryFolder) async throws {
        let child = try Child(
            "/usr/bin/git",
            ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
                + words.split(separator: " ").map(String.init), in: folder.path,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1"])
        #expect(try await blocking { child.wait() } == 0, "git \(words)")
    }

    @Test func readsRevisionsAsGitKeepsThem() async throws {
        let folder = try folder()
        try folder.write(
            "version: 1\nrules:\n  - { id: sub, when: [ { text: [what] } ], do: [ { tag: x } ] }\n",
            to: "rules/below/.kept/c.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/rules/below/c.yaml", withDestinationPath: ".kept/c.yaml")
        // Attributes that `git archive` would obey.
        try folder.write("* export-ignore\n", to: "rules/.gitattributes")
        try await git("init -q", in: folder)
        try await git("add -A", in: folder)
        try await git("commit -q -m one", in: folder)
        let same = try await Program.run(
            ["impact", "--max-changed", "0", "HEAD:rules", "rules", "captures"], in: folder.path)
        #expect(same.status == 0 && same.output.contains("no event is decided differently"), "\(same.output)\(same.errors)")
        #expect(!same.output.contains("only in"), "the linked rule is on both sides: \(same.output)")
        try FileManager.default.removeItem(atPath: folder.path + "/rules/below")
        try folder.write(Self.new, to: "rules/a.yaml")
        try await git("add -A", in: folder)
        try await git("commit -q -m two", in: folder)
        let changed = try await Program.run(
            ["impact", "--format", "json", "HEAD~1:rules", "HEAD:rules", "captures"], in: folder.path)
        let report = try JSONDocument(changed.output).root.value
        #expect(report["changed"] == 5, "\(changed.errors)")
        #expect(report["rules"]?["1"]?["at"] == "HEAD~1:rules/a.yaml:5:5")
        let file = try await Program.run(["impact", "main:rules/a.yaml", "rules", "captures"], in: folder.path)
        #expect(file.status == 0 && file.output.contains("no event is decided differently"), "\(file.errors)")
        // From a folder below the top, the path is from the top, or from here with ./ in front.
        let below = folder.path + "/captures"
        for name in ["HEAD:rules", "HEAD:../rules", "HEAD:./../rules"] {
            let result = try await Program.run(["impact", name, "../rules", "day.jsonl"], in: below)
            #expect(result.status == 0, "\(name): \(result.errors)")
        }
    }

    @Test func gitsErrorsAndErrorsOfARevisionAreShown() async throws {
        let folder = try folder()
        try folder.write("version: 1\nrules:\n  - { id: x, whenn: [] }\n", to: "rules/sub/bad.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/changed/out.yaml", withDestinationPath: "/etc/hostname")
        try await git("init -q", in: folder)
        try await git("add -A", in: folder)
        try await git("commit -q -m one", in: folder)
        let broken = try await Program.run(["impact", "HEAD:rules", "changed", "captures"], in: folder.path)
        #expect(broken.status == 3 && broken.errors.contains("--> HEAD:rules/sub/bad.yaml:3:"), "\(broken.errors)")
        let outside = try await Program.run(["impact", "HEAD:changed", "changed", "captures"], in: folder.path)
        #expect(outside.status == 3 && outside.errors.contains("HEAD:changed/out.yaml"), "\(outside.errors)")
        let unknown = try await Program.run(["impact", "nope:rules", "changed", "captures"], in: folder.path)
        #expect(unknown.status == 4 && unknown.errors.contains("nope"), "\(unknown.errors)")
        let path = try await Program.run(["impact", "HEAD:none", "changed", "captures"], in: folder.path)
        #expect(path.status == 4 && path.errors.contains("none"), "\(path.errors)")
        let missing = try await Program.run(
            ["impact", "HEAD:rules", "changed", "captures"], in: folder.path, environment: ["PATH": "/nonexistent"])
        #expect(missing.status == 4 && missing.errors.contains("git"), "\(missing.errors)")
    }
}
