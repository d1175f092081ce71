import TestSupport
import Testing

@testable import Matching

@Suite struct PatternSamplesTests {
    @Test(arguments: [
        (#"\b[A-Z]{2}\d{9}[A-Z]{2}\b"#, true), (#"\b[A-Z]{2}\d{9}[A-Z]{2}\b"#, false), (#"(?-i)[A-Z]+"#, false),
        (#"(?x) a \s b # and so on"#, true), (#"\x41\x{42}\o{103}"#, true), (#"\Qa+b\E+c"#, true), (#"(\w+) \1"#, true),
        (#"(?P<w>ab|c)-(?P=w)"#, true), (#"a{2}{,3}"#, true), (#"(?<a>x)(?(<a>)y|z)"#, true), (#"[\Q]\E\x5b]+"#, true),
        (#"\p{Hangul}+|я"#, true),
    ])
    func matchesAreFound(source: String, caseExact: Bool) throws {
        #expect(!PatternSamples.matches(of: try Pattern(source, caseExact: caseExact)).isEmpty)
    }

    @Test func thereAreFewOfALongExpression() throws {
        let pattern = try Pattern(String(repeating: #"(a+b)*"#, count: 600))
        #expect(PatternSamples(of: pattern).pumps.count <= PatternSamples.limit)
    }

    /// Each group is the one before twice: written out, the last would be longer than any memory.
    @Test func groupsThatDoubleOneAnotherStaySmall() throws {
        let doubled = (1...60).map { "(\\g{\($0)}\\g{\($0)})" }.joined()
        let pattern = try Pattern("(a)" + doubled + "+x")
        #expect(PatternSamples(of: pattern).pumps.allSatisfy { $0.text(times: 1).utf8.count < 1 << 16 })
        #expect(PatternSamples.matches(of: pattern).allSatisfy { $0.utf8.count < 1 << 16 })
    }

    /// Whatever PCRE2 takes is read, or given up on, in little room.
    @Test func anyExpressionIsReadOrGivenUp() throws {
        let seed = TestScale.seed(usual: 11)
        var random = SplitMix64(seed: seed)
        let pieces = [
            "a", "b", ".", "\\d", "\\w", "\\S", "[a-z]", "[^!]", "[\\Q]\\E]", "(", "(", ")", ")", "(?:", "(?=", "(?<!", "(?<n>",
            "(?i)",
            "(?-i:", "(?x)", "#", "|", "*", "+", "?", "{2}", "{2,}", "{,3}", "{", "}", "\\1", "\\2", "\\g{-1}", "(?1)", "(?R)",
            "(?P=n)",
            "\\k<n>", "(?(1)", "\\Q", "\\E", "\\x{41}", "\\o{101}", "\\cA", "\\p{L}", "\\N", "(*UCP)", "^", "$", "\\b", " ", "é",
            "-", "]",
        ]
        var count = 0
        for _ in 0..<TestScale.rounds(usual: 40) * 100 {
            let source = (0..<Int.random(in: 1...10, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
            guard let pattern = try? Pattern(source, caseExact: Bool.random(using: &random)) else { continue }
            count += 1
            let texts = PatternSamples(of: pattern).pumps.map { $0.text(times: 1) } + PatternSamples.matches(of: pattern)
            #expect(texts.allSatisfy { $0.utf8.count < 1 << 16 }, "seed \(seed): \(source)")
        }
        #expect(count > 300)
    }

    @Test(arguments: [
        ("pri(ce|cing)", [["price"], ["pricing"]]),
        ("(a|b) (c|d)", [["a c"], ["a d"], ["b c"], ["b d"]]),
        ("x|[1-4]|y+", [["x"]]),
        ("(a|b)?c", [["c", "bc"]]), ("colou?r", [["color", "colour"]]),
    ])
    func eachAlternativeHasTexts(source: String, texts: [[String]]) throws {
        #expect(PatternSamples.branches(of: try Pattern(source)) == texts)
    }

    @Test func manyAlternativesStayWhatTheyAre() throws {
        let pattern = try Pattern(String(repeating: "(a|b)", count: 8))
        let branches = PatternSamples.branches(of: pattern)
        #expect(branches.count == 32 && branches.allSatisfy { !$0.isEmpty })
    }
}
