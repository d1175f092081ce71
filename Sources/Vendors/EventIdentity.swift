import Model
import VendorKit

/// Builds event ids: `vendor:account:word:part:…`.
///
/// Equal for every delivery of the same thing. Parts come from the payload; in an id a `:` and a `%` are
/// percent-encoded, so that two lists of parts never give one text.
struct EventIdentity {
    let vendor: VendorID
    let account: String
    private let raw: [UInt8]

    init(vendor: VendorID, context: DecodingContext) {
        self.vendor = vendor
        account = context.account.id
        raw = context.raw
    }

    func id(_ word: String, _ parts: String?...) -> String {
        id(word, parts)
    }

    func id(_ word: String, _ parts: [String?]) -> String {
        var id = "\(vendor.rawValue):\(account):\(word)"
        for part in parts {
            id += ":"
            if let part { id += Self.encoded(part) }
        }
        return id
    }

    /// Names the whole body, where a payload holds nothing that tells one event from the next.
    var bodyHash: String { BodyHash.text(of: raw) }

    private static func encoded(_ part: String) -> String {
        guard part.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }) else { return part }
        // A time holds colons, and ends in `Z` behind a fixed number of them: it cannot be mistaken, and reads better bare.
        if Instant(iso8601: part) != nil { return part }
        return part.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case ":": text += "%3A"
            case "%": text += "%25"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension [Event] {
    /// Where there are none, another one.
    func or(_ other: @autoclosure () -> Event) -> [Event] { isEmpty ? [other()] : self }

    /// Each thing once, the first of those with one identity: a body may tell the same thing twice.
    var uniqued: [Event] {
        guard count > 1 else { return self }
        var seen: Set<[UInt8]> = []
        return filter { seen.insert([UInt8]($0.id.utf8)).inserted }
    }
}

/// A 128-bit FNV-1a hash of bytes, as 32 hexadecimal digits: the same in every process and on every machine.
///
/// It tells apart bodies of one authenticated sender, where chance is the only opponent; it need not withstand an
/// attacker, who could send two bodies only with the account's secret in hand. A cryptographic hash would bring this
/// target a library for nothing more.
/// Source: G. Fowler, L. C. Noll, K.-P. Vo, "The FNV Non-Cryptographic Hash Algorithm".
enum BodyHash {
    static func text(of bytes: some Sequence<UInt8>) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes {
            hash ^= UInt128(byte)
            hash &*= 0x0000_0000_0100_0000_0000_0000_0000_013b
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: max(0, 32 - digits.count)) + digits
    }
}
