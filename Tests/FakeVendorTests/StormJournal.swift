import Delivery
import Model
import Storage
import Synchronization
import TestSupport
import VendorKit

/// Everything that a storm's dispatcher did, as those see it who stand around it: claims and settlements at the store's door,
/// calls at the transport's, changes of accounts where they are told.
final class StormJournal: Sendable {
    /// One call. Milliseconds are of `FakeServer.now`.
    struct Call: Sendable {
        var number: Int
        var effect: String
        var account: String
        var isRead: Bool
        /// True for one that met a certificate that is not good.
        var isSecure: Bool
        var startedAt: Int64
        var endedAt: Int64?
        var ending: Ending?
    }

    enum Ending: Sendable, Hashable {
        case answered(Int, bytes: Int)
        case lost(String)
        case notSent(String)
    }

    /// From being claimed to being settled.
    struct Attempt: Sendable {
        var number: Int
        /// By the clock since boot.
        var claimedAt: Instant
        var calls: [Call] = []
        var settlement: Settlement?
        var report: AttemptReport?
    }

    /// Times are by the clock since boot.
    struct Notice: Sendable {
        var notice: AccountNotice
        /// When it happened.
        var at: Instant
        /// When it had happened for certain, for everybody to see.
        var toldAt: Instant
    }

    struct State: Sendable {
        var calls = 0
        /// By the effect's key, in order.
        var attempts: [String: [Attempt]] = [:]
        var notices: [Notice] = []
        var reports = 0
        fileprivate var keys: [Int64: String] = [:]
        fileprivate var callsOf: [String: Int] = [:]
        /// What has not ended, and what a failure of it takes along.
        var open: [String: [String]] = [:]
    }

    private let state = Mutex(State())
    private let changed = WakeSignal()

    var snapshot: State { state.withLock { $0 } }
    var calls: Int { state.withLock { $0.calls } }
    var open: Int { state.withLock { $0.open.count } }

    /// Returns after something ended.
    func nextEnd() async { await changed.wait() }

    /// Effects that are in the store from now on; those of one rule on one event stand together.
    func planned(_ effects: [Effect]) {
        let rules = Dictionary(grouping: effects) { $0.eventID + "|" + $0.rule }
        state.withLock { state in
            for group in rules.values {
                let keys = group.map(\.key)
                for key in keys { state.open[key] = keys }
            }
        }
    }

    func claimed(_ entry: OutboxEntry, at now: ClockReading) {
        state.withLock { state in
            state.keys[entry.id] = entry.effect.key
            state.attempts[entry.effect.key, default: []].append(
                Attempt(number: entry.attempt, claimedAt: Instant(milliseconds: now.sinceBoot)))
        }
    }

    func settled(_ id: Int64, as settlement: Settlement, attempt: AttemptReport?) {
        state.withLock { state in
            let key = state.keys[id] ?? ""
            let last = (state.attempts[key]?.count ?? 0) - 1
            guard last >= 0 else { return }
            state.attempts[key]?[last].settlement = settlement
            state.attempts[key]?[last].report = attempt
        }
    }

    /// After it was recorded.
    func reported(_ report: DeliveryReport) {
        state.withLock { state in
            state.reports += 1
            switch report.result {
            case .retry: break
            case .done: state.open[report.effectKey] = nil
            case .dead:
                // What has ended already is not there any more.
                for key in state.open[report.effectKey] ?? [] { state.open[key] = nil }
            }
        }
        changed.raise()
    }

    func noticed(_ notice: AccountNotice, by clock: StormClock) {
        let at = clock.lastReading
        let toldAt = Instant(milliseconds: clock.reading.sinceBoot)
        state.withLock { $0.notices.append(Notice(notice: notice, at: at ?? toldAt, toldAt: toldAt)) }
    }

    /// - Returns: the call's number, and as which of its account's calls it goes out, from 1 and from anywhere.
    func began(_ request: VendorRequest) -> (number: Int, ofAccount: Int) {
        state.withLock { state in
            state.calls += 1
            let account = request.mark("Account") ?? ""
            // Accounts do not have their outages at the same time.
            let first = account.utf8.reduce(0) { ($0 * 31 + Int($1)) % StormScale.outageEvery }
            let ofAccount = state.callsOf[account] ?? first
            state.callsOf[account] = ofAccount + 1
            return (state.calls, ofAccount)
        }
    }

    func ended(_ call: Call) {
        state.withLock { state in
            let last = (state.attempts[call.effect]?.count ?? 0) - 1
            guard last >= 0 else { return }
            state.attempts[call.effect]?[last].calls.append(call)
        }
    }
}

/// The real transport, with calls that are numbered, have a time limit that a test can wait for, and now and then go to the
/// door behind which a bad certificate waits.
struct StormTransport: Transport {
    let real: CurlTransport
    let journal: StormJournal
    let seed: UInt64
    let limitMilliseconds: Int64

    func send(_ request: VendorRequest, secrets: [String: String]) async -> TransportResult {
        let (number, ofAccount) = journal.began(request)
        let isSecure = meetsCertificate(number, ofAccount)
        var request = request
        request.timeoutMilliseconds = limitMilliseconds
        request.headers.append(.init("X-Test-Call", .text("\(number)"), isShown: false))
        if isSecure { request.url = "https" + request.url.dropFirst(4) }
        var call = StormJournal.Call(
            number: number, effect: request.mark("Effect") ?? "", account: request.mark("Account") ?? "",
            isRead: request.method == "GET", isSecure: isSecure, startedAt: FakeServer.now)
        let result = await real.send(request, secrets: secrets)
        call.endedAt = FakeServer.now
        call.ending =
            switch result {
            case .response(let response): .answered(response.status, bytes: response.body.count)
            case .lost(let why): .lost(why)
            case .notSent(let why): .notSent(why)
            }
        journal.ended(call)
        return result
    }

    /// As often as each of the others of T9; and now and then for so long that the account's breaker opens.
    private func meetsCertificate(_ number: Int, _ ofAccount: Int) -> Bool {
        if ofAccount % StormScale.outageEvery < StormScale.outage { return true }
        var random = SplitMix64(seed: seed &+ UInt64(number) &* 0x9E37_79B9)
        return random.next() % 1_000 < UInt64(StormScale.badPerMille * 3 / Misbehaviour.t9.count)
    }
}

/// How much of a storm is bad weather.
enum StormScale {
    /// Calls out of a thousand that misbehave, each of the 26 as often.
    static let badPerMille = 500
    /// Calls of an account from one outage to the next, and during one: three times those at the same time, and more.
    static let outageEvery = 400
    static let outage = 26
    /// Of those that get to the server.
    static let badArrivalsPerMille = badPerMille * 23 / 26 * 1_000 / (1_000 - badPerMille * 3 / 26)
}
