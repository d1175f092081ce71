import Foundation
import RuleFiles
import TestSupport
import Testing

@Suite struct RuleFormatTests {
    private static func formatted(_ text: String) throws(RuleFormatError) -> String {
        String(decoding: try RuleFormat.formatted(Array(text.utf8), file: "a.yaml"), as: UTF8.self)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: String
        var after: String

        init(_ name: String, _ before: String, _ after: String) {
            testDescription = name
            self.before = before
            self.after = after
        }
    }

    @Test(arguments: [
        Row(
            "lists stand below their key", "rules:\n- id: a\n  do:\n  - note: x\n",
            "rules:\n  - id: a\n    do:\n      - note: x\n"),
        Row("two blanks a level", "a:\n     b:\n         c: d\n", "a:\n  b:\n    c: d\n"),
        Row("blanks behind dashes and colons", "a:\n  -   b:    c\n", "a:\n  - b: c\n"),
        Row(
            "braces and brackets", "a: {b: [ 1,2 ,3 ],c:   [{d: e}]}\n",
            "a: { b: [1, 2, 3], c: [ { d: e } ] }\n"),
        Row("empty ones", "a: { }\nb: [ ]\n", "a: {}\nb: []\n"),
        Row("no blanks at line ends", "a: b   \nc: d \t\n", "a: b\nc: d\n"),
        Row("one line end at the end", "a: b\n\n\n", "a: b\n"),
        Row("a missing line end", "a: b", "a: b\n"),
        Row("empty lines at the beginning", "\n\na: b\n", "a: b\n"),
        Row("one empty line at most", "a: b\n\n\n\nc: d\n", "a: b\n\nc: d\n"),
        Row("line ends of Windows", "a: b\r\nc:\r\n- d\r\n", "a: b\nc:\n  - d\n"),
        Row("a byte order mark", "\u{FEFF}a: b\n", "a: b\n"),
        Row(
            "comments begin with a blank", "#one\na: 'b' #two\n#!three\n##four\n",
            "# one\na: 'b' # two\n#!three\n##four\n"),
        Row("text that a comment cuts", "a: order #5\n", "a: order #5\n"),
        Row(
            "comments move along", "rules:\n# first\n- id: a\n  # of a\n  do: [ ]\n# at the end\n",
            "rules:\n  # first\n  - id: a\n    # of a\n    do: []\n# at the end\n"),
        Row(
            "an empty line between rules", "rules:\n\n- id: a\n  do: x\n# about b\n- id: b\n  do: y\n",
            "rules:\n  - id: a\n    do: x\n\n  # about b\n  - id: b\n    do: y\n"),
        Row(
            "none between rules of one line", "rules:\n- { id: a }\n- { id: b }\n- id: c\n  do: x\n",
            "rules:\n  - { id: a }\n  - { id: b }\n\n  - id: c\n    do: x\n"),
        Row(
            "a literal text moves as a whole", "a:\n- b: |\n        x\n          y \n\n  c: d\n",
            "a:\n  - b: |\n      x\n        y \n\n    c: d\n"),
        Row("indentation in digits", "a:\n- |2\n    x\n   y\n", "a:\n  - |2\n      x\n     y\n"),
        Row("a comment behind a literal text", "a:\n   b: |\n       x\n      # c\n", "a:\n  b: |\n    x\n  # c\n"),
        Row(
            "no empty line for a text that keeps it", "rules:\n- a: |+\n    x\n- b: c\n", "rules:\n  - a: |+\n      x\n  - b: c\n"
        ),
        Row("kept empty lines", "a: |+\n    x\n\n\nb: c\n", "a: |+\n  x\n\n\nb: c\n"),
        Row("a text without a line end", "a: |\n   x", "a: |-\n  x\n"),
        Row(
            "text of several lines", "a:\n    - b c\n       d\n    - 'e\n\n         f'\n",
            "a:\n  - b c\n     d\n  - 'e\n\n       f'\n"),
        Row(
            "brackets over several lines", "a:\n    b: [1,\n        2,   # two\n    ]\n",
            "a:\n  b: [1,\n      2,   # two\n  ]\n"),
        Row("anchors and aliases", "a: &x   1\nb:   *x\n*x : c\n", "a: &x 1\nb: *x\n*x : c\n"),
        Row("a value on its own line", "a:\n      'b'\n", "a:\n  'b'\n"),
        Row("an empty file", "", ""),
        Row("comments alone", "\n#one\n\n\n# two\n\n", "# one\n\n# two\n"),
        Row("a document mark", "---\na:\n- b\n...\n", "---\na:\n  - b\n...\n"),
    ])
    func laysOut(row: Row) throws {
        #expect(try Self.formatted(row.before) == row.after)
        #expect(try Self.formatted(row.after) == row.after)
    }

    @Test func leavesAloneWhatIsNoYAML() {
        #expect(throws: RuleFormatError.self) { try Self.formatted("a: [\n") }
        #expect(throws: RuleFormatError.self) { try Self.formatted("a: b\na: c\n") }
    }

    @Test func theExampleRulesAreFormatted() throws {
        for file in try Self.files(below: "rules") {
            #expect(try RuleFormat.formatted(file.bytes, file: file.path) == file.bytes, "\(file.path)")
        }
    }

    // MARK: What holds of every file

    @Test func everyFixtureKeepsItsMeaningAndItsComments() throws {
        var count = 0
        for file in try Self.files(below: "Tests") + Self.files(below: "rules") {
            count += check(file.bytes, file.path) ? 1 : 0
        }
        #expect(count > 100)
    }

    @Test(arguments: 0..<40)
    func madeFilesKeepTheirMeaning(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let folder = MadeRulesFolder(&random)
        for (path, entry) in folder.entries {
            if case .file(let bytes) = entry { _ = check(bytes, "\(seed) \(path)") }
        }
    }

    /// What cannot be laid out without a change of meaning is refused, and that is rare also among files that nobody writes.
    @Test func untidyFilesKeepTheirMeaning() {
        let refused = (0..<400).filter { seed in
            var untidy = UntidyYAML(SplitMix64(seed: UInt64(seed)))
            let text = untidy.file()
            return !check(Array(text.utf8), "\(seed):\n\(text)")
        }
        #expect(refused.count < 40, "\(refused)")
    }

    /// False for what cannot be read. What can be, must come out with the same comments, and stay so.
    private func check(_ bytes: [UInt8], _ name: String) -> Bool {
        do throws(RuleFormatError) {
            let once = try RuleFormat.formatted(bytes, file: "a.yaml")
            let twice = try RuleFormat.formatted(once, file: "a.yaml")
            #expect(once == twice, "\(name)")
            let text = String(decoding: once, as: UTF8.self)
            #expect(once.isEmpty || text.hasSuffix("\n"), "\(name)")
            #expect(!once.contains(0x0D), "\(name)")
            let hashes = { (bytes: [UInt8]) in bytes.count { $0 == UInt8(ascii: "#") } }
            #expect(hashes(once) == hashes(bytes), "\(name)")
            return true
        } catch {
            return false
        }
    }

    private static func files(below folder: String) throws -> [RuleFolder.File] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(folder).path
        let names = try FileManager.default.subpathsOfDirectory(atPath: root)
        return try names.filter { $0.hasSuffix(".yaml") }.sorted().map { name in
            RuleFolder.File(
                path: root + "/" + name, relativePath: name,
                bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + name))))
        }
    }
}

/// Writes YAML as people do who never heard of a formatter: any indentation, both styles, comments everywhere.
private struct UntidyYAML {
    private var random: SplitMix64
    private var lines: [String] = []

    init(_ random: SplitMix64) { self.random = random }

    mutating func file() -> String {
        if chance(20) { lines.append("# head") }
        mapping(depth: 0, indent: 0, first: "")
        let end = chance(20) ? "\r\n" : "\n"
        return lines.joined(separator: end) + (chance(80) ? end : "") + (chance(20) ? end : "")
    }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }
    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }
    private mutating func pick(_ texts: [String]) -> String {
        texts.randomElement(using: &random) ?? "x"
    }
    private mutating func blanks(_ range: ClosedRange<Int>) -> String {
        String(repeating: " ", count: number(range))
    }

    /// - Parameter first: what stands before the first key on its line, at the column of the keys.
    private mutating func mapping(depth: Int, indent: Int, first: String) {
        let keys = ["rules", "tests", "id", "do", "when", "say", "x-note", "'quoted'", "\"two\""]
            .shuffled(using: &random)
        for (number, key) in keys.prefix(self.number(1...4)).enumerated() {
            if number > 0 || first.isEmpty { between(indent) }
            let lead = number == 0 && !first.isEmpty ? first : String(repeating: " ", count: indent)
            value(after: lead + key + ":", depth: depth, indent: indent, inMapping: true)
        }
    }

    private mutating func sequence(depth: Int, indent: Int, first: String) {
        for number in 0..<self.number(1...3) {
            if number > 0 || first.isEmpty { between(indent) }
            let lead = number == 0 && !first.isEmpty ? first : String(repeating: " ", count: indent)
            value(after: lead + "-", depth: depth, indent: indent, inMapping: false)
        }
    }

    /// Something on the line that ends so, or below it.
    private mutating func value(after lead: String, depth: Int, indent: Int, inMapping: Bool) {
        let deeper = indent + number(1...5)
        switch depth < 4 ? number(0...9) : number(4...9) {
        case 0, 1:
            if !inMapping, chance(70) {
                let first = lead + blanks(1...4)
                mapping(depth: depth + 1, indent: first.count, first: first)
            } else {
                lines.append(lead + trailing())
                mapping(depth: depth + 1, indent: deeper, first: "")
            }
        case 2, 3:
            if !inMapping, chance(50) {
                let first = lead + blanks(1...3)
                sequence(depth: depth + 1, indent: first.count, first: first)
            } else {
                lines.append(lead + trailing())
                sequence(depth: depth + 1, indent: inMapping && chance(50) ? indent : deeper, first: "")
            }
        case 4: lines.append(lead + " " + blanks(0...3) + flow(depth: 0) + trailing())
        case 5:
            lines.append(lead + " [a," + trailing())
            lines.append(String(repeating: " ", count: deeper) + "{b: c}" + trailing())
            lines.append(String(repeating: " ", count: deeper) + "]")
        case 6: block(lead, indent: deeper)
        case 7:
            lines.append(lead + " " + pick(["plain words", "'quoted", "\"double"]))
            let isQuoted =
                lines[lines.count - 1].contains("'quoted")
                ? "'" : lines[lines.count - 1].contains("\"double") ? "\"" : ""
            if chance(30) { lines.append("") }
            lines.append(
                String(repeating: " ", count: deeper) + "go on   " + isQuoted
                    + (isQuoted.isEmpty ? "" : trailing()))
        default: lines.append(lead + " " + blanks(0...3) + scalar() + trailing())
        }
    }

    private mutating func block(_ lead: String, indent: Int) {
        lines.append(lead + " " + pick(["|", ">", "|-", ">-", "|+"]) + pick(["", "  # why"]))
        let blanks = String(repeating: " ", count: indent)
        lines.append(blanks + "text # no comment")
        for _ in 0..<number(0...3) {
            lines.append(pick(["", blanks + "  deeper ", blanks + "- x: y", blanks + "   "]))
        }
        lines.append(blanks + "last")
    }

    private mutating func flow(depth: Int) -> String {
        switch depth < 3 ? number(0...3) : 2 {
        case 0:
            return "[" + blanks(0...2)
                + (0..<number(0...3)).map { _ in flow(depth: depth + 1) }.joined(
                    separator: blanks(0...1) + "," + blanks(1...2))
                + blanks(0...1) + "]"
        case 1:
            let pairs = (0..<number(0...3)).map { "k\($0):" + blanks(1...3) + flow(depth: depth + 1) }
            return "{" + blanks(0...2) + pairs.joined(separator: " ," + blanks(0...2)) + blanks(0...1)
                + "}"
        default: return pick(["a", "'b, c'", "\"d: e\"", "1", "f g", "''"])
        }
    }

    private mutating func scalar() -> String {
        pick([
            "word", "two words", "'it''s'", "\"tab\\t # no comment\"", "12", "https://example.org/#x",
            "''", "é ü 환불", "a:b", "-x", "end\t",
        ])
    }

    private mutating func trailing() -> String { pick(["", "", "", " ", "   # comment", " #c"]) }

    private mutating func between(_ indent: Int) {
        for _ in 0..<number(0...2) where chance(40) {
            lines.append(
                pick([
                    "", "   ", blanks(0...8) + "# comment", String(repeating: " ", count: indent) + "#here",
                ]))
        }
    }
}
