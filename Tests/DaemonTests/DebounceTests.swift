import Daemon
import Testing

@Suite struct DebounceTests {
    private static func milliseconds(_ count: Int) -> Duration { .milliseconds(count) }

    /// Changes at these times, and when it is looked at for the first time, in milliseconds.
    @Test(arguments: [
        ([0], 500), ([100], 600), ([0, 10, 20], 520), ([0, 499], 999),
        // After a pause that is long enough it was looked at already.
        ([0, 600], 500),
        // Somebody never stops: ten times the quiet time after the first change.
        (Array(stride(from: 0, through: 20_000, by: 100)), 5000), (Array(stride(from: 300, through: 20_000, by: 499)), 5300),
    ])
    func waitsUntilNothingHappens(changes: [Int], looksAt: Int) {
        var debounce = Debounce(quiet: .milliseconds(500))
        for change in changes {
            if let due = debounce.due, due <= Self.milliseconds(change) { break }
            debounce.note(at: Self.milliseconds(change))
        }
        #expect(debounce.due == Self.milliseconds(looksAt))
        let times = [Self.milliseconds(looksAt) - .nanoseconds(1), Self.milliseconds(looksAt), .seconds(1000)]
        var taken: [Bool] = []
        for time in times { taken.append(debounce.take(at: time)) }
        #expect(taken == [false, true, false])
        #expect(debounce.due == nil)
    }

    @Test func beginsAnewAfterALook() {
        var debounce = Debounce(quiet: .milliseconds(10))
        debounce.note(at: .zero)
        _ = debounce.take(at: .seconds(1))
        debounce.note(at: .seconds(2))
        #expect(debounce.due == .seconds(2) + .milliseconds(10))
    }
}
