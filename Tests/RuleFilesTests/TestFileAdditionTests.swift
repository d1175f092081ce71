import Foundation
import Model
import RuleFiles
import Rules
import Testing

/// A test is added behind the last, and nothing else changes.
struct TestFileAdditionTests {
    private static let test = WrittenTest(
        name: "new", startsAt: RuleTest.defaultStart,
        steps: [WrittenTest.Step(.event(.message("hi")), expectation: ["rules: []"])])

    private static func written(_ indent: String) -> String {
        ["- name: \"new\"", "  at: 2026-01-05T12:00:00Z", "  event: { text: \"hi\" }", "  expect:", "    rules: []"]
            .map { indent + $0 + "\n" }.joined()
    }

    private static let old = "- { name: old, event: { text: x }, expect: { rules: [] } }"

    @Test(
        arguments: [
            (nil, "version: 1\ntests:\n" + written("  ")),
            ("", "version: 1\ntests:\n" + written("  ")),
            ("version: 1\ntests:\n  \(old)\n", "version: 1\ntests:\n  \(old)\n" + written("  ")),
            ("version: 1\ntests:\n\(old)", "version: 1\ntests:\n\(old)\n" + written("")),
            (
                "# ours\nversion: 1\ntests:\n  \(old) # last\n\n# the end\n",
                "# ours\nversion: 1\ntests:\n  \(old) # last\n" + written("  ") + "\n# the end\n"
            ),
            ("tests:\n  \(old)\nversion: 1\n", "tests:\n  \(old)\n" + written("  ") + "version: 1\n"),
            (
                "version: 1\ntests:\n  - name: |\n      old\n    event: { text: x }\n    expect:\n      rules:\n        - a\n",
                "version: 1\ntests:\n  - name: |\n      old\n    event: { text: x }\n    expect:\n      rules:\n        - a\n"
                    + written("  ")
            ),
            (
                "version: 1\ntests:\n  - event: { text: x }\n    expect: { rules: [] }\n    name: |\n      old\n\nx-mine: 1\n",
                "version: 1\ntests:\n  - event: { text: x }\n    expect: { rules: [] }\n    name: |\n      old\n\n"
                    + written("  ")
                    + "x-mine: 1\n"
            ),
            (
                "\u{FEFF}version: 1\r\ntests:\r\n  \(old)\r\n",
                "\u{FEFF}version: 1\r\ntests:\r\n  \(old)\r\n" + written("  ").replacingOccurrences(of: "\n", with: "\r\n")
            ),
        ] as [(String?, String)])
    func isWrittenBehindTheLastTest(before: String?, after: String) throws {
        let addition = try TestFileAddition(of: Self.test, to: before.map { Array($0.utf8) }, path: "a.test.yaml")
        #expect(addition.text == after)
    }

    @Test(arguments: [
        ("version: 1\ntests: []\n", "a.test.yaml:2:8: the tests stand in brackets"),
        ("version: 1\ntests: [ \(old) ]\n", "a.test.yaml:2:"), ("version: 1\n", "has no `tests:`"),
        ("version: 1\ntests: [\n", "a.test.yaml:"),
    ])
    func isRefusedWhereItCannotStand(before: String, message: String) {
        #expect {
            try TestFileAddition(of: Self.test, to: Array(before.utf8), path: "a.test.yaml")
        } throws: {
            ($0 as? TestFileError)?.message.contains(message) ?? false
        }
    }
}
