import Matching
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("refund", "my REFUND", true), ("^ação$", "AÇÃO", true), ("acao", "ação", false), ("\\bação\\b", "boa ação!", true),
        ("\\bação\\b", "reação", false), ("^\\w+$", "환불", true), ("^\\d{3}$", "٣४5", true), ("straße", "STRASSE", false),
        ("k", "\u{212A}", true), ("^.$", "😀", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("", "", true),
        ("^$", "", true), ("x", "", false), ("(?-i)a", "A", false), ("(?<a>x)(?!y)", "xz", true), ("\\p{Han}", "漢", true),
        ("(*LIMIT_MATCH=4000000000)a", "a", true), ("a\0b", "a\0b", true),
    ])
    func matchesTheTextAsWritten(pattern: String, text: String, matches: Bool) throws {
        let outcome = try Pattern(pattern).firstMatch(in: text)
        if case .match = outcome { #expect(matches) } else { #expect(outcome == .noMatch && !matches) }
    }

    @Test func caseCanBeExact() throws {
        let pattern = try Pattern("CEO", caseExact: true)
        #expect(pattern.firstMatch(in: "ceo") == .noMatch)
        #expect(pattern.firstMatch(in: "a CEO") == .match(Captures(numbered: ["CEO"], named: [:])))
    }

    @Test func capturesByNumberAndName() throws {
        let pattern = try Pattern("(?<order>\\d{4,})(-(?<part>\\p{L}+))?|(?<none>x)")
        #expect(pattern.groupCount == 4)
        #expect(pattern.groupNames == ["order", "part", "none"])
        #expect(
            pattern.firstMatch(in: "nº 12345-ção")
                == .match(
                    Captures(numbered: ["12345-ção", "12345", "-ção", "ção", nil], named: ["order": "12345", "part": "ção"])))
        #expect(
            pattern.firstMatch(in: "4321")
                == .match(Captures(numbered: ["4321", "4321", nil, nil, nil], named: ["order": "4321"])))
    }

    @Test func anEmptyCaptureIsNoAbsentOne() throws {
        #expect(try Pattern("a(?<x>b*)(c)?").firstMatch(in: "a") == .match(Captures(numbered: ["a", "", nil], named: ["x": ""])))
    }

    @Test func namesMayBeUsedTwice() throws {
        let pattern = try Pattern("(?J)(?<n>a)|(?<n>b)")
        #expect(pattern.groupNames == ["n"])
        #expect(pattern.firstMatch(in: "b") == .match(Captures(numbered: ["b", nil, "b"], named: ["n": "b"])))
    }

    @Test func patternsMayHaveManyGroups() throws {
        let pattern = try Pattern(String(repeating: "(a)", count: 90))
        #expect(pattern.groupCount == 90)
        let text = String(repeating: "a", count: 90)
        #expect(
            pattern.firstMatch(in: text)
                == .match(Captures(numbered: [text] + Array(repeating: "a", count: 90), named: [:])))
    }

    @Test(arguments: [
        ("(a", 2, "missing closing parenthesis"), ("ação(", 5, "missing closing parenthesis"),
        ("환불[", 3, "missing terminating ] for character class"), ("é|*", 2, "quantifier does not follow a repeatable item"),
        ("\\Ca", 2, "using \\C is disabled by the application"),
    ])
    func tellsWhereAPatternIsWrong(source: String, offset: Int, message: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(source) }
        #expect(error?.offset == offset)
        #expect(error?.message == message)
    }

    @Test func explainsABackspaceCharacter() {
        let error = #expect(throws: PatternError.self) { try Pattern("não\u{8}art") }
        #expect(error?.message == "the pattern holds a backspace character")
        #expect(error?.offset == 3)
        #expect(error?.help?.contains("double quotes") == true)
    }

    @Test func refusesWhatIsTooLarge() {
        let (opening, closing) = (String(repeating: "(", count: 100), String(repeating: ")", count: 100))
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "a", count: 4097)) }
        #expect(throws: Never.self) { try Pattern(String(repeating: "a", count: 4096)) }
        #expect(throws: PatternError.self) { try Pattern("(?:a{1,60}b{1,60}(?:cd){1,60}){1,60}") }
        #expect(throws: Never.self) { try Pattern(opening + closing) }
        #expect(throws: PatternError.self) { try Pattern("(" + opening + closing + ")") }
    }

    @Test func looksAtTheBeginningOfLongTexts() throws {
        let limits = MatchLimits(subjectBytes: 8)
        #expect(try Pattern("b").firstMatch(in: "aaaaaaaab", limits: limits) == .noMatch)
        #expect(try Pattern("a$").firstMatch(in: "aaaaaaaab", limits: limits) == .noMatch)
        #expect(try Pattern("^.*").firstMatch(in: "환불환불", limits: limits) == .match(Captures(numbered: ["환불"], named: [:])))
        #expect(limits.cuts("환불환") && !limits.cuts("환불"))
    }

    @Test(arguments: [
        ("(a+)+$", MatchLimits(match: 1000), LimitKind.match), ("^(?:(a)|b)*$", MatchLimits(heapKiB: 1), LimitKind.heap),
        ("^(?:a|b)*$", MatchLimits(depth: 10), LimitKind.depth), ("(*LIMIT_MATCH=10)(a+)+$", .standard, LimitKind.match),
        ("(a+)+$", MatchLimits(match: .max, time: .zero), LimitKind.time),
    ])
    func tellsWhichLimitWasExceeded(source: String, limits: MatchLimits, kind: LimitKind) throws {
        let text = String(repeating: "a", count: 4000) + "!"
        #expect(try Pattern(source).firstMatch(in: text, limits: limits) == .limitExceeded(kind))
    }

    /// Their effort grows with the square of the text: each start stays below the match limit, so that the clock alone ends them.
    /// Without it they take seconds to minutes, and then tell that nothing matches.
    @Test(arguments: [
        ("\\s+$", " "), (" +$", " "), ("\\s+\\z", " "), ("\\s*\\n!!", " "), ("[a-z]+[0-9]", "a"),
    ])
    func theClockEndsWhatTheMatchLimitDoesNot(source: String, filling: String) throws {
        let text = String(repeating: filling, count: 32_768) + "!"
        let limits = MatchLimits(subjectBytes: 1 << 17)
        #expect(try Pattern(source).firstMatch(in: text, limits: limits) == .limitExceeded(.time))
    }

    @Test func aLimitLeavesTheNextMatchUnharmed() throws {
        let pattern = try Pattern("(a+)+$")
        let text = String(repeating: "a", count: 4000) + "!"
        #expect(pattern.firstMatch(in: text, limits: MatchLimits(match: 10)) == .limitExceeded(.match))
        #expect(pattern.firstMatch(in: "aaa") == .match(Captures(numbered: ["aaa", "aaa"], named: [:])))
    }

    /// Expressions with exponential or quadratic effort: a verdict or a limit, and never a false match.
    @Test(arguments: [
        "\\s+$", "(?:\\s|\t)+$", "(.)\\1*\\1z?#$", "[a-z]+[^!]*#", "(a+)+$", "(a|aa)+$", "(.*a){12}$",
        "^(([a-z])+.)+[A-Z]$", "(\\w+\\s?)+#", "(?:\\w++!)", "(?=(a+))\\1b", "(x+x+)+y", "((a*)*)*b",
    ])
    func effortIsBounded(source: String) throws {
        let pattern = try Pattern(source)
        for filling in [" ", "a", "ab ", "é", "x"] {
            for length in [0, 30, 20000] {
                let text = String(repeating: filling, count: length) + "!"
                if case .match(let captures) = pattern.firstMatch(in: text, limits: MatchLimits(time: .milliseconds(5))) {
                    #expect(captures.numbered.count == pattern.groupCount + 1)
                }
            }
        }
    }

    @Test func patternsAreSharedBetweenThreads() async throws {
        let pattern = try Pattern("(\\d+)-(?<letters>\\p{L}+)")
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { round in
                        let number = "\(task * 1000 + round)"
                        return pattern.firstMatch(in: "n \(number)-é!")
                            == .match(Captures(numbered: ["\(number)-é", number, "é"], named: ["letters": "é"]))
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
