import Delivery
import Model
import Testing

@Suite struct CircuitBreakerTests {
    private let start = Instant(milliseconds: 0)

    @Test(arguments: [(1, 3), (2, 6), (3, 9), (8, 24), (0, 3), (-1, 3)])
    func threeCohortsOfFailuresOpenIt(concurrency: Int, failures: Int) {
        var breaker = CircuitBreaker()
        for _ in 1..<failures { #expect(breaker.failed(concurrency: concurrency, at: start, random: 0) == nil) }
        #expect(breaker.isClosed)
        #expect(breaker.failed(concurrency: concurrency, at: start, random: 0) == .seconds(5))
        #expect(breaker.trialAt == Instant(milliseconds: 5_000))
    }

    @Test func aCohortIsWhatRunsAtTheTime() {
        var breaker = CircuitBreaker()
        for concurrency in [2, 2, 1] { _ = breaker.failed(concurrency: concurrency, at: start, random: 0) }
        #expect(breaker.isClosed)
        #expect(breaker.failed(concurrency: 1, at: start, random: 0) == .seconds(5))
    }

    @Test func aSuccessForgetsAllFailures() {
        var breaker = CircuitBreaker()
        for _ in 1...2 { _ = breaker.failed(concurrency: 1, at: start, random: 0) }
        #expect(breaker.succeeded() == false)
        for _ in 1...2 { _ = breaker.failed(concurrency: 1, at: start, random: 0) }
        #expect(breaker.isClosed)
    }

    @Test func eachFailedTrialDoublesTheWaitUpToFiveMinutes() {
        var breaker = opened()
        var waits: [Duration] = []
        for _ in 1...8 {
            guard let trial = breaker.trialAt else { break }
            if let wait = breaker.failed(concurrency: 1, at: trial, random: 0) { waits.append(wait) }
        }
        #expect(waits == [10, 20, 40, 80, 160, 300, 300, 300].map { .seconds($0) })
        #expect(breaker.succeeded() == true)
        #expect(breaker.isClosed)
        #expect(breaker.trialAt == nil)
        for _ in 1...2 { _ = breaker.failed(concurrency: 1, at: start, random: 0) }
        #expect(breaker.failed(concurrency: 1, at: start, random: 0) == .seconds(5))
    }

    @Test(arguments: [(0.0, 5_000), (0.5, 5_500), (0.999, 5_999), (2, 6_000), (-1, 5_000), (.nan, 6_000)] as [(Double, Int64)])
    func chanceMakesAWaitLongerAndNeverShorter(random: Double, milliseconds: Int64) {
        var breaker = CircuitBreaker()
        for _ in 1...2 { _ = breaker.failed(concurrency: 1, at: start, random: random) }
        #expect(breaker.failed(concurrency: 1, at: start, random: random) == .milliseconds(milliseconds))
    }

    @Test func failuresOfWhatBeganBeforeChangeNothing() {
        var breaker = opened()
        #expect(breaker.failed(concurrency: 1, at: Instant(milliseconds: 4_999), random: 0) == nil)
        #expect(breaker.trialAt == Instant(milliseconds: 5_000))
    }

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 1...3 { _ = breaker.failed(concurrency: 1, at: start, random: 0) }
        return breaker
    }
}

@Suite struct AdaptiveConcurrencyTests {
    @Test func asManySuccessesAsRunAtATimeMakeOneMore() {
        var concurrency = AdaptiveConcurrency()
        let limits = (1...40).map { _ in
            concurrency.succeeded()
            return concurrency.limit
        }
        let grown = [2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7]
        #expect(limits == grown + Array(repeating: 8, count: 40 - grown.count))
    }

    @Test func asManyFailuresMakeOneLessDownToOne() {
        var concurrency = AdaptiveConcurrency()
        for _ in 1...5 { concurrency.succeeded() }
        #expect(concurrency.limit == 4)
        let limits = (1...10).map { _ in
            concurrency.failed()
            return concurrency.limit
        }
        #expect(limits == [3, 3, 3, 2, 2, 1, 1, 1, 1, 1])
        concurrency.succeeded()
        #expect(concurrency.limit == 2)
    }

    @Test(arguments: [(1, 1), (0, 1), (-3, 1), (2, 2), (8, 2)])
    func beginsWithTwoWhereThatIsAllowed(maximum: Int, limit: Int) {
        #expect(AdaptiveConcurrency(maximum: maximum).limit == limit)
    }

    @Test func aWarningMakesItOne() {
        var concurrency = AdaptiveConcurrency()
        concurrency.warned()
        #expect(concurrency.limit == 1)
    }
}
