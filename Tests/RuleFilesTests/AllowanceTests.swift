import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// Comments that silence findings. R106, a `delay` that puts off nothing, stands for all of them.
@Suite struct AllowanceTests {
    /// `DO` stands for actions with the finding, `#OK` for a comment that silences it.
    private static func check(_ rules: String) -> RuleCheck {
        let text = rules.replacing("DO", with: "do: [ { set: { b: c }, delay: 5s } ]")
            .replacing("#OK", with: "# bellhop: allow R106 because x")
        return RuleCheck(
            RuleFolder(root: "rules", texts: ["a.yaml": "version: 1\n" + text]), accounts: [], profiles: Fixtures.profiles)
    }

    private static func told(_ rules: String) -> [String] {
        // Rules that take each other's messages play no part here.
        check(rules).diagnostics.filter { $0.code != .deadRule }.map { "\($0.at.line) \($0.code.rawValue)" }
    }

    @Test(
        arguments: [
            // Above the rule, behind its first line, in it, behind its last.
            ("rules:\n  #OK\n  - { id: a, DO }", []),
            ("rules:\n  - { id: a, DO } #OK", []),
            ("rules:\n  - id: a #OK\n    DO", []),
            ("rules:\n  - id: a\n    #OK\n    DO", []),
            ("rules:\n  - id: a\n    DO\n    #OK\n  - id: b\n    do: [ { tag: a } ]", []),
            ("rules:\n  - id: a\n    DO\n    #OK", []),
            // Other comments between.
            ("rules:\n  #OK\n  # and more\n\n  - id: a\n    DO", []),
            // Of the next rule, of the rule before, of no rule.
            ("rules:\n  - id: a\n    DO\n  #OK\n  - id: b\n    do: [ { tag: a } ]", ["4 R106", "5 R199"]),
            ("rules:\n  - id: b\n    do: [ { tag: a } ]\n    #OK\n  - id: a\n    DO", ["5 R199", "7 R106"]),
            ("#OK\nrules:\n  - id: a\n    DO", ["2 R199", "5 R106"]),
            // No comment at all.
            ("rules:\n  - id: a\n    why: '#OK'\n    DO", ["5 R106"]),
            ("rules:\n  - id: a\n    why: |\n      #OK\n    DO", ["6 R106"]),
            ("rules:\n  - id: a\n    why: >- #OK\n      text\n    DO", []),
            ("rules:\n  - id: a\n    why: a#bellhop: allow R106 because x\n    DO", ["4 R002"]),
            // What it says.
            ("rules:\n  # bellhop: allow R106\n  - { id: a, DO }", ["3 R198", "4 R106"]),
            ("rules:\n  # bellhop: allow R106 because\n  - { id: a, DO }", ["3 R198", "4 R106"]),
            ("rules:\n  # bellhop: allow because x\n  - { id: a, do: [ { tag: b } ] }", ["3 R198"]),
            ("rules:\n  # bellhop: allow R1066 because x\n  - { id: a, do: [ { tag: b } ] }", ["3 R198"]),
            ("rules:\n  # bellhop: allow R004 because x\n  - { id: a, do: [ { tag: b } ] }", ["3 R198"]),
            ("rules:\n  # bellhop: ignore R106 because x\n  - { id: a, do: [ { tag: b } ] }", ["3 R198"]),
            ("rules:\n  # bellhop: allow R101, R106 because x\n  - { id: a, DO }", ["3 R199"]),
            ("rules:\n  #bellhop:allow r106 because x, y because z\n  - { id: a, DO }", []),
            ("rules:\n  # the bellhop: allow R106 because x\n  - { id: a, DO }", ["4 R106"]),
        ] as [(String, [String])])
    func silencesWhereItStands(rules: String, told: [String]) {
        #expect(Self.told(rules) == told)
    }

    @Test func silencesAStepAlone() {
        let rules = """
            rules: [ { id: r, do: [ { start: f } ] } ]
            flows:
              - id: f
                start: a
                steps:
                  # bellhop: allow R106 because x
                  a: { do: [ { set: { b: c }, delay: 5s } ], next: b }
                  b: { do: [ { set: { b: c }, delay: 5s } ], end: true }
            """
        #expect(Self.told(rules) == ["9 R106"])
    }

    @Test func silencesAWholeFlow() {
        let rules = """
            rules: [ { id: r, do: [ { start: f } ] } ]
            flows:
              # bellhop: allow R106 because x
              - id: f
                start: a
                steps:
                  a: { do: [ { set: { b: c }, delay: 5s } ], next: b }
                  b: { do: [ { set: { b: c }, delay: 5s } ], end: true }
            """
        #expect(Self.told(rules) == [])
    }

    @Test func whatIsSilencedIsKeptWithItsReason() {
        let check = Self.check("rules:\n  # bellhop: allow R106 because it does no harm\n  - { id: a, DO }")
        #expect(check.allowed.map { "\($0.diagnostic.code.rawValue) \($0.at.line) \($0.reason)" } == ["R106 3 it does no harm"])
    }

    @Test func errorsAreNotSilencedAndNothingIsJudgedBesideThem() {
        let rules = "rules:\n  # bellhop: allow R106 because x\n  - { id: a, wehn: [], do: [ { tag: a } ] }"
        #expect(Self.told(rules) == ["4 R004"])
    }

    /// Without a configuration it is not known what a vendor cannot do.
    @Test func anAllowanceOfWhatAccountsTellIsNotUselessWithoutAny() {
        let rules = "rules:\n  # bellhop: allow R103 because x\n  - { id: a, do: [ { note: a } ] }"
        #expect(Self.told(rules) == [])
        let folder = RuleFolder(root: "rules", texts: ["a.yaml": "version: 1\n" + rules])
        let site = RuleCheck(folder, accounts: [Account(id: "site", vendor: .rocketchat)], profiles: Fixtures.profiles)
        #expect(site.diagnostics.isEmpty && site.allowed.count == 1)
        let chat = RuleCheck(folder, accounts: [Account(id: "chat", vendor: .huggy)], profiles: Fixtures.profiles)
        #expect(chat.diagnostics.map(\.code) == [.uselessAllowance])
    }
}
