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
}
