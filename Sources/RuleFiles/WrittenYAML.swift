package import Model

/// A value as it is written into a YAML file, on one line: what `YAMLDocument` reads back is the same, whatever the text.
package indirect enum WrittenYAML: Sendable, Hashable {
    /// Text for people: always in quotes.
    case text(String)
    /// An id, a name or a word of the language: without quotes where that is safe.
    case word(String)
    /// A number, `true`, `false`, `null` or a time, as it stands.
    case literal(String)
    case list([WrittenYAML])
    case mapping([Member])

    package struct Member: Sendable, Hashable {
        package var key: String
        package var value: WrittenYAML

        package init(_ key: String, _ value: WrittenYAML) {
            self.key = key
            self.value = value
        }
    }

    /// A free value: numbers, `true`, `false` and `null` stand as in JSON, every text is quoted.
    package init(_ value: Value) {
        switch value {
        case .null: self = .literal("null")
        case .bool(let bool): self = .literal(bool ? "true" : "false")
        case .integer(let integer): self = .literal(String(integer))
        case .number(let number): self = .literal(number.description)
        case .string(let text): self = .text(text)
        case .array(let elements): self = .list(elements.map { WrittenYAML($0) })
        case .object(let object): self = .mapping(object.entries.map { Member($0.key, WrittenYAML($0.value)) })
        }
    }

    /// The same as a JSON value; a literal keeps its text.
    package var value: Value {
        switch self {
        case .text(let text), .word(let text), .literal(let text): .string(text)
        case .list(let elements): .array(elements.map(\.value))
        case .mapping(let members): .object(Value.Object(members.map { ($0.key, $0.value.value) }))
        }
    }

    package var line: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .word(let word): Self.isPlain(word) ? word : Self.quoted(word)
        case .literal(let literal): literal
        case .list(let elements): "[\(elements.map(\.line).joined(separator: ", "))]"
        case .mapping(let members):
            members.isEmpty
                ? "{}" : "{ \(members.map { "\(Self.word($0.key).line): \($0.value.line)" }.joined(separator: ", ")) }"
        }
    }

    /// Letters, digits and what ids are made of: nothing that YAML reads a meaning into.
    private static func isPlain(_ word: String) -> Bool {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard let first = word.utf8.first, isLetterOrDigit(first) else { return false }
        return word.utf8.allSatisfy { isLetterOrDigit($0) || "_-./".utf8.contains($0) }
    }

    /// In double quotes, with an escape for all that is not seen, that YAML does not take, or that changes how the line is
    /// shown.
    /// Source: YAML 1.1, 5.6 "Escape Sequences".
    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted.append(contentsOf: "\\\"".unicodeScalars)
            case "\\": quoted.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": quoted.append(contentsOf: "\\n".unicodeScalars)
            case "\r": quoted.append(contentsOf: "\\r".unicodeScalars)
            case "\t": quoted.append(contentsOf: "\\t".unicodeScalars)
            default:
                if scalar.isWrittenEscaped {
                    quoted.append(contentsOf: escape(scalar).unicodeScalars)
                } else {
                    quoted.append(scalar)
                }
            }
        }
        quoted.append("\"")
        return String(quoted)
    }

    /// `\x1B`, `\u2028`, `\U000E0001`
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let (letter, width) = digits.count <= 2 ? ("x", 2) : digits.count <= 4 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }
}

extension Unicode.Scalar {
    private static let zeroWidthJoiner: Unicode.Scalar = "\u{200D}"

    /// True for what a reader does not see, or what would change how the text around it is seen. The joiner inside emoji
    /// stays.
    fileprivate var isWrittenEscaped: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        if self == Self.zeroWidthJoiner { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: return true
        // A space that is none of the keyboard's.
        case .spaceSeparator: return true
        default: return false
        }
    }
}
