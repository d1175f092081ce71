import Foundation
import Model
import Testing

@Suite struct ValueTests {
    @Test func objectsKeepOrderButCompareWithout() {
        let left: Value.Object = ["b": 1, "a": 2]
        let right: Value.Object = ["a": 2, "b": 1]
        #expect(left.keys == ["b", "a"])
        #expect(left == right)
        #expect(left != ["a": 2])
    }

    @Test func laterWritesReplaceInPlace() {
        var object: Value.Object = ["a": 1, "b": 2, "a": 3]
        #expect(object.keys == ["a", "b"])
        #expect(object["a"] == 3)
        object["a"] = nil
        #expect(object.keys == ["b"])
    }

    @Test func keysAreBytesNotCanonicalEquivalence() {
        var object = Value.Object()
        object["caf\u{e9}"] = 1
        object["cafe\u{301}"] = 2
        // As long as one another, and the same letters: marks of two kinds in two orders.
        object["a\u{323}\u{307}"] = 3
        object["a\u{307}\u{323}"] = 4
        #expect(object.entries.count == 4)
        #expect(object["a\u{323}\u{307}"] == 3)
        #expect(Value.string("caf\u{e9}") != .string("cafe\u{301}"))
    }

    @Test(arguments: [
        (Value.string("x"), "x" as String?), (.integer(7), "7"), (.number(1.5), "1.5"), (.bool(true), "true"), (.null, nil),
        (.array([]), nil), (.object([:]), nil),
    ])
    func scalarsHaveText(value: Value, text: String?) {
        #expect(value.text == text)
    }

    @Test func membersAndElementsAreFoundByKey() {
        let value: Value = ["a": [1, ["b": 2]]]
        #expect(value["a"]?["1"]?["b"] == 2)
        #expect(value["a"]?["9"] == nil)
        #expect(value["a"]?["-1"] == nil)
        #expect(value["x"] == nil)
    }
}

@Suite struct StoredValueTests {
    /// Requests are built again after a restart: their bytes must be the same.
    @Test func storedObjectsKeepTheirOrder() throws {
        let keys = (0..<40).map { "key\(($0 * 7) % 40)" }
        let object = Value.Object(keys.map { ($0, Value.object(["z": [1, ["b": .null, "a": .number(2.5)]], "a": true])) })
        let stored = try JSONEncoder().encode(Value.object(object))
        let read = try JSONDecoder().decode(Value.self, from: stored)
        #expect(read == .object(object))
        #expect(read.object?.keys == keys)
        #expect(read["key0"]?.object?.keys == ["z", "a"])
    }

    @Test func readsPlainObjects() throws {
        let read = try JSONDecoder().decode(Value.self, from: Data(#"{"a":{"b":[1,null]},"o":2}"#.utf8))
        #expect(read == ["a": ["b": [1, .null]], "o": 2])
    }
}
