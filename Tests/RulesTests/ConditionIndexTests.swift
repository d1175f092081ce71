import Matching
import Model
import Rules
import Testing

/// The index must never leave out a condition that holds: random conditions on random texts, with fixed seeds.
@Suite struct ConditionIndexTests {
    @Test(arguments: 0..<40)
    func noConditionThatHoldsLacksItsLiterals(seed: Int) {
        var random = RandomLines(seed: seed)
        var held = 0
        for _ in 0..<60 {
            let line = random.line(depth: 2)
            let lines = RuleNode(.sequence([line]), at: position(1))
            guard let condition = ConditionCatalog.conditions(lines, in: DecodingScope())?.first else { continue }
            let index = PatternSet.index(of: [condition.demand])
            for _ in 0..<30 {
                let text = random.text(1...6)
                guard condition.holds(subject(.message(text))) else { continue }
                held += 1
                let isCandidate = condition.demand.sets.isEmpty || index.candidates(in: FoldedText(text)) == [0]
                #expect(isCandidate, "'\(text)' passes \(line)")
            }
        }
        #expect(held > 50)
    }

    /// Explaining tries every rule, without the index.
    @Test(arguments: 0..<20)
    func theIndexChangesNoDecision(seed: Int) {
        var random = RandomLines(seed: seed)
        let engine = Engine(rules: RuleSet((0..<60).compactMap { randomRule("r\($0)", &random) }))
        var matched = 0
        for _ in 0..<40 {
            let event = Event.message(random.text(1...6))
            let indexed = engine.decide(event, state: DecisionState(), now: noon)
            var plain = engine.decide(event, state: DecisionState(), now: noon, explaining: true)
            plain.trace = nil
            matched += indexed.matched.count
            #expect(indexed == plain)
        }
        #expect(matched > 20)
    }

    private func randomRule(_ id: String, _ random: inout RandomLines) -> Rule? {
        let lines = (0..<Int.random(in: 1...2, using: &random.generator)).map { _ in random.line(depth: 1) }
        let scope = DecodingScope()
        let when = ConditionCatalog.conditions(RuleNode(.sequence(lines), at: position(1)), in: scope)
        let actions = ActionCatalog.actions(node("[{ note: hi }]"), in: scope)
        guard let when, let actions else { return nil }
        return Rule(
            id: id, at: position(1), priority: Int.random(in: 0...3, using: &random.generator), when: when, actions: actions,
            then: Bool.random(using: &random.generator) ? .stop : .continue)
    }
}

/// Random lines of `when` on texts, and texts made of the same pieces.
private struct RandomLines {
    var generator: SplitMix

    private static let pieces = [
        "a", "b", "ab", "É", "é", "e\u{301}", "ç", "ção", "ß", "SS", "İ", "ı", "ﬁ", "ſ", "K", "ά", "ῃ", "환불", "カ", "ガ", "ｶﾞ",
        "é\u{301}", " ", "  ", "-", "–", "’", "«", "\u{AD}", "\u{200D}", "5", "5️⃣", "x", "y",
    ]

    init(seed: Int) { generator = SplitMix(state: UInt64(seed)) }

    mutating func text(_ count: ClosedRange<Int>) -> String {
        (0..<Int.random(in: count, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    mutating func line(depth: Int) -> RuleNode {
        if depth > 0, Int.random(in: 0..<3, using: &generator) == 0 {
            let group = ["any", "all", "none"].randomElement(using: &generator) ?? "any"
            let lines = (0..<Int.random(in: 1...3, using: &generator)).map { _ in line(depth: depth - 1) }
            return mapping([(group, RuleNode(.sequence(lines), at: position(1)))])
        }
        let keys = ["any", "all", "none", "is", "starts", "ends", "substring", "regex"].shuffled(using: &generator)
        var matcher: [(String, RuleNode)] = []
        for key in keys.prefix(Int.random(in: 1...2, using: &generator)) {
            let words = (0..<Int.random(in: 1...3, using: &generator)).map { _ in scalar(word(key)) }
            matcher.append((key, RuleNode(.sequence(words), at: position(1))))
        }
        if Bool.random(using: &generator) { matcher.append(("case", scalar("exact"))) }
        if Bool.random(using: &generator) { matcher.append(("accents", scalar("exact"))) }
        return mapping([("text", mapping(matcher))])
    }

    private mutating func word(_ key: String) -> String {
        let isPrefix = ["any", "all"].contains(key) && Bool.random(using: &generator)
        return text(1...2) + (isPrefix ? "*" : "")
    }

    private func scalar(_ text: String) -> RuleNode {
        RuleNode(.scalar(RuleNode.Scalar(text: text, style: .singleQuoted)), at: position(1))
    }

    private func mapping(_ entries: [(String, RuleNode)]) -> RuleNode {
        RuleNode(.mapping(entries.map { RuleNode.Entry(key: $0.0, keyAt: position(1), value: $0.1) }), at: position(1))
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
