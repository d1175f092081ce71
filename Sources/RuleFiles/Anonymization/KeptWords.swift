import Matching
package import Model
import Rules

/// Words that rules and configuration look for. Nothing may stand in for them, or the rules would decide otherwise.
package struct KeptWords: Sendable {
    private var whole: Set<FoldedText> = []
    /// Of `order*`.
    private var beginnings: Set<FoldedText> = []
    /// Of regular expressions, and of texts that may stand anywhere.
    private var fragments: Set<FoldedText> = []

    /// Mail addresses that are looked for as a whole: whose names they have does not matter.
    private var addresses: Set<FoldedText> = []

    /// What is written, not looked for, and what says how a rule works.
    private static let unread: Set<String> = [
        "id", "do", "say", "why", "tz", "then", "mode", "interrupts", "vendor", "version", "priority", "on", "since", "within",
        "once_per", "expires", "after", "next", "step", "start",
    ]
    private static let anywhere: Set<String> = ["regex", "substring", "starts", "ends"]
    private static let shortestFragment = 3

    /// The words of every condition, list and choice in the rules, and the ids and names of the configuration.
    package init(_ folder: RuleFolder, accounts: [Account]) {
        for file in folder.rules {
            if let root = YAMLDocument(file.bytes, file: file.path).root { read(root, under: "") }
        }
        for account in accounts {
            for names in [account.names.departments, account.names.teams, account.names.agents] {
                for (name, id) in names { for text in [name, id] { add(text) } }
            }
            for bot in account.bots { add(bot) }
        }
    }

    /// True for a word that rules or configuration name as a whole.
    ///
    /// - Parameter word: letters, marks and numbers.
    package func includes(_ word: String) -> Bool { whole.contains(FoldedText(word)) }

    func includes(address: String) -> Bool { addresses.contains(FoldedText(address)) }

    /// The places of the word's characters that rules look for: at its beginning, or anywhere in it. The others may change.
    func places(in word: String) -> Set<Int> {
        guard word.utf8.count <= Self.longestWord, isLookedForInPart(FoldedText(word).utf8) else { return [] }
        var folded: [UInt8] = []
        var character: [Int] = []
        for (index, letter) in word.enumerated() {
            for byte in FoldedText(String(letter)).utf8 {
                folded.append(byte)
                character.append(index)
            }
        }
        var places = Set<Int>()
        func note(_ start: Int, _ count: Int) {
            for index in start..<start + count { places.insert(character[index]) }
        }
        for beginning in beginnings where folded.starts(with: beginning.utf8) { note(0, beginning.utf8.count) }
        for fragment in fragments {
            let bytes = Array(fragment.utf8)
            guard !bytes.isEmpty, bytes.count <= folded.count else { continue }
            for start in 0...(folded.count - bytes.count) where folded[start...].starts(with: bytes) {
                note(start, bytes.count)
            }
        }
        return places
    }

    private func isLookedForInPart(_ folded: [UInt8]) -> Bool {
        beginnings.contains { folded.starts(with: $0.utf8) } || fragments.contains { folded.contains($0.utf8) }
    }

    /// In bytes: no word of a rule's stands for one that is longer.
    private static let longestWord = 256

    /// True for a word that a rule would take for one that it looks for.
    func mayBeTaken(for word: String) -> Bool {
        word.utf8.count <= Self.longestWord && (includes(word) || isLookedForInPart(FoldedText(word).utf8))
    }

    private mutating func read(_ node: RuleNode, under key: String) {
        switch node.content {
        case .scalar(let scalar):
            switch key {
            case "regex": add(fragmentsOf: Self.withoutEscapes(scalar.text))
            case _ where Self.anywhere.contains(key): add(fragmentsOf: scalar.text)
            default: add(scalar.text)
            }
        case .sequence(let nodes): for node in nodes { read(node, under: key) }
        case .mapping(let entries):
            for entry in entries where !Self.unread.contains(entry.key) { read(entry.value, under: entry.key) }
        }
    }

    private mutating func add(_ text: String) {
        if case .email? = TextPiece.pieces(of: text).first, TextPiece.pieces(of: text).count == 1 {
            addresses.insert(FoldedText(text))
            return
        }
        let words = TextRun.runs(of: text).filter { $0.kind == .word }.map(\.text)
        for word in words { whole.insert(FoldedText(word)) }
        if text.hasSuffix("*"), let last = words.last { beginnings.insert(FoldedText(last)) }
    }

    private mutating func add(fragmentsOf text: String) {
        for run in TextRun.runs(of: text) where run.kind == .word {
            whole.insert(FoldedText(run.text))
            if run.text.count >= Self.shortestFragment { fragments.insert(FoldedText(run.text)) }
        }
    }

    /// `\d`, `\b` and the like are no letters that are looked for.
    private static func withoutEscapes(_ pattern: String) -> String {
        var result = ""
        var isEscape = false
        for character in pattern {
            if isEscape {
                result.append(" ")
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}

/// A stretch of a text: a word of letters, marks and numbers, or what stands between words.
struct TextRun: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case word, gap }

    var kind: Kind
    var text: String

    /// All of the text, in order.
    static func runs(of text: String) -> [TextRun] {
        var runs: [TextRun] = []
        for scalar in text.unicodeScalars {
            let kind: Kind = scalar.isWordPart ? .word : .gap
            if runs.last?.kind == kind {
                runs[runs.count - 1].text.unicodeScalars.append(scalar)
            } else {
                runs.append(TextRun(kind: kind, text: String(scalar)))
            }
        }
        return runs
    }
}

extension Unicode.Scalar {
    fileprivate var isWordPart: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
