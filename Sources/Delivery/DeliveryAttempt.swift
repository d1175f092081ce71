import Model
import Storage
import VendorKit

/// One attempt to carry out one effect, up to what is to be recorded of it.
struct DeliveryAttempt: Sendable {
    let entry: OutboxEntry
    let destinations: any Destinations
    let transport: any Transport
    let policy: RetryPolicy
    let clock: @Sendable () -> Instant
    let random: @Sendable () -> Double
    let print: @Sendable (PrintedDelivery) -> Void

    struct Ending: Sendable, Hashable {
        var settlement: Settlement
        var outcome: DeliveryReport.OutcomeClass
        var status: Int?
        /// For an `http` action with `save` that has ended.
        var answer: HTTPAnswer?

        static func withheld(_ reason: FailureReason, _ message: String) -> Ending {
            Ending(settlement: .dead(reason, message: message), outcome: .withheld)
        }
    }

    func ending() async -> Ending {
        let ending = await attempted()
        return SavedCall(entry.effect)?.answered(ending) ?? ending
    }

    private func attempted() async -> Ending {
        let effect = entry.effect
        guard let destination = destinations.destination(of: effect.target.account) else {
            return .withheld(.unbuildable, "account \(effect.target.account) is not configured")
        }
        if !effect.actsBesideHuman, effect.action.yieldsToHuman, entry.state.isHeldByHuman(at: clock()) {
            return .withheld(.human, "a human agent has the conversation")
        }
        let request: VendorRequest
        do { request = try self.request(to: destination) } catch { return .withheld(.unbuildable, error.message) }
        if effect.action.kind == .http, let refusal = destinations.httpAllowList.refusal(of: request.url) {
            return Ending(settlement: .dead(.refused, message: refusal), outcome: .withheld)
        }
        if destination.mode == .print {
            print(PrintedDelivery(effect: effect, request: request))
            return Ending(settlement: .done(remoteID: nil), outcome: .printed)
        }
        if let obstacle = policy.obstacle(to: entry, isIdempotent: request.isIdempotent, now: clock()) {
            return Ending(settlement: obstacle, outcome: .withheld)
        }
        if effect.action.kind == .http { return await send(request, to: destination) }
        return await sendPrepared(request, to: destination)
    }

    /// A vendor that replaces a list is asked for it first. The read changes nothing, so no doubt about it is a doubt about
    /// the effect: it is tried again.
    private func sendPrepared(_ request: VendorRequest, to destination: Destination) async -> Ending {
        let (effect, vendor) = (entry.effect, destination.vendor)
        do {
            guard let read = try vendor.preparation(for: effect, account: destination.account) else {
                return await send(request, to: destination)
            }
            let result = await transport.send(read, secrets: destination.secrets)
            var reading = Reading(result, request: read, vendor: vendor, now: clock())
            if case .uncertain(let reason) = reading.outcome { reading.outcome = .retry(reason) }
            guard case .response(let answer) = result, reading.tellsState else {
                return ending(of: reading, isIdempotent: true, destination)
            }
            guard let call = try vendor.request(for: effect, account: destination.account, after: answer) else {
                return Ending(settlement: .done(remoteID: nil), outcome: .done, status: answer.status)
            }
            return await send(call, to: destination)
        } catch {
            return .withheld(.unbuildable, error.message)
        }
    }

    private func request(to destination: Destination) throws(ActionError) -> VendorRequest {
        if case .http(let call) = entry.effect.action { return try HTTPActionRequest.request(for: call) }
        return try destination.vendor.request(for: entry.effect, account: destination.account)
    }

    private func send(_ request: VendorRequest, to destination: Destination) async -> Ending {
        let isHTTP = entry.effect.action.kind == .http
        // A user's system is never shown the account's secrets.
        let result = await transport.send(request, secrets: isHTTP ? [:] : destination.secrets)
        let now = clock()
        let reading = Reading(result, request: request, vendor: isHTTP ? nil : destination.vendor, now: now)
        if let answer = SavedCall(entry.effect)?.answer(to: result) {
            return Ending(
                settlement: .done(remoteID: nil), outcome: reading.outcomeClass, status: reading.status, answer: answer)
        }
        return ending(of: reading, isIdempotent: request.isIdempotent, destination)
    }

    private func ending(of reading: Reading, isIdempotent: Bool, _ destination: Destination) -> Ending {
        let settlement = policy.settlement(
            for: reading.outcome, of: entry, isIdempotent: isIdempotent,
            retryAfterMilliseconds: reading.retryAfterMilliseconds, now: clock(), random: random())
        return Ending(
            settlement: settlement.shown(without: destination.secrets.values), outcome: reading.outcomeClass,
            status: reading.status)
    }
}

/// What a transport's result means.
private struct Reading {
    var outcome: DeliveryOutcome
    var outcomeClass: DeliveryReport.OutcomeClass
    var status: Int?
    var retryAfterMilliseconds: Int64?

    /// True when the answer is for the vendor to read: done, or refused other than for the credentials.
    var tellsState: Bool {
        switch outcome {
        case .done: true
        case .refused(let reason, _): reason != .unauthorized
        case .retry, .throttled, .uncertain: false
        }
    }

    /// - Parameter vendor: nil for a call of a user's system.
    init(_ result: TransportResult, request: VendorRequest, vendor: (any Vendor)?, now: Instant) {
        switch result {
        case .notSent:
            outcome = .retry(.notSent)
            outcomeClass = .notSent
        case .lost(let why):
            outcome = .uncertain(why == TransportText.timedOut ? .timeout : .uncertain)
            outcomeClass = .uncertain
        case .response(let response):
            outcome = vendor?.outcome(of: response, to: request) ?? HTTPActionRequest.outcome(of: response, now: now)
            outcomeClass = DeliveryReport.OutcomeClass(outcome)
            status = response.status
            retryAfterMilliseconds = response.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, now: now) }
        }
    }
}

extension DeliveryReport.OutcomeClass {
    fileprivate init(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .done: self = .done
        case .retry: self = .retry
        case .throttled: self = .throttled
        case .refused: self = .refused
        case .uncertain: self = .uncertain
        }
    }
}

extension Action {
    /// True for what a bot must not do while a human agent has the conversation.
    fileprivate var yieldsToHuman: Bool {
        switch self {
        case .reply, .route, .close, .start: true
        case .note, .tag, .untag, .set, .contact, .stopFlow, .http, .call: false
        }
    }
}

extension ConversationState {
    /// An agent's own message holds the conversation for its time whatever handler a payload tells, unless it is closed.
    fileprivate func isHeldByHuman(at now: Instant) -> Bool {
        if handler == .human { return true }
        guard let humanUntil, handler != .closed else { return false }
        return humanUntil > now
    }
}

extension Settlement {
    private static let longestMessage = 200

    /// A vendor's words about a failure, short and without any of the account's secrets.
    fileprivate func shown(without secrets: some Sequence<String>) -> Settlement {
        guard case .dead(let reason, let message) = self else { return self }
        let shown = secrets.filter { !$0.isEmpty }.reduce(message) { $0.replacing($1, with: "[redacted]") }
        return .dead(reason, message: String(shown.prefix(Self.longestMessage)))
    }
}
