import Model
import Storage
import Synchronization
import VendorKit

/// The governors of all accounts whose effects were met, and what is in flight.
///
/// Calls of users' systems are not governed: what these answer says nothing of the account's vendor. They are only counted,
/// so that those which hang leave room for the vendor's.
final class AccountGovernors: Sendable {
    private let limits: DispatchLimits
    private let policy: RetryPolicy
    private let state: Mutex<State>

    private struct State {
        /// When counting begins; nil until `start`.
        var startedAt: Instant?
        var accounts: [String: Lanes] = [:]
        /// Of open effects: attempts that do not count. Forgotten with the process, which then counts them.
        var uncounted: [Int64: Int] = [:]
        var inFlight = 0

        mutating func discount(_ id: Int64) {
            guard uncounted[id] != nil || uncounted.count < AccountGovernors.mostUncounted else { return }
            uncounted[id, default: 0] += 1
        }
    }

    private struct Lanes {
        var governor: AccountGovernor
        var http: Set<Int64> = []

        func inFlight(at now: Instant) -> Int { governor.condition(at: now).inFlight + http.count }
    }

    private static let mostUncounted = 10_000

    init(limits: DispatchLimits, policy: RetryPolicy) {
        self.limits = limits
        self.policy = policy
        state = Mutex(State())
    }

    func start(at now: ClockReading) { state.withLock { $0.startedAt = $0.startedAt ?? now.steady } }

    /// How many effects may be begun in all.
    var room: Int { state.withLock { max(0, limits.inFlight - $0.inFlight) } }

    /// What may be claimed now.
    struct Openings: Sendable, Hashable {
        var limits: AccountLimits
        /// When time alone opens the next account.
        var next: Instant?
        /// Limits under which what is too old can be had of accounts that are held up; nil when none is.
        var heldUp: AccountLimits?
    }

    func openings(at now: ClockReading) -> Openings {
        let now = now.steady
        return state.withLock { state in
            var openings = Openings(limits: AccountLimits(each: 0))
            var heldUp: [String: Int] = [:]
            func note(_ admission: AccountGovernor.Admission) -> Int {
                switch admission {
                case .open(let room): return room
                case .closed(let until):
                    if let until { openings.next = min(openings.next ?? until, until) }
                    return 0
                }
            }
            for (account, lanes) in state.accounts {
                let room = note(lanes.governor.admission(at: now))
                let isFull = lanes.http.count >= limits.inFlightPerAccount
                openings.limits.own[account] = lanes.inFlight(at: now) + (isFull ? 0 : room)
                if lanes.governor.isHeldUp(at: now) {
                    heldUp[account] = lanes.inFlight(at: now) + limits.inFlightPerAccount
                }
            }
            // As for an account that was never met.
            openings.limits.each = note(governor(rate: limits.rate, in: state, at: now).admission(at: now))
            openings.heldUp = heldUp.isEmpty ? nil : AccountLimits(each: 0, own: heldUp)
            return openings
        }
    }

    /// An effect was claimed.
    /// - Parameter rate: of its account.
    /// - Returns: whether its account may send it. It counts as in flight in any case, until it is over.
    func began(_ entry: OutboxEntry, rate: CallRate?, at now: ClockReading) -> Bool {
        let account = entry.effect.target.account
        return state.withLock { state in
            var lanes =
                state.accounts[account]
                ?? Lanes(governor: governor(rate: rate ?? limits.rate, in: state, at: now.steady))
            defer { state.accounts[account] = lanes }
            state.inFlight += 1
            guard entry.effect.action.kind != .http else {
                lanes.http.insert(entry.id)
                return true
            }
            defer { lanes.governor.began(entry.id) }
            return lanes.governor.admission(at: now.steady).isOpen
        }
    }

    /// A call of a vendor goes out for an effect.
    func calls(_ operation: String, for entry: OutboxEntry, at now: ClockReading) {
        change(entry) { $0.calls(operation, for: entry.id, at: now.steady) }
    }

    /// It has ended.
    func called(
        _ operation: String, for entry: OutboxEntry, told limit: RateLimit?, untilReset: Duration?, at now: ClockReading
    ) {
        change(entry) { $0.called(operation, told: limit, untilReset: untilReset, at: now.steady) }
    }

    /// Why a call that only reads may not go out now; nil when it may.
    func obstacleToReading(of account: String, at now: ClockReading) -> String? {
        state.withLock { $0.accounts[account]?.governor.obstacleToReading(at: now.steady) }
    }

    /// A call goes out that only reads.
    func reads(_ operation: String, of account: String, rate: CallRate?, at now: ClockReading) {
        state.withLock { state in
            var lanes =
                state.accounts[account]
                ?? Lanes(governor: governor(rate: rate ?? limits.rate, in: state, at: now.steady))
            lanes.governor.reads(operation, at: now.steady)
            state.accounts[account] = lanes
        }
    }

    /// It has ended.
    func read(_ operation: String, of account: String, told limit: RateLimit?, untilReset: Duration?, at now: ClockReading) {
        state.withLock {
            $0.accounts[account]?.governor.called(operation, told: limit, untilReset: untilReset, at: now.steady)
        }
    }

    /// All calls for an effect have ended.
    /// - Returns: the verdict, and how many attempts of its life do not count.
    func ended(
        _ entry: OutboxEntry, _ evidence: CallEvidence, at now: ClockReading, random: Double
    ) -> (AccountGovernor.Verdict, uncounted: Int) {
        state.withLock { state in
            var verdict = AccountGovernor.Verdict()
            if entry.effect.action.kind != .http {
                verdict =
                    state.accounts[entry.effect.target.account]?.governor
                    .ended(entry.id, evidence, at: now.steady, random: random) ?? verdict
            }
            if !verdict.isCounted { state.discount(entry.id) }
            return (verdict, min(state.uncounted[entry.id] ?? 0, entry.attemptOfLife))
        }
    }

    /// An attempt that was none does not count.
    func discount(_ entry: OutboxEntry) { state.withLock { $0.discount(entry.id) } }

    /// An attempt is over, and is about to be recorded.
    /// - Parameter isOpen: false when the effect has ended with it.
    func over(_ entry: OutboxEntry, isOpen: Bool) {
        state.withLock { state in
            state.inFlight -= 1
            if !isOpen { state.uncounted[entry.id] = nil }
            let account = entry.effect.target.account
            state.accounts[account]?.http.remove(entry.id)
            state.accounts[account]?.governor.over(entry.id)
        }
    }

    /// The credentials of all accounts are said to be right.
    /// - Returns: by account, sorted.
    func resume() -> [(account: String, changes: [AccountChange])] {
        state.withLock { state in
            state.accounts.keys.sorted().compactMap { account in
                guard let changes = state.accounts[account]?.governor.resume(), !changes.isEmpty else { return nil }
                return (account, changes)
            }
        }
    }

    func conditions(at now: ClockReading) -> [String: AccountCondition] {
        state.withLock { $0.accounts.mapValues { $0.governor.condition(at: now.steady) } }
    }

    private func governor(rate: CallRate?, in state: borrowing State, at now: Instant) -> AccountGovernor {
        AccountGovernor(
            rate: rate, maximumInFlight: limits.inFlightPerAccount, policy: policy, now: state.startedAt ?? now)
    }

    private func change(_ entry: OutboxEntry, _ body: (inout AccountGovernor) -> Void) {
        state.withLock { state in
            guard var lanes = state.accounts[entry.effect.target.account] else { return }
            body(&lanes.governor)
            state.accounts[entry.effect.target.account] = lanes
        }
    }
}

extension ClockReading {
    /// The clock since boot as a time: it never goes back.
    var steady: Instant { Instant(milliseconds: sinceBoot) }
}
