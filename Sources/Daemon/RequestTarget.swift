/// The path and query of an HTTP request, taken apart. `+` is a plus sign: a token in a URL is not a form.
struct RequestTarget: Sendable, Hashable {
    struct Item: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// Percent-decoded; one empty segment at the end (a slash there) is dropped. Nil for a target without a leading slash.
    let segments: [String]
    let query: [Item]

    init?(_ target: String) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var segments = (parts.first ?? Substring("").utf8)
            .dropFirst()
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Self.decoded)
        if segments.last == "" { segments.removeLast() }
        self.segments = segments
        query = parts.dropFirst().flatMap { $0.split(separator: UInt8(ascii: "&")) }.map { item in
            let pair = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return Item(name: pair.first.map(Self.decoded) ?? "", value: pair.dropFirst().first.map(Self.decoded) ?? "")
        }
    }

    /// A `%` that two hexadecimal digits do not follow stands for itself.
    private static func decoded(_ text: Substring.UTF8View) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(Substring(text)) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(hexadecimalValue)
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
