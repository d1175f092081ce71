import Daemon
import Foundation
import Model
import Storage
import Testing

@Suite struct RunJournalTests {
    private static func crash(_ second: Int64) -> ClockReading {
        ClockReading(wall: Instant(seconds: second), bootID: "0f3b-\"é\"", sinceBoot: second * 1000)
    }

    /// Another process would read the same: a file is opened twice, as after a crash.
    private func next(_ folder: String) throws -> RunJournal { try #require(RunJournal(besides: folder + "/bellhop.db")) }

    @Test func aFirstRunHasNothingBehindIt() async throws {
        try await withTemporaryFolder { folder in
            #expect(try next(folder).last == RunJournal.LastRun())
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/bellhop.db.run")[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func tellsWhatTheRunWasAtThatDied() async throws {
        try await withTemporaryFolder { folder in
            let first = try next(folder)
            first.begin(crashes: [Self.crash(1)])
            first.noteDeciding(Array(1000...1063))
            first.noteDeciding([41, 7])
            let last = RunJournal.LastRun(stage: .running, deciding: [41, 7], crashes: [Self.crash(1)])
            #expect(try next(folder).last == last)
        }
    }

    @Test func whatWasNotLookedIntoIsLeftToTheNextRun() async throws {
        try await withTemporaryFolder { folder in
            let first = try next(folder)
            first.begin(crashes: [])
            first.noteDeciding([41])
            #expect(try next(folder).last.deciding == [41])
            // That one died before it began.
            let third = try next(folder)
            #expect(third.last == RunJournal.LastRun(stage: .starting, deciding: [41], crashes: []))
            third.begin(crashes: [Self.crash(9)])
            #expect(try next(folder).last == RunJournal.LastRun(stage: .running, deciding: [], crashes: [Self.crash(9)]))
        }
    }

    @Test func knowsTheEventAtWhichRunsEndInTurn() async throws {
        try await withTemporaryFolder { folder in
            let streak = RunJournal.Streak(inboxID: 41, ends: 3)
            let run = try next(folder)
            run.begin(crashes: [Self.crash(1)], streak: streak)
            run.noteDeciding([41])
            let last = RunJournal.LastRun(stage: .running, deciding: [41], crashes: [Self.crash(1)], streak: streak)
            #expect(try next(folder).last == last)
            run.forgetCrashes()
            #expect(try next(folder).last.streak == streak)
        }
    }

    /// The last byte of the page, as a signal's handler writes it.
    @Test func tellsAFaultOfItsOwnFromAnEndByOthers() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db.run"
            try next(folder).begin(crashes: [])
            #expect(try next(folder).last.isOwnFault == false)
            try next(folder).begin(crashes: [])
            var page = try Data(contentsOf: URL(fileURLWithPath: path))
            page[page.count - 1] = UInt8(ascii: "!")
            try page.write(to: URL(fileURLWithPath: path))
            #expect(try next(folder).last == RunJournal.LastRun(stage: .running, isOwnFault: true))
            // That is over with the next one.
            #expect(try next(folder).last.isOwnFault == false)
        }
    }

    @Test(arguments: [true, false])
    func aRunThatEndsInOrderIsNoCrash(forgetting: Bool) async throws {
        try await withTemporaryFolder { folder in
            let run = try next(folder)
            run.begin(crashes: [Self.crash(1), Self.crash(2)])
            run.end(forgetting: forgetting)
            let last = try next(folder).last
            #expect(!last.hasCrashed)
            #expect(last.crashes == (forgetting ? [] : [Self.crash(1), Self.crash(2)]))
        }
    }

    @Test func decidingOneEventForgetsTheCrashesBefore() async throws {
        try await withTemporaryFolder { folder in
            let run = try next(folder)
            run.begin(crashes: [Self.crash(1)])
            run.forgetCrashes()
            #expect(try next(folder).last == RunJournal.LastRun(stage: .running))
        }
    }

    @Test func holdsAsManyEventsAsABatchAndAsManyCrashesAsALoop() async throws {
        try await withTemporaryFolder { folder in
            let ids = (0..<Int64(Processor.batchLimit)).map { Int64.max - $0 }
            let crashes = (0..<Int64(CrashReview.loop)).map { number in
                ClockReading(
                    wall: Instant(milliseconds: .max - number), bootID: UUID().uuidString, sinceBoot: .max - number)
            }
            let run = try next(folder)
            run.begin(crashes: crashes)
            run.noteDeciding(ids)
            #expect(try next(folder).last == RunJournal.LastRun(stage: .running, deciding: ids, crashes: crashes))
        }
    }

    @Test(arguments: [
        "", "\n", "41\n", "41 x -7 99999999999999999999 42\n{}", String(repeating: "9", count: 9000),
        String(repeating: " ", count: 2048) + "{\"stage\":\"dancing\"}\n",
    ])
    func whatCannotBeReadIsNoCrash(text: String) async throws {
        try await withTemporaryFolder { folder in
            try text.write(toFile: folder + "/bellhop.db.run", atomically: true, encoding: .utf8)
            #expect(try next(folder).last == RunJournal.LastRun())
            #expect(try next(folder).last.stage == .starting)
        }
    }

    @Test func aFileThatCannotBeHadIsNoJournal() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/bellhop.db.run", withIntermediateDirectories: false)
            #expect(RunJournal(besides: folder + "/bellhop.db") == nil)
            #expect(RunJournal(besides: folder + "/nowhere/bellhop.db") == nil)
        }
    }
}

@Suite struct CrashReviewTests {
    private static func reading(_ second: Int64, boot: String = "a") -> ClockReading {
        ClockReading(wall: Instant(seconds: 1_700_000_000 + second), bootID: boot, sinceBoot: (second + 1000) * 1000)
    }

    private static func review(
        _ stage: RunJournal.Stage = .running, suspects: [Int64: Int] = [:], crashes: [ClockReading] = [], at now: Int64 = 0
    ) -> CrashReview {
        let last = RunJournal.LastRun(stage: stage, deciding: Array(suspects.keys), crashes: crashes)
        return CrashReview(of: last, suspects: suspects, at: reading(now))
    }

    @Test func fiveCrashesWithoutACulpritInFiveMinutesAreALoop() {
        var crashes: [ClockReading] = []
        for number in 1...Int64(5) {
            let review = Self.review(crashes: crashes, at: number * 74)
            #expect(review.isLoop == (number == 5))
            crashes = review.crashes
        }
        #expect(Self.review(crashes: crashes, at: 5 * 74 + 1).isLoop)
    }

    @Test func slowerOnesAreNot() {
        var crashes: [ClockReading] = []
        for number in 1...Int64(20) {
            let review = Self.review(crashes: crashes, at: number * 76)
            #expect(!review.isLoop)
            crashes = review.crashes
        }
    }

    @Test func aRunThatEndedInOrderAddsNone() {
        let four = (1...Int64(4)).map { Self.reading(-$0) }
        #expect(Self.review(.ended, crashes: four).crashes == four)
        #expect(!Self.review(.ended, crashes: four).hasCrashed)
        #expect(Self.review(crashes: four).isLoop)
    }

    @Test func aCrashWithACulpritIsNoPartOfALoop() {
        let four = (1...Int64(4)).map { Self.reading(-$0) }
        let review = Self.review(suspects: [41: 1, 42: 2, 43: 3], crashes: four)
        #expect(review.crashes == four && review.hasCrashed)
        #expect(review.trials == [42, 43])
        // It died before it began: of something else.
        #expect(Self.review(.starting, suspects: [41: 1], crashes: four).isLoop)
    }

    @Test func timeIsThatOfTheBootAndOfTheWallClockAfterAReboot() {
        func crashes(_ boot: String, _ seconds: Int64...) -> [ClockReading] {
            seconds.map { Self.reading($0, boot: boot) }
        }
        #expect(Self.review(crashes: crashes("b", -4, -3, -2, -1)).isLoop)
        #expect(Self.review(crashes: crashes("b", -400, -3, -2, -1)).crashes.count == 4)
        // The wall clock was set back by years meanwhile.
        #expect(Self.review(crashes: crashes("b", 90_000_000, -3, -2, -1)).crashes.count == 4)
        var jumped = crashes("a", -4, -3, -2, -1)
        for index in jumped.indices { jumped[index].wall = Instant(seconds: 5) }
        #expect(Self.review(crashes: jumped).isLoop)
    }
}
