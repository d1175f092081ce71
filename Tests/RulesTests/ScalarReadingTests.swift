import Model
import Rules
import Testing

@Suite struct ScalarReadingTests {
    @Test(arguments: ["no", "on", "007", "+5511999", "9:30", "1e3", "null", "~", "2026-01-01", "true"])
    func textIsWhatIsWritten(text: String) {
        let scope = DecodingScope()
        #expect(scope.text(node(text)) == text)
        #expect(scope.diagnostics == [])
    }

    @Test func anEmptyTextMustBeQuoted() {
        let scope = DecodingScope()
        #expect(scope.text(node("''")) == "")
        #expect(scope.text(node("\"\"")) == "")
        #expect(scope.diagnostics == [])
        #expect(scope.text(node("")) == nil)
        #expect(scope.diagnostics.map(\.code) == [.blankText])
    }

    @Test(
        arguments: [
            ("true", true), ("false", false), ("'true'", true), ("\"false\"", false), ("True", nil), ("yes", nil), ("1", nil),
            ("", nil),
            ("[true]", nil),
        ] as [(String, Bool?)])
    func flagsAreTrueOrFalse(text: String, expected: Bool?) {
        let scope = DecodingScope()
        #expect(scope.flag(node(text)) == expected)
        #expect(scope.diagnostics.map(\.code) == (expected == nil ? [.wrongType] : []))
    }

    @Test(
        arguments: [
            ("5", 5, nil), ("'5'", 5, nil), ("-3", -3, nil), ("+3", 3, nil), ("0", 0, nil), ("007", 7, nil),
            ("11", nil, .badValue),
            ("-11", nil, .badValue), ("99999999999999999999", nil, .badValue), ("1.0", nil, .wrongType), ("1e1", nil, .wrongType),
            ("0x5", nil, .wrongType), ("1_0", nil, .wrongType), ("٥", nil, .wrongType), ("five", nil, .wrongType),
            ("", nil, .wrongType), ("[5]", nil, .wrongType),
        ] as [(String, Int?, DiagnosticCode?)])
    func integersAreWholeAndInRange(text: String, expected: Int?, code: DiagnosticCode?) {
        let scope = DecodingScope()
        #expect(scope.integer(node(text), in: -10...10) == expected)
        #expect(scope.diagnostics.map(\.code) == [code].compactMap(\.self))
    }

    @Test(
        arguments: [
            ("5", 5, nil), ("'-0.25'", -0.25, nil), ("1e3", 1000, nil), ("1.5E-1", 0.15, nil), ("1e999", nil, .badValue),
            (".5", nil, .wrongType), ("5.", nil, .wrongType), ("nan", nil, .wrongType), ("inf", nil, .wrongType),
            ("0x1p3", nil, .wrongType), ("'1,5'", nil, .wrongType), ("", nil, .wrongType),
        ] as [(String, Double?, DiagnosticCode?)])
    func numbersAreDecimalAndFinite(text: String, expected: Double?, code: DiagnosticCode?) {
        let scope = DecodingScope()
        #expect(scope.number(node(text)) == expected)
        #expect(scope.diagnostics.map(\.code) == [code].compactMap(\.self))
    }

    @Test(
        arguments: [
            ("90s", .seconds(90)), ("10m", .seconds(600)), ("4h", .seconds(14_400)), ("2d", .seconds(172_800)),
            ("'1s'", .seconds(1)),
            ("0s", nil), ("-1s", nil), ("+1s", nil), ("1.5h", nil), ("10", nil), ("m", nil), ("10 m", nil), ("10ms", nil),
            ("1w", nil),
            ("10M", nil), ("1h30m", nil), ("99999999999999999d", nil), ("9223372036854775807s", nil),
            ("99999999999999999999s", nil),
        ] as [(String, Duration?)])
    func durationsAreANumberAndAUnit(text: String, expected: Duration?) {
        let scope = DecodingScope()
        #expect(scope.duration(node(text)) == expected)
        #expect(scope.diagnostics.map(\.code) == (expected == nil ? [.badTime] : []))
    }

    @Test func wordsOfAListKeepTheirPlaces() throws {
        let scope = DecodingScope(lists: ["l": [node("a"), node("b")]])
        let words = try #require(scope.words(node("[x, $l, y]"), allowingLists: true))
        #expect(words.map(\.text) == ["x", "a", "b", "y"])
        #expect(words.map(\.node.at.column) == [2, 1, 1, 9])
        #expect(scope.words(node("$l"))?.map(\.text) == ["$l"])
        #expect(scope.diagnostics == [])
    }

    @Test func mappingsTellUnknownAndMissingKeys() {
        let scope = DecodingScope()
        let entries = scope.mapping(
            node("{ a: 1, x-b: 2, c: 3, aa: 4 }"), known: ["a", "b"], required: ["b"], what: "a thing")
        #expect(entries?.keys.sorted() == ["a"])
        #expect(scope.diagnostics.map(\.code).sorted { $0.rawValue < $1.rawValue } == [.unknownKey, .unknownKey, .missingKey])
        #expect(scope.diagnostics.map(\.help).contains("did you mean 'a'?"))
    }
}
