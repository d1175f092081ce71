import Matching
import Model

extension FuzzTarget {
    /// A keyword and a text: folding, and the index against the plain path.
    static let text = FuzzTarget("text") { bytes in
        let (source, text) = halves(bytes)
        for folding in [Folding.full, Folding(caseExact: true), Folding(accentsExact: true)] {
            let folded = FoldedText(text, folding)
            demand(
                FoldedText(String(decoding: folded.utf8, as: UTF8.self), folding).utf8 == folded.utf8,
                "folding folds all there is")
            guard let keyword = try? Keyword(source, folding: folding) else { continue }
            let occurs = keyword.occurs(in: folded)
            guard let literals = LiteralSet(anyOf: [keyword]) else { continue }
            let set = PatternSet([literals])
            let isCandidate = set.always == [0] || set.candidates(in: FoldedText(text)) == [0]
            demand(isCandidate || !occurs, "the index misses no keyword")
        }
    }

    /// A regular expression and a text.
    static let pattern = FuzzTarget("pattern") { bytes in
        let (source, text) = halves(bytes)
        guard let pattern = try? Pattern(source) else { return }
        guard case .match(let captures) = pattern.firstMatch(in: text) else { return }
        demand(captures.numbered.count >= 1, "a match has a text")
        let set = PatternSet.index(of: [pattern.demand])
        demand(set.always == [0] || set.candidates(in: FoldedText(text)) == [0], "the index misses no match")
    }
}
