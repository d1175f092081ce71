/// How many demands have each word.
///
/// Texts consist mostly of common words. An index that knows each demand by its rarest word is small, and hardly the beginning
/// of one of these words is found in a text that has none of them.
struct RareWords {
    private var uses: [ArraySlice<UInt8>: Int] = [:]

    /// In bytes. Shorter ones are parts of too many others.
    private static let shortest = 4
    /// More than any rare word has uses.
    private static let short = 1000

    init(_ demands: [LiteralDemand]) {
        for set in demands.flatMap(\.sets) {
            for literal in set.literals {
                for word in literal.words { uses[word, default: 0] += 1 }
            }
        }
    }

    /// What meets the demand meets this too; nil where nothing is demanded.
    func weakened(_ demand: LiteralDemand) -> LiteralSet? {
        let sets = demand.sets.compactMap { set in LiteralSet(set.literals.map(part)) }
        guard sets.count > 1 else { return sets.first }
        return sets.map { (set: $0, uses: $0.literals.reduce(0) { $0 + commonness($1) }) }.min { $0.uses < $1.uses }?.set
    }

    /// The rarest word of a phrase, of several the longest; the whole where no word is long enough.
    private func part(_ literal: [UInt8]) -> [UInt8] {
        let words = literal.words
        guard words.count > 1 else { return literal }
        let rarest = words.filter { $0.count >= Self.shortest }
            .min { (uses[$0] ?? 0, $1.count) < (uses[$1] ?? 0, $0.count) }
        return rarest.map { Array($0) } ?? literal
    }

    private func commonness(_ literal: [UInt8]) -> Int {
        (uses[literal[...]] ?? 1) + (literal.count < Self.shortest ? Self.short : 0)
    }
}

extension [UInt8] {
    fileprivate var words: [ArraySlice<UInt8>] { split(separator: UInt8(ascii: " ")) }
}
