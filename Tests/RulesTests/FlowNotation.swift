import Model
import Rules

/// Reads one line of YAML's flow style, as much of it as these tests write: `{ any: [refund, 'money back'] }`. Columns count
/// from 1, in the file `rules.yaml`, on line 1.
func node(_ text: String) -> RuleNode {
    var reader = FlowReader(text)
    let node = reader.node()
    reader.expectEnd()
    return node
}

/// A key whose value is `text`, at the line's first column.
func entry(_ key: String, _ text: String) -> RuleNode.Entry {
    RuleNode.Entry(key: key, keyAt: position(1), value: node(text))
}

/// A place in the file of these tests.
func position(_ column: Int) -> SourcePosition {
    SourcePosition(file: "rules.yaml", line: 1, column: column)
}

private struct FlowReader {
    private let characters: [Character]
    private var index = 0

    init(_ text: String) { characters = Array(text) }

    mutating func expectEnd() {
        skipBlanks()
        precondition(index == characters.count, "the test's node goes on at column \(index + 1)")
    }

    mutating func node() -> RuleNode {
        skipBlanks()
        let at = position(index + 1)
        switch current {
        case "[": return RuleNode(.sequence(elements()), at: at)
        case "{": return RuleNode(.mapping(entries()), at: at)
        default: return RuleNode(.scalar(scalar(endingAt: ",]}")), at: at)
        }
    }

    private var current: Character? { index < characters.count ? characters[index] : nil }

    private mutating func skipBlanks() {
        while current == " " { index += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard current == character else { return false }
        index += 1
        return true
    }

    private mutating func elements() -> [RuleNode] {
        index += 1
        var elements: [RuleNode] = []
        while !take("]") {
            elements.append(node())
            _ = take(",")
        }
        return elements
    }

    private mutating func entries() -> [RuleNode.Entry] {
        index += 1
        var entries: [RuleNode.Entry] = []
        while !take("}") {
            skipBlanks()
            let at = position(index + 1)
            let key = scalar(endingAt: ":").text
            precondition(take(":"), "the test's node has a key without a value at column \(index + 1)")
            entries.append(RuleNode.Entry(key: key, keyAt: at, value: node()))
            _ = take(",")
        }
        return entries
    }

    private mutating func scalar(endingAt ends: String) -> RuleNode.Scalar {
        switch current {
        case "'": quoted("'", .singleQuoted)
        case "\"": quoted("\"", .doubleQuoted)
        default: plain(ends)
        }
    }

    private mutating func plain(_ ends: String) -> RuleNode.Scalar {
        var text = ""
        while let character = current, !ends.contains(character) || isInsidePlain(character) {
            text.append(character)
            index += 1
        }
        while text.last == " " { text.removeLast() }
        return RuleNode.Scalar(text: text, style: .plain)
    }

    /// A colon ends a key only before a blank.
    private func isInsidePlain(_ character: Character) -> Bool {
        character == ":" && index + 1 < characters.count && characters[index + 1] != " "
    }

    private mutating func quoted(_ quote: Character, _ style: RuleNode.Scalar.Style) -> RuleNode.Scalar {
        var text = ""
        index += 1
        while let character = current {
            index += 1
            if character == quote {
                guard quote == "'", current == "'" else { break }
                index += 1
            }
            text.append(character)
        }
        return RuleNode.Scalar(text: text, style: style)
    }
}
