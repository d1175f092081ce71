package import Model
package import VendorKit

/// When the effects of one account may be sent, and how many at the same time: credentials, circuit breaker, limits of rate and
/// concurrency together. A value: it is told what happens, and the time.
///
/// Times are by a clock that never goes back; an effect is named by its outbox id.
package struct AccountGovernor: Sendable {
    private var pause = AccountPause()
    private var breaker = CircuitBreaker()
    private var concurrency: AdaptiveConcurrency
    private var bucket: TokenBucket
    /// Refusals for too many calls without a success between.
    private var throttles = 0
    private var throttledUntil: Instant?
    private let policy: RetryPolicy
    /// From being claimed until the attempt is over.
    private var inFlight: Set<Int64> = []
    /// Of these, those whose first call has not gone out.
    private var reserved: Set<Int64> = []
    /// Of these, those that were under way when the account was paused: they are no trial of its credentials.
    private var beganBeforePause: Set<Int64> = []

    /// Whether effects may be begun.
    package enum Admission: Sendable, Hashable {
        /// So many more.
        case open(Int)
        /// Not before then; nil when the end of one that is under way decides.
        case closed(until: Instant?)

        var isOpen: Bool { if case .open = self { true } else { false } }
    }

    /// What whoever settles the effect must know.
    package struct Verdict: Sendable, Hashable {
        /// False for an attempt that only showed that the other side is still away, or the credentials still wrong.
        package var isCounted: Bool
        /// The account was paused before: this effect is no worse than all that wait, and is to be tried again not before.
        package var pausedFor: Duration?
        package var changes: [AccountChange]

        package init(isCounted: Bool = true, pausedFor: Duration? = nil, changes: [AccountChange] = []) {
            self.isCounted = isCounted
            self.pausedFor = pausedFor
            self.changes = changes
        }
    }

    /// - Parameter now: when counting begins.
    package init(rate: CallRate? = nil, maximumInFlight: Int = 8, policy: RetryPolicy = RetryPolicy(), now: Instant) {
        concurrency = AdaptiveConcurrency(maximum: maximumInFlight)
        bucket = TokenBucket(rate: rate, now: now)
        self.policy = policy
    }

    package func admission(at now: Instant) -> Admission {
        if let trialAt = [pause.trialAt, breaker.trialAt].compactMap(\.self).max() {
            // One alone: what is under way may still tell that it is not needed.
            guard inFlight.isEmpty else { return .closed(until: nil) }
            let opening = max(trialAt, bucket.opening(at: now) ?? trialAt)
            return opening <= now ? .open(1) : .closed(until: opening)
        }
        let free = concurrency.limit - inFlight.count
        guard free > 0 else { return .closed(until: nil) }
        let room = min(free, bucket.room(at: now, reserved: reserved.count))
        return room > 0 ? .open(room) : .closed(until: bucket.opening(at: now, reserved: reserved.count))
    }

    /// True while nothing goes out for a cause that may last: what grows too old meanwhile has to be looked for.
    package func isHeldUp(at now: Instant) -> Bool {
        pause.isPaused || !breaker.isClosed || bucket.opening(at: now, reserved: reserved.count) != nil
    }

    package func condition(at now: Instant) -> AccountCondition {
        AccountCondition(
            isPaused: pause.isPaused, isBreakerOpen: !breaker.isClosed, isThrottled: isThrottled(at: now),
            concurrency: concurrency.limit, inFlight: inFlight.count)
    }

    /// An effect was claimed.
    package mutating func began(_ id: Int64) {
        inFlight.insert(id)
        reserved.insert(id)
    }

    /// A call of it goes out; there may be several.
    package mutating func calls(_ operation: String, for id: Int64, at now: Instant) {
        reserved.remove(id)
        bucket.began(operation, at: now)
    }

    /// A call of no effect goes out: it only reads.
    package mutating func reads(_ operation: String, at now: Instant) { bucket.began(operation, at: now) }

    /// Why a call that only reads may not go out now, as a sentence in lower case; nil when it may. Reads are no trials: those are
    /// left to effects.
    package func obstacleToReading(at now: Instant) -> String? {
        if pause.isPaused { return "the account is paused, its credentials were refused" }
        if !breaker.isClosed { return "the account's calls are not answered, its breaker is open" }
        if let opening = bucket.opening(at: now), opening.since(now) > Self.shortWait {
            return "the account has no call left for now, its rate is limited"
        }
        return nil
    }

    /// A read goes out although the next call would have to wait so long: it counts, and effects wait for it.
    private static let shortWait = Duration.seconds(1)

    /// That call has ended.
    /// - Parameter untilReset: how long the window that `limit` tells of lasts.
    package mutating func called(_ operation: String, told limit: RateLimit?, untilReset: Duration?, at now: Instant) {
        bucket.ended(operation, told: limit, untilReset: untilReset, at: now)
        if limit?.isWarning == true { concurrency.warned() }
    }

    /// All calls of an effect have ended, and this is what they showed. It counts as in flight until it is over.
    /// - Parameter random: in 0..<1.
    package mutating func ended(_ id: Int64, _ evidence: CallEvidence, at now: Instant, random: Double) -> Verdict {
        reserved.remove(id)
        switch evidence {
        case .none: return Verdict()
        case .accepted:
            concurrency.succeeded()
            throttles = 0
            return Verdict(changes: answered() + authorized(id))
        case .refused: return Verdict(changes: answered() + authorized(id))
        case .unauthorized(let status): return unauthorized(status, at: now)
        case .throttled(let asked): return throttled(asked, at: now, random: random)
        case .failed, .silent, .notSent: return failed(evidence, at: now, random: random)
        }
    }

    /// An attempt is over, or was none.
    package mutating func over(_ id: Int64) {
        inFlight.remove(id)
        reserved.remove(id)
        beganBeforePause.remove(id)
    }

    /// Somebody says that the credentials are right.
    package mutating func resume() -> [AccountChange] { pause.resume() ? [.resumed] : [] }

    private mutating func answered() -> [AccountChange] { breaker.succeeded() ? [.breakerClosed] : [] }

    private mutating func authorized(_ id: Int64) -> [AccountChange] { beganBeforePause.contains(id) ? [] : resume() }

    private func isThrottled(at now: Instant) -> Bool { throttledUntil.map { $0 > now } ?? false }

    private mutating func unauthorized(_ status: Int, at now: Instant) -> Verdict {
        let changes = answered()
        guard !pause.refused(status: status, at: now) else {
            beganBeforePause = inFlight
            return Verdict(changes: changes + [.paused(status: status)])
        }
        return Verdict(isCounted: false, pausedFor: AccountPause.betweenTrials, changes: changes)
    }

    private mutating func throttled(_ asked: Duration?, at now: Instant, random: Double) -> Verdict {
        let changes = answered()
        if pause.isPaused { _ = pause.refused(status: nil, at: now) }
        throttles = min(throttles + 1, 100)
        let wait = max(policy.backoff(after: throttles, random: random), min(asked ?? .zero, policy.longestRetryAfter))
        let isNew = !isThrottled(at: now)
        throttledUntil = max(throttledUntil ?? now, now.adding(wait))
        bucket.pause(for: wait, at: now)
        return Verdict(changes: changes + (isNew ? [.throttled(for: wait)] : []))
    }

    private mutating func failed(_ evidence: CallEvidence, at now: Instant, random: Double) -> Verdict {
        let wasClosed = breaker.isClosed
        if pause.isPaused { _ = pause.refused(status: nil, at: now) }
        let opened = breaker.failed(concurrency: concurrency.limit, at: now, random: random)
        if evidence != .failed { concurrency.failed() }
        return Verdict(
            isCounted: evidence != .notSent || wasClosed,
            changes: wasClosed ? opened.map { [.breakerOpened(for: $0)] } ?? [] : [])
    }
}

/// What the calls of one attempt showed of the other side.
package enum CallEvidence: Sendable, Hashable {
    /// Nothing: no call was made, or we broke it off.
    case none
    case accepted
    /// Answered with a refusal of this one call.
    case refused
    /// The credentials were refused.
    case unauthorized(status: Int)
    /// Too many calls. With how long the answer asks to wait.
    case throttled(Duration?)
    /// Answered by a server that fails, or by something else in its place.
    case failed
    /// Sent, and no answer that can be read.
    case silent
    /// Nobody was reached.
    case notSent
}

/// What changed with an account: for the log and for metrics.
package enum AccountChange: Sendable, Hashable {
    /// Its credentials were refused, with this status.
    case paused(status: Int)
    case resumed
    case breakerOpened(for: Duration)
    case breakerClosed
    case throttled(for: Duration)
}

/// How an account stands.
package struct AccountCondition: Sendable, Hashable {
    /// Its credentials were refused.
    package var isPaused: Bool
    /// Also while one call is tried.
    package var isBreakerOpen: Bool
    /// The vendor asked to wait.
    package var isThrottled: Bool
    /// How many calls may run at the same time.
    package var concurrency: Int
    package var inFlight: Int

    package init(isPaused: Bool, isBreakerOpen: Bool, isThrottled: Bool, concurrency: Int, inFlight: Int) {
        self.isPaused = isPaused
        self.isBreakerOpen = isBreakerOpen
        self.isThrottled = isThrottled
        self.concurrency = concurrency
        self.inFlight = inFlight
    }
}
