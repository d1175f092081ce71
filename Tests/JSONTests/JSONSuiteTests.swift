import JSON
import TestSupport
import Testing

/// T31, at the parser.
@Suite struct JSONSuiteTests {
    @Test(arguments: JSONSuite.all)
    func judges(_ text: JSONSuite.Case) {
        let isTaken = (try? JSONDocument(text.bytes).root.checked(JSONLimits())) != nil
        switch text.verdict {
        case .y: #expect(isTaken)
        case .n: #expect(!isTaken)
        case .i: break
        }
    }

    @Test func isLargeEnough() {
        #expect(JSONSuite.all.count >= 150)
        #expect(Set(JSONSuite.all.map(\.description)).count == JSONSuite.all.count)
    }

    @Test func countsExactly() throws {
        let limits = JSONLimits(nodes: 5, stringBytes: 3)
        for (text, message) in [
            ("[1,2,3,4]", nil), ("[1,2,3,4,5]", "more than 5 values"), (#"{"a":[1,2],"b":3}"#, nil),
            (#"{"a":[1,2],"b":[3]}"#, "more than 5 values"), (#"["abc"]"#, nil), (#"["abcd"]"#, "a string of more than 3 bytes"),
            (#"{"abcd":1}"#, "a string of more than 3 bytes"), (#"["\u00e9\u00e9"]"#, "a string of more than 3 bytes"),
            (#"{"a":1,"a":2}"#, "an object has a key twice"), (#"[{"a":{"b":1,"b":1}}]"#, "an object has a key twice"),
        ] as [(String, String?)] {
            let found = Result { () throws(JSONError) in try JSONDocument(text).root.checked(limits) }
            #expect(found.failureMessage == message, "\(text)")
        }
    }

    /// However many keys there are, and however much they look alike.
    @Test(arguments: [0, 1, 2, 23, 47, 48, 49, 300]) func findsTheOneKeyThatComesTwice(count: Int) throws {
        let keys = (0..<count).map { "k\($0 % 10)é\($0 / 10 % 10)e\($0 / 100)" } + [""]
        func isTaken(_ keys: [String]) -> Bool {
            let members = keys.map { "\"\($0)\":[{}]" }
            return (try? JSONDocument("{\(members.joined(separator: ","))}").root.checked(JSONLimits())) != nil
        }
        #expect(isTaken(keys))
        for place in [0, count / 2, count] {
            #expect(!isTaken(keys + [keys[place]]))
            #expect(!isTaken([keys[place]] + keys))
        }
    }
}

extension Result where Failure == JSONError {
    fileprivate var failureMessage: String? {
        if case .failure(let error) = self { error.message } else { nil }
    }
}
