import Foundation

/// A rules folder made by chance: as somebody might have written it, and as often as not spoilt then.
package struct MadeRulesFolder: Sendable {
    package enum Entry: Sendable, Hashable {
        case file([UInt8])
        case link(to: String)
        case folder
        /// A named pipe: opening it for reading waits for ever.
        case pipe
    }

    /// By path below the root.
    package private(set) var entries: [String: Entry] = [:]
    /// What was done to a folder without an error; empty: nothing, so it must be accepted.
    package private(set) var faults: [String] = []

    package init(_ random: inout SplitMix64, spoiltInHundred: Int = 50) {
        var writer = RulesWriter(random)
        entries = writer.files().mapValues { .file(Array($0.utf8)) }
        random = writer.random
        guard Int.random(in: 0..<100, using: &random) < spoiltInHundred else { return }
        for _ in 0..<Int.random(in: 1...2, using: &random) { spoil(&random) }
    }

    /// Makes `folder` hold exactly this.
    package func write(to folder: String) throws {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] { try files.removeItem(atPath: folder + "/" + name) }
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let place = folder + "/" + path
            let parent = (place as NSString).deletingLastPathComponent
            try files.createDirectory(atPath: parent, withIntermediateDirectories: true)
            switch entry {
            case .file(let bytes): try Data(bytes).write(to: URL(fileURLWithPath: place))
            case .link(let target): try files.createSymbolicLink(atPath: place, withDestinationPath: target)
            case .folder: try files.createDirectory(atPath: place, withIntermediateDirectories: true)
            case .pipe: mkfifo(place, 0o600)
            }
        }
    }

    // MARK: Faults

    private mutating func spoil(_ random: inout SplitMix64) {
        let paths = entries.keys.sorted().filter { if case .file = entries[$0] { true } else { false } }
        guard let path = paths.randomElement(using: &random), case .file(let bytes) = entries[path] else { return }
        let faults: [(String, (inout SplitMix64) -> Entry?)] = [
            ("bytes flipped", { .file(Self.flipped(bytes, &$0)) }),
            ("line deleted", { .file(Self.lines(bytes, &$0) { lines, at, _ in lines.remove(at: at) }) }),
            ("line doubled", { .file(Self.lines(bytes, &$0) { lines, at, _ in lines.insert(lines[at], at: at) }) }),
            ("lines swapped", { .file(Self.lines(bytes, &$0) { lines, at, other in lines.swapAt(at, other) }) }),
            ("indent changed", { .file(Self.lines(bytes, &$0) { lines, at, _ in lines[at] = [32, 32] + lines[at] }) }),
            ("tab", { .file(Self.lines(bytes, &$0) { lines, at, _ in lines[at] = [9] + lines[at] }) }),
            ("cut off", { random in .file(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))) }),
            ("empty", { _ in .file([]) }),
            ("no UTF-8", { .file(Self.inserted([0xC3, 0x28], in: bytes, &$0)) }),
            ("NUL", { .file(Self.inserted([0], in: bytes, &$0)) }),
            ("type changed", { Self.replaced(bytes, Self.wrongTypes, &$0) }),
            ("target missing", { Self.replaced(bytes, Self.missingTargets, &$0) }),
            ("bad pattern", { Self.replaced(bytes, Self.badPatterns, &$0) }),
            ("circle", { Self.replaced(bytes, Self.circles, &$0) }),
            ("large", { _ in .file(bytes + Array("\n# ".utf8) + [UInt8](repeating: 0x78, count: 1 << 20)) }),
            ("deep", { _ in .file(bytes + Array(("\nx-deep: " + String(repeating: "[", count: 5000)).utf8)) }),
            ("second document", { _ in .file(bytes + Array("\n---\nversion: 1\n".utf8)) }),
            ("link out", { _ in .link(to: "/etc/hostname") }),
            ("link to nothing", { _ in .link(to: "nowhere.yaml") }),
            ("link to itself", { _ in .link(to: (path as NSString).lastPathComponent) }),
            ("folder for a file", { _ in .folder }),
            ("pipe for a file", { _ in .pipe }),
            ("deleted", { _ in nil }),
        ]
        guard let (name, fault) = faults.randomElement(using: &random) else { return }
        entries[path] = fault(&random)
        self.faults.append("\(name) in \(path)")
    }

    private static func flipped(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let at = bytes.indices.randomElement(using: &random) else { return bytes }
            bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        return bytes
    }

    private static func inserted(_ more: [UInt8], in bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        bytes.insert(contentsOf: more, at: Int.random(in: 0...bytes.count, using: &random))
        return bytes
    }

    private static func lines(
        _ bytes: [UInt8], _ random: inout SplitMix64, _ change: (inout [[UInt8]], _ at: Int, _ other: Int) -> Void
    ) -> [UInt8] {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let at = Int.random(in: 0..<lines.count, using: &random)
        change(&lines, at, Int.random(in: 0..<lines.count, using: &random))
        return Array(lines.joined(separator: [10]))
    }

    /// The first of them that is there, from a place by chance on; nothing changes where none is.
    private static func replaced(_ bytes: [UInt8], _ pairs: [(String, String)], _ random: inout SplitMix64) -> Entry {
        let text = String(decoding: bytes, as: UTF8.self)
        let there = pairs.filter { text.contains($0.0) }
        guard let pair = there.randomElement(using: &random), let place = text.range(of: pair.0) else { return .file(bytes) }
        return .file(Array(text.replacingCharacters(in: place, with: pair.1).utf8))
    }

    private static let wrongTypes = [
        ("version: 1", "version: [1]"), ("do: [", "do: { a: "), ("rules:", "rules: 5 #"), ("priority: ", "priority: x"),
        ("lists:", "lists: [] #"), ("steps:", "steps: word #"), ("hours: {", "hours: [ {"), ("tests:", "tests: {} #"),
        ("expect: {", "expect: [ {"), ("text: ", "text: { any: "), ("do: [", "do: [ 5, "),
    ]
    private static let missingTargets = [
        ("$list", "$gone"), ("inside: hours", "inside: gone"), ("start: flow", "start: gone"), ("next: last", "next: gone"),
        ("start: first", "start: gone"), ("{{message.text}}", "{{nobody.text}}"), ("channel:", "chanel:"), ("reply:", "replay:"),
        ("flow: flow", "flow: gone"),
    ]
    private static let badPatterns = [
        ("regex: '", "regex: '("), ("regex: '", "regex: '[a-"), ("regex: '", "regex: '(?<n>a)(?<n>b"),
        ("regex: '", "regex: \"\\b"),
        ("word", "wo*rd"),
    ]
    private static let circles = [
        ("next: last", "next: first"), ("end: true", "next: first"), ("list0: [", "list0: [ $list0, "), ("- id: r1", "- id: r0"),
        ("word", "*a"), ("version: 1", "version: 1\nx-a: &a [ *a ]"),
    ]
}

/// Writes rules, flows, lists, schedules and tests without an error, and tests that pass.
private struct RulesWriter {
    var random: SplitMix64

    init(_ random: SplitMix64) { self.random = random }

    mutating func files() -> [String: String] {
        let files = number(1...3)
        var texts: [String: String] = [:]
        for file in 0..<files {
            let folder = chance(4) ? "sub/deep/" : ""
            texts["\(folder)rules\(file).\(chance(3) ? "yml" : "yaml")"] = rulesFile(file)
        }
        if chance(2) { texts["a.test.yaml"] = testFile() }
        if chance(8) { texts["notes.txt"] = "rules: [" }
        if chance(8) { texts[".hidden.yaml"] = "rules: [" }
        return texts
    }

    private mutating func rulesFile(_ file: Int) -> String {
        var text = "version: 1\n"
        if file == 0 {
            text += "lists:\n"
            for list in 0..<number(1...3) { text += "  list\(list): [\(words())\(list > 0 && chance(2) ? ", $list0" : "")]\n" }
            text += "schedules:\n  hours:\n    tz: \(pick(["America/Sao_Paulo", "Europe/Berlin", "UTC"]))\n"
            text += "    hours: { mon-fri: '09:00-18:00', sat: '10:00-12:00' }\n"
        }
        text += "rules:\n"
        if file == 0 { text += "  - id: certain\n    when: [ { text: sesame } ]\n    do: [ { reply: open } ]\n" }
        for rule in 0..<number(1...5) { text += self.rule("r\(file)\(rule == 0 ? "" : "-\(rule)")") }
        if file == 0 { text += flow() }
        return text
    }

    private mutating func rule(_ id: String) -> String {
        var text = "  - id: \(id)\n"
        if chance(3) { text += "    why: because of \(number(0...99))\n" }
        if chance(4) { text += "    priority: -\(number(1...9))\n" }
        if chance(5) { text += "    on: { idle: \(number(1...50))m, since: customer }\n" }
        text += "    when:\n      - channel: never\n"
        for _ in 0..<number(0...3) { text += "      - \(condition(depth: 0))\n" }
        text += "    do: [ \((0..<number(1...3)).map { _ in action() }.joined(separator: ", ")) ]\n"
        if chance(3) { text += "    then: \(pick(["stop", "continue"]))\n" }
        if chance(4) { text += "    once_per: { conversation: \(number(1...9))h }\n" }
        if chance(4) { text += "    mode: \(pick(["live", "observe", "off"]))\n" }
        return text
    }

    private mutating func condition(depth: Int) -> String {
        switch number(0...(depth > 2 ? 7 : 9)) {
        case 0: "text: { any: [\(words())] }"
        case 1: "text: $list0"
        case 2: "text: { regex: '(?<n>\\d{\(number(1...5)),})' }"
        case 3: "channel: [whatsapp, webchat]"
        case 4: "\(pick(["inside", "outside"])): hours"
        case 5: "handler: \(pick(["bot", "queue", "human"]))"
        case 6: "first_message: \(pick(["true", "false"]))"
        case 7: "field: { contact.attributes.plan: { exists: true } }"
        default:
            "\(pick(["any", "all", "none"])): [ { \(condition(depth: depth + 1)) }, { \(condition(depth: depth + 1)) } ]"
        }
    }

    private mutating func action() -> String {
        switch number(0...6) {
        case 0: "{ reply: 'got {{message.text}} \(number(0...99))' }"
        case 1: "{ tag: [\(words())] }"
        case 2: "{ note: 'of {{contact.name}}' }"
        case 3: "{ set: { seen: '{{now.date}}' } }"
        case 4: "{ start: flow }"
        case 5: "{ route: { department: '\(number(1...999))' } }"
        default: "{ reply: { one_of: [ a, b, 'c {{conversation.id}}' ] } }"
        }
    }

    private mutating func flow() -> String {
        """
        flows:
          - id: flow
            start: first
            steps:
              first:
                say: 'Which? \(number(0...99))'
                choices: [ { label: One, next: last }, { label: Two, keywords: [\(words())], next: last } ]
                otherwise: { say: Pardon?, times: 2, next: last }
              last: { say: Bye, end: true }

        """
    }

    private mutating func testFile() -> String {
        """
        version: 1
        tests:
          - name: the word opens
            event: { text: 'sesame \(number(0...99))' }
            expect: { rules: [certain], effects: [ { reply: open } ] }
          - name: nothing else does
            steps:
              - { event: { text: xyzzy }, expect: { rules: [] } }
          - name: an answer
            given: { flow: flow/first }
            event: { text: One }
            expect: { effects: [ { reply: Bye } ], flow: ended }

        """
    }

    // MARK: Chance

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func chance(_ oneIn: Int) -> Bool { number(1...oneIn) == 1 }
    private mutating func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
    private mutating func words() -> String {
        (0..<number(1...3)).map { _ in pick(["word", "refund", "'não'", "환불", "'money back'", "cancel\(number(0...99))"]) }
            .joined(separator: ", ")
    }
}
