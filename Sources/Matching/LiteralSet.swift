/// A proven necessary condition on a text folded under `Folding.full`: at least one of the literals occurs in it as a
/// substring. Where nothing can be proven there is no such set (`nil`); a set without literals says "never".
package struct LiteralSet: Hashable, Sendable {
    /// Folded bytes, none empty, no two equal, sorted.
    package let literals: [[UInt8]]

    /// nil when a literal is empty: that one occurs in every text.
    package init?(_ literals: [[UInt8]]) {
        guard !literals.contains(where: \.isEmpty) else { return nil }
        self.literals = Set(literals).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// For a condition that at least one of the keywords occurs; nil when one of them proves nothing.
    package init?(anyOf keywords: [Keyword]) {
        var literals: [[UInt8]] = []
        for keyword in keywords {
            guard let literal = keyword.requiredLiteral else { return nil }
            literals.append(literal)
        }
        self.init(literals)
    }

    /// For conditions of which at least one must hold; nil when one of them proves nothing.
    package static func union(of sets: [LiteralSet?]) -> LiteralSet? {
        var literals: [[UInt8]] = []
        for set in sets {
            guard let set else { return nil }
            literals += set.literals
        }
        return LiteralSet(literals)
    }

    /// The length in bytes of the shortest literal: the longer it is, the rarer a false alarm.
    package var shortestLength: Int { literals.lazy.map(\.count).min() ?? Int.max }

    /// Longer literals are rarer; from some length on, fewer literals are.
    func isMoreSelective(than other: LiteralSet) -> Bool {
        let (own, others) = (min(shortestLength, 6), min(other.shortestLength, 6))
        return own != others ? own > others : literals.count < other.literals.count
    }
}
