import JSON
import Model
import VendorKit

/// Takes secrets out of what is kept or shown: the one place where that is done.
///
/// A secret is found as it is, percent-encoded, as JSON writes it, and in Base64 at any offset. Bytes are compared, so that
/// neither characters that combine with it nor broken text hide it.
package struct Redactor: Sendable {
    /// Longest first: one may be part of another.
    private let forms: [[UInt8]]
    /// For each byte, whether one begins with it.
    private let beginnings: [Bool]
    private var longest: Int { forms.first?.count ?? 0 }

    private static let mark = Array("[redacted]".utf8)
    /// Shorter secrets are looked for as they are only: their other forms are in anything.
    private static let shortestEncoded = 6

    package init(_ secrets: some Sequence<String>) {
        let forms = secrets.filter { !$0.isEmpty }.flatMap(Self.forms)
        self.forms = Set(forms).sorted { $0.count > $1.count }
        var beginnings = Array(repeating: false, count: 256)
        for first in forms.compactMap(\.first) { beginnings[Int(first)] = true }
        self.beginnings = beginnings
    }

    package func redacted(_ text: String) -> String {
        String(decoding: redacted(Array(text.utf8)), as: UTF8.self)
    }

    /// The beginning of a text that may be long: no more than the limit is looked at, and where it is cut no part of a
    /// secret is left.
    package func redacted(_ bytes: [UInt8], limit: Int) -> String {
        guard bytes.count > limit else { return String(decoding: redacted(bytes), as: UTF8.self) }
        let beginning = redacted(Array(bytes.prefix(limit)))
        return String(decoding: beginning.dropLast(max(0, longest - 1)), as: UTF8.self)
    }

    package func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if beginnings[Int(bytes[index])], let form = forms.first(where: bytes[index...].starts) {
                result += Self.mark
                index += form.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func forms(of secret: String) -> [[UInt8]] {
        let plain = Array(secret.utf8)
        guard plain.count >= shortestEncoded else { return [plain] }
        let percent = URLText.encoded(secret)
        let json = Array(JSONWriter.bytes(.string(secret)).dropFirst().dropLast())
        let slashes = json.flatMap { $0 == UInt8(ascii: "/") ? Array(#"\/"#.utf8) : [$0] }
        let texts = [plain, Array(percent.utf8), Array(percent.lowercasedEscapes.utf8), json, slashes]
        return texts + (0...2).flatMap { base64(plain, offset: $0) }
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
