import Delivery
import Model
import Storage
import Testing
import VendorKit

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy()
    private let now = Instant(seconds: 1_000_000)

    @Test(
        arguments: [
            (1, 0.0, 200), (1, 0.1, 200), (1, 0.5, 500), (2, 0.5, 1_000), (3, 0.5, 2_000), (9, 0.5, 128_000), (10, 0.5, 150_000),
            (11, 0.999, 299_700), (1_000_000, 0.5, 150_000), (0, 0.5, 500), (-7, 0.5, 500), (4, 2.0, 8_000), (4, -1.0, 200),
            (4, .nan, 8_000),
        ] as [(Int, Double, Int64)])
    func waitsWithFullJitter(attempt: Int, random: Double, milliseconds: Int64) {
        #expect(policy.backoff(after: attempt, random: random) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        (DeliveryOutcome.done(remoteID: "m1"), Settlement.done(remoteID: "m1")),
        (.refused(.unauthorized, message: "invalid token"), .dead(.unauthorized, message: "invalid token")),
        (.retry(.notSent), .retry(at: Instant(milliseconds: 1_000_000_500), .notSent, uncertain: false)),
        (.retry(.serverError), .retry(at: Instant(milliseconds: 1_000_000_500), .serverError, uncertain: false)),
        (.throttled(afterMilliseconds: nil), .retry(at: Instant(milliseconds: 1_000_000_500), .rateLimited, uncertain: false)),
        (.throttled(afterMilliseconds: 100), .retry(at: Instant(milliseconds: 1_000_000_500), .rateLimited, uncertain: false)),
        (.throttled(afterMilliseconds: 7_000), .retry(at: Instant(milliseconds: 1_000_007_000), .rateLimited, uncertain: false)),
        (.throttled(afterMilliseconds: .max), .retry(at: Instant(milliseconds: 1_000_600_000), .rateLimited, uncertain: false)),
        (.throttled(afterMilliseconds: -5), .retry(at: Instant(milliseconds: 1_000_000_500), .rateLimited, uncertain: false)),
        (.uncertain(.timeout), .retry(at: Instant(milliseconds: 1_000_000_500), .timeout, uncertain: true)),
    ])
    func settlesAReplysFirstAttempt(outcome: DeliveryOutcome, settlement: Settlement) {
        #expect(settle(outcome, .reply(Reply(text: "x"))) == settlement)
    }

    @Test func waitsAsLongAsTheAnswerAsks() {
        let settlement = policy.settlement(
            for: .retry(.serverError), of: entry(.note("x")), isIdempotent: false, retryAfterMilliseconds: 90_000, now: now,
            random: 0.5)
        #expect(settlement == .retry(at: now.adding(.seconds(90)), .serverError, uncertain: false))
    }

    @Test(arguments: [
        (Action.reply(Reply(text: "x")), true), (.note("x"), true), (.tag(["a"], of: .contact), true),
        (.untag(["a"], of: .conversation), true), (.contact(["a": 1]), true), (.route(.queue), false),
        (.close(Closing()), false), (.http(HTTPCall(method: "POST", url: "https://x/")), false),
        (.call(VendorCall(method: "POST", path: "/x")), false),
    ])
    func doubtIsRepeatedOnlyWhereTwiceIsBetterThanNever(action: Action, isRepeated: Bool) {
        let skipped = Settlement.dead(
            .uncertain, message: "an attempt may have been processed, and a repeat could do it twice")
        let retried = Settlement.retry(at: now.adding(.milliseconds(500)), .timeout, uncertain: true)
        #expect(settle(.uncertain(.timeout), action) == (isRepeated ? retried : skipped))
        #expect(settle(.uncertain(.timeout), action, isIdempotent: true) == retried)
        let doubtful = entry(action, isUncertain: true)
        #expect(policy.obstacle(to: doubtful, isIdempotent: false, now: now) == (isRepeated ? nil : skipped))
        #expect(policy.obstacle(to: doubtful, isIdempotent: true, now: now) == nil)
    }

    @Test func anEarlierDoubtStays() {
        let settlement = policy.settlement(
            for: .retry(.notSent), of: entry(.note("x"), isUncertain: true), isIdempotent: false, now: now, random: 0.5)
        #expect(settlement == .retry(at: now.adding(.milliseconds(500)), .notSent, uncertain: true))
    }

    @Test(arguments: [11, 12, 13, Int.max])
    func givesUpAfterTwelveAttempts(attempt: Int) {
        let settlement = policy.settlement(
            for: .retry(.serverError), of: entry(.note("x"), attempt: attempt), isIdempotent: false, now: now, random: 0)
        let expected: Settlement =
            attempt < 12
            ? .retry(at: now.adding(.milliseconds(200)), .serverError, uncertain: false)
            : .dead(.serverError, message: "gave up after \(attempt) attempts")
        #expect(settlement == expected)
    }

    @Test(arguments: [0, 60_000] as [Int64])
    func aReplyIsTooOldFifteenMinutesAfterItWasMadeOrReleased(delay: Int64) {
        let reply = entry(.reply(Reply(text: "x")), delay: delay)
        let expiry = now.adding(.seconds(900))
        #expect(policy.expiry(of: reply) == expiry)
        #expect(policy.obstacle(to: reply, isIdempotent: true, now: Instant(milliseconds: expiry.milliseconds - 1)) == nil)
        #expect(
            policy.obstacle(to: reply, isIdempotent: true, now: expiry)
                == .dead(.expired, message: "it could not be sent within 15 minutes"))
        #expect(policy.expiry(of: entry(.close(Closing()))) == nil)
    }

    @Test func aReplyIsNotKeptForATryAfterItsLife() {
        let settlement = policy.settlement(
            for: .throttled(afterMilliseconds: 600_000), of: entry(.reply(Reply(text: "x"))), isIdempotent: false,
            now: now.adding(.seconds(301)), random: 0.5)
        #expect(settlement == .dead(.expired, message: "it could not be sent within 15 minutes: rate_limited"))
    }

    private func settle(_ outcome: DeliveryOutcome, _ action: Action, isIdempotent: Bool = false) -> Settlement {
        policy.settlement(for: outcome, of: entry(action), isIdempotent: isIdempotent, now: now, random: 0.5)
    }

    private func entry(
        _ action: Action, attempt: Int = 1, delay: Int64 = 0, isUncertain: Bool = false
    ) -> OutboxEntry {
        var effect = effect("e1", action)
        effect.delayMilliseconds = delay
        return OutboxEntry(
            id: 1, effect: effect, attempt: attempt, createdAt: now, state: ConversationState(), isUncertain: isUncertain)
    }
}
