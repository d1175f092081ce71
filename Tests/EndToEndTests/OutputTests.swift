import Foundation
import TestSupport
import Testing

/// What a command says by its exit code, whatever becomes of what it prints.
@Suite(.timeLimit(.minutes(15))) struct OutputTests {
    private static let rules = "version: 1\nrules: [ { id: r, when: [ { text: a } ], do: [ { tag: a } ] } ]\n"
    private static let failing = "version: 1\ntests: [ { name: t, event: { text: b }, expect: { rules: [r] } } ]\n"

    /// One test that fails.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        try folder.write(Self.failing, to: "rules/a.test.yaml")
        return folder
    }

    private func shell(_ line: String, _ arguments: [String], in folder: TemporaryFolder) async throws -> Program.Result {
        try await Program.run(
            arguments, in: folder.path, wrapper: ["/bin/bash", "-c", "set -o pipefail; " + line, "bash"])
    }

    @Test(
        arguments: [
            ("\"$@\" | true", 1), ("\"$@\" 2>&1 | true", 1), ("\"$@\" 2>&-", 1), ("\"$@\" >&-", 1), ("\"$@\" <&-", 1),
            ("\"$@\" >/dev/full", 4), ("\"$@\" 2>/dev/full", 1),
        ])
    func aVerdictOutlivesItsReader(line: String, status: Int32) async throws {
        let result = try await shell(line, ["test"], in: folder())
        #expect(result.status == status, "\(result)")
        if status == 4 { #expect(result.errors == "bellhop: the output cannot be written: No space left on device\n") }
    }

    @Test func whatIsPrintedAsLongAsSomebodyReadsEndsWithTheReader() async throws {
        let folder = try folder()
        // More than a pipe holds, and in the end what would make the status 1.
        let lines = (0..<2000).map { Shop.message("m\($0)", chat: $0, text: "a") } + ["no json"]
        try folder.write(lines.joined(separator: "\n") + "\n", to: "many.jsonl")
        #expect(try await shell("\"$@\" | tail -n 1", ["dry-run", "many.jsonl"], in: folder).status == 1)
        let result = try await shell("\"$@\" | head -n 1", ["dry-run", "many.jsonl"], in: folder)
        #expect(result.status == 0 && result.errors == "", "\(result)")
    }

    /// Ctrl-C ends a read in the middle of something, which is no input that cannot be read.
    @Test(arguments: ["", "{\"time\":", "{\n  \"time\": 1,\n"])
    func anInterruptedRunTellsOfNoHalfInput(begun: String) async throws {
        let folder = try folder()
        try folder.write(begun, to: "begun")
        // The pipe stays open, so the command waits for more.
        let line = """
            mkfifo pipe; exec 9<>pipe; "$@" <pipe >out 2>errors & pid=$!
            cat begun >&9
            until grep -q '^SigCgt:.*[2367abef]$' /proc/$pid/status; do kill -0 $pid || exit 9; done
            kill -INT $pid; wait $pid; echo $?
            """
        let result = try await shell(line, ["dry-run", "--format", "json", "-"], in: folder)
        #expect(result.output == "1\n", "\(result)")
        let (out, errors) = (folder.path + "/out", folder.path + "/errors")
        #expect(try String(contentsOfFile: out, encoding: .utf8) == "")
        #expect(try String(contentsOfFile: errors, encoding: .utf8) == "bellhop: interrupted after 0 events\n")
    }

    @Test func aPipeThatDoesNotBlockGetsAll() async throws {
        let folder = try folder()
        let rules = (0..<3000).map { "  - { id: rule-\($0), when: [ { text: word\($0) } ], do: [ { tag: a } ] }\n" }
        try folder.write("version: 1\nrules:\n" + rules.joined(), to: "rules/a.yaml")
        try folder.write("version: 1\ntests: []\n", to: "rules/a.test.yaml")
        let line = "perl -MFcntl -e 'fcntl(STDOUT, F_SETFL, O_NONBLOCK); exec @ARGV' -- \"$@\" | cat | wc -l"
        let result = try await shell(line, ["list"], in: folder)
        #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 >= 3000, "\(result)")
    }

    // MARK: Files

    @Test func aDeviceOrPipeThatIsToBeWrittenStaysOne() async throws {
        let folder = try folder()
        let line = "mkfifo pipe; cat pipe > read & \"$@\" --junit pipe; wait; test -p pipe && grep -c '<testsuite ' read"
        let result = try await shell(line, ["test"], in: folder)
        #expect(result.status == 0 && result.output.hasSuffix("\n1\n"), "\(result)")
    }

    /// Both what is printed and the report, also where stdout is a file.
    @Test(arguments: ["/dev/stdout", "/proc/self/fd/1"])
    func aReportOnStdoutStandsBehindWhatIsPrinted(path: String) async throws {
        let folder = try folder()
        let line = "\"$@\" --junit \(path) >out; grep -c '^0 passed, 1 failed$' out; grep -c '<testsuite ' out"
        let result = try await shell(line, ["test"], in: folder)
        #expect(result.output == "1\n1\n", "\(result)")
    }

    @Test func aLinkThatIsToBeWrittenStaysOne() async throws {
        let folder = try folder()
        try folder.write("old", to: "real.xml")
        let line = "ln -s real.xml link.xml; \"$@\" --junit link.xml; test -L link.xml && grep -c '<testsuite ' real.xml"
        let result = try await shell(line, ["test"], in: folder)
        #expect(result.status == 0 && result.output.hasSuffix("\n1\n"), "\(result)")
    }

    @Test func aFileThatCannotBeWrittenSaysWhy() async throws {
        let folder = try folder()
        let result = try await Program.run(["test", "--junit", "nowhere/a.xml"], in: folder.path)
        #expect(result.status == 4 && result.errors == "bellhop: nowhere/a.xml cannot be written: No such file or directory\n")
    }
}
