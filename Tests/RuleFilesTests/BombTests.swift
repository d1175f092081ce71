import Foundation
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// T35: files that are small and make much of themselves, or that are no files.
@Suite struct BombTests {
    struct Bomb: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var code: DiagnosticCode
        var testDescription: String { name }

        init(_ name: String, _ code: DiagnosticCode, _ text: String) {
            self.name = name
            self.code = code
            self.text = text
        }
    }

    private static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    /// Each level is ten times the one before.
    private static func laughs(_ open: String, _ close: String, levels: Int, width: Int) -> String {
        var text =
            "version: 1\nx-0: &l0 \(open)" + (0..<width).map { open == "[" ? "lol" : "k\($0): lol" }.joined(separator: ", ")
            + close + "\n"
        for level in 1..<levels {
            let parts = (0..<width).map { open == "[" ? "*l\(level - 1)" : "k\($0): *l\(level - 1)" }
            text += "x-\(level): &l\(level) \(open)" + parts.joined(separator: ", ") + close + "\n"
        }
        return text
    }

    static let bombs: [Bomb] = [
        Bomb("laughs in lists", .tooLarge, laughs("[", "]", levels: 9, width: 9)),
        Bomb("laughs in mappings", .tooLarge, laughs("{", "}", levels: 9, width: 9)),
        Bomb("few laughs, long lists", .tooLarge, "x-a: &a [" + times(2_000, "x,") + "x]\nx-b: [" + times(60, "*a,") + "*a]\n"),
        Bomb("many aliases of nothing", .tooLarge, "x-a: &a x\nx-b: [" + times(200, "*a, ") + "*a]\n"),
        Bomb("an alias of itself", .syntax, "x-a: &a [*a]\n"), Bomb("a mapping within itself", .syntax, "x-a: &a { b: *a }\n"),
        Bomb("an alias of nobody", .syntax, "x-a: *nobody\n"), Bomb("a merge", .syntax, "x-a: &a { b: 1 }\nx-b: { <<: *a }\n"),
        Bomb("merges of merges", .syntax, "x-a: &a { b: 1 }\nx-b: &b { <<: [*a, *a] }\nx-c: { <<: [*b, *b] }\n"),
        Bomb("lists in lists", .tooLarge, "x-a: " + times(65, "[") + times(65, "]")),
        Bomb("lists in lists, many", .tooLarge, "x-a: " + times(100_000, "[") + times(100_000, "]")),
        Bomb("lists in lists, open", .tooLarge, "x-a: " + times(100_000, "[")),
        Bomb("mappings in mappings", .tooLarge, "x-a: " + times(100_000, "{a: ") + times(100_000, "}")),
        Bomb("dashes", .tooLarge, times(100_000, "- ") + "x"), Bomb("question marks", .tooLarge, times(100_000, "? ") + "x"),
        Bomb("steps", .tooLarge, (0..<500).map { times($0, " ") + "a:" }.joined(separator: "\n") + " 1\n"),
        Bomb("lists as keys", .tooLarge, times(100_000, "[{")),
        Bomb("many values", .tooLarge, "x-a: [" + times(100_001, "x,") + "x]\n"),
        Bomb("many values before a comment", .tooLarge, "x-a: [" + times(100_001, "x,") + "x]  # x\n"),
        Bomb("many values on odd lines", .tooLarge, "x-a:\n" + times(50_001, "- \"a\u{2028}  b\"\n- b\n")),
        Bomb("many keys", .tooLarge, (0..<60_000).map { "x-\($0): 1" }.joined(separator: "\n")),
        Bomb("many blank values", .tooLarge, "x-a: [" + times(100_001, "'',") + "]\n"),
        Bomb("more than 1 MiB", .tooLarge, "version: 1\n# " + times(1 << 20, "x")),
        Bomb("more than 1 MiB in one scalar", .tooLarge, "x-a: '" + times(1 << 20, "x") + "'"),
        Bomb("a key of 900 KiB", .syntax, times(900 << 10, "k") + ": 1\n"),
        Bomb("a tag that makes an object", .syntax, "x-a: !!python/object/apply:os.system ['true']\n"),
        Bomb("a tag of its own", .syntax, "x-a: !bomb x\n"), Bomb("a tag of binary", .syntax, "x-a: !!binary aGVsbG8=\n"),
        Bomb("a tag of a set", .syntax, "x-a: !!set { a, b }\n"), Bomb("a tag of text", .syntax, "x-a: !!str 1\n"),
        Bomb("a tag by address", .syntax, "%TAG ! tag:example.com,2000:\n---\nx-a: !x y\n"),
        Bomb("a second document", .syntax, "version: 1\n---\nversion: 1\n"),
        Bomb("many documents", .syntax, times(50_000, "---\n")),
        Bomb("a repeated key", .duplicateKey, "version: 1\nversion: 1\n"),
        Bomb("a repeated key by escape", .duplicateKey, "version: 1\n\"\\x76ersion\": 1\n"),
        Bomb("repeated keys deep inside", .duplicateKey, "version: 1\nx-a: { b: [ { c: 1, c: 2 } ] }\n"),
        Bomb("another version of YAML", .syntax, "%YAML 9.9\n---\nversion: 1\n"),
        Bomb("NUL", .syntax, "version: 1\nx-a: \"\0\"\n"),
        Bomb("a bell", .syntax, "version: 1\nx-a: \u{07}\n"),
        Bomb("a quote without end", .syntax, "x-a: \"" + times(500_000, "x\n")),
        Bomb("a list as key", .syntax, "[a, b]: c\n"), Bomb("UTF-16", .unreadableFile, ""),
    ]

    private func load(_ folder: String) -> LoadedRules { RuleLoader.load(RuleFolder(folder), vendors: VendorCatalog.ids) }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test(.timeLimit(.minutes(15)), arguments: bombs)
    func isRefused(_ bomb: Bomb) throws {
        try withFolder { folder in
            let bytes = bomb.name == "UTF-16" ? [0xFF, 0xFE, 0x76, 0, 0x3A, 0] : Array(bomb.text.utf8)
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/bomb.yaml"))
            let loaded = load(folder)
            #expect(loaded.ruleSet == nil)
            #expect(
                loaded.diagnostics.contains { $0.code == bomb.code && $0.severity == .error }, "\(loaded.diagnostics.prefix(3))")
            // What is shown to people stays readable.
            #expect(loaded.diagnostics.count < 1000)
            #expect(loaded.diagnostics.allSatisfy { $0.at.file == folder + "/bomb.yaml" })
        }
    }

    @Test func thereAreEnough() { #expect(Self.bombs.count >= 30) }

    /// Norway and its kind: where text is expected, it is text.
    @Test(arguments: [
        "no", "NO", "on", "off", "yes", "y", "n", "null", "~", "1e3", "0x1F", "1_000", "007", "9:30", ".inf", "2026-01-01",
    ])
    func wordsStayWords(_ word: String) throws {
        let loaded = RuleLoader.load(
            RuleFolder(
                root: "rules",
                texts: [
                    "a.yaml": "version: 1\nrules:\n  - id: r\n    when: [ { text: \(word) } ]\n    do: [ { reply: \(word) } ]\n"
                ]),
            vendors: VendorCatalog.ids)
        #expect(loaded.diagnostics == [])
        #expect(loaded.ruleSet != nil)
    }

    // MARK: What is no file

    private static let rules = "version: 1\nrules: []\n"

    @Test func filesAreLimitedTogether() throws {
        try withFolder { folder in
            let megabyte = Self.rules + "# " + Self.times((1 << 20) - 40, "x") + "\n"
            for number in 0..<15 { try megabyte.write(toFile: folder + "/\(number).yaml", atomically: true, encoding: .utf8) }
            #expect(load(folder).diagnostics == [])
            for number in 15..<40 { try megabyte.write(toFile: folder + "/\(number).yaml", atomically: true, encoding: .utf8) }
            let loaded = load(folder)
            #expect(loaded.ruleSet == nil)
            #expect(loaded.diagnostics.map(\.code) == [.tooLarge])
            #expect(loaded.diagnostics.first?.message == "the files are larger than 16 MiB together")
        }
    }

    /// Nobody writes into it: whoever opened it would wait for ever.
    @Test(.timeLimit(.minutes(15))) func aFIFOIsRefused() throws {
        try withFolder { folder in
            try Self.rules.write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
            #expect(mkfifo(folder + "/b.yaml", 0o600) == 0)
            let loaded = load(folder)
            #expect(loaded.ruleSet == nil)
            let found = loaded.diagnostics.map { "\($0.at.file) \($0.message)" }
            #expect(found == ["\(folder)/b.yaml this is neither a file nor a folder"])
        }
    }

    @Test(arguments: ["/dev/zero", "/etc/hostname", "/etc", "../outside.yaml", "/proc/self/environ"])
    func aLinkOutOfTheFolderIsRefused(_ target: String) throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/rules", withIntermediateDirectories: true)
            try Self.rules.write(toFile: folder + "/rules/a.yaml", atomically: true, encoding: .utf8)
            try Self.rules.write(toFile: folder + "/outside.yaml", atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: folder + "/rules/b.yaml", withDestinationPath: target)
            let loaded = load(folder + "/rules")
            #expect(loaded.ruleSet == nil)
            #expect(loaded.diagnostics.map(\.message) == ["a symbolic link leads out of the rules folder"])
        }
    }

    @Test func linksInACircleAreNoRules() throws {
        try withFolder { folder in
            try Self.rules.write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: folder + "/loop", withDestinationPath: ".")
            try FileManager.default.createSymbolicLink(atPath: folder + "/b.yaml", withDestinationPath: "c.yaml")
            try FileManager.default.createSymbolicLink(atPath: folder + "/c.yaml", withDestinationPath: "b.yaml")
            #expect(load(folder).ruleSet == nil)
        }
    }

    @Test func aFolderThatIsNamedLikeAFileIsAFolder() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/a.yaml", withIntermediateDirectories: true)
            try Self.rules.write(toFile: folder + "/a.yaml/b.yaml", atomically: true, encoding: .utf8)
            #expect(load(folder).diagnostics == [])
        }
    }
}
