import JSON
import Model
import Testing

/// `test --edges` as a user types it.
@Suite(.timeLimit(.minutes(15))) struct EdgesCommandTests {
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            version: 1
            schedules:
              office: { tz: Europe/Berlin, hours: { sun: '02:30-09:00' } }
            rules:
              - id: closed
                when: [ { outside: office } ]
                do: [ { tag: closed } ]

            """, to: "rules/a.yaml")
        try folder.write(
            "version: 1\ntests: [ { name: t, event: { text: hi }, expect: { rules: [closed] } } ]\n", to: "rules/a.test.yaml")
        return folder
    }

    @Test func showsWhatWouldRunAroundAnEdgeAndAClockThatIsSet() async throws {
        let folder = try folder()
        let result = try await Program.run(["test", "--edges", "--from", "2026-03-23", "--days", "7"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output == """
                schedule office  Europe/Berlin  rules/a.yaml:3:3  2026-03-23 to 2026-03-29
                  outside  rule closed  rules/a.yaml:6:15  test 't' (rules/a.test.yaml:2:10)
                  clock  Sun 2026-03-29: 02:00 is 03:00
                    ! 02:30 does not exist on 2026-03-29: from 03:00 on it is open

                  Sun 2026-03-29  opens 03:00, by the clock that is set
                            01:59   03:00  03:01
                    office  closed  open   open
                    closed  runs    -      -

                  Sun 2026-03-29  closes 09:00
                            08:59  09:00   09:01
                    office  open   closed  closed
                    closed  -      runs    runs


                """)
    }

    @Test func theObjectIsForPrograms() async throws {
        let folder = try folder()
        let result = try await Program.run(
            ["test", "--edges", "--from", "2026-03-30", "--days", "14", "--format", "json"], in: folder.path)
        let schedule = try JSONDocument(result.output).root["schedules"]?[0]
        #expect(schedule?["edges"]?[0]?["dates"]?.value == ["2026-04-05", "2026-04-12"])
        #expect(schedule?["from"]?.text == "2026-03-29T22:00:00Z")
    }

    @Test(
        arguments: [
            (["--edges", "--from", "2026-02-30"], 2), (["--edges", "--days", "0"], 2), (["--from", "2026-01-01"], 2),
            (["--edges", "--update"], 2), (["--edges", "--from", "2026-01-01", "--days", "1"], 0),
        ] as [([String], Int32)])
    func exitsAsTheContractSays(options: [String], status: Int32) async throws {
        let folder = try folder()
        let result = try await Program.run(["test"] + options, in: folder.path)
        #expect(result.status == status, "\(result.errors)")
    }

    @Test func rulesWithoutASchedulesAreToldSo() async throws {
        let folder = try TemporaryFolder()
        try folder.write("version: 1\nrules: [ { id: a, do: [ { tag: b } ] } ]\n", to: "rules/a.yaml")
        let result = try await Program.run(["test", "--edges"], in: folder.path)
        #expect(result.status == 0 && result.output.isEmpty)
        #expect(result.errors == "bellhop: no rule in rules looks at a schedule\n")
    }
}
