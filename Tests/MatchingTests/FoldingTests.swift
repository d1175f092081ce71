import Foundation
import Matching
import Testing

@Suite struct FoldingTests {
    @Test(arguments: [
        ("", ""),
        ("Refund", "refund"),
        ("AÇÃO", "acao"),
        ("ac\u{327}a\u{303}o", "acao"),
        ("Ålesund \u{212B}", "alesund a"),
        ("ïle e\u{30A}\u{301}\u{323}x", "ile ex"),
        ("Straße STRASSE ẞ", "strasse strasse ss"),
        ("İstanbul ISTANBUL ısı", "istanbul istanbul ısı"),
        ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
        ("ᾳ ᾼ \u{3B1}\u{345}", "αι αι αι"),
        ("Йод йод ЁЖ ёж Ѓ", "иод иод еж еж г"),
        ("øØłŁđĐ", "øøłłđđ"),
        ("ﬁnance ﬀ ﬆ", "finance ff st"),
        ("Ｃａｎｃｅｌ！", "cancel!"),
        ("№5 ½ x² ㎒ ℡", "no5 1⁄2 x2 mhz tel"),
        ("\u{212A}elvin ſecret", "kelvin secret"),
    ])
    func foldsLettersOfLatinGreekAndCyrillic(text: String, folded: String) {
        #expect(Array(FoldedText(text).string.unicodeScalars) == Array(folded.unicodeScalars))
    }

    @Test(arguments: [
        ("か", "か"), ("が", "が"), ("か\u{3099}", "が"), ("ｶﾞ", "ガ"), ("ﾊﾟﾝ", "パン"), ("カ", "カ"),
        ("환불", "환불"), ("\u{1112}\u{116A}\u{11AB}", "환"), ("ㅎㅏ", "하"),
        ("שָׁלוֹם", "ש\u{5B8}\u{5C1}לו\u{5B9}ם"), ("ไม่", "ไม่"), ("مُحَمَّد", "م\u{64F}ح\u{64E}م\u{64E}\u{651}د"),
        ("हिन्दी", "हिन्दी"), ("क\u{93C}", "क\u{93C}"), ("漢字", "漢字"), ("\u{F900}", "豈"), ("ｦー", "ヲー"),
        ("1\u{20E3}", "1\u{20E3}"), ("日\u{301}", "日\u{301}"),
    ])
    func lettersOfOtherScriptsKeepTheirMarks(text: String, folded: String) {
        #expect(Array(FoldedText(text).string.unicodeScalars) == Array(folded.unicodeScalars))
    }

    @Test(arguments: [
        ("  a \t\n b\u{A0}\u{3000}c\u{2009}", "a b c"), ("\u{85}\u{2028}x\u{1680}y\u{2029}", "x y"), (" \u{A0} ", ""),
        ("“a” „b‟ «c» ″", "\"a\" \"b\" \"c\" \""), ("‘a’ ‚b‛ ‹c› ′", "'a' 'b' 'c' '"), ("d’água", "d'agua"),
        ("a–b—c―d‐e‑f‒g−h－i﹣j", "a-b-c-d-e-f-g-h-i-j"),
        ("re\u{AD}fund", "refund"), ("re\u{200B}f\u{200C}u\u{200D}n\u{2060}d\u{FEFF}", "refund"),
        ("\u{200E}a\u{202E}b\u{2066}", "ab"), ("❤\u{FE0F}", "❤"), ("葛\u{E0100}", "葛"),
        ("👩\u{200D}💻", "👩💻"), ("a\u{200D}\u{301}b", "ab"), ("\u{200D}", ""), ("e \u{301}", "e \u{301}"),
        ("´", "\u{301}"), ("a´b", "a \u{301}b"),
    ])
    func foldsSpacesPunctuationAndInvisibleCharacters(text: String, folded: String) {
        #expect(Array(FoldedText(text).string.unicodeScalars) == Array(folded.unicodeScalars))
    }

    @Test(arguments: [
        ("AÇÃO ß ẞ ſ", Folding(caseExact: true), "ACAO ß ẞ s"),
        ("É e\u{301} Ｅ", Folding(accentsExact: true), "é é e"),
        ("É e\u{301} Ｅ  “x”\u{200B}", Folding(caseExact: true, accentsExact: true), "É é E \"x\""),
        ("İ", Folding(accentsExact: true), "i\u{307}"),
        ("İ", Folding(caseExact: true), "I"),
        ("e\u{323}\u{302} e\u{302}\u{323} ệ", Folding(accentsExact: true), "ệ ệ ệ"),
    ])
    func exactSwitchesOffOneFoldingAlone(text: String, folding: Folding, folded: String) {
        #expect(Array(FoldedText(text, folding).string.unicodeScalars) == Array(folded.unicodeScalars))
    }

    @Test func foldedTextFoldsToItself() {
        for text in texts(seed: 1) {
            for folding in Self.foldings {
                let once = FoldedText(text, folding)
                #expect(FoldedText(once.string, folding) == once, "\(Self.codes(text)) under \(folding)")
            }
        }
    }

    @Test func everyCharacterFoldsToItselfOnceFolded() {
        for code in UInt32(0)..<0x11_0000 {
            // All but the many ideographs and syllables that have no mappings.
            guard let scalar = Unicode.Scalar(code),
                code < 0x3400 || (0xF900..<0x2_0000).contains(code)
                    || (0x2_F800..<0x2_FA20).contains(code) || (0xE_0000..<0xE_1000).contains(code)
            else { continue }
            let once = FoldedText("x" + String(scalar) + "x")
            if FoldedText(once.string) != once { Issue.record("U+\(String(code, radix: 16))") }
        }
    }

    @Test func foldingUnderLessCanGoOnToFullFolding() {
        for text in texts(seed: 2) {
            let full = FoldedText(text)
            for folding in Self.foldings {
                let partly = FoldedText(text, folding)
                #expect(FoldedText(partly.string) == full, "\(Self.codes(text)) under \(folding)")
            }
        }
    }

    /// Foundation's normal forms, as an independent witness.
    @Test func canonicallyEquivalentTextsFoldAlike() {
        for text in texts(seed: 3) {
            let decomposed = text.decomposedStringWithCanonicalMapping
            let composed = text.precomposedStringWithCanonicalMapping
            for folding in Self.foldings {
                let expected = FoldedText(text, folding)
                #expect(FoldedText(decomposed, folding) == expected, "\(Self.codes(text)) under \(folding)")
                #expect(FoldedText(composed, folding) == expected, "\(Self.codes(text)) under \(folding)")
            }
        }
    }

    @Test func foldedTextIsComposed() {
        for text in texts(seed: 4) {
            for folding in Self.foldings {
                let folded = FoldedText(text, folding).string
                let composed = folded.precomposedStringWithCanonicalMapping
                #expect(Array(composed.utf8) == Array(folded.utf8), "\(Self.codes(text)) under \(folding)")
            }
        }
    }

    /// ASCII is folded eight bytes at once where it stands so, and a byte at a time at the end and beside other characters.
    @Test func foldsAlikeWhereverWordsBegin() {
        var random = RandomText(seed: 5)
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<random.random.number(in: 0...30) {
                let ascii = Unicode.Scalar(UInt8(random.random.number(in: 0...0x7F)))
                let isASCII = random.random.number(in: 0...7) > 0
                text.unicodeScalars.append(isASCII ? ascii : random.scalar())
            }
            for folding in Self.foldings {
                let expected = FoldedText("x" + text, folding).utf8
                for count in 1...8 {
                    let shift = [UInt8](repeating: UInt8(ascii: "x"), count: count)
                    let folded = FoldedText(String(decoding: shift, as: UTF8.self) + "x" + text, folding)
                    #expect(folded.utf8 == shift + expected, "\(Self.codes(text)) under \(folding)")
                }
            }
        }
    }

    @Test(arguments: ["ﷺ", "ΐ", "㎒", "ŉ"])
    func textsThatBecomeLongerAreWhole(character: String) {
        let once = FoldedText(character)
        for folding in Self.foldings {
            #expect(FoldedText(String(repeating: character, count: 1000), folding).utf8.count >= 1000)
        }
        #expect(FoldedText(String(repeating: character, count: 1000)).string == String(repeating: once.string, count: 1000))
    }

    @Test func endsWithoutDelayOnLongRunsOfMarks() {
        let marks = String(repeating: "\u{301}\u{323}", count: 50_000)
        #expect(FoldedText("e" + marks).string == "e")
        #expect(FoldedText("か" + marks).utf8.count == 3 + 2 * 100_000)
    }

    private static let foldings = [
        Folding.full, Folding(caseExact: true), Folding(accentsExact: true), Folding(caseExact: true, accentsExact: true),
    ]

    private func texts(seed: UInt64) -> [String] {
        var random = RandomText(seed: seed)
        return (0..<3000).map { _ in random.text(upTo: 12) }
    }

    private static func codes(_ text: String) -> String {
        text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ")
    }
}
