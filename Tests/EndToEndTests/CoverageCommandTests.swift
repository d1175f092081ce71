import Foundation
import JSON
import Model
import Testing

/// `test --coverage` as a user types it.
@Suite(.timeLimit(.minutes(15))) struct CoverageCommandTests {
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            version: 1
            rules:
              - id: refund
                when: [ { text: refund } ]
                do: [ { tag: refund } ]
              - id: order
                when: [ { text: order } ]
                do: [ { tag: order } ]

            """, to: "rules/a.yaml")
        try folder.write(
            "version: 1\ntests: [ { name: t, event: { text: refund }, expect: { rules: [refund] } } ]\n", to: "rules/a.test.yaml")
        return folder
    }

    @Test func tellsWhatNoTestReaches() async throws {
        let folder = try folder()
        let result = try await Program.run(["test", "--coverage"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output == """
                1 passed, 0 failed
                rules/a.yaml:4:15: rule refund: `text` was never false
                rules/a.yaml:6:5: rule order was never tried
                coverage: 1 of 2 rules, 50 %
                coverage: 1 of 4 outcomes of conditions, 25 %

                """)
    }

    @Test(
        arguments: [
            (["--min-coverage", "50"], 0, ""),
            (["--min-coverage", "50.5"], 1, "coverage of rules is 50 % (1 of 2), wanted are 50.5 %"),
            (["--min-coverage", "25", "--coverage-of", "conditions"], 0, ""),
            (
                ["--min-coverage", "80", "--coverage-of", "conditions"], 1,
                "coverage of conditions is 25 % (1 of 4), wanted are 80 %"
            ),
            (["--min-coverage", "100", "--coverage-of", "flows"], 0, ""),
            (["--min-coverage", "50", "--coverage-of", "all"], 1, "coverage of all is 33 % (2 of 6), wanted are 50 %"),
            (["--min-coverage", "101"], 2, "write a number from 0 to 100"), (["--coverage-of", "lines"], 2, "lines"),
        ] as [([String], Int32, String)])
    func aShareThatIsTooSmallIsAFailure(options: [String], status: Int32, message: String) async throws {
        let folder = try folder()
        let result = try await Program.run(["test"] + options, in: folder.path)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(message) || message.isEmpty)
        if status < 2 { #expect(result.output == "1 passed, 0 failed\n") }
    }

    @Test func otherFormatsHaveStdoutAlone() async throws {
        let folder = try folder()
        let json = try await Program.run(["test", "--coverage-format", "json"], in: folder.path)
        #expect(json.status == 0 && json.errors == "1 passed, 0 failed\n")
        #expect(try JSONDocument(json.output).root["summary"]?["rules"]?["covered"]?.text == "1")
        let lcov = try await Program.run(["test", "--coverage-format", "lcov"], in: folder.path)
        #expect(lcov.status == 0 && lcov.output.hasPrefix("TN:\nSF:rules/a.yaml\nBRDA:4,0,0,1\n"))
        let file = try await Program.run(["test", "--coverage-file", "c.info", "--junit", "j.xml"], in: folder.path)
        #expect(file.output.hasPrefix("1 passed, 0 failed\ncoverage: 1 of 2 rules, 50 %\n"), "\(file.output)")
        #expect(try String(contentsOfFile: folder.path + "/c.info", encoding: .utf8) == lcov.output)
        #expect(try String(contentsOfFile: folder.path + "/j.xml", encoding: .utf8).contains("tests=\"1\" failures=\"0\""))
        let unwritable = try await Program.run(["test", "--coverage-file", "no/such/folder.json"], in: folder.path)
        #expect(unwritable.status == 4 && unwritable.errors.contains("no/such/folder.json"))
    }

    @Test func aFailedTestFailsWhateverIsCovered() async throws {
        let folder = try folder()
        try folder.write(
            "version: 1\ntests: [ { name: t, event: { text: refund }, expect: { rules: [order] } } ]\n", to: "rules/a.test.yaml")
        let result = try await Program.run(["test", "--min-coverage", "10"], in: folder.path)
        #expect(result.status == 1 && result.output.hasPrefix("FAILED t  (rules/a.test.yaml:2:10)\n"), "\(result.output)")
        let none = try await Program.run(["test", "--run", "nothing", "--coverage"], in: folder.path)
        #expect(none.status == 1 && none.errors == "bellhop: no test ran\n")
    }
}
