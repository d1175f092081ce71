import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// What lint once overlooked: line, code and message of each finding, and what is near to it and must not be told.
@Suite struct LintRecallTests {
    private static func check(_ rules: String, tests: String? = nil, accounts: [Account] = [], now: Instant? = nil) -> RuleCheck {
        let texts = ["a.yaml": "version: 1\n" + rules].merging(tests.map { ["a.test.yaml": "version: 1\n" + $0] } ?? [:]) { $1 }
        return RuleCheck(
            RuleFolder(root: "rules", texts: texts), accounts: accounts, profiles: Fixtures.profiles, now: now)
    }

    private static func found(_ code: String, _ check: RuleCheck) -> [String] {
        check.diagnostics.filter { $0.code.rawValue == code }.map { "\($0.at.line) \($0.message)" }
    }

    // MARK: Time

    @Test(
        arguments: [
            ("hours: {}, open: { 2019-12-25: '09:00-12:00' }", 1),
            ("hours: {}, open: { 2026-03-01: '09:00-12:00' }", 1),
            ("hours: {}, open: { 2026-03-01: '22:00-02:00' }", 0),
            ("hours: {}, open: { 2019-12-25: '09:00-12:00', 2026-03-02: '09:00-12:00' }", 0),
            ("hours: { mon: '09:00-12:00' }, open: { 2019-12-25: '09:00-12:00' }", 0),
        ])
    func schedulesThatAreOver(schedule: String, count: Int) {
        let rules = """
            schedules: { s: { tz: Europe/Berlin, \(schedule) } }
            rules: [ { id: r, when: [ { inside: s } ], do: [ { tag: a } ] }, { id: t, when: [ { outside: s } ], do: [ { tag: b } ] } ]
            """
        // 2026-03-02 at noon.
        let now = Instant(milliseconds: 1_772_449_200_000)
        #expect(
            Self.found("R108", Self.check(rules, now: now)) == Array(repeating: "3 condition can never hold again", count: count))
        #expect(Self.found("R108", Self.check(rules)) == [])
    }

    @Test func aTestOfDaysThatAreOverKeepsTheirRule() {
        let rules = """
            schedules: { s: { tz: UTC, hours: {}, open: { 2019-12-25: '09:00-12:00' } } }
            rules: [ { id: r, when: [ { inside: s } ], do: [ { tag: a } ] } ]
            """
        let tests = "tests: [ { name: t, at: 2019-12-25T10:00:00Z, event: { text: a }, expect: { rules: [r] } } ]"
        let now = Instant(milliseconds: 1_772_449_200_000)
        #expect(Self.found("R108", Self.check(rules, tests: tests, now: now)) == [])
    }
}
