import Delivery
import Model
import VendorKit

/// What a lookup book knows and waits for. A value: it is told what happens, and the time by a clock that never goes back.
struct LookupState {
    private var entries: [LookupBook.Key: Entry] = [:]
    private var uses: UInt64 = 0
    private(set) var awaited: Set<LookupBook.Key> = []
    private var lanes: [String: Lane] = [:]
    /// Of answers that hold a whole object, which may be large: the oldest first.
    private var objects: [LookupBook.Key] = []

    private struct Entry {
        var answer: LookupBook.Answer
        var at: Duration
        /// What was used longest ago goes first.
        var use: UInt64
    }

    /// One account.
    private struct Lane {
        var running = 0
        var waiting: [LookupCall] = []
        var breaker = CircuitBreaker()
        /// No call before then.
        var closedUntil: Duration?
        var closedBecause = ""
    }

    mutating func forgetFailures() {
        entries = entries.filter { if case .told = $0.value.answer { true } else { false } }
        for account in lanes.keys {
            lanes[account]?.closedUntil = nil
            lanes[account]?.breaker = CircuitBreaker()
        }
    }

    mutating func known(
        _ key: LookupBook.Key, for fields: Set<EventField>, at now: Duration, _ limits: LookupBook.Limits
    ) -> LookupBook.Answer? {
        guard let entry = entries[key] else { return nil }
        let life =
            switch entry.answer {
            case .told: fields.contains(where: \.isVolatile) ? limits.volatile : limits.lasting
            case .failed: limits.failure
            }
        guard now - entry.at < life else { return nil }
        uses += 1
        entries[key]?.use = uses
        return entry.answer
    }

    mutating func keep(
        _ answer: LookupBook.Answer, for key: LookupBook.Key, at now: Duration, _ limits: LookupBook.Limits
    ) {
        uses += 1
        entries[key] = Entry(answer: answer, at: now, use: uses)
        if answer.holdsObject {
            objects.append(key)
            // Each is of one event, which takes it at once.
            if objects.count > limits.objects { entries[objects.removeFirst()] = nil }
        }
        guard entries.count > limits.entries else { return }
        // The older half at once, so that this is seldom done.
        let middle = entries.values.map(\.use).sorted()[entries.count / 2]
        entries = entries.filter { $0.value.use >= middle }
    }

    /// Why an account is not called now.
    func closed(_ account: String, at now: Duration, vendor: String) -> String? {
        guard let lane = lanes[account] else { return nil }
        if let until = lane.closedUntil, now < until { return lane.closedBecause }
        if let trialAt = lane.breaker.trialAt, trialAt > now.instant || lane.running > 0 {
            return "\(vendor) did not answer lately"
        }
        return nil
    }

    /// - Returns: the call when it may go out at once; otherwise it stands in line.
    mutating func begin(_ call: LookupCall, _ limits: LookupBook.Limits) -> LookupCall? {
        awaited.insert(call.key)
        var lane = lanes[call.key.account] ?? Lane()
        defer { lanes[call.key.account] = lane }
        guard lane.running < limits.callsPerAccount else {
            lane.waiting.append(call)
            return nil
        }
        lane.running += 1
        return call
    }

    /// - Returns: calls that may go out now.
    mutating func ended(
        _ call: LookupCall, _ sign: LookupSign, at now: Duration, random: Double, _ limits: LookupBook.Limits
    ) -> [LookupCall] {
        let account = call.key.account
        awaited.remove(call.key)
        guard var lane = lanes[account] else { return [] }
        lane.running -= 1
        switch sign {
        case .answered: _ = lane.breaker.succeeded()
        case .silent: _ = lane.breaker.failed(concurrency: limits.callsPerAccount, at: now.instant, random: random)
        case .refused(let why):
            lane.closedUntil = now + limits.refusal
            lane.closedBecause = why
        case .throttled(let wait, let why):
            lane.closedUntil = now + min(max(wait, .seconds(1)), limits.refusal)
            lane.closedBecause = why
        }
        lanes[account] = lane
        let why = closed(account, at: now, vendor: call.destination.vendorName)
        var next: [LookupCall] = []
        while !lane.waiting.isEmpty, why != nil || lane.running < limits.callsPerAccount {
            let first = lane.waiting.removeFirst()
            let isLate = now - first.since > limits.patience
            if let why = why ?? (isLate ? "too many lookups were in line" : nil) {
                keep(.failed(why), for: first.key, at: now, limits)
                awaited.remove(first.key)
            } else {
                lane.running += 1
                next.append(first)
            }
        }
        lanes[account] = lane
        return next
    }
}

/// A call that is under way or in line.
struct LookupCall: Sendable {
    var key: LookupBook.Key
    var lookup: Lookup
    var destination: Destination
    /// When it was asked for.
    var since: Duration
}

extension Duration {
    /// For types that take the time of a clock that never goes back.
    fileprivate var instant: Instant { Instant(milliseconds: wholeMilliseconds) }
}
