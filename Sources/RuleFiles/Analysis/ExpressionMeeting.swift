import Matching
import Rules

/// An earlier rule that runs on a rule's own texts, where one of the two waits for an expression, so that nothing is proven.
///
/// What is told is seen on every text that was made: each text alone, with others before and behind it, and as the beginning of
/// a longer word. One that takes some of these is a narrow rule before a wide one.
struct ExpressionMeeting {
    var taker: Rule
    var text: String
    var witness: Witness

    /// Says nothing, in any language.
    private static let filler = "mmm"

    static func all(of narrowed: NarrowedWay, _ rule: Rule, _ reach: RuleReach) -> [ExpressionMeeting] {
        branches(of: narrowed, rule, reach).compactMap { texts in
            func witnesses(_ text: String) -> Witness? {
                reach.witness(of: narrowed.way.adding([exactly(text, in: rule)]), for: rule)
            }
            let alone = texts.compactMap(witnesses)
            let isWord = expressions(of: narrowed).isEmpty
            let among = texts.flatMap { surrounded($0, isWord: isWord) }.compactMap(witnesses)
            guard let text = texts.first, let witness = alone.first, let taker = reach.stopper(on: witness, of: rule),
                !among.isEmpty || isWhole(narrowed.way), isComparable(narrowed, taker, reach),
                asksOnlyForText(taker, beyond: narrowed.way, reach),
                (alone.dropFirst() + among).allSatisfy({ reach.stopper(on: $0, of: rule)?.id == taker.id })
            else { return nil }
            return ExpressionMeeting(taker: taker, text: text, witness: witness)
        }
    }

    /// Longer words only of words, such as `cancel*`: nobody means those that an expression finds in others.
    private static func surrounded(_ text: String, isWord: Bool) -> [String] {
        ["\(filler) \(text) \(filler)", "\(text) \(filler)", "\(filler) \(text)"]
            + (isWord ? [text + filler, filler + text] : [])
    }

    /// Nothing may stand beside the text, and that is all that is asked of it.
    private static func isWhole(_ way: Conjunction) -> Bool {
        let tests = way.only(.text).demands.map(\.test)
        return tests.count == 1 || tests.contains { if case .equals = $0 { true } else { false } }
    }

    /// Of two without an expression all is proven elsewhere.
    private static func isComparable(_ narrowed: NarrowedWay, _ taker: Rule, _ reach: RuleReach) -> Bool {
        !expressions(of: narrowed).isEmpty || waitsForExpression(taker, reach)
    }

    private static func expressions(of narrowed: NarrowedWay) -> [PatternSource] {
        narrowed.way.only(.text).demands.filter { !$0.isNegated }.flatMap(\.test.patterns)
    }

    /// Texts of which the rule's own words come first; none where no expression is compared.
    private static func branches(of narrowed: NarrowedWay, _ rule: Rule, _ reach: RuleReach) -> [[String]] {
        let patterns = expressions(of: narrowed)
        if let pattern = patterns.first { return patterns.count > 1 ? [] : PatternSamples.branches(of: pattern.pattern) }
        guard let text = narrowed.text, reach.neighbours(of: rule, on: text).contains(where: { waitsForExpression($0, reach) })
        else { return [] }
        return [[text]]
    }

    private static func waitsForExpression(_ rule: Rule, _ reach: RuleReach) -> Bool {
        (reach.ways(of: rule) ?? []).contains { way in
            way.demands.contains { $0.place == .text && !$0.isNegated && !$0.test.patterns.isEmpty }
        }
    }

    /// The earlier rule asks for a text, and for nothing else that the way does not ask for.
    private static func asksOnlyForText(_ taker: Rule, beyond way: Conjunction, _ reach: RuleReach) -> Bool {
        (reach.ways(of: taker) ?? []).contains { other in
            other.demands.contains { $0.place == .text && !$0.isNegated }
                && other.besides(.text).demands.allSatisfy { way.implies(.demand($0)) }
        }
    }

    private static func exactly(_ text: String, in rule: Rule) -> EventDemand {
        let folding = Folding(caseExact: true, accentsExact: true)
        return EventDemand(.text, .equals([FoldedText(text, folding)], folding), at: rule.at, condition: "text")
    }
}
