import Model
import Testing
import Zones

@Suite struct InstantTests {
    @Test(arguments: [
        ("2026-03-04T13:00:05.410Z", Int64(1_772_629_205_410)), ("2026-03-04T13:00:05Z", 1_772_629_205_000),
        ("2026-03-04 13:00:05Z", 1_772_629_205_000), ("2026-03-04T10:00:05-03:00", 1_772_629_205_000),
        ("2026-03-04T10:00:05-0300", 1_772_629_205_000), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.5Z", -500),
        ("2024-02-29T00:00Z", 1_709_164_800_000), ("2026-03-04T13:00:05.4109999Z", 1_772_629_205_410),
    ])
    func readsISO8601(text: String, milliseconds: Int64) {
        #expect(Instant(iso8601: text) == Instant(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "2026", "2026-03-04", "2026-03-04T13:00:05", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-04T24:00:00Z",
        "2026-03-04T13:60:00Z", "2026-03-04T13:00:05+99:00", "2026-03-04T13:00:05Zx", "٢٠٢٦-03-04T13:00:05Z",
        "2025-02-29T00:00:00Z",
        "2026-03-04T13:00:05.Z",
    ])
    func refusesOtherText(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"), (1_772_629_205_410, "2026-03-04T13:00:05.410Z"),
        (1_772_629_205_007, "2026-03-04T13:00:05.007Z"), (-500, "1969-12-31T23:59:59.500Z"), (-1000, "1969-12-31T23:59:59Z"),
    ])
    func writesMillisecondsOnlyWhenThereAreSome(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).iso8601 == text)
    }

    @Test func saturatesInsteadOfTrapping() {
        let end = Instant(milliseconds: .max)
        #expect(end.adding(.seconds(1)) == end)
        #expect(Instant(seconds: .max) == end)
        #expect(Instant(milliseconds: .min).since(end) < .zero)
        _ = Instant(milliseconds: .min).iso8601
        _ = end.iso8601
    }
}

@Suite struct LocalDateTests {
    @Test func everyDayOfFourCenturiesComesBack() {
        var expected = LocalDate(daysSinceEpoch: -100_000)
        for day in -100_000...46_097 {
            let date = LocalDate(daysSinceEpoch: day)
            #expect(date == expected && date.daysSinceEpoch == day)
            expected = date.adding(days: 1)
            guard LocalDate(year: date.year, month: date.month, day: date.day) == date else {
                Issue.record("\(date.iso8601) is no date")
                return
            }
        }
    }

    @Test(arguments: [
        ("1970-01-01", Weekday.thursday), ("2026-11-20", .friday), ("2000-02-29", .tuesday), ("1900-01-01", .monday),
    ])
    func knowsWeekdays(text: String, weekday: Weekday) {
        #expect(LocalDate(text)?.weekday == weekday)
    }
}

@Suite struct ZoneTests {
    @Test(arguments: [
        ("America/Sao_Paulo", "2018-01-01 12:00:00", "2018-01-01T14:00:00Z"),
        ("America/Sao_Paulo", "2026-01-01 12:00:00", "2026-01-01T15:00:00Z"),
        ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
        // The clock jumps from 02:00 to 03:00: as far behind the jump.
        ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
        // 02:30 comes twice: the first.
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ("Asia/Kolkata", "2026-01-01 00:00:00", "2025-12-31T18:30:00Z"), ("UTC", "2026-01-01 00:00:00", "2026-01-01T00:00:00Z"),
    ])
    func readsWallClocks(zone: String, local: String, utc: String) throws {
        let zone = try #require(Zone(zone))
        let time = try #require(LocalTime(local))
        #expect(zone.instant(of: time).iso8601 == utc)
    }

    @Test func showsWallClocks() throws {
        let zone = try #require(Zone("America/New_York"))
        let before = try #require(Instant(iso8601: "2026-03-08T06:59:59Z"))
        #expect(zone.localTime(at: before).iso8601 == "2026-03-08T01:59:59")
        #expect(zone.localTime(at: before.adding(.seconds(1))).iso8601 == "2026-03-08T03:00:00")
    }

    @Test(arguments: ["", "Brasilia", "America/Sao_Paolo", "EST5", "+03:00", "GMT+3", "america/sao_paulo", "../etc/passwd"])
    func refusesWhatIsNoZone(name: String) {
        #expect(Zone(name) == nil)
    }

    @Test(arguments: [
        "America/Sao_Paulo", "Asia/Seoul", "Asia/Calcutta", "US/Pacific", "Europe/Kyiv", "Etc/UTC", "UTC", "Asia/Kolkata",
    ])
    func takesEveryNameOfTheDatabase(name: String) {
        #expect(Zone(name) != nil)
    }
}
