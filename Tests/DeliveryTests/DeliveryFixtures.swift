import Delivery
import JSON
import Model
import Storage
import Synchronization
import VendorKit

/// An effect of one rule on one event.
func effect(
    _ key: String, _ action: Action, conversation: String = "c1", account: String = "main", rule: String = "greet",
    event: String = "event-1", actsBesideHuman: Bool = false
) -> Effect {
    Effect(
        key: key, eventID: event, rule: rule, ruleAt: SourcePosition(file: "rules/a.yaml", line: 1, column: 1),
        action: action,
        target: EffectTarget(
            account: account, vendor: .any, conversationID: conversation, contactID: nil, channel: nil, tags: []),
        actsBesideHuman: actsBesideHuman)
}

func reply(_ key: String, _ text: String, conversation: String = "c1", account: String = "main", rule: String = "greet")
    -> Effect
{
    effect(key, .reply(Reply(text: text)), conversation: conversation, account: account, rule: rule)
}

/// A vendor whose requests show what they were made for, and whose outcomes are the status.
struct PlainVendor: Vendor {
    static let profile = VendorProfile.any

    func recognizes(_ body: JSONElement) -> Bool { false }

    func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] { [] }

    func events(in body: JSONElement, context: DecodingContext) -> [Event] { [] }

    func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        if case .note("unbuildable") = effect.action { throw ActionError("there is no contact to note") }
        return VendorRequest(
            method: "POST", url: "https://vendor.invalid/\(effect.target.conversationID ?? "")/\(effect.key)",
            headers: [.init("Authorization", .secret("token", prefix: "Bearer "))], body: .json(effect.action.value))
    }

    func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        switch response.status {
        case 200..<300: .done(remoteID: response.headers["x-id"])
        case 401, 403: .refused(.unauthorized, message: "HTTP \(response.status)")
        case 429: .throttled(afterMilliseconds: nil)
        case 502: .uncertain(.serverError)
        case 500...: .retry(.serverError)
        default: .refused(.refused, message: String(decoding: response.body, as: UTF8.self))
        }
    }

    func rateLimit(told response: VendorResponse) -> RateLimit? {
        guard let remaining = response.headers["x-remaining"].flatMap({ Int($0) }),
            let reset = response.headers["x-reset"].flatMap({ Int64($0) })
        else { return nil }
        return RateLimit(remaining: remaining, resetsAt: Instant(milliseconds: reset), scope: .account)
    }
}

struct FixedDestinations: Destinations {
    var list: [Destination] = ["main", "other"].map { id in
        Destination(account: Account(id: id, vendor: .any), vendor: PlainVendor(), secrets: ["token": "s3cret-\(id)"])
    }
    var httpAllowList = HTTPAllowList.none

    func destination(of account: String) -> Destination? { list.first { $0.account.id == account } }
}

/// Answers at once, or when it is told to, and keeps what it was given.
final class RecordingTransport: Transport {
    struct Call: Sendable, Hashable {
        var key: String
        var request: VendorRequest
        var secrets: [String: String]
        var at: Instant
    }

    private struct State {
        var calls: [Call] = []
        var held: [String: CheckedContinuation<TransportResult, Never>] = [:]
        var expected: (count: Int, CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())
    /// By the request's key, which is the last part of its path, and how many calls of it there were before. Nil: held.
    private let script: @Sendable (String, Int) -> TransportResult?

    private let time: ManualTime

    init(time: ManualTime, _ script: @escaping @Sendable (String, Int) -> TransportResult?) {
        self.time = time
        self.script = script
    }

    func send(_ request: VendorRequest, secrets: [String: String]) async -> TransportResult {
        let key = request.url.split(separator: "/").last.map(String.init) ?? ""
        return await withCheckedContinuation { continuation in
            let (result, waiting) = state.withLock { state in
                let result = script(key, state.calls.count { $0.key == key })
                state.calls.append(Call(key: key, request: request, secrets: secrets, at: time.now))
                if result == nil { state.held[key] = continuation }
                guard let (count, waiting) = state.expected, state.calls.count >= count else {
                    return (result, CheckedContinuation<Void, Never>?.none)
                }
                state.expected = nil
                return (result, waiting)
            }
            waiting?.resume()
            if let result { continuation.resume(returning: result) }
        }
    }

    /// Answers a held call.
    func answer(_ key: String, _ result: TransportResult) {
        state.withLock { $0.held.removeValue(forKey: key) }?.resume(returning: result)
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var keys: [String] { calls.map(\.key) }

    /// Returns when that many calls came in all.
    func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.calls.count < count { state.expected = (count, continuation) }
                return state.calls.count >= count
            }
            if isThere { continuation.resume() }
        }
    }
}

extension TransportResult {
    static func status(_ status: Int, headers: [String: String] = [:], body: String = "") -> TransportResult {
        .response(VendorResponse(status: status, headers: headers, body: Array(body.utf8)))
    }
}

/// A clock that stands still until it is moved, and wakes who sleeps by it.
final class ManualTime: Sendable {
    private struct State {
        var now = Instant(seconds: 1_000_000)
        /// By what the wall clock was set.
        var setBy = Duration.zero
        var sleepers: [(id: Int, until: Instant, continuation: CheckedContinuation<Void, Never>)] = []
        var nextID = 0
        var expected: (until: Instant, CheckedContinuation<Void, Never>)?
        var stepping: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// What the wall clock shows while nobody has set it.
    var now: Instant { state.withLock { $0.now } }

    var clocks: ClockReading {
        state.withLock { state in
            ClockReading(wall: state.now.adding(state.setBy), bootID: "boot", sinceBoot: state.now.milliseconds)
        }
    }

    /// Sets the wall clock, by what no time passes and nobody is woken.
    func setWallClock(by change: Duration) { state.withLock { $0.setBy += change } }

    /// - Parameter wall: as the wall clock shows it now.
    func sleep(until wall: Instant) async {
        let (id, until) = state.withLock { state in
            state.nextID += 1
            return (state.nextID, wall.adding(.zero - state.setBy))
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, waiting) = state.withLock { state in
                    if Task.isCancelled || state.now >= until { return (true, CheckedContinuation<Void, Never>?.none) }
                    state.sleepers.append((id, until, continuation))
                    if let stepping = state.stepping.take() { return (false, stepping) }
                    guard let expected = state.expected, expected.until == until else { return (false, nil) }
                    state.expected = nil
                    return (false, expected.1)
                }
                waiting?.resume()
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let woken = state.withLock { state in
                let woken = state.sleepers.filter { $0.id == id }
                state.sleepers.removeAll { $0.id == id }
                return woken
            }
            for sleeper in woken { sleeper.continuation.resume() }
        }
    }

    /// Returns when somebody sleeps until exactly `now` + `duration`.
    func sleeper(for duration: Duration) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                let until = state.now.adding(duration)
                if state.sleepers.contains(where: { $0.until == until }) { return true }
                state.expected = (until, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Returns when somebody sleeps, or when the task is cancelled.
    func anySleeper() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.sleepers.isEmpty, !Task.isCancelled else { return true }
                    state.stepping = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.stepping.take() }?.resume()
        }
    }

    /// Moves to when the first of those who sleep wants to be woken.
    func advanceToNextSleeper() {
        let wait = state.withLock { state in state.sleepers.map(\.until).min().map { $0.since(state.now) } }
        if let wait { advance(by: wait) }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.adding(duration)
            let now = state.now
            let woken = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }
}
