import JSON
package import Model
import VendorKit

/// Takes secrets out of what is kept or shown: the one place where that is done.
///
/// A secret is found as it is, percent-encoded, as JSON writes it (once or twice), and in Base64 at any offset. Bytes are compared, so that
/// neither characters that combine with it nor broken text hide it.
package struct Redactor: Sendable {
    /// By their first byte; longest first, as one may be part of another.
    private let forms: [[[UInt8]]]
    /// How far a window of `shortest` bytes can be moved on when it ends with two bytes, by their place in the table: 0 when a
    /// form may begin where the window does. After Wu and Manber (1994): of most text one pair in `shortest` is looked at.
    private let shifts: [UInt8]
    private let shortest: Int
    private let longest: Int

    /// In bytes: fewer at the end of a text tell nothing, and may be anything.
    private static let shortestBeginning = 4

    private static let mark = Array("[redacted]".utf8)
    /// Shorter secrets are looked for as they are only: their other forms are in anything.
    private static let shortestEncoded = 6

    package init(_ secrets: some Sequence<String>) {
        // One byte is in everything, and no secret to anybody.
        let all = Set(secrets.flatMap(Self.forms)).filter { $0.count >= 2 }.sorted { $0.count > $1.count }
        shortest = min(all.last?.count ?? 0, Int(UInt8.max))
        var forms = Array(repeating: [[UInt8]](), count: all.isEmpty ? 0 : 256)
        var shifts = Array(repeating: UInt8(clamping: shortest - 1), count: all.isEmpty ? 0 : Self.pairs)
        for form in all {
            forms[Int(form[0])].append(form)
            for end in 1..<shortest {
                let pair = Self.pair(form[end - 1], form[end])
                shifts[pair] = min(shifts[pair], UInt8(clamping: shortest - 1 - end))
            }
        }
        self.forms = forms
        self.shifts = shifts
        longest = all.first?.count ?? 0
    }

    package func redacted(_ text: String) -> String {
        String(decoding: redacted(Array(text.utf8)), as: UTF8.self)
    }

    /// A text that somebody else cut off: at its end the beginning of a secret is taken out too.
    package func redacted(cut text: String) -> String {
        let bytes = redacted(Array(text.utf8))
        let lengths = (Self.shortestBeginning..<max(longest, Self.shortestBeginning)).reversed()
        let left = lengths.first { count in
            let end = bytes.suffix(count)
            guard end.count == count, let first = end.first, !forms.isEmpty else { return false }
            return forms[Int(first)].contains { $0.count > count && $0.starts(with: end) }
        }
        guard let left else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes.dropLast(left) + Self.mark, as: UTF8.self)
    }

    /// The beginning of a text that may be long: no more than the limit is looked at, and where it is cut no part of a
    /// secret is left.
    package func redacted(_ bytes: [UInt8], limit: Int) -> String {
        guard bytes.count > limit else { return String(decoding: redacted(bytes), as: UTF8.self) }
        let beginning = redacted(Array(bytes.prefix(limit)))
        return String(decoding: beginning.dropLast(max(0, longest - 1)), as: UTF8.self)
    }

    package func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard var found = firstForm(in: bytes, from: 0) else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while true {
            result += bytes[index..<found.at]
            result += Self.mark
            index = found.at + found.count
            guard let next = firstForm(in: bytes, from: index) else { break }
            found = next
        }
        return result + bytes[index...]
    }

    /// The texts in it, keys too.
    package func redacted(_ value: Value) -> Value {
        guard longest > 0 else { return value }
        return switch value {
        case .null, .bool, .integer, .number: value
        case .string(let text): .string(redacted(text))
        case .array(let elements): .array(elements.map { redacted($0) })
        case .object(let object): .object(Value.Object(object.entries.map { (redacted($0.key), redacted($0.value)) }))
        }
    }

    private static let pairs = 4096

    /// Below `pairs`. Some share a place, which only makes the moves shorter.
    private static func pair(_ first: UInt8, _ second: UInt8) -> Int { (Int(first) << 4 ^ Int(second)) & (pairs - 1) }

    private func firstForm(in bytes: [UInt8], from start: Int) -> (at: Int, count: Int)? {
        guard longest > 0 else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var end = start + shortest - 1
            while end < bytes.count {
                let shift = shifts[Self.pair(bytes[end - 1], bytes[end])]
                guard shift == 0 else {
                    end += Int(shift)
                    continue
                }
                let rest = bytes[(end - shortest + 1)...]
                if let form = forms[Int(rest[rest.startIndex])].first(where: { rest.starts(with: $0) }) {
                    return (rest.startIndex, form.count)
                }
                end += 1
            }
            return nil
        }
    }

    private static func forms(of secret: String) -> [[UInt8]] {
        let plain = Array(secret.utf8)
        guard plain.count >= shortestEncoded else { return [plain] }
        let percent = URLText.encoded(secret)
        let json = Self.json(secret)
        let slashes = Self.slashed(json)
        // An error that quotes a request has JSON in its JSON.
        let twice = [json, slashes].map { Self.json(String(decoding: $0, as: UTF8.self)) }
        let texts = [plain, Array(percent.utf8), Array(percent.lowercasedEscapes.utf8), json, slashes] + twice
        return texts + twice.map(Self.slashed) + (0...2).flatMap { base64(plain, offset: $0) }
    }

    /// As JSON writes it, without the quotes.
    private static func json(_ text: String) -> [UInt8] { Array(JSONWriter.bytes(.string(text)).dropFirst().dropLast()) }

    /// As some write JSON: with every slash escaped.
    private static func slashed(_ json: [UInt8]) -> [UInt8] {
        json.flatMap { $0 == UInt8(ascii: "/") ? Array(#"\/"#.utf8) : [$0] }
    }

    /// What Base64 of any text with the secret in it has in common, where so many bytes stand before it in its group of three:
    /// in the usual alphabet and in that of URLs.
    private static func base64(_ secret: [UInt8], offset: Int) -> [[UInt8]] {
        let padded = Array(repeating: UInt8(0), count: offset) + secret
        // Digits that depend on what stands before or behind are left out.
        let whole = padded.count / 3 * 4 + [0, 1, 2][padded.count % 3]
        let digits = base64Digits(padded).prefix(whole).dropFirst([0, 2, 3][offset])
        let url = digits.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        return [Array(digits), url]
    }

    private static func base64Digits(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var digits: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            digits += [18, 12, 6, 0].map { alphabet[group >> $0 & 63] }
        }
        return digits
    }
}

extension String {
    /// `%C3` as `%c3`.
    fileprivate var lowercasedEscapes: String {
        var left = 0
        return String(
            map { character in
                left = character == "%" ? 3 : max(0, left - 1)
                return left > 0 ? Character(character.lowercased()) : character
            })
    }
}
