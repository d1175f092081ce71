import Matching
import Testing

@Suite struct KeywordTests {
    @Test(arguments: [
        ("art", "art"), ("art", "Modern Art!"), ("art", "cart or art"), ("art", "art's"), ("ação", "ACAO!"),
        ("ACAO", "boa ação."), ("money back", "give my MONEY \u{A0}\n back, please"), ("환불", "환불해주세요"),
        ("환불", "빠른환불"), ("PC", "PC가"), ("pc", "새PC를"), ("ないで", "買わないでください"), ("PC", "このPCは"),
        ("返金", "返金してください"), ("คืนเงิน", "ขอคืนเงินครับ"), ("ຄືນ", "ຂໍຄືນເງິນ"), ("សង", "សូមសងប្រាក់"),
        ("ငွေ", "ငွေပြန်"), ("ラーメン", "ラーメンを"), ("メン", "ラーメン"), ("c++", "C++11"), ("c++", "c++x"), (":)", "ok:)ok"),
        ("ﬁn", "FIN"), ("fin", "ﬁn"), ("cancel", "ｃａｎｃｅｌ"), ("refund", "re\u{200B}fund"), ("👩‍💻", "a 👩💻 b"),
        ("❤️", "I❤U"), ("don't", "Don’t"), ("e-mail", "e–mail"), ("straße", "STRASSE"), ("й", "И"), ("5", "#5"),
        ("cancel*", "cancellation"), ("cancel*", "cancel"), ("환불*", "환불"), ("a", "a\u{20AC}"), ("カ", "カタカナ"),
        ("が", "か\u{3099}"), ("日本", "日本2020年"), ("2020", "日本2020年"), ("$list", "my $LIST is"),
    ])
    func occurs(keyword: String, text: String) throws {
        #expect(try Keyword(keyword).occurs(in: FoldedText(text)))
    }

    @Test(arguments: [
        ("art", "cart"), ("art", "arty"), ("art", "art1"), ("art", "1art"), ("art", "artøl"), ("art", "art\u{903}"),
        ("ação", "acaox"),
        ("か", "が"), ("が", "か"), ("カ", "ガ"), ("하", "한"), ("cancel*", "xcancel"), ("money back", "moneyback"),
        ("5", "15"), ("5", "5th"), ("5", "５０"), ("مال", "مالي"), ("כסף", "הכסף"), ("पैसा", "पैसाका"), ("o", "ø"),
        ("i", "ı"), ("no", "nós"), ("c++", "c+"), ("refund", ""), ("x\u{301}", "か\u{301}"),
    ])
    func doesNotOccur(keyword: String, text: String) throws {
        #expect(try !Keyword(keyword).occurs(in: FoldedText(text)))
    }

    @Test(arguments: [
        ("CEO", "ceo", Folding(caseExact: true), false), ("CEO", "o CEO", Folding(caseExact: true), true),
        ("ação", "Acao", Folding(caseExact: true), false), ("Ação", "Acao", Folding(caseExact: true), true),
        ("é", "e", Folding(accentsExact: true), false), ("é", "E\u{301}", Folding(accentsExact: true), true),
        ("e", "e\u{30E}", Folding(accentsExact: true), false), ("e", "é", Folding(accentsExact: true), false),
    ])
    func knowsExactCaseAndAccents(keyword: String, text: String, folding: Folding, occurs: Bool) throws {
        #expect(try Keyword(keyword, folding: folding).occurs(in: FoldedText(text, folding)) == occurs)
    }

    @Test(arguments: [
        ("5\\*", "5*", false), ("\\$5", "$5", false), ("a\\\\b", "a\\b", false), ("\\**", "*", true),
        ("cancel*", "cancel", true), ("a$", "a$", false), ("＊", "*", false),
    ])
    func readsEscapes(source: String, literal: String, isPrefix: Bool) throws {
        let keyword = try Keyword(source)
        #expect(keyword.literal.string == literal)
        #expect(keyword.isPrefix == isPrefix)
    }

    @Test(arguments: [
        ("can*cel", "a star stands at the end of a keyword only"), ("*cancel", "a star stands at the end of a keyword only"),
        ("a**", "a star stands at the end of a keyword only"), ("a\\", "the keyword ends in a backslash that escapes nothing"),
        ("a\\n", "unknown escape `\\n` in a keyword"), ("", "the keyword is empty"),
        (" \u{200B}", "nothing is left of the keyword after folding"), ("*", "nothing stands before the star of the keyword"),
        (" *", "nothing stands before the star of the keyword"),
    ])
    func refuses(source: String, message: String) {
        let error = #expect(throws: KeywordError.self) { try Keyword(source) }
        #expect(error?.message == message)
    }

    @Test func tellsWhereItStandsFirst() throws {
        let text = FoldedText("cart Ärt art")
        #expect(try Keyword("art").firstOccurrence(in: text) == 5..<8)
        #expect(try Keyword("cart").firstOccurrence(in: text) == 0..<4)
        #expect(try Keyword("x").firstOccurrence(in: text) == nil)
    }

    @Test(arguments: [("\\$list", "$list"), ("5\\$ \\* \\\\", "5$ \\* \\\\"), ("a*", "a*"), ("$", "$"), ("\\", "\\"), ("", "")])
    func unescapesDollarsAlone(source: String, text: String) {
        #expect(Keyword.unescapingDollars(source) == text)
    }

    @Test func listsFindTheirFirstKeyword() throws {
        let words = ["cart", "art*", "环", "refund", "ref", "x", "y", "z", "money back", "back"]
        for count in 1...words.count {
            let keywords = try words.prefix(count).map { try Keyword($0) }
            let set = KeywordSet(keywords)
            for text in ["", "artful cart", "heart", "refunds", "ref back", "money  back", "退环", "zz z"] {
                let folded = FoldedText(text)
                #expect(set.anyOccurs(in: folded) == keywords.firstIndex { $0.occurs(in: folded) }, "\(count) in \(text)")
            }
        }
        #expect(KeywordSet([]).anyOccurs(in: FoldedText("x")) == nil)
    }
}
