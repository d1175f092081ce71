import JSON
import Model
import RuleFiles
import Rules
import Testing

/// What would run around the edges of schedules.
struct EdgeTimelineTests {
    private static let rules = """
        version: 1
        schedules:
          office:
            tz: America/New_York
            hours: { mon-fri: '09:00-18:00' }
            closed: [2026-12-25]
          unused: { tz: UTC, hours: { mon: '09:00-18:00' } }
        rules:
          - id: closed-reply
            when: [ { text: hello }, { outside: office } ]
            do: [ { reply: closed } ]
          - id: untested
            when: [ { none: [ { any: [ { inside: office } ] } ] }, { text: never } ]
            do: [ { tag: x } ]
          - id: greet
            when: [ { text: hello } ]
            do: [ { reply: hello } ]
        """

    private static let tests = """
        version: 1
        tests:
          - { name: by day, at: 2026-01-05T12:00:00-05:00, event: { text: hello }, expect: { rules: [greet] } }
          - { name: at night, at: 2026-01-05T23:30:00-05:00, event: { text: hello }, expect: { rules: [closed-reply] } }
        """

    private func timeline(
        _ rules: String = rules, _ tests: String = tests, from: String, days: Int
    ) throws -> EdgeTimeline {
        let tested = try TestedRules(rules, tests)
        let date = try #require(LocalDate(from))
        return EdgeTimeline(
            tested.engine.rules, tests: tested.tests.tests, runner: tested.runner,
            in: EdgeTimeline.Window(from: .day(date), days: days))
    }

    @Test func showsTheFirstTestInWhichARuleRunsAroundEachEdge() throws {
        #expect(
            EdgeText.lines(try timeline(from: "2026-12-23", days: 3)) == [
                "schedule office  America/New_York  r/a.yaml:3:3  2026-12-23 to 2026-12-25",
                "  outside  rule closed-reply  r/a.yaml:10:32  test 'at night' (r/a.test.yaml:4:5)",
                "  inside  rule untested  r/a.yaml:13:34  no test makes it run: its condition alone is shown",
                "",
                "  Wed,Thu  opens 09:00, 2 times, first Wed 2026-12-23",
                "                       08:59   09:00       09:01",
                "    office             closed  open        open",
                "    closed-reply       runs    not; greet  not; greet",
                "    untested (inside)  fails   holds       holds",
                "",
                "  Wed,Thu  closes 18:00, 2 times, first Wed 2026-12-23",
                "                       17:59       18:00   18:01",
                "    office             open        closed  closed",
                "    closed-reply       not; greet  runs    runs",
                "    untested (inside)  holds       fails   fails",
                "",
                "  Fri 2026-12-25  closed all day",
                "                       08:59   09:00   09:01",
                "    office             closed  closed  closed",
                "    closed-reply       runs    runs    runs",
                "    untested (inside)  fails   fails   fails",
                "",
            ])
    }

    @Test func aClockThatIsSetIsTold() throws {
        let lines = EdgeText.lines(try timeline(from: "2026-03-07", days: 2))
        #expect(lines.contains("  clock  Sun 2026-03-08: 02:00 is 03:00; no opening hours are touched"))
        #expect(lines.contains("  it neither opens nor closes in this time"))
    }

    /// The steps before come as long before as in the test: a cooldown, a flow, what was remembered.
    @Test func stepsBeforeAreMovedWithIt() throws {
        let rules = """
            version: 1
            schedules: { office: { tz: UTC, hours: { mon: '09:00-18:00' } } }
            rules:
              - id: second
                when: [ { first_message: false }, { inside: office } ]
                do: [ { tag: x } ]
            """
        let tests = """
            version: 1
            tests:
              - name: t
                steps: [ { event: { text: a } }, { wait: 1h }, { event: { text: b }, expect: { rules: [second] } } ]
            """
        let timeline = try timeline(rules, tests, from: "2026-01-05", days: 1)
        let rows = try #require(timeline.schedules.first).rows
        #expect(
            rows.map { $0.moments.map { $0.cells.map(\.runs) } } == [
                [[[]], [["second"]], [["second"]]], [[["second"]], [[]], [[]]],
            ])
    }

    @Test func aFlowsConditionIsShownByTheTestThatComesToIt() throws {
        let rules = """
            version: 1
            schedules: { office: { tz: UTC, hours: { mon: '09:00-18:00' } } }
            rules:
              - id: go
                do: [ { start: way } ]
            flows:
              - id: way
                start: fork
                steps:
                  fork: { next: [ { when: [ { inside: office } ], step: day }, { step: night } ] }
                  day: { say: d, expect: [ { when: [ { text: x } ], next: night } ] }
                  night: { say: n, end: true }
            """
        let tests = "version: 1\ntests: [ { name: t, event: { text: a }, expect: { flow: way/day } } ]\n"
        let report = try #require(try timeline(rules, tests, from: "2026-01-05", days: 1).schedules.first)
        #expect(report.uses.map { "\($0.owner) \($0.test ?? "")" } == ["way/fork t"])
        #expect(
            report.rows.first?.moments.map { $0.cells.map(\.flow) } == [
                ["way/night ended: end"], ["way/day"], ["way/day"],
            ])
    }

    @Test func theObjectHasEveryDate() throws {
        let value = EdgeJSON.value(try timeline(from: "2026-12-21", days: 5))
        let edge = value["schedules"]?["0"]?["edges"]?["0"]
        #expect(edge?["dates"] == ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24"])
        #expect(edge?["kind"] == "opens")
        #expect(
            edge?["moments"]?["0"] == [
                "minutes": -1, "wall": "08:59", "open": false,
                "rules": [
                    ["rule": "closed-reply", "condition": "outside", "holds": true, "runs": ["closed-reply"], "stands": .null],
                    ["rule": "untested", "condition": "inside", "holds": false, "runs": .null, "stands": .null],
                ],
            ])
    }
}
