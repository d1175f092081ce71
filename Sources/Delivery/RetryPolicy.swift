package import Model
package import Storage
package import VendorKit

/// What becomes of an effect after an attempt: a pure function of the outcome, the attempt's number, the time and one
/// random number. Waits are full jitter, so that what failed together does not come back together.
package struct RetryPolicy: Sendable, Hashable {
    /// Upper bound of the first wait; it doubles with each attempt.
    package var base: Duration
    package var cap: Duration
    /// No wait is shorter.
    package var floor: Duration
    /// The attempt with this number in the effect's life is the last.
    package var maximumAttempts: Int
    /// The longest wait that a vendor may ask for.
    package var longestRetryAfter: Duration
    /// A reply that is not out this long after it was due is not sent any more: a late answer is a fault.
    package var replyLife: Duration

    package init(
        base: Duration = .seconds(1), cap: Duration = .seconds(300), floor: Duration = .milliseconds(200),
        maximumAttempts: Int = 12, longestRetryAfter: Duration = .seconds(600), replyLife: Duration = .seconds(900)
    ) {
        self.base = base
        self.cap = cap
        self.floor = floor
        self.maximumAttempts = maximumAttempts
        self.longestRetryAfter = longestRetryAfter
        self.replyLife = replyLife
    }

    /// The wait after attempt `attempt` (1 for the first): `max(floor, random × min(cap, base × 2^(attempt − 1)))`.
    ///
    /// With the defaults its upper bound is 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 s after attempts 1 to 11: 18.5
    /// minutes in all, half of that on average.
    /// - Parameter random: in 0..<1; anything else counts as the nearest of 0 and 1.
    package func backoff(after attempt: Int, random: Double) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 40)
        let bound = min(Double(cap.wholeMilliseconds), Double(base.wholeMilliseconds) * Double(Int64(1) << Int64(doublings)))
        let fraction = random.isNaN ? 1 : min(max(random, 0), 1)
        return max(floor, .milliseconds(Int64(bound * fraction)))
    }

    /// When an effect becomes too old to be sent; nil for one that keeps. The life of a delayed one begins when its time has
    /// come: its entry was created then.
    package func expiry(of entry: OutboxEntry) -> Instant? {
        guard case .reply = entry.effect.action else { return nil }
        return entry.createdAt.adding(replyLife)
    }

    /// What to record for an attempt.
    /// - Parameters:
    ///   - isIdempotent: that of the request: the vendor folds a repeat, so a doubtful outcome is settled by one.
    ///   - retryAfterMilliseconds: what the vendor asked to wait at least; counts beside what the outcome tells.
    ///   - random: in 0..<1.
    package func settlement(
        for outcome: DeliveryOutcome, of entry: OutboxEntry, isIdempotent: Bool, retryAfterMilliseconds: Int64? = nil,
        now: Instant, random: Double
    ) -> Settlement {
        let retry = Retry(
            policy: self, entry: entry, retryAfterMilliseconds: retryAfterMilliseconds, now: now, random: random)
        switch outcome {
        case .done(let remoteID):
            return .done(remoteID: remoteID)
        case .refused(let reason, let message):
            return .dead(reason, message: message)
        case .retry(let reason):
            return retry.settlement(reason, isUncertain: entry.isUncertain)
        case .throttled(let milliseconds):
            return retry.asked(milliseconds).settlement(.rateLimited, isUncertain: entry.isUncertain)
        case .uncertain(let reason):
            guard mayRepeat(entry.effect.action, isIdempotent: isIdempotent) else { return Self.skipped }
            return retry.settlement(reason, isUncertain: true)
        }
    }

    /// Why an effect must not be sent (again): it is too old, or an earlier attempt may have done what must not be done
    /// twice. Nil when it may go out.
    package func obstacle(to entry: OutboxEntry, isIdempotent: Bool, now: Instant) -> Settlement? {
        if let expired = expired(entry, now: now) { return expired }
        if entry.isUncertain, !mayRepeat(entry.effect.action, isIdempotent: isIdempotent) { return Self.skipped }
        return nil
    }

    /// What becomes of an effect that is too old to be sent; nil for one that is not.
    package func expired(_ entry: OutboxEntry, now: Instant) -> Settlement? {
        guard let expiry = expiry(of: entry), expiry <= now else { return nil }
        return .dead(.expired, message: "it could not be sent within \(lifeText)")
    }

    /// True for what is sent again although it may have been processed: a reply twice is better than none. What hands a
    /// conversation over, ends it, or acts on other systems is not repeated unless the repeat is folded.
    package func mayRepeat(_ action: Action, isIdempotent: Bool) -> Bool {
        if isIdempotent { return true }
        switch action {
        case .reply, .note, .tag, .untag, .contact, .set, .start, .stopFlow: return true
        case .route, .close, .http, .call: return false
        }
    }

    fileprivate var lifeText: String { "\(replyLife.wholeMilliseconds / 60_000) minutes" }

    /// What becomes of an effect in doubt that must not be repeated.
    static let skipped = Settlement.dead(
        .uncertain, message: "an attempt may have been processed, and a repeat could do it twice")
}

/// One more try, if attempts and life allow it.
private struct Retry {
    let policy: RetryPolicy
    let entry: OutboxEntry
    var retryAfterMilliseconds: Int64?
    let now: Instant
    let random: Double

    func asked(_ milliseconds: Int64?) -> Retry {
        guard let milliseconds else { return self }
        var retry = self
        retry.retryAfterMilliseconds = max(milliseconds, retryAfterMilliseconds ?? 0)
        return retry
    }

    func settlement(_ reason: FailureReason, isUncertain: Bool) -> Settlement {
        guard entry.attemptOfLife < policy.maximumAttempts else {
            return .dead(reason, message: "gave up after \(entry.attemptOfLife) attempts")
        }
        let at = now.adding(wait)
        if let expiry = policy.expiry(of: entry), expiry <= at {
            return .dead(.expired, message: "it could not be sent within \(policy.lifeText): \(reason.rawValue)")
        }
        return .retry(at: at, reason, uncertain: isUncertain)
    }

    private var wait: Duration {
        let asked = Duration.milliseconds(max(retryAfterMilliseconds ?? 0, 0))
        return max(policy.backoff(after: entry.attemptOfLife, random: random), min(asked, policy.longestRetryAfter))
    }
}
