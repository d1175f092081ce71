/// Why the text of a keyword cannot be used.
package struct KeywordError: Error, Hashable, Sendable {
    /// What is wrong, in lower case and without a full stop.
    package let message: String
    /// What to write instead, where that can be said.
    package let help: String?

    package init(message: String, help: String? = nil) {
        self.message = message
        self.help = help
    }
}

/// One keyword of `any`, `all` or `none`: a whole word or phrase that may begin anywhere in a text.
///
/// At an edge of the keyword that is a letter, mark or number, the neighbour in the text must not be a letter, mark or
/// number, except where the edge or the neighbour is of a script without spaces between words or with particles glued on.
/// So `art` is not in `cart`, and `환불` is in `환불해주세요`. A trailing `*` waives the demand at the end.
package struct Keyword: Hashable, Sendable {
    /// What must occur as a substring of the folded text.
    package let literal: FoldedText
    package let isPrefix: Bool
    /// How the literal was folded, and how texts must be folded that it is looked for in.
    package let folding: Folding
    private let search: ByteSearch
    private let startsAtEdge: Bool
    private let endsAtEdge: Bool

    /// `source` is as written in a rule: `\*`, `\$` and `\\` stand for the character, and a `*` at the end for any ending.
    package init(_ source: String, folding: Folding = .full) throws(KeywordError) {
        let (text, isPrefix) = try Self.unescaped(source)
        literal = FoldedText(text, folding)
        guard !literal.isEmpty else { throw Self.emptyError(source, isPrefix: isPrefix) }
        self.isPrefix = isPrefix
        self.folding = folding
        search = ByteSearch(literal.utf8)
        let edges = literal.utf8.withUnsafeBufferPointer { bytes in
            (first: UTF8Scalars.scalar(in: bytes, after: 0), last: UTF8Scalars.scalar(in: bytes, before: bytes.count))
        }
        startsAtEdge = Self.joinsWords(edges.first)
        endsAtEdge = !isPrefix && Self.joinsWords(edges.last)
    }

    /// Whether the keyword is in a text that was folded as the keyword was.
    package func occurs(in text: FoldedText) -> Bool {
        firstOccurrence(in: text) != nil
    }

    /// The bytes of the folded text where the keyword stands first.
    package func firstOccurrence(in text: FoldedText) -> Range<Int>? {
        text.utf8.withUnsafeBufferPointer { haystack in
            var from = 0
            while let start = search.first(in: haystack, from: from) {
                let end = start + literal.utf8.count
                let stands =
                    !(startsAtEdge && Self.joinsWords(UTF8Scalars.scalar(in: haystack, before: start)))
                    && !(endsAtEdge && Self.joinsWords(UTF8Scalars.scalar(in: haystack, after: end)))
                if stands { return start..<end }
                from = start + 1
            }
            return nil
        }
    }

    /// Whether two such characters side by side are one word.
    private static func joinsWords(_ scalar: UInt32?) -> Bool {
        guard let scalar else { return false }
        let traits = UnicodeTables.shared.traits(of: scalar)
        return traits.contains(.word) && !traits.contains(.spaceless)
    }
}

// MARK: - Source text

extension Keyword {
    /// The text of a matcher in which stars mean nothing (`is`, `starts`, `ends`, `substring`): `\$` is a dollar sign, all
    /// else stands for itself.
    package static func unescapingDollars(_ source: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in source.unicodeScalars {
            if scalar == "$", result.last == "\\" { result.removeLast() }
            result.append(scalar)
        }
        return String(result)
    }

    private static func unescaped(_ source: String) throws(KeywordError) -> (text: String, isPrefix: Bool) {
        var text = String.UnicodeScalarView()
        var rest = source.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*":
                guard rest.isEmpty else { throw starError }
                return (String(text), true)
            case "\\":
                guard let escaped = rest.popFirst() else { throw danglingError }
                guard ["*", "$", "\\"].contains(escaped) else { throw unknownEscapeError(escaped) }
                text.append(escaped)
            default:
                text.append(scalar)
            }
        }
        return (String(text), false)
    }

    private static let starError = KeywordError(
        message: "a star stands at the end of a keyword only",
        help: "a keyword is found wherever it stands in a message, without stars; write `\\*` for the character itself")

    private static let danglingError = KeywordError(
        message: "the keyword ends in a backslash that escapes nothing",
        help: "write `\\\\` for the character itself")

    private static func unknownEscapeError(_ escaped: Unicode.Scalar) -> KeywordError {
        KeywordError(
            message: "unknown escape `\\\(escaped)` in a keyword",
            help: "a keyword knows `\\*`, `\\$` and `\\\\`; write `\\\\` for a backslash")
    }

    private static func emptyError(_ source: String, isPrefix: Bool) -> KeywordError {
        if isPrefix {
            return KeywordError(
                message: "nothing stands before the star of the keyword",
                help: "write `\\*` for the character itself, or `empty: false` for any text")
        }
        if source.isEmpty { return KeywordError(message: "the keyword is empty", help: nil) }
        return KeywordError(
            message: "nothing is left of the keyword after folding",
            help: "white space and invisible characters alone are no keyword")
    }
}
