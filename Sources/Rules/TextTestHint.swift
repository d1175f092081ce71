import Matching
import Model

/// One more sentence for people on why a test of a text holds or fails.
extension TextTest {
    /// Nil where wanted and actual say it all.
    func hint(_ text: TextUnderTest, holds: Bool) -> String? {
        switch demand {
        case .any(let keywords): holds ? found(keywords, text) : nearMiss(keywords.keywords, text)
        case .all(let keywords):
            holds ? nil : nearMiss(keywords.filter { !$0.occurs(in: text.folded(folding)) }, text)
        case .none(let keywords): holds ? nil : found(keywords, text)
        case .length: "it has \(text.written.unicodeScalars.count) code points"
        case .regex(let patterns): holds ? nil : limits(patterns, text)
        case .equals, .starts, .ends, .substring, .empty: nil
        }
    }

    /// Which keyword it is, and whether only folding made it so.
    private func found(_ keywords: KeywordSet, _ text: TextUnderTest) -> String? {
        guard let place = keywords.anyOccurs(in: text.folded(folding)) else { return nil }
        let keyword = keywords.keywords[place]
        let exact = Folding(caseExact: true, accentsExact: true)
        let isExact = occurs(keyword.literal.utf8, in: text.folded(exact))
        return "'\(keyword.literal.string)' is in it" + (isExact ? "" : " after folding")
    }

    private func nearMiss(_ keywords: [Keyword], _ text: TextUnderTest) -> String? {
        if let keyword = keywords.first(where: { occurs($0.literal.utf8, in: text.folded(folding)) }) {
            return "'\(keyword.literal.string)' is in it only inside a longer word"
        }
        guard folding != .full else { return nil }
        let folded = text.folded(.full)
        let keyword = keywords.first { occurs(FoldedText($0.literal.string).utf8, in: folded) }
        return keyword.map { "'\($0.literal.string)' is in it in other case or with other accents" }
    }

    private func limits(_ patterns: [Pattern], _ text: TextUnderTest) -> String? {
        for pattern in patterns {
            if case .limitExceeded(let kind) = pattern.firstMatch(in: text.written) {
                return "the regular expression ran into its \(kind.rawValue) limit"
            }
        }
        return nil
    }

    private func occurs(_ literal: [UInt8], in text: FoldedText) -> Bool {
        !PatternSet([LiteralSet([literal])]).candidates(in: text).isEmpty
    }
}
