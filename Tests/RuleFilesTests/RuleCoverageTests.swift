import JSON
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// Rules and tests of one file each, in memory.
struct TestedRules {
    let tests: LoadedTests
    let runner: RuleTestRunner
    let engine: Engine

    init(_ rules: String, _ tests: String = "version: 1\ntests: []\n") throws {
        let folder = RuleFolder(root: "r", texts: ["a.yaml": rules, "a.test.yaml": tests])
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.diagnostics)")
        engine = Engine(rules: ruleSet, profiles: VendorCatalog.profiles)
        self.tests = LoadedTests(folder, flows: loaded.flows, vendors: VendorCatalog.ids)
        try #require(!self.tests.hasErrors, "\(self.tests.diagnostics)")
        runner = RuleTestRunner(
            engine: engine,
            payloads: PayloadReader { _, _, _, _ throws(PayloadError) in
                throw PayloadError(code: "unreadable", message: "there are no payloads here")
            })
    }

    var coverage: RuleCoverage {
        var tally = CoverageTally()
        for test in tests.tests { tally.add(runner.recorded(test).flatMap(\.self)) }
        return RuleCoverage(engine.rules, tally)
    }
}

/// What coverage counts is what deciding really tried.
struct RuleCoverageTests {
    private static let rules = #"""
        version: 1
        schedules:
          office: { tz: UTC, hours: { mon-fri: '09:00-18:00' } }
        rules:
          - id: refund
            when:
              - text: { any: refund, none: later }
              - any:
                  - channel: whatsapp
                  - channel: email
              - outside: office
            do: [ { tag: a } ]
          - id: watched
            mode: observe
            when: [ { text: refund } ]
            do: [ { tag: b } ]
          - id: off
            mode: off
            do: [ { tag: off } ]
          - id: all
            do: [ { tag: c } ]
          - id: after
            do: [ { tag: d } ]
        """#

    private static func tests(_ events: String) -> String {
        "version: 1\ntests:\n  - name: t\n    steps:\n" + events
    }

    private static let expected = "expect: { not: [call] }"

    @Test func whatNoTestReachesHasItsPlace() throws {
        let one = try TestedRules(Self.rules, Self.tests("      - { event: { text: refund }, \(Self.expected) }\n"))
        #expect(
            CoverageText.lines(one.coverage) == [
                "r/a.yaml:3:3: schedule office: no test is inside, no test is outside, no test goes over an opening, "
                    + "no test goes over a closing",
                "r/a.yaml:5:5: rule refund never held",
                "r/a.yaml:7:9: rule refund: `text` was never false",
                "r/a.yaml:7:17: rule refund: `any` was never false",
                "r/a.yaml:7:30: rule refund: `none` was never false",
                "r/a.yaml:8:9: rule refund: `any` was never true",
                "r/a.yaml:9:13: rule refund: `channel` was never true",
                "r/a.yaml:10:13: rule refund: `channel` was never true",
                "r/a.yaml:11:9: rule refund: `outside` was never tried",
                "r/a.yaml:15:15: rule watched: `text` was never false",
                "r/a.yaml:22:5: rule after was never tried",
                "coverage: 2 of 4 rules, 50 %",
                "coverage: 7 of 16 outcomes of conditions, 43 %",
                "coverage: 0 of 4 sides and edges of schedules, 0 %",
            ])
    }

    /// Lines and tests of a line are tried in order, and what a decision does not need is not seen.
    @Test(arguments: [
        ("text: hello", "7:9", 0, 1), ("text: hello", "7:17", 0, 1), ("text: hello", "7:30", 0, 0),
        ("text: hello", "8:9", 0, 0), ("text: refund later", "7:30", 0, 1),
        ("text: refund, channel: whatsapp", "9:13", 1, 0), ("text: refund, channel: whatsapp", "10:13", 0, 0),
        ("text: refund, channel: whatsapp", "11:9", 0, 1),
    ])
    func aConditionIsSeenWhenItWasTried(event: String, place: String, held: Int, failed: Int) throws {
        let tested = try TestedRules(Self.rules, Self.tests("      - { event: { \(event) }, \(Self.expected) }\n"))
        let line = try #require(tested.coverage.lines.first { $0.at.text == "r/a.yaml:" + place })
        #expect(line.outcomes == Evaluations.Outcomes(held: held, failed: failed))
    }

    @Test func aScheduleIsCrossedWhenTimeGoesOnOverItsEdge() throws {
        let events = """
                  - { event: { text: refund, channel: email }, \(Self.expected) }
                  - { wait: 6h }
                  - { event: { text: refund, channel: email }, \(Self.expected) }
                  - { wait: 16h }
                  - { event: { text: refund, channel: email }, \(Self.expected) }

            """
        let coverage = try TestedRules(Self.rules, Self.tests(events)).coverage
        let office = try #require(coverage.schedules.first)
        #expect([office.inside, office.outside, office.openings, office.closings] == [2, 1, 1, 1])
        #expect(coverage.rules.map(\.state) == [.ran, .observed, .ran, .never])
        #expect(coverage.share(of: .schedules).percent == 100)
    }

    @Test func aRuleOfWhichAllWasHeldBackIsNotCovered() throws {
        let rules = """
            version: 1
            rules:
              - id: hello
                do: [ { reply: hi } ]
            """
        let events = "      - { event: { handler: human }, expect: { rules: [] } }\n"
        let coverage = try TestedRules(rules, Self.tests(events)).coverage
        #expect(coverage.rules.map(\.state) == [.suppressed])
        #expect(
            CoverageText.lines(coverage) == [
                "r/a.yaml:3:5: rule hello never ran: it held, and all that it does was held back", "coverage: 0 of 1 rules, 0 %",
            ])
    }

    private static let flow = """
        version: 1
        rules:
          - id: order
            when: [ { text: order } ]
            do: [ { start: ask } ]
        flows:
          - id: ask
            start: menu
            steps:
              menu:
                say: Which?
                choices:
                  - { label: One, next: done }
                  - { label: Two, next: done }
                otherwise: { say: Again, times: 1, next: gone }
                timeout: { after: 10m, next: gone }
              done:
                next: [ { when: [ { channel: email } ], step: gone }, { step: end } ]
              gone: { say: Bye, end: true }
              end: { say: Thanks, end: true }
        """

    @Test(arguments: [
        (
            "2",
            [
                "13:13 choice 0", "14:13 choice 1", "15:9 otherwise 0", "15:44 otherwise.next 0", "16:9 timeout 0",
                "18:17 next 0", "18:63 next 1",
            ]
        ),
        (
            "x",
            [
                "13:13 choice 0", "14:13 choice 0", "15:9 otherwise 1", "15:44 otherwise.next 0", "16:9 timeout 0",
                "18:17 next 0", "18:63 next 0",
            ]
        ),
    ])
    func aWayOnIsCoveredWhenItIsTaken(answer: String, ways: [String]) throws {
        let events = "      - { event: { text: order } }\n      - { event: { text: '\(answer)' }, \(Self.expected) }\n"
        let coverage = try TestedRules(Self.flow, Self.tests(events)).coverage
        #expect(coverage.ways.map { "\($0.at.line):\($0.at.column) \($0.kind.rawValue) \($0.taken)" } == ways)
    }

    @Test func stepsAreCoveredWhenAFlowComesToThem() throws {
        let events = "      - { event: { text: order } }\n      - { event: { text: '2' }, \(Self.expected) }\n"
        let coverage = try TestedRules(Self.flow, Self.tests(events)).coverage
        #expect(coverage.steps.map { "\($0.name) \($0.entered)" } == ["menu 1", "done 1", "gone 0", "end 1"])
        #expect(
            CoverageText.lines(coverage).contains("r/a.yaml:19:7: flow ask/gone was never entered"))
    }

    @Test func theTracefileHasALineForEachPlaceAndTwoBranchesForEachCondition() throws {
        let rules = """
            version: 1
            rules:
              - id: hello
                when: [ { text: hi } ]
                do: [ { tag: x } ]
              - id: bye
                when: [ { text: bye } ]
                do: [ { tag: y } ]
            """
        let events = "      - { event: { text: hi }, \(Self.expected) }\n      - { event: { text: ho }, \(Self.expected) }\n"
        let text = CoverageLCOV.text(try TestedRules(rules, Self.tests(events)).coverage)
        #expect(
            text == """
                TN:
                SF:r/a.yaml
                BRDA:4,0,0,1
                BRDA:4,0,1,1
                BRDA:7,1,0,0
                BRDA:7,1,1,1
                BRF:4
                BRH:3
                DA:3,1
                DA:4,2
                DA:6,0
                DA:7,1
                LF:4
                LH:3
                end_of_record

                """)
    }

    @Test func theObjectTellsSharesAndEveryRule() throws {
        let events = "      - { event: { text: refund }, \(Self.expected) }\n"
        let value = CoverageJSON.value(try TestedRules(Self.rules, Self.tests(events)).coverage)
        #expect(value["summary"]?["rules"] == ["covered": 2, "total": 4, "percent": .number(50)])
        #expect(value["rules"]?["3"]?["state"] == "never")
        #expect(
            value["rules"]?["1"] == [
                "id": "watched", "at": "r/a.yaml:13:5", "mode": "observe", "state": "observed", "tried": 1, "held": 1,
                "conditions": [["condition": "text", "at": "r/a.yaml:15:15", "true": 1, "false": 0]],
            ])
    }

    /// Recording tries more rules, and decides the same.
    @Test(arguments: ["refund", "refund later", "hello", "", "order", "2"])
    func recordingChangesNoDecision(text: String) throws {
        for rules in [Self.rules, Self.flow] {
            let engine = try TestedRules(rules).engine
            var recording = engine
            recording.isRecording = true
            let event = EventDraft.message(text)
            var plain = Simulation(engine: engine, startsAt: RuleTest.defaultStart, defaults: .common())
            var recorded = Simulation(engine: recording, startsAt: RuleTest.defaultStart, defaults: .common())
            for _ in 0..<3 {
                var occurrences = recorded.carryOut(.event(event))?.occurrences ?? []
                for index in occurrences.indices {
                    #expect(occurrences[index].decision.evaluations != nil)
                    occurrences[index].decision.evaluations = nil
                }
                let expected = plain.carryOut(.event(event))?.occurrences
                #expect(occurrences == expected)
            }
        }
    }
}
