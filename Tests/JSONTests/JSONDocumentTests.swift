import JSON
import Model
import TestSupport
import Testing

@Suite struct JSONDocumentTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false\n", false), ("0", 0), ("-0", 0), ("-1", -1),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("0.5", .number(0.5)), ("-0.0", .number(-0.0)), ("100.0", .number(100)), ("1e2", .number(100)),
            ("1E+2", .number(100)),
            ("123e-1", .number(12.3)), ("1e-400", .number(0)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("\"\"", ""), ("\"a\"", "a"), ("[]", []), ("{}", [:]),
            ("\t[\r\n1 , [ ] ,{ } ]", [1, [], [:]]), (#"{"a":{"b":[null]}}"#, ["a": ["b": [.null]]]),
            (#"{"":{"":1}}"#, ["": ["": 1]]), (#"{"a.b":1,"a":{"b":2}}"#, ["a.b": 1, "a": ["b": 2]]),
            ("[1,2]", [1, 2]), ("\"\u{7F}\"", "\u{7F}"), ("\"ação 😀\"", "ação 😀"),
        ] as [(String, Value)])
    func readsEveryKind(text: String, value: Value) throws {
        #expect(try JSONDocument(text).root.value == value)
    }

    @Test(
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e7\u00E7""#, "Açç"), (#""\u0000""#, "\0"),
            (#""\ud83d\ude00""#, "😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u2028""#, "\u{2028}"),
            (#""\ufffe\uffff""#, "\u{FFFE}\u{FFFF}"),
        ] as [(String, String)])
    func readsEscapes(text: String, string: String) throws {
        #expect(try JSONDocument(text).root.string == string)
    }

    @Test(
        arguments: [
            (#""\ud83d""#, "\u{FFFD}"), (#""a\ud83d…""#, "a\u{FFFD}…"), (#""\ude00b""#, "\u{FFFD}b"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\n""#, "\u{FFFD}\n"),
        ] as [(String, String)])
    func readsHalfASurrogatePairAsAReplacementCharacter(text: String, string: String) throws {
        #expect(try JSONDocument(text).root.string == string)
    }

    @Test(arguments: [
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
        "123456789012345678901234567890", "1e400", "-1e400", "1E999999999999999999999", "\(String(repeating: "9", count: 400)).5",
    ])
    func readsANumberBeyondItsTypeAsItsText(number: String) throws {
        let document = try JSONDocument("{\"id\": \(number) ,\"text\":\"\(number)\",\"list\":[\(number),1]}")
        #expect(document.root.value == ["id": .string(number), "text": .string(number), "list": [.string(number), 1]])
        let id = try #require(document.root["id"])
        #expect(id.kind == .string && id.text == number && id.string == number && id.int64 == nil && id.double == nil)
        #expect(try JSONDocument(number).root.text == number)
    }

    @Test(
        arguments: [
            ("", "invalid JSON: the text is empty"),
            (" \n", "invalid JSON: the text is empty"),
            ("\u{FEFF}{}", "invalid JSON at offset 0: a value is expected"),
            ("{\"a\":\"b", "invalid JSON at offset 5: a string is not closed"),
            ("\"\\", "invalid JSON at offset 0: a string is not closed"),
            ("\"\\\"", "invalid JSON at offset 0: a string is not closed"),
            ("[1,2", "invalid JSON at offset 0: an array is not closed"),
            ("[1,", "invalid JSON at offset 3: the text ends where a value is expected"),
            ("[1,]", "invalid JSON at offset 3: a value is expected"),
            ("[,1]", "invalid JSON at offset 1: a value is expected"),
            ("[1 2]", "invalid JSON at offset 3: a comma or the end of an array is expected"),
            ("[1}", "invalid JSON at offset 2: a comma or the end of an array is expected"),
            ("{\"a\":1", "invalid JSON at offset 0: an object is not closed"),
            ("{\"a\":1,}", "invalid JSON at offset 7: a key is expected"),
            ("{", "invalid JSON at offset 1: the text ends where a key is expected"),
            ("{a:1}", "invalid JSON at offset 1: a key is expected"),
            ("{1e400:1}", "invalid JSON at offset 1: a key is expected"),
            ("{\"a\"}", "invalid JSON at offset 4: a colon is expected"),
            ("{\"a\":}", "invalid JSON at offset 5: a value is expected"),
            ("{} {}", "invalid JSON at offset 3: text after the end of the document"),
            ("1 x", "invalid JSON at offset 2: text after the end of the document"),
            ("[1]\0", "invalid JSON at offset 3: text after the end of the document"),
            ("\0", "invalid JSON at offset 0: a value is expected"),
            ("\"a\0\"", "invalid JSON at offset 2: a control character in a string"),
            ("\"a\nb\"", "invalid JSON at offset 2: a control character in a string"),
            ("01", "invalid JSON at offset 0: a number begins with a superfluous zero"),
            ("-01", "invalid JSON at offset 1: a number begins with a superfluous zero"),
            ("-", "invalid JSON at offset 1: a digit is expected"),
            ("1.", "invalid JSON at offset 2: a digit is expected"),
            ("1e+", "invalid JSON at offset 3: a digit is expected"),
            (".5", "invalid JSON at offset 0: a value is expected"),
            ("+1", "invalid JSON at offset 0: a value is expected"),
            ("0x1F", "invalid JSON at offset 1: text after the end of the document"),
            ("1e400x", "invalid JSON at offset 5: text after the end of the document"),
            ("NaN", "invalid JSON at offset 0: a value is expected"),
            ("nul", "invalid JSON at offset 0: a value is expected"),
            ("True", "invalid JSON at offset 0: a value is expected"),
            ("truex", "invalid JSON at offset 4: text after the end of the document"),
            ("'a'", "invalid JSON at offset 0: a value is expected"),
            ("// a\n1", "invalid JSON at offset 0: a value is expected"),
            ("\"\\x41\"", "invalid JSON at offset 1: an unknown escape in a string"),
            ("\"\\u12G4\"", #"invalid JSON at offset 1: four hexadecimal digits are expected after \u"#),
            ("\"\\u-000\"", #"invalid JSON at offset 1: four hexadecimal digits are expected after \u"#),
            ("\"\\ud83d\\u12\"", #"invalid JSON at offset 7: four hexadecimal digits are expected after \u"#),
            ("[\u{A0}1]", "invalid JSON at offset 1: a value is expected"),
        ] as [(String, String)])
    func refusesWhatIsNotJSON(text: String, message: String) {
        #expect(throws: JSONError(message: message)) { try JSONDocument(text) }
    }

    @Test(
        arguments: [
            ([0x22, 0x61, 0xFF, 0x22], 2), ([0x22, 0xC0, 0x80, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
            ([0x22, 0xC3, 0xA7, 0xF5, 0x22], 3), ([0x22, 0xE2, 0x80], 1), ([0x5B, 0x80, 0x5D], 1),
        ] as [([UInt8], Int)])
    func refusesTextThatIsNotUTF8(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONError(message: "invalid JSON at offset \(offset): the text is not UTF-8")) { try JSONDocument(bytes) }
    }

    @Test(arguments: ["", "1", "1e400", #""\ud83d""#])
    func readsSixtyFourLevels(innermost: String) throws {
        let text = String(repeating: "[", count: 64) + innermost + String(repeating: "]", count: 64)
        var element = try JSONDocument(text).root
        for _ in 0..<63 { element = try #require(element[0]) }
        #expect(element.count == (innermost.isEmpty ? 0 : 1))
    }

    @Test(arguments: [
        String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
        String(repeating: "[", count: 64) + "{}" + String(repeating: "]", count: 64),
        String(repeating: "[", count: 65) + "1" + String(repeating: "]", count: 65),
        String(repeating: "[", count: 100_000),
    ])
    func refusesMoreThanSixtyFourLevels(text: String) {
        #expect(throws: JSONError(message: "invalid JSON at offset 64: nested more than 64 deep")) { try JSONDocument(text) }
    }

    @Test func refusesSixtyFiveObjectsInsideEachOther() {
        let text = String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65)
        #expect(throws: JSONError(message: "invalid JSON at offset 320: nested more than 64 deep")) { try JSONDocument(text) }
    }

    @Test func readsADocumentLargerThanWhatAParserKeeps() throws {
        let value = Value.array((0..<200_000).map { .integer($0) })
        let document = try JSONDocument(JSONWriter.bytes(value))
        #expect(document.root.count == 200_000)
        #expect(document.root[199_999]?.int64 == 199_999)
        #expect(try JSONDocument("[1]").root.value == [1])
    }

    @Test func documentsOfManyTasksStayApart() async {
        let values = await withTaskGroup(of: Value?.self) { group in
            for number in 0..<200 {
                group.addTask { try? JSONDocument(#"{"number":\#(number),"text":"\#(number)"}"#).root.value }
            }
            return await group.reduce(into: Set<Value>()) { if let value = $1 { $0.insert(value) } }
        }
        #expect(values == Set((0..<200).map { ["number": .integer($0), "text": .string(String($0))] }))
    }
}

/// What holds for any input.
@Suite struct JSONDocumentPropertyTests {
    private static let sample = #"""
        {"id":"a\u00e7\ud83d\ude00","n":[-0,1.5e3,9223372036854775807,18446744073709551616,1e400],"t":true,"f":false,
         "z":null,"o":{"":{"k.k":[[],{}]}},"half":"\ud83d","text":"olá 😀"}
        """#

    @Test func noBeginningOfADocumentIsADocument() throws {
        let bytes = Array(Self.sample.utf8)
        _ = try JSONDocument(bytes)
        for length in bytes.indices {
            #expect(throws: JSONError.self, "\(length) bytes") { try JSONDocument(Array(bytes[..<length])) }
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomBytesParseOrFail(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let alphabet = Array(#"{}[]",:0123456789.eE+-truefalsn\udD8 "#.utf8) + [0, 9, 10, 0x7F, 0x80, 0xC3, 0xED, 0xFF]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            expectTwoReadingsAgree(bytes)
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func damagedDocumentsParseOrFail(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var bytes = JSONWriter.bytes(.random(depth: 3, using: &generator), pretty: Bool.random(using: &generator))
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[position] = UInt8.random(in: 0...255, using: &generator)
            }
            expectTwoReadingsAgree(bytes)
        }
    }

    /// Beside a number that simdjson cannot hold, the whole text goes through the second, slow reading: both must take
    /// the same texts, for the same values.
    private func expectTwoReadingsAgree(_ bytes: [UInt8]) {
        let first = try? JSONDocument(bytes).root.value
        let second = try? JSONDocument(Array("[1e400,".utf8) + bytes + Array("]".utf8)).root
        #expect(first == (second?.count == 2 ? second?[1]?.value : nil), "\(bytes)")
    }
}
