import Foundation
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// Only the values that are wrong are changed.
struct ExpectationUpdateTests {
    private static let rules = """
        version: 1
        rules:
          - id: greet
            when: [ { text: hello } ]
            do: [ { reply: "Hello there" }, { tag: greeted }, { set: { seen: yes } } ]
          - id: ask
            when: [ { text: order } ]
            do: [ { start: order } ]
        flows:
          - id: order
            start: which
            steps:
              which: { say: Which?, expect: [ { when: [ { text: { regex: '[0-9]+' } } ], next: done } ] }
              done: { say: Thanks, end: true }
        """

    private func update(_ tests: String) throws -> ExpectationUpdate {
        let tested = try TestedRules(Self.rules, tests)
        let all = tested.tests.tests
        return ExpectationUpdate(
            RuleFolder.File(path: "r/a.test.yaml", relativePath: "a.test.yaml", bytes: Array(tests.utf8)),
            failed: all.filter { !tested.runner.run($0).passed }, all: all, runner: tested.runner,
            flows: Array(tested.engine.rules.flows.values))
    }

    private static func file(_ lines: String...) -> String {
        (["version: 1", "tests:"] + lines).joined(separator: "\n") + "\n"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var before: [String]
        var after: [String]
        var testDescription: String { what }
    }

    private static let cases: [Case] = [
        Case(
            what: "a list in brackets",
            before: ["  - { name: t, event: { text: hello }, expect: { rules: [welcome] } } # keep"],
            after: ["  - { name: t, event: { text: hello }, expect: { rules: [greet] } } # keep"]),
        Case(
            what: "a word in place of a list",
            before: ["  - name: t", "    event: { text: hello }", "    expect: { rules: welcome, not: [close] }"],
            after: ["  - name: t", "    event: { text: hello }", "    expect: { rules: [greet], not: [close] }"]),
        Case(
            what: "one element of a block, with comments around",
            before: [
                "  - name: t # a name", "    event: { text: hello }", "    expect:", "      # what goes out", "      effects:",
                "        - reply: { substring: there } # a matcher", "        - tag: welcomed # old", "      rules: [ greet ]",
            ],
            after: [
                "  - name: t # a name", "    event: { text: hello }", "    expect:", "      # what goes out", "      effects:",
                "        - reply: { substring: there } # a matcher", "        - tag: greeted # old", "      rules: [ greet ]",
            ]),
        Case(
            what: "an element that is missing in a block: the others keep their words",
            before: [
                "  - name: t", "    event: { text: hello }", "    expect:", "      effects:",
                "        - reply: { starts: hello }",
                "  - { name: u, event: { text: x }, expect: { rules: [] } }",
            ],
            after: [
                "  - name: t", "    event: { text: hello }", "    expect:", "      effects:",
                "        - reply: { starts: hello }",
                "        - tag: greeted", "  - { name: u, event: { text: x }, expect: { rules: [] } }",
            ]),
        Case(
            what: "elements that are too many in brackets",
            before: [
                "  - { name: t, event: { text: hello }, expect: { effects: [ { note: x }, { reply: { starts: hello } }, { tag: greeted } ] } }"
            ],
            after: [
                "  - { name: t, event: { text: hello }, expect: { effects: [{ reply: { starts: hello } }, { tag: greeted }] } }"
            ]),
        Case(
            what: "a block that becomes empty",
            before: [
                "  - name: t", "    event: { text: none }", "    expect:", "      rules:", "        - greet", "      not: [tag]",
            ],
            after: ["  - name: t", "    event: { text: none }", "    expect:", "      rules: []", "      not: [tag]"]),
        Case(
            what: "where a flow stands, and that it ended",
            before: [
                "  - name: t", "    steps:", "      - { event: { text: order }, expect: { flow: none } }",
                "      - { event: { text: '12' }, expect: { flow: order/which } }",
            ],
            after: [
                "  - name: t", "    steps:", "      - { event: { text: order }, expect: { flow: order/which } }",
                "      - { event: { text: '12' }, expect: { flow: { ended: end } } }",
            ]),
        Case(
            what: "variables and handler",
            before: ["  - { name: t, event: { text: hello }, expect: { vars: { seen: no }, handler: human } }"],
            after: ["  - { name: t, event: { text: hello }, expect: { vars: { seen: \"yes\" }, handler: bot } }"]),
        Case(
            what: "letters that are more than one scalar before the place",
            before: ["  - { name: 'e\u{301}🇧🇷', event: { text: hello }, expect: { rules: [welcome] } }"],
            after: ["  - { name: 'e\u{301}🇧🇷', event: { text: hello }, expect: { rules: [greet] } }"]),
    ]

    @Test(arguments: cases)
    func changesOnlyWhatIsWrong(each: Case) throws {
        for lineEnd in ["\n", "\r\n"] {
            func text(_ lines: [String]) -> String { (["version: 1", "tests:"] + lines).joined(separator: lineEnd) + lineEnd }
            let update = try update(text(each.before))
            #expect(update.after == text(each.after))
            #expect(update.refusals == [])
            #expect(update.count == 1)
        }
    }

    @Test(arguments: [
        ("  - { name: t, event: { text: hello }, expect: { not: [tag] } }", "`not` is never changed", "3:50"),
        (
            "  - name: t\n    event: { text: hello }\n    expect:\n      effects: [ # greets\n        { tag: x } ]",
            "a comment stands inside", "6:16"
        ),
        (
            "  - name: t\n    event: { text: x }\n    expect:\n      rules: # all\n        - greet", "a comment stands before",
            "6:7"
        ),
        ("  - { name: t, event: { text: hello }, expect: { vars: { gone: 1 } } }", "'gone' is not set", "3:58"),
        ("  - { name: t, steps: [ { http: { status: 200 }, expect: { rules: [] } } ] }", "no http call waits", "3:58"),
        (
            "  - { name: t, event: { text: x }, expect: &e { rules: [] } }\n"
                + "  - { name: u, event: { text: hello }, expect: *e }", "alias", "4:11"
        ),
    ])
    func refusesWhatCannotBeChangedSafely(test: String, message: String, place: String) throws {
        let file = Self.file(test)
        let update = try update(file)
        #expect(update.after == file && update.isEmpty)
        let refusal = try #require(update.refusals.first)
        #expect(refusal.message.contains(message), "\(refusal)")
        if message != "alias" { #expect(refusal.at.text == "r/a.test.yaml:" + place) }
    }

    @Test func aDifferenceIsShownWithItsNeighbours() {
        let old = (1...12).map { "line \($0)" }.joined(separator: "\n") + "\n"
        let new = old.replacingOccurrences(of: "line 6\n", with: "line six\nand more\n")
        #expect(
            UnifiedDiff.text(from: old, to: new, path: "a.yaml") == """
                --- a.yaml
                +++ a.yaml
                @@ -3,7 +3,8 @@
                 line 3
                 line 4
                 line 5
                -line 6
                +line six
                +and more
                 line 7
                 line 8
                 line 9

                """)
        #expect(UnifiedDiff.text(from: old, to: old, path: "a.yaml").isEmpty)
    }
}
