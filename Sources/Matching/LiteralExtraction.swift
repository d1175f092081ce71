/// Finds literals that stand in every text a regular expression matches, so that one pass over the folded text can rule
/// most expressions out.
///
/// The expression matches the text as written, the claim is about the text folded: so only characters count whose folding
/// is the same for all that PCRE2 takes for equal without case, and does not depend on their neighbours (`LiteralProof`).
/// What the parser does not know for sure ends the search: no claim is better than a wrong one. The letter case flag is
/// not followed: a literal is claimed as if the expression were caseless, which is the weaker claim.
enum LiteralExtraction {
    /// A literal of one byte would be found in nearly every text.
    private static let shortestUseful = 2
    private static let mostLiterals = 256

    /// `source` must have been accepted by PCRE2: the parser relies on its syntax being right.
    static func demand(of source: String) -> LiteralDemand {
        var parser = PatternParser(source)
        guard let branches = try? parser.parse() else { return LiteralDemand([]) }
        let useful = demand(of: branches).sets.filter {
            $0.shortestLength >= shortestUseful && $0.literals.count <= mostLiterals
        }
        return LiteralDemand(useful)
    }

    /// One of the branches matched, whichever it was.
    private static func demand(of branches: [[PatternNode]]) -> LiteralDemand {
        if let only = branches.first, branches.count == 1 { return demand(ofSequence: only) }
        return .any(branches.map(demand(ofSequence:)))
    }

    private static func demand(ofSequence nodes: [PatternNode]) -> LiteralDemand {
        var literal = LiteralBuilder()
        var sets: [LiteralSet?] = []
        collect(nodes, &literal, &sets)
        literal.end()
        sets += literal.stretches.map { LiteralSet([LiteralBuilder.bytes(of: $0)]) }
        return LiteralDemand(sets)
    }

    private static func collect(_ nodes: [PatternNode], _ literal: inout LiteralBuilder, _ sets: inout [LiteralSet?]) {
        for node in nodes {
            switch node {
            case .character(let folded):
                literal.append(folded)
            case .space, .repeated(.space):
                literal.appendSpace()
            case .gap:
                literal.end()
            case .group(let branches):
                if let only = branches.first, branches.count == 1 {
                    collect(only, &literal, &sets)
                } else {
                    literal.end()
                    sets += demand(of: branches).sets
                }
            case .repeated(let node):
                collect([node], &literal, &sets)
                literal.end()
                // The last repetition stands right before what follows.
                if case .character(let folded) = node { literal.append(folded) }
            }
        }
    }
}

/// As much of a regular expression as literals need.
indirect enum PatternNode {
    /// A character of which it is proven what it becomes in the folded text.
    case character([UInt32])
    /// U+0020.
    case space
    /// Any text or none.
    case gap
    case group([[PatternNode]])
    /// Once or more often.
    case repeated(PatternNode)
}
