package import Model

/// What came of one attempt: a closed set. The raw values are what is stored and shown.
package enum AttemptOutcome: String, Sendable, Hashable, CaseIterable {
    case done
    /// Shown instead of sent.
    case printed
    /// It failed, and another attempt may help.
    case retry
    case throttled
    case refused
    /// It may or may not have been processed. Also that of an attempt that was under way when the process died.
    case uncertain
    /// Nothing reached the vendor.
    case notSent = "not_sent"
    /// No call was made: a human has the conversation, it is too old, or there is no request for it.
    case withheld
}

/// One attempt as whoever made it tells it, to be kept with its settlement.
package struct AttemptReport: Sendable, Hashable {
    /// When it began.
    package var at: Instant
    package var outcome: AttemptOutcome
    /// Of the answer, where there was one.
    package var status: Optional<Int>
    /// The answer without secrets, for people; nil when there was none.
    package var answer: Optional<String>
    /// The request without secrets, as JSON text; nil when there was none. Of several attempts the last one's is kept.
    package var request: Optional<String>
    package var durationMilliseconds: Int64

    /// What is longer than the limits is cut, with a `…` at its end: a request that was cut is not JSON any more.
    package init(
        at: Instant, outcome: AttemptOutcome, status: Int? = nil, answer: String? = nil, request: String? = nil,
        durationMilliseconds: Int64
    ) {
        self.at = at
        self.outcome = outcome
        self.status = status
        self.answer = answer?.cut(toBytes: Self.longestAnswer)
        self.request = request?.cut(toBytes: Self.longestRequest)
        self.durationMilliseconds = durationMilliseconds
    }

    /// In bytes of UTF-8.
    package static let longestAnswer = 2 << 10
    /// In bytes of UTF-8.
    package static let longestRequest = 16 << 10
}

/// One attempt as it is kept. Numbers count from 1; one is missing where an effect was claimed and given back unsent.
package struct AttemptRecord: Sendable, Hashable {
    package var number: Int
    package var at: Instant
    package var outcome: AttemptOutcome
    package var status: Int?
    package var answer: String?
    /// Nil for one that was under way when the process died.
    package var durationMilliseconds: Int64?

    package init(
        number: Int, at: Instant, outcome: AttemptOutcome, status: Int? = nil, answer: String? = nil,
        durationMilliseconds: Int64?
    ) {
        self.number = number
        self.at = at
        self.outcome = outcome
        self.status = status
        self.answer = answer
        self.durationMilliseconds = durationMilliseconds
    }

    package init(_ report: AttemptReport, number: Int) {
        self.init(
            number: number, at: report.at, outcome: report.outcome, status: report.status, answer: report.answer,
            durationMilliseconds: report.durationMilliseconds)
    }
}
