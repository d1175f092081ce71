import Matching
import Testing

@Suite struct LiteralExtractionTests {
    @Test(arguments: [
        ("refund", ["refund"]), ("\\brefunds?\\b", ["refund"]), ("^Ação$", ["acao"]), ("n[aã]o quero", ["nao quero"]),
        ("refund|money back", ["money back", "refund"]), ("(?:refund|reembolso) please", ["please"]),
        ("(refund)ed", ["refunded"]), ("(?<x>re)(?'y'fu)(?P<z>nd)", ["refund"]), ("(?i)Refund(?-i:Now)", ["refundnow"]),
        ("refund\\s+now", ["refund"]), ("refund +now", ["refund now"]), ("a+bcd", ["abcd"]), ("ab{2,3}cde", ["bcde"]),
        ("(?:ab)+cdef", ["cdef"]), ("(abc|de)?fgh", ["fgh"]), ("pay(?=ment)x", ["pay"]), ("ord\\.er\\-1", ["ord.er-1"]),
        ("환불", ["환불"]), ("하하한", ["하하한"]), ("한하", ["한"]), ("かがか", ["かが"]), ("日本語", ["日本語"]),
        ("straße", ["strasse"]), ("re\u{301}fund", ["fund"]), ("C\\+\\+", ["c++"]),
        ("[^a]bcd[efg]", ["bcd"]), ("[[:alpha:]]xyz", ["xyz"]),
        ("[]x]abc", ["abc"]), ("(?|ab|cd)efg", ["efg"]), ("\\d{4,}-order", ["-order"]), ("(ab|cd)", ["ab", "cd"]),
        ("bcd<=a", ["bcd<=a"]), ("bcd<", ["bcd"]), ("bcd<.", ["bcd"]),
        ("ﬁne", ["fine"]), ("лучше", ["лучше"]), ("ΟΔΟΣ", ["οδοσ"]), ("καιρός", ["ροσ"]),
    ])
    func findsWhatMustStandInTheText(source: String, literals: [String]) throws {
        let expected = literals.map { Array($0.utf8) }
        #expect(try Pattern(source).requiredLiterals?.literals == expected)
    }

    @Test(arguments: [
        "", "a", ".", "\\d+", "(refund)?", "refund|", "refund|.*", "(?x)re fund", "\\Qrefund\\E",
        "(*ACCEPT)refund", "(?:refund){0}",
        "(?!refund)", "(?=refund)", "(refund|\\d+)", "(a)(?(1)refund|refund)", "(?#refund)", "[\\Q]\\E]refund", "[\\c]]refund",
        "refund{,3}", "re{fund", "\\x41refund", "(?R)?refund", "<=>", "(?:refund|x)",
    ])
    func claimsNothingThatIsNotCertain(source: String) throws {
        #expect(try Pattern(source).requiredLiterals == nil)
    }

    @Test(arguments: [
        ("Ação", Folding.full), ("Ação", Folding(caseExact: true)), ("café e\u{301}", Folding(accentsExact: true)),
    ])
    func keywordsRequireTheirLiteral(source: String, folding: Folding) throws {
        let keyword = try Keyword(source, folding: folding)
        #expect(keyword.requiredLiteral == FoldedText(source).utf8)
    }

    @Test func keywordsOfLessFoldingClaimWhatSurvivesFullFolding() throws {
        let exact = Folding(caseExact: true, accentsExact: true)
        #expect(try Keyword("か\u{301} ABC", folding: exact).requiredLiteral == Array("abc".utf8))
        #expect(try Keyword("하", folding: exact).requiredLiteral == nil)
        #expect(try Keyword("하").requiredLiteral == Array("하".utf8))
    }

    /// Whatever matches holds one of the literals, whatever stands around and between.
    @Test func neverMissesAMatch() throws {
        var random = RandomText(seed: 11)
        var matches = 0
        var claims = 0
        for _ in 0..<6000 {
            let (source, texts) = Self.randomPattern(&random)
            guard let pattern = try? Pattern(source), let literals = pattern.requiredLiterals else { continue }
            claims += 1
            for text in texts {
                guard case .match = pattern.firstMatch(in: text) else { continue }
                matches += 1
                let folded = FoldedText(text)
                let holds = literals.literals.contains { Self.contains(folded.utf8, $0) }
                #expect(holds, "\(source.debugDescription) matches \(text.debugDescription)")
            }
        }
        #expect(claims > 500 && matches > 500, "\(claims) claims, \(matches) matches")
    }

    @Test func keywordsNeverMissATextTheyOccurIn() throws {
        var random = RandomText(seed: 12)
        let foldings = [
            Folding.full, Folding(caseExact: true), Folding(accentsExact: true), Folding(caseExact: true, accentsExact: true),
        ]
        var occurrences = 0
        for _ in 0..<20000 {
            let word = random.text(upTo: 5)
            let folding = random.random.element(of: foldings)
            let escaped = word.replacing("\\", with: "\\\\").replacing("*", with: "\\*")
            guard let keyword = try? Keyword(escaped, folding: folding) else { continue }
            let text = random.text(upTo: 3) + word + random.text(upTo: 3)
            guard let literal = keyword.requiredLiteral, keyword.occurs(in: FoldedText(text, folding)) else { continue }
            occurrences += 1
            #expect(Self.contains(FoldedText(text).utf8, literal), "\(word.debugDescription) in \(text.debugDescription)")
        }
        #expect(occurrences > 2000, "\(occurrences)")
    }

    /// Every character that PCRE2 takes for equal without case folds to the same. U+0345 equals the iota, which therefore is
    /// in no literal of an expression.
    @Test func caselessEqualsFoldAlike() throws {
        let cased = (UInt32(0x80)..<0x1_F000).compactMap(Unicode.Scalar.init).filter {
            $0.properties.lowercaseMapping != String($0) || $0.properties.uppercaseMapping != String($0)
        }
        let alike = Dictionary(grouping: cased) { FoldedText(String($0)) }
        let all = cased.map(String.init).joined(separator: " ") + " a b c d e f g h i j k l m n o p q r s t u v w x y z"
        for (folded, scalars) in alike where !folded.string.unicodeScalars.contains("ι") {
            // ASCII letters are alike to what folds to them.
            let members = scalars.map(String.init).joined() + (folded.utf8.count == 1 ? folded.string : "")
            for scalar in scalars {
                let pattern = try Pattern("(?!(?-i:[\(members)]))\(scalar)")
                if pattern.firstMatch(in: all, limits: MatchLimits(time: .seconds(10), subjectBytes: 1 << 20)) != .noMatch {
                    Issue.record("U+\(String(scalar.value, radix: 16))")
                }
            }
        }
    }

    private static func contains(_ text: [UInt8], _ literal: [UInt8]) -> Bool {
        text.count >= literal.count
            && (0...(text.count - literal.count)).contains { text[$0..<($0 + literal.count)].elementsEqual(literal) }
    }

    /// A random expression, and texts that may match it: from the same pieces, with awkward characters around.
    private static func randomPattern(_ random: inout RandomText) -> (source: String, texts: [String]) {
        var source = ""
        var texts = ["", "", "", ""].map { _ in random.text(upTo: 2) }
        for _ in 0..<random.random.number(in: 1...4) {
            let first = random.text(upTo: 4)
            let second = random.text(upTo: 4)
            let (one, other) = (quoted(first), quoted(second))
            let pieces: [(String, [String])] = [
                (one, [first, first.uppercased(), first.lowercased()]),
                ("(?:\(one)|\(other))", [first, second]), ("(\(one)|\(other))+", [first, second, first + second]),
                ("(?:\(one))?", [first, ""]), ("(?:\(one))*", [first + first, ""]), ("(?:\(one)){2}", [first + first]),
                ("\(one)+", [first]), ("\(one) +\(other)", [first + " " + second, first + "  " + second]),
                ("(?=\(one))", [""]), (".", [String(random.scalar())]), ("\\s*", ["", " "]), ("[\(one)]", first.map(String.init)),
                ("(?i:\(one))", [first.uppercased(), first.lowercased()]), ("\\b", [""]), ("\(one){1,2}", [first]),
            ]
            let (piece, matching) = random.random.element(of: pieces)
            source += piece
            texts = texts.map { $0 + (matching.isEmpty ? "" : random.random.element(of: matching)) }
        }
        return (source, texts.map { $0 + random.text(upTo: 2) })
    }

    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if "\\^$.[|()?*+{]}-<>=!#".unicodeScalars.contains(scalar) { quoted.append("\\") }
            quoted.append(scalar)
        }
        return String(quoted)
    }
}
