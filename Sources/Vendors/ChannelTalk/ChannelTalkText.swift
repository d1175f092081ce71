import JSON

/// Text blocks as plain text, and plain text as a block.
///
/// Nothing here goes by `Character`: a `<` before a combining mark is markup for the vendor, though the two make one.
enum ChannelTalkText {
    /// One line for each block, bullets too; code as it stands, other text without its markup. `""` without blocks.
    static func flattened(_ blocks: JSONElement?) -> String {
        lines(of: blocks).joined(separator: "\n")
    }

    private static func lines(of blocks: JSONElement?) -> [String] {
        (blocks?.elements ?? []).flatMap { block in
            guard let value = block["value"]?.string else { return lines(of: block["blocks"]) }
            return [block["type"]?.string?.lowercased() == "code" ? value : plain(value)]
        }
    }

    /// Without tags (`<b>`, `<link type="url" value="…">`) and with entities decoded, each once: `&amp;lt;` is `&lt;`.
    static func plain(_ markup: String) -> String {
        let bytes = Array(markup.utf8)
        var text: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "<"), let tag = tagLength(bytes[position...]) {
                position += tag
            } else if bytes[position] == UInt8(ascii: "&"), let entity = entity(bytes[position...]) {
                text += Array(String(Character(entity.scalar)).utf8)
                position += entity.length
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What a text block must not hold as it is: an unescaped `<` or `>` is refused with 422.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    /// Bytes of the tag at the start of `text`; nil where its `<` begins none.
    private static func tagLength(_ text: ArraySlice<UInt8>) -> Int? {
        let behind = text.dropFirst()
        let name = behind.first == UInt8(ascii: "/") ? behind.dropFirst() : behind
        guard let first = name.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else { return nil }
        // The next `<` ends the search, so that many of them cost no more than one.
        guard let end = name.firstIndex(where: { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<") }),
            text[end] == UInt8(ascii: ">")
        else { return nil }
        return text[...end].count
    }

    private static let names: [String: Unicode.Scalar] = [
        "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
    ]
    private static let longestEntity = 10

    /// The entity at the start of `text`: what it stands for, and of how many bytes it is.
    private static func entity(_ text: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar, length: Int)? {
        let head = text.prefix(longestEntity)
        guard let end = head.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: head[..<end].dropFirst(), as: UTF8.self).lowercased()
        guard let scalar = names[name] ?? numbered(name) else { return nil }
        return (scalar, head[...end].count)
    }

    /// `#39`, `#x27`
    private static func numbered(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init)
    }
}
