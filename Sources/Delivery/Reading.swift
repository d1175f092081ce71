import Model
import VendorKit

/// What a transport's result means.
struct Reading: Sendable {
    let result: TransportResult
    var outcome: DeliveryOutcome
    var outcomeClass: DeliveryReport.OutcomeClass
    /// How long the answer asks to wait at least.
    let askedMilliseconds: Int64?

    /// - Parameter vendor: nil for a call of a user's system.
    init(_ result: TransportResult, request: VendorRequest, vendor: (any Vendor)?, now: Instant) {
        self.result = result
        switch result {
        case .notSent(TransportText.forbiddenAddress):
            // Trying again would be an invitation to whoever changes what the name leads to.
            outcome = .refused(.refused, message: TransportText.forbiddenAddress)
            outcomeClass = .forbidden
            askedMilliseconds = nil
        case .notSent:
            outcome = .retry(.notSent)
            outcomeClass = .notSent
            askedMilliseconds = nil
        case .lost(let why):
            outcome = .uncertain(why == TransportText.timedOut ? .timeout : .uncertain)
            outcomeClass = .uncertain
            askedMilliseconds = nil
        case .response(let response):
            outcome = vendor?.outcome(of: response, to: request) ?? HTTPActionRequest.outcome(of: response, now: now)
            outcomeClass = DeliveryReport.OutcomeClass(outcome)
            let header = response.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, now: now) }
            var told: Int64?
            if case .throttled = outcome, let limit = vendor?.rateLimit(told: response) {
                told = max(limit.waitMilliseconds ?? 0, response.untilReset(of: limit, now: now)?.wholeMilliseconds ?? 0)
            }
            askedMilliseconds = [header, told].compactMap(\.self).max()
        }
    }

    var response: VendorResponse? { if case .response(let response) = result { response } else { nil } }

    var status: Int? { response?.status }

    var isUnauthorized: Bool { if case .refused(.unauthorized, _) = outcome { true } else { false } }

    /// True for an answer that only says to ask again.
    var isFailure: Bool {
        switch outcome {
        case .retry, .throttled, .uncertain: true
        case .done, .refused: false
        }
    }

    /// The same for a read: it left no trace at the vendor, so whatever became of it leaves no doubt.
    var harmless: Reading {
        guard case .uncertain(let reason) = outcome else { return self }
        var reading = self
        reading.outcome = .retry(reason)
        reading.outcomeClass = .retry
        return reading
    }

    /// True for an answer that tells what a read was made for, or that there is nothing to tell.
    var isAnswered: Bool { !isFailure && !isUnauthorized }

    /// What it shows of the vendor, whatever becomes of the effect.
    var evidence: CallEvidence {
        switch result {
        case .notSent(TransportText.closed), .lost(TransportText.closed): return .none
        case .notSent: return .notSent
        case .lost: return .silent
        case .response(let response):
            let isClientError = (400..<500).contains(response.status)
            switch outcome {
            case .done: return .accepted
            case .refused(.unauthorized, _): return .unauthorized(status: response.status)
            case .refused: return .refused
            case .throttled(let milliseconds):
                return .throttled([milliseconds, askedMilliseconds].compactMap(\.self).max().map { .milliseconds($0) })
            case .retry, .uncertain: return isClientError ? .refused : .failed
            }
        }
    }
}

extension VendorResponse {
    /// How long the window lasts that an answer tells of, by our clock or by the vendor's own where that is less: one of the
    /// two may be wrong, and too short a wait only costs another refusal. Nil when the answer tells no end.
    func untilReset(of limit: RateLimit, now: Instant) -> Duration? {
        guard let end = limit.resetsAt else { return nil }
        let clocks = [now, headers["date"].flatMap(HTTPDate.instant)].compactMap(\.self)
        return clocks.map { max(end.since($0), .zero) }.min()
    }
}

extension DeliveryReport.OutcomeClass {
    init(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .done: self = .done
        case .retry: self = .retry
        case .throttled: self = .throttled
        case .refused: self = .refused
        case .uncertain: self = .uncertain
        }
    }
}
