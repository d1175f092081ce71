import JSON
import Model
import Testing

@Suite struct JSONElementTests {
    @Test func findsTheSameWhetherItWasChecked() throws {
        let root = try JSONDocument(#"{"a":{"ab":1,"b":[{"c":"x","":2}]},"b":null,"ab":{"a":true}}"#).root
        let checked = try root.checked(JSONLimits())
        for path in [
            ["a"], ["a", "ab"], ["a", "b", "0", "c"], ["a", "b", "0", ""], ["b"], ["ab", "a"], ["c"], ["a", "c"], [],
        ] {
            #expect(checked.path(path)?.value == root.path(path)?.value, "\(path)")
        }
        #expect(checked["a"]?["b"]?[0]?["c"]?.string == "x")
        #expect(checked["a"]?.members.last?.value.elements.first?["c"]?.string == "x")
        // Where nobody has looked, the last of two counts.
        #expect(try JSONDocument(#"{"a":1,"b":2,"a":3}"#).root["a"]?.int64 == 3)
    }

    @Test(
        arguments: [
            ("null", .null), ("true", .bool), ("false", .bool), ("1", .integer), ("1.0", .number), ("\"1\"", .string),
            ("9223372036854775808", .string), ("[1]", .array), ("{}", .object),
        ] as [(String, JSONElement.Kind)])
    func tellsItsKind(text: String, kind: JSONElement.Kind) throws {
        let root = try JSONDocument(text).root
        #expect(root.kind == kind)
        #expect(root.isNull == (kind == .null))
    }

    struct Scalars: Hashable {
        var string: String?
        var text: String?
        var bool: Bool?
        var int64: Int64?
        var double: Double?
    }

    @Test(
        arguments: [
            ("null", Scalars()), ("[1]", Scalars()), (#"{"a":1}"#, Scalars()),
            ("\"12\"", Scalars(string: "12", text: "12")), ("\"\"", Scalars(string: "", text: "")),
            ("true", Scalars(text: "true", bool: true)), ("false", Scalars(text: "false", bool: false)),
            ("2932424", Scalars(text: "2932424", int64: 2_932_424, double: 2_932_424)),
            ("-9223372036854775808", Scalars(text: "-9223372036854775808", int64: .min, double: -0x1p63)),
            ("100.0", Scalars(text: "100.0", int64: 100, double: 100)),
            ("1e3", Scalars(text: "1000.0", int64: 1_000, double: 1_000)),
            ("0.1", Scalars(text: "0.1", double: 0.1)), ("1e300", Scalars(text: "1e+300", double: 1e300)),
            ("9223372036854775808.0", Scalars(text: "9.223372036854776e+18", double: 0x1p63)),
            ("18446744073709551615", Scalars(string: "18446744073709551615", text: "18446744073709551615")),
        ] as [(String, Scalars)])
    func readsScalars(text: String, scalars: Scalars) throws {
        let root = try JSONDocument(text).root
        #expect(
            Scalars(string: root.string, text: root.text, bool: root.bool, int64: root.int64, double: root.double) == scalars)
    }

    private static let tree = #"""
        {"a":{"b":[10,[20,21],{"c":"x"},30.5,18446744073709551615,null,"",40]},"":"empty","a.b":"dotted","0":"zero",
         "\#u{E9}":"composed","e\#u{301}":"decomposed"}
        """#

    @Test(
        arguments: [
            ("a b 0", "10"), ("a b 1 1", "21"), ("a b 2 c", "x"), ("a b 3", "30.5"), ("a b 4", "18446744073709551615"),
            ("a b 7", "40"), ("a b 00", "10"), ("a.b", "dotted"), ("0", "zero"), ("\u{E9}", "composed"),
            ("e\u{301}", "decomposed"),
            ("a b 8", nil), ("a b -1", nil), ("a b +1", nil), ("a b 99999999999999999999", nil), ("a b c", nil), ("a c", nil),
            ("a b 0 x", nil), ("a b 0 0", nil), ("A", nil), ("a b", nil),
        ] as [(String, String?)])
    func followsPaths(path: String, text: String?) throws {
        let root = try JSONDocument(Self.tree).root
        #expect(root.path(path.split(separator: " ").map(String.init))?.text == text)
    }

    @Test func anEmptyPathIsTheElementItselfAndAnEmptyKeyIsAKey() throws {
        let root = try JSONDocument(Self.tree).root
        #expect(root.path([])?.value == root.value)
        #expect(root.path([""])?.text == "empty")
        #expect(try JSONDocument("[1]").root.path([""]) == nil)
    }

    @Test func subscriptsGiveNilForOtherKinds() throws {
        let root = try JSONDocument(#"{"list":[1,2],"text":"abc"}"#).root
        #expect(root["list"]?[1]?.int64 == 2)
        #expect(root["list"]?[2] == nil && root["list"]?[-1] == nil && root["list"]?[.max] == nil && root["list"]?[.min] == nil)
        #expect(root[0] == nil && root["list"]?["0"] == nil && root["text"]?["a"] == nil && root["text"]?[0] == nil)
        #expect(root["none"] == nil && root["lis"] == nil && root["list2"] == nil)
    }

    @Test func theLastOfARepeatedKeyCounts() throws {
        let root = try JSONDocument(#"{"a":1,"b":{"c":[2]},"a":{"d":3}}"#).root
        #expect(root["a"]?["d"]?.int64 == 3)
        #expect(root.value == ["a": ["d": 3], "b": ["c": [2]]])
        #expect(root.value.object?.keys == ["a", "b"])
        #expect(root.members.map(\.key) == ["a", "b", "a"])
        #expect(root.count == 3)
    }

    @Test func aLargeObjectKeepsOrderAndLastValues() throws {
        let pairs = (0..<40).map { "\"k\($0)\":\($0)" } + (0..<20).map { "\"k\($0)\":\"\($0)\"" }
        let value = try JSONDocument("{\(pairs.joined(separator: ",")),\"\u{E9}\":1,\"e\u{301}\":2}").root.value
        let expected = (0..<40).map { ("k\($0)", $0 < 20 ? Value.string(String($0)) : .integer(Int64($0))) }
        #expect(value.object?.entries == (expected + [("\u{E9}", 1), ("e\u{301}", 2)]).map(Value.Object.Entry.init))
    }

    @Test func manyRepeatedKeysAreReadWithoutComparingEachWithEach() throws {
        let pairs = (0..<100_000).map { "\"\($0)\":0" }
        let root = try JSONDocument("{\(pairs.joined(separator: ","))}").root
        #expect(root.value.object?.entries.count == 100_000)
    }

    @Test func listsElementsAndMembersOfTheirKindsAlone() throws {
        let root = try JSONDocument(#"{"list":[1,[2,3],{"a":4},"5",6.5],"text":"x","none":[],"empty":{}}"#).root
        let list = try #require(root["list"])
        #expect(list.elements.map(\.value) == [1, [2, 3], ["a": 4], "5", .number(6.5)])
        #expect(list.count == 5 && list.members.isEmpty)
        #expect(root.members.map(\.key) == ["list", "text", "none", "empty"])
        #expect(root.members.map(\.value.value) == [[1, [2, 3], ["a": 4], "5", .number(6.5)], "x", [], [:]])
        #expect(root.elements.isEmpty && root.count == 4)
        for key in ["text", "none", "empty"] {
            let element = try #require(root[key])
            #expect(element.elements.isEmpty && element.members.isEmpty && element.count == 0)
        }
    }

    @Test func anElementKeepsItsDocumentAlive() throws {
        func element() throws -> JSONElement? { try JSONDocument(#"{"a":["a text longer than a small string"]}"#).root["a"]?[0] }
        let kept = try element()
        for number in 0..<100 { _ = try JSONDocument("[\"\(String(repeating: "x", count: 100))\(number)\"]") }
        #expect(kept?.string == "a text longer than a small string")
    }
}
