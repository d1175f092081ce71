package import Model
package import Storage
package import VendorKit

/// What became of one attempt, for metrics and logs: no texts, no secrets, nothing of the customer.
package struct DeliveryReport: Sendable, Hashable {
    package var outboxID: Int64
    package var effectKey: String
    package var eventID: String
    package var rule: String
    package var account: String
    package var vendor: VendorID
    package var action: ActionKind
    /// 1 for the first.
    package var attempt: Int
    package var outcome: OutcomeClass
    package var result: Result
    /// Nil when it is done.
    package var reason: FailureReason?
    /// Of the answer, where there was one.
    package var status: Int?
    /// True when what came of it went into the inbox, for a flow or a variable.
    package var isAnswered: Bool
    /// Of the attempt, without recording it. Never negative.
    package var duration: Duration

    /// What happened: a closed set, so that it can be a metric label.
    package enum OutcomeClass: String, Sendable, Hashable, CaseIterable {
        case done
        /// Shown instead of sent.
        case printed
        case retry
        case throttled
        case refused
        case uncertain
        case notSent = "not_sent"
        /// Nothing was sent: the host of an `http` action leads to an address that it may not reach.
        case forbidden
        /// No attempt was made: a human has the conversation, it is too old, or there is no request for it.
        case withheld

        /// As the ledger keeps it.
        package var ledgerOutcome: AttemptOutcome {
            switch self {
            case .done: .done
            case .printed: .printed
            case .retry: .retry
            case .throttled: .throttled
            case .refused: .refused
            case .uncertain: .uncertain
            case .notSent: .notSent
            case .forbidden: .refused
            case .withheld: .withheld
            }
        }
    }

    /// What is recorded of it.
    package enum Result: String, Sendable, Hashable, CaseIterable {
        case done, retry, dead
    }

    package init(
        outboxID: Int64, effectKey: String, eventID: String, rule: String, account: String, vendor: VendorID,
        action: ActionKind, attempt: Int, outcome: OutcomeClass, result: Result, reason: FailureReason?, status: Int?,
        isAnswered: Bool = false, duration: Duration
    ) {
        self.outboxID = outboxID
        self.effectKey = effectKey
        self.eventID = eventID
        self.rule = rule
        self.account = account
        self.vendor = vendor
        self.action = action
        self.attempt = attempt
        self.outcome = outcome
        self.result = result
        self.reason = reason
        self.status = status
        self.isAnswered = isAnswered
        self.duration = duration
    }
}

/// What changed with an account as a whole, for metrics; the dispatcher writes its line in the log.
package struct AccountNotice: Sendable, Hashable {
    package var account: String
    package var change: AccountChange

    package init(account: String, change: AccountChange) {
        self.account = account
        self.change = change
    }
}

/// A delivery of an account with `delivery: print`: what would have been sent.
package struct PrintedDelivery: Sendable, Hashable {
    package var effect: Effect
    package var request: VendorRequest

    package init(effect: Effect, request: VendorRequest) {
        self.effect = effect
        self.request = request
    }
}
