package import Model

/// A value as JSON text, which `JSONDocument` reads back as an equal value where it is nested no deeper than that
/// allows. A number that is infinite or not a number, which JSON has no text for, is written as `null`.
package enum JSONWriter {
    /// UTF-8. Keys stay in their order. Compact: no spaces. Pretty: a line for each member, indented by 2 spaces, no
    /// line break at the end. Text is written as it is, but for quotes, backslashes, control characters, and the
    /// line separators U+2028 and U+2029, which JavaScript once took for the end of a line.
    package static func bytes(_ value: Value, pretty: Bool = false) -> [UInt8] {
        var text = Text(pretty: pretty)
        text.bytes.reserveCapacity(512)
        text.append(value)
        return text.bytes
    }

    package static func string(_ value: Value, pretty: Bool = false) -> String {
        String(decoding: bytes(value, pretty: pretty), as: UTF8.self)
    }
}

/// The text written so far.
private struct Text {
    var bytes: [UInt8] = []
    let pretty: Bool
    private var depth = 0

    init(pretty: Bool) { self.pretty = pretty }

    mutating func append(_ value: Value) {
        switch value {
        case .null: append(literal: "null")
        case .bool(let bool): append(literal: bool ? "true" : "false")
        case .integer(let integer): bytes += integer.description.utf8
        case .number(let number): bytes += number.isFinite ? number.description.utf8 : "null".utf8
        case .string(let string): append(quoted: string)
        case .array(let elements): append(elements, between: ("[", "]")) { $0.append($1) }
        case .object(let object): append(object.entries, between: ("{", "}")) { $0.append($1) }
        }
    }

    private mutating func append(_ entry: Value.Object.Entry) {
        append(quoted: entry.key)
        append(literal: pretty ? ": " : ":")
        append(entry.value)
    }

    private mutating func append<Item>(
        _ items: [Item], between brackets: (open: StaticString, close: StaticString),
        _ appendItem: (inout Text, Item) -> Void
    ) {
        append(literal: brackets.open)
        depth += 1
        for (index, item) in items.enumerated() {
            if index > 0 { append(literal: ",") }
            breakLine()
            appendItem(&self, item)
        }
        depth -= 1
        if !items.isEmpty { breakLine() }
        append(literal: brackets.close)
    }

    private mutating func breakLine() {
        guard pretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }

    private mutating func append(literal: StaticString) {
        literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(quoted string: String) {
        bytes.append(0x22)
        var string = string
        string.withUTF8 { append(escaping: $0) }
        bytes.append(0x22)
    }

    /// Copies the stretches between what must be escaped in one piece each.
    private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
        var copied = 0
        var position = 0
        while position < text.count {
            guard Escape.mayBegin(with: text[position]), let escape = Escape(in: text, at: position) else {
                position += 1
                continue
            }
            bytes.append(contentsOf: text[copied..<position])
            bytes += escape.text
            position += escape.length
            copied = position
        }
        bytes.append(contentsOf: text[copied...])
    }
}

/// What stands for a character that may not stand in a JSON string as it is.
private struct Escape {
    let text: [UInt8]
    /// Bytes of the character.
    let length: Int

    @inline(__always)
    static func mayBegin(with byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0xE2 }

    /// nil where the character at `position` needs no escape.
    init?(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) {
        let byte = bytes[position]
        switch byte {
        case 0x22, 0x5C: self.init([0x5C, byte])
        case 0..<0x20: self.init(Self.control(byte))
        case 0xE2: self.init(lineSeparatorIn: bytes[position...].prefix(3))
        default: return nil
        }
    }

    private init(_ text: [UInt8], length: Int = 1) {
        self.text = text
        self.length = length
    }

    private init?(lineSeparatorIn bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        if bytes.elementsEqual([0xE2, 0x80, 0xA8]) {
            self.init(Array(#"\u2028"#.utf8), length: 3)
        } else if bytes.elementsEqual([0xE2, 0x80, 0xA9]) {
            self.init(Array(#"\u2029"#.utf8), length: 3)
        } else {
            return nil
        }
    }

    private static func control(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x08: Array(#"\b"#.utf8)
        case 0x09: Array(#"\t"#.utf8)
        case 0x0A: Array(#"\n"#.utf8)
        case 0x0C: Array(#"\f"#.utf8)
        case 0x0D: Array(#"\r"#.utf8)
        default: Array((byte < 0x10 ? #"\u000"# : #"\u00"#).utf8) + Array(String(byte, radix: 16).utf8)
        }
    }
}
