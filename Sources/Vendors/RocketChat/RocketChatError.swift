import JSON

/// `{success: false, error: "text [code]", errorType?: "code"}`, or `{status: "error", message: "text"}` of older servers.
struct RocketChatError {
    let text: String?
    let code: String?

    init(_ body: JSONElement?) {
        let text = body?["error"]?.filledText ?? body?["message"]?.filledText
        self.text = text
        code = body?["errorType"]?.filledText ?? text.flatMap(Self.code)
    }

    /// What stands in brackets at the end, or a text that is a code itself: `error-not-allowed`.
    private static func code(in text: String) -> String? {
        if text.hasSuffix("]"), let open = text.lastIndex(of: "[") {
            return String(text[text.index(after: open)...].dropLast())
        }
        let isCode = text.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x41 && $0 <= 0x5A) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        return isCode && text.utf8.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") } ? text : nil
    }

    /// Sentences that servers give as an error without a code.
    private static let sentences = [
        "The 'rid' property on the message object is missing.", "Not enough permission", "You must be logged in to do this.",
    ]

    /// The code of the failure of a call that sent a message with `id`, if it sent one: the server's own, a sentence that
    /// stands for one, or `repeatedID`. Nil for a text that names no reason that we know.
    func code(sending id: String?) -> String? {
        if let id, let text, text.contains("E11000"), text.contains("\"\(id)\"") { return Self.repeatedID }
        return code ?? Self.sentences.first { text?.hasPrefix($0) == true }
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
