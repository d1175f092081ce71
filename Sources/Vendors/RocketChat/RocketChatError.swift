import JSON
import VendorKit

/// `{success: false, error: "text [code]", errorType?: "code"}`, or `{status: "error", message: "text"}` of older servers.
struct RocketChatError {
    let text: String?
    private let type: String?

    init(_ body: JSONElement?) {
        text = body?["error"]?.filledText ?? body?["message"]?.filledText
        type = body?["errorType"]?.filledText
    }

    /// What went wrong, in the server's word: one that decides, wherever it stands, else the one that is told beside the text
    /// or at its end in brackets, else the text where that is a word. Nil for a text that names no reason.
    var code: String? {
        let words = [type, bracketed, text].compactMap(\.self)
        return Self.sentences.first { sentence in words.contains { $0.contains(sentence) } }
            ?? Self.deciding.first { code in words.contains { Self.holds($0, code) } } ?? words.first(where: Self.isCode)
    }

    /// The code of the failure of a call that sent a message with `id`, if it sent one.
    func code(sending id: String?) -> String? {
        if let id, let text, text.contains(Self.repeatedID), text.contains("\"\(id)\"") { return Self.repeatedID }
        return code
    }

    /// What stands in brackets at the end.
    private var bracketed: String? {
        guard let text, text.hasSuffix("]"), let open = text.lastIndex(of: "[") else { return nil }
        return String(text[text.index(after: open)...].dropLast())
    }

    /// `error-not-allowed`, `Not_authorized`: what a failing program says, such as `TypeError`, is none.
    private static func isCode(_ text: String) -> Bool {
        ["unauthorized", "forbidden"].contains(text)
            || (text.utf8.allSatisfy(isOfCode) && text.utf8.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
    }

    /// True where a code stands in a text on its own, not as a part of a longer one.
    private static func holds(_ text: String, _ code: String) -> Bool {
        let bytes = Array(text.utf8)
        let code = Array(code.utf8)
        guard bytes.count >= code.count else { return false }
        return (0...(bytes.count - code.count)).contains { start in
            let end = start + code.count
            return bytes[start..<end].elementsEqual(code) && (start == 0 || !isOfCode(bytes[start - 1]))
                && (end == bytes.count || !isOfCode(bytes[end]))
        }
    }

    private static func isOfCode(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    static let loggedOut = "You must be logged in to do this."

    /// Sentences that servers give as an error without a code.
    private static let sentences = [
        "The 'rid' property on the message object is missing.", "Not enough permission", loggedOut,
    ]

    /// Codes that mean something else than a refusal, in some call.
    private static let deciding: [String] = RocketChatOutcomes.ownRows.flatMap { row -> [String] in
        guard case .code(let codes) = row.saying else { return [] }
        return codes.filter { $0 != loggedOut && $0 != repeatedID }
    }

    /// What the database says of an `_id` that a message has already.
    static let repeatedID = "E11000"

    /// Of `You must wait 52 seconds before …`.
    var waitMilliseconds: Int64? {
        guard let text, let start = text.firstRange(of: "You must wait ")?.upperBound else { return nil }
        let digits = text[start...].prefix { $0.isASCII && $0.isNumber }
        guard let seconds = Int64(digits), seconds <= 86_400 else { return nil }
        return seconds * 1000
    }
}
