import Model
import Testing

@Suite struct ReplySplittingTests {
    private static func parts(_ reply: Reply, _ count: Int, _ unit: TextLimit.Unit = .characters) -> [Reply]? {
        let limit = TextLimit(count, unit, note: "")
        return ReplySplitting(limit: limit, listsButtons: true, linksFile: true).parts(of: reply)
    }

    @Test(
        arguments: [
            ("Hello", 5, ["Hello"]), ("", 5, [""]), ("  a  ", 5, ["  a  "]),
            ("One two", 5, ["One", "two"]), ("One two", 3, ["One", "two"]),
            ("One.\nTwo three.\n\nFour.", 20, ["One.\nTwo three.", "Four."]),
            ("A.\r\n\r\nB c. D", 10, ["A.", "B c. D"]), ("A.\n \nB c. D e", 10, ["A.", "B c. D e"]),
            ("One. Two three", 12, ["One.", "Two three"]), ("One! Two? Three", 12, ["One! Two?", "Three"]),
            ("First line\nand more words", 18, ["First line", "and more words"]),
            ("He said: \u{201C}No.\u{201D} Then he left", 22, ["He said: \u{201C}No.\u{201D}", "Then he left"]),
            ("It costs 3.50 and more", 15, ["It costs 3.50", "and more"]), ("Well\u{2026} maybe", 8, ["Well\u{2026}", "maybe"]),
            ("日本語です。次の文です", 8, ["日本語です。", "次の文です"]),
            ("「はい。」と言った", 6, ["「はい。」", "と言った"]), ("はい。。。次", 5, ["はい。。。", "次"]),
            ("abcdefgh", 3, ["abc", "def", "gh"]), ("aaa   bbb", 4, ["aaa", "bbb"]), ("aaa    bbb", 7, ["aaa", "bbb"]),
            ("   aaaa bbbb   ", 9, ["aaaa bbbb"]), ("e\u{301}e\u{301}e\u{301}", 4, ["e\u{301}e\u{301}", "e\u{301}"]),
            ("Não. Sim!", 5, ["Não.", "Sim!"]),
        ] as [(String, Int, [String])])
    func cutsAtTheBestPlaceBeforeTheLimit(text: String, count: Int, texts: [String]) {
        #expect(Self.parts(Reply(text: text), count) == texts.map { Reply(text: $0) })
    }

    @Test(
        arguments: [
            ("👍👍👍", 4, .utf16, ["👍👍", "👍"]), ("👍👍👍", 2, .characters, ["👍👍", "👍"]), ("ção ção", 5, .bytes, ["ção", "ção"]),
            ("👩‍👩‍👧a", 8, .utf16, ["👩‍👩‍👧", "a"]), ("a\u{301}\u{302}\u{303}", 2, .utf16, ["a\u{301}", "\u{302}\u{303}"]),
        ] as [(String, Int, TextLimit.Unit, [String])])
    func countsInTheVendorsUnit(text: String, count: Int, unit: TextLimit.Unit, texts: [String]) {
        let parts = Self.parts(Reply(text: text), count, unit)?.map { Array($0.text.unicodeScalars) }
        #expect(parts == texts.map { Array($0.unicodeScalars) })
    }

    @Test(
        arguments: [
            // "\n1. Yes\n2. No" are 13.
            (Reply(text: "Really so?", buttons: ["Yes", "No"]), 23, [Reply(text: "Really so?", buttons: ["Yes", "No"])]),
            (
                Reply(text: "Really so?", buttons: ["Yes", "No"]), 22,
                [Reply(text: "Really"), Reply(text: "so?", buttons: ["Yes", "No"])]
            ),
            (
                Reply(text: "All right. And now?", buttons: ["Yes", "No"]), 22,
                [Reply(text: "All right."), Reply(text: "And now?", buttons: ["Yes", "No"])]
            ),
            (
                Reply(text: "Reallyyyyyyyy", buttons: ["Yes", "No"]), 13,
                [Reply(text: "Reallyyyyyyyy"), Reply(text: "", buttons: ["Yes", "No"])]
            ),
            (Reply(text: "See there", file: "https://h"), 17, [Reply(text: "See"), Reply(text: "there", file: "https://h")]),
            (Reply(text: "                    ", buttons: ["Yes", "No"]), 12, [Reply(text: "", buttons: ["Yes", "No"])]),
        ] as [(Reply, Int, [Reply])])
    func buttonsAndFileGoWithTheLastPartAndCount(reply: Reply, count: Int, parts: [Reply]) {
        #expect(Self.parts(reply, count) == parts)
    }

    @Test func whatTheVendorShowsItselfDoesNotCount() {
        let reply = Reply(text: "One two", buttons: ["a long label", "another"], file: "https://h/file")
        let splitting = ReplySplitting(limit: TextLimit(3, .utf16, note: ""), listsButtons: false, linksFile: false)
        var last = reply
        last.text = "two"
        #expect(splitting.parts(of: reply) == [Reply(text: "One"), last])
    }

    @Test(
        arguments: [
            (Reply(text: "a", buttons: ["a long label"]), 8, .characters), (Reply(text: "            "), 5, .characters),
            (Reply(text: String(repeating: "a ", count: 11)), 1, .characters), (Reply(text: "👍"), 1, .utf16),
            (Reply(text: "ç"), 1, .bytes),
        ] as [(Reply, Int, TextLimit.Unit)])
    func refusesWhatCannotBeCut(reply: Reply, count: Int, unit: TextLimit.Unit) {
        #expect(Self.parts(reply, count, unit) == nil)
    }

    @Test func tenPartsAreTheMost() {
        #expect(Self.parts(Reply(text: String(repeating: "a", count: 30)), 3)?.count == 10)
        #expect(Self.parts(Reply(text: String(repeating: "a", count: 31)), 3) == nil)
    }

    /// Every message shows a placeholder with one unit more.
    @Test func textsThatAreBrokenUpCountAsTheyGoOut() {
        let limit = TextLimit(10, .utf16, brokenUp: ["{{a}}"], note: "")
        let splitting = ReplySplitting(limit: limit, listsButtons: true, linksFile: true)
        #expect(splitting.parts(of: Reply(text: "x{{a}} {{b")) == [Reply(text: "x{{a}}"), Reply(text: "{{b")])
        #expect(splitting.parts(of: Reply(text: "x{{b}} {{b")) == [Reply(text: "x{{b}} {{b")])
        #expect(limit.length(of: "{{a}}{{a}}\u{301}") == 13)
    }

    @Test(arguments: 0..<100) func losesNothingAndStaysWithinTheLimit(seed: Int) throws {
        var random = Numbers(seed: UInt64(seed))
        for _ in 0..<50 {
            let reply = random.reply()
            let unit = random.element(TextLimit.Unit.allCases)
            let limit = TextLimit(Int.random(in: 1...60, using: &random), unit, brokenUp: ["{{a}}"], note: "")
            let isListed = Bool.random(using: &random)
            let splitting = ReplySplitting(limit: limit, listsButtons: isListed, linksFile: isListed)
            let shown = { (reply: Reply) in reply.text(listingButtons: isListed, linkingFile: isListed) }
            guard let parts = splitting.parts(of: reply) else {
                #expect(!limit.fits(shown(reply)))
                continue
            }
            #expect((1...ReplySplitting.mostParts).contains(parts.count))
            #expect(parts.map(\.text).joined().visible == reply.text.visible)
            for part in parts { #expect(limit.length(of: shown(part)) <= limit.count) }
            for part in parts where parts.count > 1 { #expect(!shown(part).visible.isEmpty) }
            for part in parts.dropLast() { #expect(part.buttons.isEmpty && part.file == nil) }
            let last = try #require(parts.last)
            #expect(last.buttons == reply.buttons && last.file == reply.file)
            #expect(parts.count > 1 || parts == [reply] || !limit.fits(shown(reply)))
        }
    }
}

extension String {
    fileprivate var visible: [Unicode.Scalar] { unicodeScalars.filter { !$0.properties.isWhitespace } }
}

/// Random texts that hold everything that cuts depend on.
private struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// Xorshift, 64 bits.
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    private static let pieces = [
        "a", "word", "é", "e\u{301}", "\u{301}", "👍", "👩‍👩‍👧", "日本", "。", "！」", ".", "...", "? ", "! ", "…", " ", "  ", "\n", "\r\n",
        "\n\n", "\t", "\u{A0}", "\u{2029}", "\u{200B}", "{{a}}", "{{a", "}}", "\u{600}", " \u{301}", "\u{200D}", "한글", "(b.)",
        "\"",
    ]

    mutating func element<T>(_ elements: [T]) -> T { elements[Int.random(in: elements.indices, using: &self)] }

    mutating func reply() -> Reply {
        let text = (0..<Int.random(in: 0...80, using: &self)).map { _ in element(Self.pieces) }.joined()
        let buttons = element([[], [], ["Yes", "No"], ["a longer label"]])
        return Reply(text: text, buttons: buttons, file: element([nil, nil, "https://h/x.pdf"]))
    }
}
