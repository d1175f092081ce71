import TestSupport
import Testing

struct FakeJSONTests {
    @Test(arguments: [
        (#" {"a" : [1, -2.5e3, true, null, "x"] } "#, #"{"a":[1,-2.5e3,true,null,"x"]}"#),
        (#""\ud83d\ude00 \u00e9 \n \" \\ \/""#, "\"😀 é \\u000a \\\" \\\\ /\""),
        ("[]", "[]"), ("{}", "{}"), ("0", "0"),
    ])
    func readsAndWrites(text: String, written: String) {
        #expect(FakeJSON(Array(text.utf8))?.text == written)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "+1", ".5", "nul", "\"a", "\"\\x\"", "\"\\ud83d\"",
        "\"\n\"",
        "1 2", "{a:1}", "'a'", "\u{feff}1",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(FakeJSON(Array(text.utf8)) == nil)
    }

    @Test func refusesWhatIsNotUTF8() { #expect(FakeJSON([0x22, 0xFF, 0x22]) == nil) }
}
