import Delivery
import Model
import Testing
import VendorKit

@Suite struct TokenBucketTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    private func told(_ remaining: Int?, wait: Int64? = nil, scope: RateLimit.Scope = .operation) -> RateLimit {
        RateLimit(limit: 10, remaining: remaining, waitMilliseconds: wait, scope: scope)
    }

    @Test(
        arguments: [
            (0, 0, 200), (199, 0, 200), (200, 1, nil), (1_000, 5, nil), (1_999, 9, nil), (2_000, 10, nil), (600_000, 10, nil),
        ] as [(Int64, Int, Int64?)])
    func startsEmptyAndFillsUpToItsBurst(milliseconds: Int64, room: Int, opening: Int64?) {
        let bucket = TokenBucket(rate: CallRate(perSecond: 5, burst: 10), now: at(0))
        #expect(bucket.room(at: at(milliseconds)) == room)
        #expect(bucket.opening(at: at(milliseconds)) == opening.map(at))
    }

    @Test func callsTakeFromItEvenMoreThanThereIs() {
        var bucket = TokenBucket(rate: CallRate(perSecond: 5, burst: 10), now: at(0))
        for _ in 1...3 { bucket.began("GET /a", at: at(200)) }
        #expect(bucket.room(at: at(200)) == 0)
        #expect(bucket.opening(at: at(200)) == at(800))
        #expect(bucket.room(at: at(800)) == 1)
        #expect(bucket.room(at: at(800), reserved: 1) == 0)
        #expect(bucket.opening(at: at(800), reserved: 1) == at(1_000))
    }

    @Test func neverMoreThanItsBurstAndItsRateInAnyTime() {
        var bucket = TokenBucket(rate: CallRate(perSecond: 5, burst: 10), now: at(0))
        var sent: [Int64] = []
        for time in stride(from: Int64(10_000), through: 60_000, by: 37) {
            for _ in 0..<bucket.room(at: at(time)) {
                bucket.began("POST /m", at: at(time))
                sent.append(time)
            }
        }
        let most = sent.map { start in sent.count { (start..<(start + 10_000)).contains($0) } }.max() ?? 0
        #expect((58...60).contains(most))
    }

    @Test func withoutARateOnlyAnswersLimitIt() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        #expect(bucket.room(at: at(0)) == .max)
        bucket.began("POST /m", at: at(0))
        bucket.ended("POST /m", told: told(2), untilReset: .seconds(30), at: at(100))
        #expect(bucket.room(at: at(100)) == 2)
        #expect(bucket.room(at: at(100), reserved: 2) == 0)
        bucket.began("POST /m", at: at(100))
        bucket.began("POST /m", at: at(100))
        #expect(bucket.room(at: at(100)) == 0)
        #expect(bucket.opening(at: at(100)) == at(30_100))
        #expect(bucket.room(at: at(30_100)) == .max)
    }

    @Test func whatIsUnderWayIsNotLeftAnyMore() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        for _ in 1...3 { bucket.began("POST /m", at: at(0)) }
        bucket.ended("POST /m", told: told(5), untilReset: .seconds(60), at: at(0))
        #expect(bucket.room(at: at(0)) == 3)
        bucket.ended("POST /m", told: told(4), untilReset: .seconds(60), at: at(0))
        #expect(bucket.room(at: at(0)) == 3)
        bucket.ended("POST /m", told: told(3), untilReset: .seconds(60), at: at(0))
        #expect(bucket.room(at: at(0)) == 3)
    }

    @Test func eachOperationHasAWindowAndTheNarrowestCounts() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        bucket.began("POST /m", at: at(0))
        bucket.ended("POST /m", told: told(0), untilReset: .seconds(20), at: at(0))
        bucket.began("GET /r", at: at(0))
        bucket.ended("GET /r", told: told(9), untilReset: .seconds(60), at: at(0))
        #expect(bucket.room(at: at(0)) == 0)
        #expect(bucket.opening(at: at(0)) == at(20_000))
        #expect(bucket.room(at: at(20_000)) == 9)
    }

    @Test func anAccountsWindowCountsEveryCall() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        bucket.began("POST /m", at: at(0))
        bucket.ended("POST /m", told: told(3, scope: .account), untilReset: .seconds(20), at: at(0))
        bucket.began("GET /r", at: at(0))
        bucket.began("GET /s", at: at(0))
        #expect(bucket.room(at: at(0)) == 1)
    }

    @Test(
        arguments: [
            (nil, Duration.seconds(60)), (0, nil), (0, .zero), (0, .seconds(-5)),
        ] as [(Int?, Duration?)])
    func anAnswerThatTellsHalfTellsNothing(remaining: Int?, untilReset: Duration?) {
        var bucket = TokenBucket(rate: nil, now: at(0))
        bucket.began("POST /m", at: at(0))
        bucket.ended("POST /m", told: told(remaining), untilReset: untilReset, at: at(0))
        #expect(bucket.room(at: at(0)) == .max)
    }

    @Test func noWindowIsBelievedForLongerThanTenMinutes() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        bucket.began("POST /m", at: at(0))
        bucket.ended("POST /m", told: told(0), untilReset: .seconds(1_000_000_000), at: at(0))
        #expect(bucket.opening(at: at(0)) == at(600_000))
        bucket.pause(for: .seconds(Int64.max), at: at(0))
        #expect(bucket.opening(at: at(0)) == at(600_000))
    }

    @Test func aPauseIsForAllAndIsNeverShortened() {
        var bucket = TokenBucket(rate: nil, now: at(0))
        bucket.pause(for: .seconds(7), at: at(0))
        bucket.pause(for: .seconds(2), at: at(0))
        #expect(bucket.room(at: at(6_999)) == 0)
        #expect(bucket.opening(at: at(0)) == at(7_000))
        #expect(bucket.room(at: at(7_000)) == .max)
        bucket.ended("POST /m", told: told(nil, wait: 3_000), untilReset: nil, at: at(7_000))
        #expect(bucket.opening(at: at(7_000)) == at(10_000))
    }

    @Test(arguments: [
        ("POST", "https://api.example.org/v1/chat.sendMessage", "POST /v1/chat.sendMessage"),
        ("GET", "https://api2.example.org/v1/rooms.info?roomId=a1", "GET /v1/rooms.info"),
        ("PUT", "https://x/open/v5/user-chats/64f0a1/messages", "PUT /open/v5/user-chats/*/messages"),
        ("GET", "https://x", "GET /"), ("GET", "", "GET /"), ("GET", "https://x/v1a/v", "GET /*/v"),
    ])
    func anOperationIsMethodAndPathWithoutIds(method: String, url: String, operation: String) {
        #expect(VendorRequest(method: method, url: url).operation == operation)
    }

    @Test(arguments: [(Double.nan, 0, 1.0, 1.0), (-5, -5, 0.001, 1), (.infinity, Int.max, 1_000_000, 1_000_000)])
    func aRateIsAlwaysOne(perSecond: Double, burst: Int, rate: Double, size: Double) {
        let clamped = CallRate(perSecond: perSecond, burst: burst)
        #expect([clamped.perSecond, clamped.burst] == [rate, size])
    }
}
