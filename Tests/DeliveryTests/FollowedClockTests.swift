import Delivery
import Model
import Storage
import Testing

struct FollowedClockTests {
    private func reading(wall: Int64, steady: Int64, boot: String = "boot") -> ClockReading {
        ClockReading(wall: Instant(milliseconds: wall), bootID: boot, sinceBoot: steady)
    }

    @Test func goesEvenlyWhileTheMachinesIsSet() {
        let clock = FollowedClock()
        #expect(clock.reading(reading(wall: 5_000_000, steady: 100)).wall == Instant(milliseconds: 5_000_000))
        #expect(clock.reading(reading(wall: 9_000_000, steady: 350)) == reading(wall: 5_000_250, steady: 350))
        #expect(clock.reading(reading(wall: 1_000_000, steady: 400)) == reading(wall: 5_000_300, steady: 400))
    }

    @Test(arguments: [3_600_000, -3_600_000, 1_000, -1_000] as [Int64])
    func tellsByHowMuchItWasSetUntilItFollows(change: Int64) {
        let clock = FollowedClock()
        _ = clock.reading(reading(wall: 5_000_000, steady: 100))
        let later = reading(wall: 5_000_200 + change, steady: 300)
        #expect(clock.change(in: later) == .milliseconds(change))
        #expect(clock.change(in: later) == .milliseconds(change))
        clock.follow(later)
        #expect(clock.change(in: later) == nil)
        #expect(clock.reading(later) == later)
    }

    @Test func followsDriftWithoutAWord() {
        let clock = FollowedClock()
        _ = clock.reading(reading(wall: 5_000_000, steady: 0))
        for second in 1...10 as ClosedRange<Int64> {
            let now = reading(wall: 5_000_000 + second * 1_900, steady: second * 1_000)
            #expect(clock.change(in: now) == nil)
            #expect(clock.reading(now) == now)
        }
    }
}
