import Foundation
import JSON
import Model
import Testing

/// `check` with warnings, as a user and a build see them.
@Suite(.timeLimit(.minutes(15))) struct LintCommandTests {
    private static let rules = """
        version: 1
        rules:
          - id: refund
            when: [ { text: [refund, refund now] } ]
            do: [ { tag: "50%: refund" } ]
          # bellhop: allow R109 because the list is made by a program
          - id: money
            when: [ { text: [money, money back] } ]
            do: [ { tag: money } ]

        """
    private static let tests = """
        version: 1
        tests:
          - { name: refund, event: { text: refund }, expect: { rules: [refund] } }

        """

    private func run(_ arguments: String...) async throws -> Program.Result {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        try folder.write(Self.tests, to: "rules/a.test.yaml")
        return try await Program.run(arguments, in: folder.path)
    }

    @Test func warningsAreToldAndFailOnlyWhenStrict() async throws {
        let lenient = try await run("check")
        #expect(lenient.status == 0)
        #expect(
            lenient.output == """
                warning[R109]: the keyword 'refund now' is superfluous
                 --> rules/a.yaml:4:30
                  |
                4 |     when: [ { text: [refund, refund now] } ]
                  |                              ^^^^^^^^^^ every text with 'refund now' has the keyword 'refund'
                 ::: rules/a.yaml:4:22
                4 |     when: [ { text: [refund, refund now] } ]      (with this one)
                  = help: take it away


                """)
        #expect(lenient.errors == "2 rules, 1 test: 0 errors, 1 warning, 1 allowed, 1 note (--notes shows them)\n")
        #expect(try await run("check", "--strict").status == 1)
        // What only loads the rules says nothing of them.
        let tested = try await run("test")
        #expect(tested.status == 0 && !tested.output.contains("R109") && !tested.errors.contains("R109"))
    }

    @Test func notesAreShownWhenAskedForAndFailNothing() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "version: 1\nrules: [ { id: a, do: [ { tag: a } ] }, { id: b, on: other, do: [ { tag: b } ] } ]\n", to: "rules/a.yaml"
        )
        try folder.write(
            "version: 1\ntests: [ { name: t, event: { text: x }, expect: { rules: [a] } } ]\n", to: "rules/a.test.yaml")
        let quiet = try await Program.run(["check", "--strict", "--format", "json"], in: folder.path)
        #expect(quiet.status == 0 && quiet.output == "[]\n", "\(quiet.output)")
        let told = try await Program.run(["check", "--strict", "--notes", "--format", "github"], in: folder.path)
        #expect(told.status == 0)
        #expect(
            told.output.hasPrefix("::notice file=rules/a.yaml,line=2,col=47,title=R116::no test expects the rule 'b'"),
            "\(told.output)")
    }

    @Test func annotationsAreOneEscapedLineEach() async throws {
        let told = try await run("check", "--format", "github")
        #expect(
            told.output == """
                ::warning file=rules/a.yaml,line=4,col=30,title=R109::the keyword 'refund now' is superfluous: every text with \
                'refund now' has the keyword 'refund'%0Ahelp: take it away

                """)
    }

    @Test func sarifHasFindingsAndWhatIsAllowed() async throws {
        let told = try await run("check", "--format", "sarif")
        let report = try JSONDocument(told.output).root.value
        let results = report["runs"]?.array?.first?["results"]?.array ?? []
        #expect(results.map { $0["suppressions"]?.array?.count } == [0, 1])
        #expect(results.allSatisfy { $0["ruleId"] == "R109" })
    }

    @Test func aCodeIsExplained() async throws {
        let told = try await run("check", "--explain", "r109")
        #expect(told.status == 0)
        #expect(told.output.hasPrefix("R109: a keyword that another of the same list makes superfluous\n"))
        #expect(told.output.contains("# bellhop: allow R109 because"))
        #expect(try await run("check", "--explain", "R999").status == 2)
    }
}
