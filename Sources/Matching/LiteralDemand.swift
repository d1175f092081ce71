/// What is proven of every text on which a condition holds: of each set at least one literal is in it. Without sets nothing is
/// proven.
package struct LiteralDemand: Hashable, Sendable {
    /// The most selective first, by a guess; never very many.
    package let sets: [LiteralSet]

    private static let mostSets = 8

    /// Of conditions that must all hold; nil for one that proves nothing.
    package init(_ sets: [LiteralSet?]) {
        let proven = sets.compactMap(\.self).enumerated()
        let sorted = proven.sorted { left, right in
            if left.element.isMoreSelective(than: right.element) { return true }
            return !right.element.isMoreSelective(than: left.element) && left.offset < right.offset
        }
        self.sets = sorted.prefix(Self.mostSets).map(\.element)
    }

    /// Of conditions that must all hold.
    package static func all(_ demands: [LiteralDemand]) -> LiteralDemand { LiteralDemand(demands.flatMap(\.sets)) }

    /// Of conditions of which at least one must hold.
    package static func any(_ demands: [LiteralDemand]) -> LiteralDemand {
        LiteralDemand([LiteralSet.union(of: demands.map(\.mostSelective))])
    }

    package var mostSelective: LiteralSet? { sets.first }
}
