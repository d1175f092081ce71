import Matching
import TestSupport
import Testing

@Suite struct PatternSetTests {
    @Test func namesTheRulesWhoseLiteralsOccur() throws {
        let set = PatternSet([
            LiteralSet([Array("refund".utf8), Array("환불".utf8)]), nil, LiteralSet([Array("fun".utf8)]), LiteralSet([]),
            LiteralSet([Array("und".utf8)]), LiteralSet([Array("refund".utf8)]), nil,
        ])
        #expect(set.always == [1, 6])
        #expect(set.candidates(in: FoldedText("REFUND")) == [0, 2, 4, 5])
        #expect(set.candidates(in: FoldedText("환불해")) == [0])
        #expect(set.candidates(in: FoldedText("funny")) == [2])
        #expect(set.candidates(in: FoldedText("")) == [])
    }

    @Test func worksWithoutRules() {
        let set = PatternSet([])
        #expect(set.always == [] && set.candidates(in: FoldedText("x")) == [])
        let unknown = PatternSet([nil, nil])
        #expect(unknown.always == [0, 1] && unknown.candidates(in: FoldedText("x")) == [])
    }

    @Test func anEmptyLiteralProvesNothing() {
        #expect(LiteralSet([[], [1]]) == nil)
        #expect(LiteralSet.union(of: [LiteralSet([[1]]), nil]) == nil)
        #expect(LiteralSet.union(of: [LiteralSet([[1], [2]]), LiteralSet([[2]])]) == LiteralSet([[1], [2]]))
    }

    @Test func prefersLongAndFewLiterals() {
        let short = LiteralSet([Array("ab".utf8)])
        let long = LiteralSet([Array("abcd".utf8)])
        let mixed = LiteralSet([Array("abcd".utf8), Array("abcdef".utf8)])
        #expect(LiteralDemand([nil, short, mixed, long]).sets == [long, mixed, short].compactMap(\.self))
        #expect(LiteralDemand([nil, nil]).sets == [])
        #expect(LiteralDemand.all([LiteralDemand([short]), LiteralDemand([long])]).mostSelective == long)
        #expect(LiteralDemand.any([LiteralDemand([short]), LiteralDemand([])]).sets == [])
        #expect(
            LiteralDemand.any([LiteralDemand([short, long]), LiteralDemand([short])]).sets
                == [LiteralSet([Array("ab".utf8), Array("abcd".utf8)])])
    }

    @Test func anIndexKnowsEachRuleByWhatIsRareInTheSet() {
        func demand(_ sets: [String]...) -> LiteralDemand {
            LiteralDemand(sets.map { LiteralSet($0.map { Array($0.utf8) }) })
        }
        let index = PatternSet.index(of: [
            demand(["order"], ["parcel"]), demand(["order status"]), demand(["my order"]), demand(["order"]), demand(),
            demand(["of it"]), demand(["abc"], ["order"]),
        ])
        #expect(index.always == [4])
        let cases: [(String, [Int])] = [
            ("where is my order", [2, 3, 6]), ("the parcel", [0]), ("what status", [1]), ("of it", [5]), ("of its", [5]),
            ("abc", []), ("it", []),
        ]
        for (text, expected) in cases { #expect(index.candidates(in: FoldedText(text)) == expected, "\(text)") }
    }

    /// What is named may be too much and is never too little.
    @Test(arguments: 0..<12) func anIndexLeavesOutNoRuleWhoseDemandIsMet(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let words = ["re", "refund", "de", "do", "pedido", "환불", "ção", "a", "invoice", "fund"]
        func phrase(_ random: inout SplitMix64) -> [UInt8] {
            let count = random.number(in: 1...3)
            return FoldedText((0..<count).map { _ in random.element(of: words) }.joined(separator: " ")).utf8
        }
        let demands = (0..<200).map { _ in
            LiteralDemand(
                (0..<random.number(in: 0...3)).map { _ in
                    LiteralSet((0..<random.number(in: 1...3)).map { _ in phrase(&random) })
                })
        }
        let index = PatternSet.index(of: demands)
        for _ in 0..<20 {
            let count = random.number(in: 1...12)
            let text = FoldedText((0..<count).map { _ in random.element(of: words) }.joined(separator: " "))
            let named = Set(index.candidates(in: text) + index.always)
            let met = demands.indices.filter { place in
                demands[place].sets.allSatisfy { $0.literals.contains { Self.contains(text.utf8, $0) } }
            }
            #expect(met.allSatisfy(named.contains))
        }
    }

    /// The automaton and a plain search must name the same rules. Few letters make literals overlap, nest and repeat.
    @Test(arguments: 0..<24) func agreesWithAPlainSearch(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let letters = Array(["ab", "abc", "aé환", "a", "환불a", "abcdefghijklmnop \u{1F600}ñ"][seed % 6].unicodeScalars)
        func word(_ length: Int, _ random: inout SplitMix64) -> [UInt8] {
            var word = String.UnicodeScalarView()
            for _ in 0..<length { word.append(random.element(of: letters)) }
            return FoldedText(String(word)).utf8
        }
        let sets = (0..<random.number(in: 1...150)).map { _ in
            LiteralSet((0..<random.number(in: 0...3)).map { _ in word(random.number(in: 1...9), &random) })
        }
        let indexed = PatternSet(sets)
        for _ in 0..<12 {
            let text = FoldedText(String(decoding: word(random.number(in: 0...60), &random), as: UTF8.self))
            let expected = sets.indices.filter { sets[$0]?.literals.contains { Self.contains(text.utf8, $0) } ?? false }
            #expect(indexed.candidates(in: text) == expected)
        }
    }

    @Test func agreesWithAPlainSearchOverManyRules() {
        var random = SplitMix64(seed: 99)
        let syllables = ["re", "fun", "do", "ção", "환불", "pay", "x", "can", "cel", " ", "ить"]
        func phrase(_ count: Int, _ random: inout SplitMix64) -> String {
            (0..<count).map { _ in random.element(of: syllables) }.joined()
        }
        let sets = (0..<5000).map { _ in LiteralSet([FoldedText("a" + phrase(random.number(in: 1...5), &random) + "b").utf8]) }
        let indexed = PatternSet(sets)
        for _ in 0..<5 {
            let text = FoldedText((0..<10).map { _ in "a" + phrase(random.number(in: 1...3), &random) + "b" }.joined())
            let expected = sets.indices.filter { sets[$0]?.literals.contains { Self.contains(text.utf8, $0) } ?? false }
            #expect(indexed.candidates(in: text) == expected)
        }
    }

    private static func contains(_ text: [UInt8], _ literal: [UInt8]) -> Bool {
        guard text.count >= literal.count, let first = literal.first else { return literal.isEmpty }
        return text.withUnsafeBufferPointer { text in
            (0...(text.count - literal.count)).contains { start in
                text[start] == first && text[start..<(start + literal.count)].elementsEqual(literal)
            }
        }
    }
}
