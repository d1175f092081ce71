package import Model

/// Stops calling what does not answer. Three cohorts of failures without a success between open it; a cohort is as many calls
/// as run at the same time, so that one bad moment of a busy account is not yet an outage.
///
/// Opened, it lets nothing through for 5 seconds. Then it lets one call through: a success closes it, a failure opens it again
/// for twice as long, up to 5 minutes. Each time is up to a fifth longer by chance, and never shorter.
/// The idea of cohorts is that of Postfix's queue manager (`default_destination_concurrency_failed_cohort_limit`).
package struct CircuitBreaker: Sendable, Hashable {
    private var state = State.closed(cohorts: 0)

    private enum State: Sendable, Hashable {
        case closed(cohorts: Double)
        /// `times`: how often it was opened again without a success.
        case open(until: Instant, times: Int)
    }

    private static let mostCohorts = 3.0
    private static let shortest: Int64 = 5_000
    private static let longest: Int64 = 300_000

    package init() {}

    package var isClosed: Bool { if case .closed = state { true } else { false } }

    /// When the next call may be tried; nil while it is closed. A time that has passed: one call may be tried now.
    package var trialAt: Instant? { if case .open(let until, _) = state { until } else { nil } }

    /// A call failed by no fault of its own.
    /// - Parameters:
    ///   - concurrency: how many calls may run at the same time now.
    ///   - random: in 0..<1.
    /// - Returns: how long it is open now, when this opened it or opened it again.
    package mutating func failed(concurrency: Int, at now: Instant, random: Double) -> Duration? {
        switch state {
        case .closed(let cohorts):
            let sum = cohorts + 1 / Double(max(concurrency, 1))
            guard sum >= Self.mostCohorts - 1e-6 else {
                state = .closed(cohorts: sum)
                return nil
            }
            return open(times: 0, at: now, random: random)
        case .open(let until, let times):
            // What began before it opened says nothing new.
            guard now >= until else { return nil }
            return open(times: times + 1, at: now, random: random)
        }
    }

    /// A call was answered, by whatever shows that the other side is there.
    /// - Returns: true when this closed it.
    package mutating func succeeded() -> Bool {
        defer { state = .closed(cohorts: 0) }
        return !isClosed
    }

    private mutating func open(times: Int, at now: Instant, random: Double) -> Duration {
        let base = min(Self.longest, Self.shortest << Int64(min(max(times, 0), 10)))
        let fraction = random.isNaN ? 1 : min(max(random, 0), 1)
        let wait = Duration.milliseconds(base + Int64(Double(base) / 5 * fraction))
        state = .open(until: now.adding(wait), times: min(times, 10))
        return wait
    }
}
