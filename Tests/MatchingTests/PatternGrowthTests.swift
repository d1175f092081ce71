import Testing

@testable import Matching

/// Which expressions are slow on a message that somebody could send, and that the message found shows it.
@Suite struct PatternGrowthTests {
    /// The text found for an expression that is slow, which is tried here with the limits of a decision and more time, or takes
    /// more steps than a decision has time for.
    private static func expectSlow(_ source: String, caseExact: Bool = false) throws {
        let pattern = try Pattern(source, caseExact: caseExact)
        let growth = try #require(PatternGrowth(of: pattern), "\(source) is quiet")
        #expect(growth.text.unicodeScalars.count <= PatternGrowth.plausibleLength, "\(source)")
        let isOver = pattern.exceedsMatchLimit(on: growth.text)
        #expect(
            isOver || pattern.steps(in: growth.text, atMost: PatternGrowth.tooManySteps) == nil, "\(source): \(growth.text)")
    }

    @Test(arguments: [
        #"(a+)+$"#, #"^(\w+\s?)*$"#, #"^(a|aa)+$"#, #"(x+x+)+y"#, #"^(([a-z])+.)+[A-Z]([a-z])+$"#, #"^(\d+|\w+)*-$"#,
        #"(?<q>(?:.+,)+)x"#, #"^(\d\d\d?)+$"#, #"^(\p{L}+\s?)+$"#, #"^(?:\w+\s*,?\s*)+\.$"#, #"(\w+\s*)+(pedido|compra)"#,
        #"(?:(?:\d+)[-. ]?)+x"#, #"^(\d+\.?)+,\d{2}$"#, #"^(((a+)+)?b)$"#, #"(?:\s|\n|\r)*(\s+)+x"#, #"(\w*\s*)*pedido"#,
        #"\b(\w+)(\s+\w+)*\s+(\w+)*!"#, #"(?:.*a){12}b"#, #"(\s*,\s*|\s+)+;"#, #"^(?:[가-힣]+\s?)+!$"#,
    ])
    func repetitionsOfRepetitions(source: String) throws {
        try Self.expectSlow(source)
    }

    /// The class takes what other texts fail by: another character fails, or one after what is to come last.
    @Test(arguments: [
        #"^(\w+[\s,.;:!?-]*)+$"#, #"^([\w.,!?]+\s*)+$"#, #"^([a-z!]+)+$"#, #"(\S+\s*)+;$"#, #"((\S+)\s*)+:$"#,
        #"^(\S+\s?)+$"#,
        #"^([^,]+,?)+\.$"#, #"^([^;]+;?)+!$"#, #"^((http|https|www)?\S+\.?)+$"#, #"(?s)^(.+)+END$"#, #"([\s\S]+)+END"#,
        #"^(.+\s*)+\d{5}$"#, #"((?:\S+ ?)+)(?:por favor)$"#,
    ])
    func classesThatTakeNearlyEverything(source: String) throws {
        try Self.expectSlow(source)
    }

    /// What is repeated in the text is what stands between the repetitions.
    @Test(arguments: [
        #"(.*),(.*),(.*),(.*)$"#, #"<.*>.*<.*>.*</"#, #"a.*b.*c.*d.*e"#, #"^(.*?),(.*?),(.*?),(.*?);$"#,
        #"(.*)pedido(.*)pedido(.*)pedido(.*)!"#, #"refund.*order.*number.*please"#,
        #"^(?:.*\s)?(?:.*\s)?(?:.*\s)?(?:.*\s)?x$"#,
        #"^(.*?,){11}P"#, #"\b(?:\w+\s+)*(\w+\s+)*refund\b"#,
    ])
    func neighboursOfRepetitions(source: String) throws {
        try Self.expectSlow(source)
    }

    /// They run over the text without a step.
    @Test(arguments: [#"x*x*y"#, #"x*x*x*y"#, #"\d+\d+x"#, #"\w+\d+x"#, #"[a-z0-9]+[0-9]+[a-z]"#])
    func repetitionsInARow(source: String) throws {
        try Self.expectSlow(source)
    }

    @Test(arguments: [#"^([A-Z]+\s?)+!$"#, #"^([A-Z]+)+$"#, #"([A-Z]+[A-Z0-9]*)+-"#])
    func upperCaseWhereTheCaseIsExact(source: String) throws {
        try Self.expectSlow(source, caseExact: true)
        try Self.expectSlow(source)
    }

    @Test(arguments: [
        #"(\w+)*\1x"#, #"^(\w+)\s+(\w+\s?)+\1$"#, #"(?P<w>\w+)\s(\w+\s?)+(?P=w)$"#, #"^(?<w>\w+)\s(?:\w+\s*)*\k<w>$"#,
        #"^(\w)(\w+\s?)+\g{-2}!$"#, #"^(\w)(\w+\s?)+\g1!$"#, #"^(a+)((?1)b?)+$"#, #"(?x) ^ ( \w+ \s? )+ ! $ # words"#,
        #"^(\x61+)+$"#, #"^(\x{61}+)+$"#, #"^([\x41-\x5a]+)+$"#, #"^(\Qa\E+)+$"#, #"^([\Qa.\E]+)+$"#,
        #"^(\cA+)+$"#, #"(?#words)^(\w+\s?)+!$"#, #"(*UCP)^(\w+\s?)+!$"#, #"(?-i)^([A-Z]+)+$"#, #"(?i:^([A-Z]+)+$)"#,
        #"^(?(?=a)(a+)+|b)c$"#, #"^(a{1,}{)?(a+)+{$"#, #"^(\r|\r+)+$"#,
        #"^(?=(?:\w+\s?)+!).*$"#, #"(?<=x)(\w+)+!"#,
    ])
    func syntaxThatIsRead(source: String) throws {
        try Self.expectSlow(source)
    }

    /// What people write for messages of customers. Those that take the square of a text are noted, with a text that is longer.
    @Test(arguments: [
        #"\d{4,}"#, #"(?<order>\d{4,})"#, #"#?(\d{4,8})\b"#, #"#\d{3,}"#, #"pedido\s+(?:n[ºo°]?\s*)?(\d{3,})"#,
        #"(?:pedido|order)\s*(?:n[ºo.]*|#|number)?\s*:?\s*(?<order>\d{3,12})"#, #"n[ºo°.]?\s*(\d+)"#, #"\d+ dias"#,
        #"\b[A-Z]{2}\d{9}[A-Z]{2}\b"#, #"c[óo]digo\s+de\s+rastre\w+\s*:?\s*(\w+)"#, #"cupom\s+([A-Z0-9]{4,12})"#,
        #"\bSKU[-\s]?\d+\b"#,
        #"(?<![\d])\d{6}(?!\d)"#, #"([A-Z]{3}-?\d[A-Z0-9]\d{2})"#,
        #"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b"#, #"\b\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}\b"#, #"\b\d{5}-?\d{3}\b"#,
        #"\(?\d{2}\)?\s?9?\d{4}-?\d{4}"#, #"\+?55\s?\(?\d{2}\)?\s?9\d{4}-?\d{4}"#,
        #"^\+?\d{1,3}?[-.\s]?\(?\d{1,4}?\)?[-.\s]?\d{1,4}[-.\s]?\d{1,9}$"#,
        #"[\w.+-]+@[\w-]+(\.[\w-]+)+"#, #"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}"#, #"^[^@\s]+@[^@\s]+\.[^@\s]+$"#,
        #"(?<user>[\w.-]+)@example\.com"#, #"https?://\S+"#, #"https?://[\w.-]+(/\S*)?"#,
        #"(https?://)?(www\.)?[\w-]+\.(com|com\.br|net)"#, #"\b[\w-]+\.pdf\b"#, #"@(\w+)"#,
        #"\b\d{1,2}/\d{1,2}/\d{2,4}\b"#, #"\b\d{4}-\d{2}-\d{2}\b"#, #"\b([01]?\d|2[0-3]):[0-5]\d\b"#,
        #"\b\d+(st|nd|rd|th)\b"#,
        #"\b(monday|tuesday|friday)\b\s+at\s+\d{1,2}(:\d{2})?\s*(am|pm)?"#,
        #"R\$ ?\d+(,\d{2})?"#, #"\bR\$\s*\d{1,3}(\.\d{3})*(,\d{2})?\b"#, #"\$\s?\d+(\.\d{2})?"#, #"\d{1,3}(,\d{3})*(\.\d+)?"#,
        #"total\s*:\s*(\d+[.,]\d{2})"#,
        #"\b(cancel|cancelar|cancelamento)\b"#, #"\b(pix|boleto|cart[aã]o)\b"#, #"환불|취소"#, #"반품|교환|환불\s*(요청|문의)"#,
        #"\b(where|when)\s+(is|will)\s+my\s+(order|package)\b"#, #"\bstatus\s+(do|of)\s+(meu\s+)?(pedido|order)\b"#,
        #"(n[aã]o|not)\s+(chegou|recebi|arrived)"#, #"talk to (a )?(human|agent|person)"#,
        #"falar com (um |uma )?(atendente|humano)"#,
        #"rastre(io|ar|amento)(\s+do)?(\s+pedido)?"#, #"\b(?:size|tamanho)\s*[:=]?\s*(pp|p|m|g|gg|\d{2})\b"#,
        #"\b(refund|reembolso)s?\b.*\b(order|pedido)\b"#, #"refund.*order"#, #"\b(quero|gostaria)\b.*\b(cancelar|trocar)\b"#,
        #"pedido.*atras|atras.*pedido"#, #"^(?!.*\b(bot|robot)\b).*help.*$"#, #"\b(?:urgent|asap|agora)\b.*!"#,
        #"quero.*cancelar.*pedido"#, #"^.*\b(order|pedido)\b.*\b(late|atrasado)\b.*$"#,
        #"^\s*(yes|no)\s*$"#, #"^(oi|ol[aá]|bom dia|boa (tarde|noite))[\s!.,]*$"#, #"^\s*(hi|hello|hey)( there)?[!.]*\s*$"#,
        #"(?i)^(hi|hello)[!. ]*$"#, #"^(sim|s|yes|y|ok)\W*$"#, #"(?:thank(s| you)|obrigad[oa])[!. ]*"#, #"[?!]{3,}"#,
        #"^[A-Z\s!]+$"#,
        #"^\w+( \w+)*$"#, #"^\w+(\s\w+)*!$"#, #"(a++)+$"#, #".*"#, #"^.{0,3}$"#, #"^[\w\s,.'-]{2,60}$"#,
        #"^/(\w+)(?:\s+(.*))?$"#,
        #"meu (nome|cpf) [eé]\s+(.+)"#, #"(?:my name is|i am|i'm)\s+(?<name>\w+)"#, #"(\w+)\s+\1"#, #"\b(\w)\1{2,}\b"#,
        #""([^"]*)""#, #"<[^>]+>"#, #"\[(.*?)\]"#, #"^(?:(?:re|fwd?):\s*)*(.*)$"#,
    ])
    func ordinaryExpressions(source: String) throws {
        for caseExact in [false, true] {
            let growth = PatternGrowth(of: try Pattern(source, caseExact: caseExact))
            let isNote = growth.map { $0.text.unicodeScalars.count > PatternGrowth.plausibleLength } ?? true
            #expect(isNote, "\(source): \(growth?.text ?? "")")
        }
    }

    @Test func bytesThatAnItemRunsOverAreSteps() throws {
        let pattern = try Pattern("x*y")
        let text = String(repeating: "x", count: 640) + "!y"
        let steps = try #require(pattern.steps(in: text, atMost: 1_000_000))
        // Two items at each start, and the mean of the rest of the text in parts of 32.
        let items: Int = 640 * 2
        let stretches: Int = 640 * 10
        #expect(steps > items + stretches - 640 && steps < items + stretches + 640)
        #expect(pattern.steps(in: text, atMost: steps - 1) == nil)
    }

    @Test func workIsTheSameEachTime() throws {
        let pattern = try Pattern(#"^(\w+\s?)+!$"#)
        #expect(PatternGrowth(of: pattern) == PatternGrowth(of: try Pattern(#"^(\w+\s?)+!$"#)))
    }
}
