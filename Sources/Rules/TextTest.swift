import Matching
import Model

/// One key of a text matcher and what it asks. One object for all who look at it, as `Rule` is.
final class TextTest: Sendable {
    let key: String
    /// Of the key; of the value where it is written without one.
    let at: SourcePosition
    /// As written, for explaining.
    let wanted: Value
    let demand: Demand
    let folding: Folding

    init(key: String, at: SourcePosition, wanted: Value, demand: Demand, folding: Folding) {
        self.key = key
        self.at = at
        self.wanted = wanted
        self.demand = demand
        self.folding = folding
    }

    static let keys = ["any", "all", "none", "is", "starts", "ends", "substring", "regex", "length", "empty"]

    enum Demand: Sendable {
        case any(KeywordSet)
        case all([Keyword])
        case none(KeywordSet)
        case equals(Set<FoldedText>)
        case starts([FoldedText])
        case ends([FoldedText])
        /// One of the literals is in the text; the set says which rows of `texts`.
        case substring([FoldedText], PatternSet)
        case regex([Pattern])
        /// In code points as written.
        case length(ClosedRange<Int>)
        case empty(Bool)

        var isRegex: Bool { if case .regex = self { true } else { false } }
    }

    /// Captures of a regular expression go to `subject`. One that runs into its limits makes the subject limited, and
    /// does not hold.
    func holds(_ text: TextUnderTest, _ subject: Subject?) -> Bool {
        switch demand {
        case .any(let keywords): return keywords.anyOccurs(in: text.folded(folding)) != nil
        case .all(let keywords):
            let folded = text.folded(folding)
            return keywords.allSatisfy { $0.occurs(in: folded) }
        case .none(let keywords): return keywords.anyOccurs(in: text.folded(folding)) == nil
        case .equals(let texts): return texts.contains(text.folded(folding))
        case .starts(let texts):
            let bytes = text.folded(folding).utf8
            return texts.contains { bytes.starts(with: $0.utf8) }
        case .ends(let texts):
            let bytes = text.folded(folding).utf8
            return texts.contains { bytes.count >= $0.utf8.count && bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }
        case .substring(_, let literals): return !literals.candidates(in: text.folded(folding)).isEmpty
        case .regex(let patterns): return matches(patterns, text.written, subject)
        case .length(let range): return range.contains(text.written.unicodeScalars.count)
        case .empty(let isEmpty): return text.folded(folding).isEmpty == isEmpty
        }
    }

    private func matches(_ patterns: [Pattern], _ text: String, _ subject: Subject?) -> Bool {
        for pattern in patterns {
            switch subject?.firstMatch(of: pattern, in: text) ?? pattern.firstMatch(in: text) {
            case .match(let captures):
                subject?.capture(captures, of: pattern)
                return true
            case .noMatch: continue
            case .limitExceeded:
                subject?.isLimited = true
                return false
            }
        }
        return false
    }

    var literals: LiteralDemand {
        switch demand {
        case .any(let keywords): LiteralDemand([LiteralSet(anyOf: keywords.keywords)])
        case .all(let keywords): LiteralDemand(keywords.map { LiteralSet(anyOf: [$0]) })
        case .equals(let texts): LiteralDemand([TextTest.literals(Array(texts), folding)])
        case .starts(let texts), .ends(let texts), .substring(let texts, _): LiteralDemand([TextTest.literals(texts, folding)])
        case .regex(let patterns):
            patterns.count == 1 ? .all(patterns.map(\.demand)) : .any(patterns.map(\.demand))
        case .none, .length, .empty: LiteralDemand([])
        }
    }

    /// For a text in which one of `texts`, folded as `folding` says, is a part.
    private static func literals(_ texts: [FoldedText], _ folding: Folding) -> LiteralSet? {
        LiteralSet.union(
            of: texts.map { text in
                // Folded text holds no escapes, so the keyword is this very text; its edges play no part in the proof.
                guard folding != .full else { return LiteralSet([text.utf8]) }
                let keyword = try? Keyword(Keyword.escaping(text.string), folding: folding)
                return keyword.flatMap { LiteralSet(anyOf: [$0]) }
            })
    }

    var captures: DecodingScope.CaptureNames {
        guard case .regex(let patterns) = demand else { return DecodingScope.CaptureNames() }
        return patterns.reduce(into: DecodingScope.CaptureNames()) { result, pattern in
            result.names.formUnion(pattern.groupNames)
            result.count = max(result.count, pattern.groupCount)
        }
    }
}

extension Keyword {
    /// The source of a keyword that is this text.
    fileprivate static func escaping(_ text: String) -> String {
        String(text.flatMap { "\\*".contains($0) ? ["\\", $0] : [$0] })
    }
}

extension Subject {
    fileprivate func capture(_ match: Captures, of pattern: Pattern) {
        captures.take(
            numbered: match.numbered, names: pattern.groupNames.map { ($0, match.named[$0]) }, namedGroups: pattern.namedGroups)
    }
}
