import Model
import Rules
import Testing
import Zones

/// When a schedule opens and closes, also where the clock is set.
struct ScheduleEdgesTests {
    private static func schedule(_ zone: String, _ ranges: [Range<Int>], exceptions: [LocalDate: [Range<Int>]] = [:]) throws
        -> Schedule
    {
        let everyDay = Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, ranges) })
        return Schedule(
            name: "s", zone: try #require(Zone(zone)), at: SourcePosition(file: "a.yaml", line: 3, column: 3), hours: everyDay,
            exceptions: exceptions)
    }

    private static func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

    private static func edges(_ schedule: Schedule, _ from: String, _ until: String) throws -> [String] {
        schedule.edges(after: try instant(from), until: try instant(until)).map { edge in
            "\(edge.at.iso8601) \(edge.opens ? "opens" : "closes") \(edge.wall.minuteText)\(edge.isTransition ? " by the clock" : "")"
                + (edge.isSpecial ? " special" : "")
        }
    }

    @Test(arguments: [
        (
            "America/New_York", "2026-01-01T00:00:00Z",
            ["2026-03-08T07:00:00Z 02:00:00 03:00:00", "2026-11-01T06:00:00Z 02:00:00 01:00:00"]
        ),
        ("America/Sao_Paulo", "2026-01-01T00:00:00Z", []), ("UTC", "2026-01-01T00:00:00.500Z", []),
        (
            "Australia/Lord_Howe", "2026-01-01T00:00:00Z",
            ["2026-04-04T15:00:00Z 02:00:00 01:30:00", "2026-10-03T15:30:00Z 02:00:00 02:30:00"]
        ),
    ])
    func aZoneTellsWhenItsClocksAreSet(name: String, from: String, changes: [String]) throws {
        let zone = try #require(Zone(name))
        let transitions = zone.transitions(after: try Self.instant(from), until: try Self.instant("2027-01-01T00:00:00Z"))
        #expect(transitions.map { "\($0.at.iso8601) \($0.wallBefore.timeText) \($0.wallAfter.timeText)" } == changes)
    }

    @Test func edgesAreHalfOpenAndDaysOfTheirOwnAreMarked() throws {
        let holiday = try #require(LocalDate("2026-12-25"))
        let short = try #require(LocalDate("2026-12-24"))
        let schedule = try Self.schedule("UTC", [540..<1080], exceptions: [holiday: [], short: [540..<720]])
        #expect(
            try Self.edges(schedule, "2026-12-23T09:00:00Z", "2026-12-26T09:00:00Z") == [
                "2026-12-23T18:00:00Z closes 18:00", "2026-12-24T09:00:00Z opens 09:00 special",
                "2026-12-24T12:00:00Z closes 12:00 special", "2026-12-26T09:00:00Z opens 09:00",
            ])
        #expect(schedule.holidays(from: short, to: holiday) == [holiday])
        #expect(schedule.ordinaryOpening(of: holiday)?.minuteText == "09:00")
    }

    @Test(arguments: [
        (
            150..<540, "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00",
            ["2026-03-08T07:00:00Z opens 03:00 by the clock", "2026-03-08T13:00:00Z closes 09:00"],
            ["02:30 does not exist on 2026-03-08: from 03:00 on it is open"]
        ),
        (
            60..<540, "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00",
            ["2026-03-08T06:00:00Z opens 01:00", "2026-03-08T13:00:00Z closes 09:00"],
            ["it is open, and 02:00-03:00 does not exist: the day is shorter"]
        ),
        (
            90..<540, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00",
            [
                "2026-11-01T05:30:00Z opens 01:30", "2026-11-01T06:00:00Z closes 01:00 by the clock",
                "2026-11-01T06:30:00Z opens 01:30", "2026-11-01T14:00:00Z closes 09:00",
            ],
            ["01:30 comes twice on 2026-11-01, and it opens twice"]
        ),
        (
            0..<1440, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", [],
            ["it is open, and 01:00-02:00 comes twice: the day is longer"]
        ),
        (
            540..<1080, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00",
            ["2026-11-01T14:00:00Z opens 09:00", "2026-11-01T23:00:00Z closes 18:00"], []
        ),
    ])
    func aClockThatIsSetMovesEdges(
        hours: Range<Int>, from: String, until: String, edges: [String], notes: [String]
    ) throws {
        let schedule = try Self.schedule("America/New_York", [hours])
        #expect(try Self.edges(schedule, from, until) == edges)
        let change = schedule.zone.transitions(after: try Self.instant(from), until: try Self.instant(until))
        #expect(change.count == 1)
        #expect(change.flatMap { schedule.notes(on: $0) } == notes)
    }
    /// The night before lasts until 03:00.
    @Test func whatBeginsWhereItIsOpenAlreadyIsNoEdge() throws {
        let schedule = try Self.schedule("America/New_York", [1320..<1620, 90..<150])
        let (from, until) = ("2026-11-01T00:00:00-04:00", "2026-11-01T12:00:00-05:00")
        #expect(try Self.edges(schedule, from, until) == ["2026-11-01T08:00:00Z closes 03:00"])
        let change = schedule.zone.transitions(after: try Self.instant(from), until: try Self.instant(until))
        #expect(
            change.flatMap { schedule.notes(on: $0) } == ["it is open, and 01:00-02:00 comes twice: the day is longer"])
    }
}
