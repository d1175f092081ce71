/// Which of N rules can hold at all on a text, in one pass over the folded text.
///
/// It must never miss a rule that can hold; it may name one that does not. It only asks whether a literal occurs; the edges
/// of words and all else are for the rule itself.
package struct PatternSet: Sendable {
    /// The rules of which nothing is proven, in ascending order: they are candidates on every text.
    package let always: [Int]

    private let automaton: KeywordAutomaton
    /// Rules of literal l: `rules[firstRule[l]..<firstRule[l + 1]]`.
    private let firstRule: [Int]
    private let rules: [Int]

    /// The set at place i belongs to rule i; nil makes it a candidate always.
    package init(_ sets: [LiteralSet?]) {
        always = sets.indices.filter { sets[$0] == nil }
        var uses: [(literal: [UInt8], rule: Int)] = []
        for (rule, set) in sets.enumerated() {
            for literal in set?.literals ?? [] { uses.append((literal, rule)) }
        }
        uses.sort { $0.literal == $1.literal ? $0.rule < $1.rule : $0.literal.lexicographicallyPrecedes($1.literal) }
        var literals: [[UInt8]] = []
        var firstRule: [Int] = []
        for (place, use) in uses.enumerated() where literals.last != use.literal {
            literals.append(use.literal)
            firstRule.append(place)
        }
        automaton = KeywordAutomaton(sorted: literals)
        self.firstRule = firstRule + [uses.count]
        rules = uses.map(\.rule)
    }

    /// For the demands of many rules: knows each by one of its sets, and phrases by one of their words. It may name rules of
    /// which the rest is not in the text.
    package static func index(of demands: [LiteralDemand]) -> PatternSet {
        let words = RareWords(demands)
        return PatternSet(demands.map(words.weakened))
    }

    /// The rules with literals that can hold, in ascending order; those of `always` are not repeated here. `text` must be
    /// folded under `Folding.full`.
    package func candidates(in text: FoldedText) -> [Int] {
        let hits = automaton.hits(in: text.utf8)
        guard let first = hits.first else { return [] }
        if hits.count == 1 { return Array(rules(of: first)) }
        var candidates: [Int] = []
        candidates.reserveCapacity(hits.reduce(0) { $0 + rules(of: $1).count })
        for hit in hits { candidates += rules(of: hit) }
        candidates.sort()
        var unique = 0
        for place in candidates.indices where place == 0 || candidates[place] != candidates[unique - 1] {
            candidates[unique] = candidates[place]
            unique += 1
        }
        candidates.removeSubrange(unique...)
        return candidates
    }

    /// Ascending, each once.
    private func rules(of literal: Int) -> ArraySlice<Int> { rules[firstRule[literal]..<firstRule[literal + 1]] }
}
