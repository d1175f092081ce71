import Matching

/// A word of a text that is one letter off one of the words that were looked for.
struct NearWord {
    /// As written.
    var found: String
    var wanted: String

    var sentence: String { "'\(found)' is one letter off: did you mean '\(wanted)'?" }

    /// Shorter words are near too many others.
    private static let shortest = 4
    private static let mostWords = 200
    private static let mostWanted = 1000

    /// The first of the wanted words or phrases that the text has with one letter more, less, otherwise or swapped.
    static func find(_ wanted: [String], in text: String, _ folding: Folding) -> NearWord? {
        let words = WrittenWords(text).prefix(mostWords).map { (written: $0, folded: FoldedText($0, folding).string) }
        guard !words.isEmpty else { return nil }
        for phrase in wanted.prefix(mostWanted) {
            let target = Array(FoldedText(phrase, folding).string)
            guard target.count >= shortest else { continue }
            let count = target.count { $0 == " " } + 1
            guard count <= words.count else { continue }
            for start in 0...(words.count - count) {
                let window = words[start..<(start + count)]
                let candidate = Array(window.map(\.folded).joined(separator: " "))
                if isOneOff(candidate, target) {
                    return NearWord(found: window.map(\.written).joined(separator: " "), wanted: phrase)
                }
            }
        }
        return nil
    }

    /// The one of the rule's words that is one letter off a value that there is: here it is the rule that is misspelt. Numbers are
    /// near each other by accident.
    static func find(_ wanted: [String], equal value: String) -> NearWord? {
        let candidate = Array(FoldedText(value).string)
        let near = wanted.prefix(mostWanted).first { word in
            let target = Array(FoldedText(word).string)
            return target.count >= shortest && !target.allSatisfy(\.isNumber) && isOneOff(candidate, target)
        }
        return near.map { NearWord(found: $0, wanted: value) }
    }

    private static func isOneOff(_ left: [Character], _ right: [Character]) -> Bool {
        abs(left.count - right.count) <= 1 && left.count <= 200 && editDistance(left, right) == 1
    }
}

/// The words of a text as they are written: runs of letters, marks and numbers.
struct WrittenWords: Sequence, IteratorProtocol {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func next() -> String? {
        rest = rest.drop { !$0.isOfWord }
        guard !rest.isEmpty else { return nil }
        let word = rest.prefix(while: \.isOfWord)
        rest = rest[word.endIndex...]
        return String(word)
    }
}

extension Character {
    var isOfWord: Bool { isLetter || isNumber }
}
