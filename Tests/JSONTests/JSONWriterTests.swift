import JSON
import Model
import TestSupport
import Testing

@Suite struct JSONWriterTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (false, "false"), (0, "0"), (.integer(.min), "-9223372036854775808"),
            (.number(0.5), "0.5"), (.number(100), "100.0"), (.number(-0.0), "-0.0"), (.number(1e300), "1e+300"),
            (.number(.infinity), "null"), (.number(-.infinity), "null"), (.number(.nan), "null"),
            ("", #""""#), ("a/b", #""a/b""#), ("\"\\", #""\"\\""#), ("\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#),
            ("\0\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#), ("\u{7F}", "\"\u{7F}\""), ("olá 😀", #""olá 😀""#),
            ("\u{2027}\u{2028}\u{2029}\u{202A}", "\"\u{2027}\\u2028\\u2029\u{202A}\""),
            ([], "[]"), ([:], "{}"), ([[], [:]], "[[],{}]"),
            (["b": 1, "a": [.null, "x"], "": ["c\n": true]], #"{"b":1,"a":[null,"x"],"":{"c\n":true}}"#),
        ] as [(Value, String)])
    func writesCompactText(value: Value, text: String) {
        #expect(JSONWriter.string(value) == text)
    }

    @Test func writesPrettyTextALineAMember() {
        let value: Value = ["b": 1, "a": [.null, ["x": "y"], [], [:]], "o": [:]]
        #expect(
            JSONWriter.string(value, pretty: true) == """
                {
                  "b": 1,
                  "a": [
                    null,
                    {
                      "x": "y"
                    },
                    [],
                    {}
                  ],
                  "o": {}
                }
                """)
    }

    @Test func bytesAreTheUTF8OfTheString() {
        let value: Value = ["ç": "😀\u{2028}"]
        #expect(JSONWriter.bytes(value) == Array(JSONWriter.string(value).utf8))
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func whatIsWrittenReadsBackEqual(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let value = Value.random(depth: 4, using: &generator)
            let compact = try JSONDocument(JSONWriter.bytes(value)).root.value
            let pretty = try JSONDocument(JSONWriter.string(value, pretty: true)).root.value
            #expect(compact == value)
            #expect(pretty == value)
            #expect(JSONWriter.string(compact) == JSONWriter.string(value))
        }
    }
}
