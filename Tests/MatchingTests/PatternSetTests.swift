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
        #expect(LiteralSet.mostSelective(of: [nil, short, mixed, long]) == long)
        #expect(LiteralSet.mostSelective(of: [nil, nil]) == nil)
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
