/// A second look at a text that simdjson refused: says what is wrong and where, or spells in another way what simdjson
/// cannot hold.
///
/// It is slow beside simdjson, a byte at a time, and runs on refused texts alone. It accepts RFC 8259 exactly.
struct JSONScan {
    private let bytes: [UInt8]
    private let maxDepth: Int
    private var position = 0
    private var depth = 0
    /// What must be spelled otherwise, in order.
    private var replacements: [(range: Range<Int>, text: [UInt8])] = []

    /// The text with each number that neither `Int64` nor `Double` holds in quotes, and with U+FFFD for each half of a
    /// surrogate pair.
    static func acceptedText(of bytes: [UInt8], maxDepth: Int) throws(JSONError) -> [UInt8] {
        var scan = JSONScan(bytes: bytes, maxDepth: maxDepth)
        try scan.checkEncoding()
        try scan.document()
        return scan.replaced()
    }

    private init(bytes: [UInt8], maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    private func replaced() -> [UInt8] {
        var text: [UInt8] = []
        var copied = 0
        for replacement in replacements {
            text += bytes[copied..<replacement.range.lowerBound]
            text += replacement.text
            copied = replacement.range.upperBound
        }
        return text + bytes[copied...]
    }

    private func checkEncoding() throws(JSONError) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .valid(let character) = parser.parseScalar(from: &iterator) { offset += character.count }
        throw invalid("the text is not UTF-8", at: offset)
    }

    private func invalid(_ reason: String, at offset: Int) -> JSONError {
        JSONError(message: "invalid JSON at offset \(offset): \(reason)")
    }
}

// MARK: - Grammar

extension JSONScan {
    private mutating func document() throws(JSONError) {
        skipSpace()
        guard peek != nil else { throw JSONError(message: "invalid JSON: the text is empty") }
        try value()
        skipSpace()
        guard peek == nil else { throw invalid("text after the end of the document", at: position) }
    }

    private mutating func value() throws(JSONError) {
        guard let byte = peek else { throw invalid("the text ends where a value is expected", at: position) }
        switch byte {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: throw invalid("a value is expected", at: position)
        }
    }

    private mutating func array() throws(JSONError) {
        try scope(closedBy: UInt8(ascii: "]"), "an array") { (scan) throws(JSONError) in try scan.value() }
    }

    private mutating func object() throws(JSONError) {
        try scope(closedBy: UInt8(ascii: "}"), "an object") { (scan) throws(JSONError) in try scan.member() }
    }

    /// An array or object, from its opening bracket to beyond its closing one.
    private mutating func scope(
        closedBy closing: UInt8, _ name: String, item: (inout JSONScan) throws(JSONError) -> Void
    ) throws(JSONError) {
        let start = position
        depth += 1
        guard depth <= maxDepth else { throw invalid("nested more than \(maxDepth) deep", at: start) }
        position += 1
        skipSpace()
        if !take(closing) {
            repeat {
                skipSpace()
                try item(&self)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(closing) else {
                if peek == nil { throw invalid("\(name) is not closed", at: start) }
                throw invalid("a comma or the end of \(name) is expected", at: position)
            }
        }
        depth -= 1
    }

    private mutating func member() throws(JSONError) {
        guard peek == UInt8(ascii: "\"") else {
            throw invalid(peek == nil ? "the text ends where a key is expected" : "a key is expected", at: position)
        }
        try string()
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw invalid("a colon is expected", at: position) }
        skipSpace()
        try value()
    }

    private mutating func literal(_ literal: String) throws(JSONError) {
        guard bytes[position...].starts(with: literal.utf8) else { throw invalid("a value is expected", at: position) }
        position += literal.utf8.count
    }
}

// MARK: - Strings

extension JSONScan {
    private mutating func string() throws(JSONError) {
        let start = position
        position += 1
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                try escape()
            case 0..<0x20:
                throw invalid("a control character in a string", at: position)
            default:
                position += 1
            }
        }
        throw invalid("a string is not closed", at: start)
    }

    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek else { return }  // the string is not closed
        position += 1
        guard byte == UInt8(ascii: "u") else {
            if "\"\\/bfnrt".utf8.contains(byte) { return }
            throw invalid("an unknown escape in a string", at: start)
        }
        let unit = try codeUnit(ofEscapeAt: start)
        if UTF16.isTrailSurrogate(unit) || (UTF16.isLeadSurrogate(unit) && !takeTrailSurrogate()) {
            replacements.append((start..<start + 6, Array(#"\ufffd"#.utf8)))
        }
    }

    private mutating func takeTrailSurrogate() -> Bool {
        guard bytes[position...].starts(with: #"\u"#.utf8),
            let unit = hexadecimal(at: position + 2), UTF16.isTrailSurrogate(unit)
        else { return false }
        position += 6
        return true
    }

    private mutating func codeUnit(ofEscapeAt start: Int) throws(JSONError) -> UInt16 {
        guard let unit = hexadecimal(at: position) else {
            throw invalid("four hexadecimal digits are expected after \\u", at: start)
        }
        position += 4
        return unit
    }

    private func hexadecimal(at start: Int) -> UInt16? {
        let digits = bytes.dropFirst(start).prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}

// MARK: - Numbers

extension JSONScan {
    private mutating func number() throws(JSONError) {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leading = position
        try digits()
        if bytes[leading] == UInt8(ascii: "0"), position > leading + 1 {
            throw invalid("a number begins with a superfluous zero", at: leading)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        quoteUnlessHeld(start..<position, isInteger: isInteger)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw invalid("a digit is expected", at: position) }
    }

    private mutating func quoteUnlessHeld(_ range: Range<Int>, isInteger: Bool) {
        let text = String(decoding: bytes[range], as: UTF8.self)
        let isHeld = isInteger ? Int64(text) != nil : Double(text)?.isFinite == true
        if isHeld { return }
        replacements.append((range, [UInt8(ascii: "\"")] + bytes[range] + [UInt8(ascii: "\"")]))
    }
}

// MARK: - Bytes

extension JSONScan {
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }
}
