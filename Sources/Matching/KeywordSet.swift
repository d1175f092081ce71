/// A list of keywords of which one must occur, fast also when there are hundreds of them.
package struct KeywordSet: Sendable {
    package let keywords: [Keyword]
    /// Keywords by literal; nil for lists so short that trying each is faster.
    private let literals: PatternSet?

    private static let shortList = 8

    /// All keywords must be of the same folding.
    package init(_ keywords: [Keyword]) {
        self.keywords = keywords
        guard keywords.count > Self.shortList else {
            literals = nil
            return
        }
        literals = .index(of: keywords.map { LiteralDemand([LiteralSet([$0.literal.utf8])]) })
    }

    /// The place of the first keyword in the list that occurs in the text, which must be folded as the keywords were.
    package func anyOccurs(in text: FoldedText) -> Int? {
        guard let literals else { return keywords.firstIndex { $0.occurs(in: text) } }
        return literals.candidates(in: text).first { keywords[$0].occurs(in: text) }
    }
}
