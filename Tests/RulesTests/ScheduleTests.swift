import Model
import Rules
import Testing
import Zones

/// Reads a schedule that must be free of errors.
private func schedule(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Schedule {
    let scope = DecodingScope()
    let schedule = Schedule(node(text), name: "office", at: position(1), in: scope)
    #expect(scope.diagnostics == [], sourceLocation: sourceLocation)
    return try #require(schedule, sourceLocation: sourceLocation)
}

@Suite struct ScheduleTests {
    private static let office = """
        { tz: America/Sao_Paulo, hours: { mon-fri: '09:00-18:00', sat: ['09:00-12:00', '13:00-15:00'] }, \
        closed: [2026-12-25, 2027-01-01], open: { 2026-12-24: '09:00-12:00', 2026-12-27: '10:00-11:00' } }
        """
    private static let bar = "{ tz: UTC, hours: { fri-sat: '22:00-02:00', sun: '00:00-24:00' }, closed: 2026-11-27 }"

    @Test(arguments: [
        // Half-open, by the wall clock of the zone.
        (office, "2026-11-20T11:59:59Z", false), (office, "2026-11-20T12:00:00Z", true),
        (office, "2026-11-20T20:59:59.999Z", true), (office, "2026-11-20T21:00:00Z", false),
        // Several ranges a day, days without hours.
        (office, "2026-11-21T14:59:00Z", true), (office, "2026-11-21T15:30:00Z", false), (office, "2026-11-21T16:00:00Z", true),
        (office, "2026-11-22T15:00:00Z", false),
        // Holidays, and days with hours of their own.
        (office, "2026-12-25T15:00:00Z", false), (office, "2026-12-24T14:59:00Z", true), (office, "2026-12-24T15:00:00Z", false),
        (office, "2026-12-27T13:30:00Z", true), (office, "2027-01-01T15:00:00Z", false),
        // A range over midnight belongs to its first day.
        (bar, "2026-11-20T21:59:00Z", false), (bar, "2026-11-20T22:00:00Z", true), (bar, "2026-11-21T01:59:59Z", true),
        (bar, "2026-11-21T02:00:00Z", false), (bar, "2026-11-22T01:00:00Z", true), (bar, "2026-11-20T01:00:00Z", false),
        (bar, "2026-11-22T23:59:59Z", true), (bar, "2026-11-23T00:00:00Z", false),
        (bar, "2026-11-27T23:00:00Z", false), (bar, "2026-11-28T01:00:00Z", false), (bar, "2026-11-28T22:00:00Z", true),
    ])
    func isOpenByTheWallClock(text: String, time: String, expected: Bool) throws {
        let instant = try #require(Instant(iso8601: time))
        #expect(try schedule(text).isOpen(at: instant) == expected)
    }

    @Test func aRangeReachesIntoAClosedDay() throws {
        let schedule = try schedule("{ tz: UTC, hours: { fri: '22:00-02:00' }, closed: [2026-11-21] }")
        let night = try #require(Instant(iso8601: "2026-11-21T01:00:00Z"))
        #expect(schedule.isOpen(at: night))
    }

    @Test(arguments: [
        // New York, 2026-03-08: 02:00 becomes 03:00. 2026-11-01: 02:00 becomes 01:00.
        ("2026-03-08T06:59:00Z", true), ("2026-03-08T07:00:00Z", false), ("2026-11-01T05:30:00Z", true),
        ("2026-11-01T06:30:00Z", true),
        ("2026-11-01T07:00:00Z", false),
    ])
    func followsDaylightSaving(time: String, expected: Bool) throws {
        let schedule = try schedule("{ tz: America/New_York, hours: { sun: '01:00-02:00' } }")
        let instant = try #require(Instant(iso8601: time))
        #expect(schedule.isOpen(at: instant) == expected)
    }

    @Test(arguments: [
        (office, "2026-11-20T20:58:00Z", "now 17:58 America/Sao_Paulo; office closes 18:00"),
        (office, "2026-11-21T15:30:00Z", "now 12:30 America/Sao_Paulo; office opens 13:00"),
        (office, "2026-11-21T20:00:00Z", "now Sat 17:00 America/Sao_Paulo; office opens Mon 09:00"),
        (bar, "2026-11-21T23:00:00Z", "now Sat 23:00 UTC; office closes Mon 00:00"),
        (bar, "2026-11-23T00:00:00Z", "now Mon 00:00 UTC; office opens Sat 22:00"),
        (
            "{ tz: UTC, open: { 2026-12-24: '9:00-10:00' } }", "2026-11-20T12:00:00Z",
            "now Fri 12:00 UTC; office opens 2026-12-24 09:00"
        ),
        ("{ tz: UTC }", "2026-11-20T12:00:00Z", "now Fri 12:00 UTC; office never opens within a year"),
        (
            "{ tz: UTC, hours: { mon-sun: '00:00-24:00' } }", "2026-11-20T12:00:00Z",
            "now Fri 12:00 UTC; office never closes within a year"
        ),
    ])
    func tellsTheNextChange(text: String, time: String, hint: String) throws {
        let instant = try #require(Instant(iso8601: time))
        #expect(try schedule(text).hint(at: instant) == hint)
    }
}

@Suite struct ScheduleDecoderTests {
    private let nine = 540..<1080

    @Test func daysWrapAndLaterKeysReplace() throws {
        let text =
            "{ tz: UTC, hours: { fri-mon: '09:00-18:00', sat: [], mon: '9:00 - 24:00', wed-wed: '22:30-00:00' }, x-note: mine }"
        #expect(
            try schedule(text).hours == [
                .friday: [nine], .saturday: [], .sunday: [nine], .monday: [540..<1440], .wednesday: [1350..<1440],
            ])
    }

    @Test func exceptionsAreClosedOrHaveHoursOfTheirOwn() throws {
        let schedule = try schedule(
            "{ tz: UTC, closed: [2026-12-25], open: { 2026-12-24: ['22:00-02:00', '08:00-09:00'], 2026-12-31: [] } }")
        let eve = try #require(LocalDate("2026-12-24"))
        let christmas = try #require(LocalDate("2026-12-25"))
        let last = try #require(LocalDate("2026-12-31"))
        #expect(schedule.exceptions == [eve: [1320..<1560, 480..<540], christmas: [], last: []])
    }

    @Test(arguments: [
        ("{ hours: { mon: '09:00-18:00' } }", [Finding(.missingKey, 1, 1)]),
        ("{ tz: America/Sao_Paolo }", [Finding(.badTime, 7, 17)]),
        ("{ tz: BRT }", [Finding(.badTime, 7, 3)]),
        ("{ tz: '-03:00' }", [Finding(.badTime, 7, 8)]),
        ("{ tz: }", [Finding(.blankText, 7, 1)]),
        ("{ tz: UTC, hour: {} }", [Finding(.unknownKey, 12, 4)]),
        ("{ tz: UTC, hours: '09:00-18:00' }", [Finding(.wrongType, 19, 13)]),
        ("{ tz: UTC, hours: { moon: '09:00-18:00' } }", [Finding(.badTime, 21, 4)]),
        ("{ tz: UTC, hours: { mon-: '09:00-18:00' } }", [Finding(.badTime, 21, 4)]),
        ("{ tz: UTC, hours: { mon-tue-wed: '09:00-18:00' } }", [Finding(.badTime, 21, 11)]),
        ("{ tz: UTC, hours: { x-mon: '09:00-18:00' } }", [Finding(.badTime, 21, 5)]),
        ("{ tz: UTC, hours: { mon: '09:00' } }", [Finding(.badTime, 26, 7)]),
        ("{ tz: UTC, hours: { mon: '09:00-18:60' } }", [Finding(.badTime, 26, 13)]),
        ("{ tz: UTC, hours: { mon: '09:00-24:01' } }", [Finding(.badTime, 26, 13)]),
        ("{ tz: UTC, hours: { mon: '24:00-25:00' } }", [Finding(.badTime, 26, 13)]),
        ("{ tz: UTC, hours: { mon: '24:00-02:00' } }", [Finding(.badTime, 26, 13)]),
        ("{ tz: UTC, hours: { mon: '9h-18h' } }", [Finding(.badTime, 26, 8)]),
        ("{ tz: UTC, hours: { mon: '+9:00-18:00' } }", [Finding(.badTime, 26, 13)]),
        ("{ tz: UTC, hours: { mon: ['09:00-09:00', '10:00-11:00'] } }", [Finding(.badTime, 27, 13)]),
        ("{ tz: UTC, hours: { mon: { from: 9 } } }", [Finding(.wrongType, 26, 1)]),
        ("{ tz: UTC, hours: { mon: } }", [Finding(.blankText, 26, 1)]),
        ("{ tz: UTC, closed: [2026-02-30, 2026-1-1] }", [Finding(.badTime, 21, 10), Finding(.badTime, 33, 8)]),
        ("{ tz: UTC, open: { 25.12.2026: '09:00-12:00' } }", [Finding(.badTime, 20, 10)]),
        ("{ tz: UTC, open: [2026-12-24] }", [Finding(.wrongType, 18, 1)]),
        ("{ tz: UTC, closed: 2026-12-25, open: { 2026-12-25: '09:00-12:00' } }", [Finding(.badTime, 40, 10)]),
        // Everything that is wrong is told at once.
        (
            "{ tz: Nowhere, hours: { mo: '1-2', tue: '09:00-09:00' }, closed: [x] }",
            [
                Finding(.badTime, 7, 7), Finding(.badTime, 25, 2), Finding(.badTime, 29, 5), Finding(.badTime, 41, 13),
                Finding(.badTime, 67, 1),
            ]
        ),
    ])
    func refusesWhatCannotBe(text: String, findings: [Finding]) {
        let scope = DecodingScope()
        _ = Schedule(node(text), name: "office", at: position(1), in: scope)
        #expect(scope.diagnostics.sorted { $0.at < $1.at }.map(Finding.init) == findings)
    }

    @Test(arguments: [
        ("{ tz: America/Sao_Paolo }", "'America/Sao_Paolo' is no time zone", "did you mean 'America/Sao_Paulo'?"),
        ("{ tz: UTC, hours: { mon-fry: '09:00-18:00' } }", "'mon-fry' is no day and no range of days", "did you mean 'mon-fri'?"),
        (
            "{ tz: UTC, hours: { weekdays: '09:00-18:00' } }", "'weekdays' is no day and no range of days",
            "days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, and ranges of them such as `mon-fri`"
        ),
        (
            "{ tz: UTC, hours: { mon: '18:00-18:00' } }", "'18:00-18:00' ends when it begins",
            "write `00:00-24:00` for the whole day"
        ),
        (
            "{ tz: UTC, closed: 2026-02-29 }", "'2026-02-29' is no date",
            "write a day of the calendar as year-month-day: `2026-12-25`"
        ),
    ])
    func helps(text: String, message: String, help: String) {
        let scope = DecodingScope()
        #expect(Schedule(node(text), name: "office", at: position(1), in: scope) == nil)
        #expect(scope.diagnostics.map(\.message) == [message])
        #expect(scope.diagnostics.map(\.help) == [help])
    }
}
