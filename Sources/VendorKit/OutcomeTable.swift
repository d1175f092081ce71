package import Model

/// What the answers of a vendor mean, as data: rows are tried in order, and the first that fits decides.
///
/// Five classes, by what is to be done next: done, worth another try, throttled, refused for good, and uncertain, where the
/// call may have been carried out although it was not answered so.
package struct OutcomeTable: Sendable, Hashable {
    package let rows: [Row]

    /// The vendor's own rows, before those that every vendor has.
    package init(_ rows: [Row] = []) { self.rows = rows + Self.common }

    package struct Row: Sendable, Hashable {
        package let statuses: ClosedRange<Int>
        package let saying: Saying
        /// Ends of the paths of the calls that it holds for; empty for every call.
        package let calls: [String]
        package let meaning: Meaning
        /// As a sentence for people.
        package let why: String

        package init(
            _ statuses: ClosedRange<Int>, _ saying: Saying = .anything, of calls: [String] = [], is meaning: Meaning,
            why: String
        ) {
            self.statuses = statuses
            self.saying = saying
            self.calls = calls
            self.meaning = meaning
            self.why = why
        }
    }

    /// What an answer must say besides its status.
    package enum Saying: Sendable, Hashable {
        case anything
        /// One of these error codes, byte for byte.
        case code([String])
        /// A failure without any code that the vendor documents.
        case noCode
        /// How long to wait.
        case wait
        /// No JSON object, where the vendor always answers one.
        case noJSON
    }

    package enum Meaning: Sendable, Hashable {
        case done
        case retry(FailureReason)
        case throttled
        case refused(FailureReason)
        case uncertain(FailureReason)
    }
}

/// An answer as the vendor's reader understood it: what the rows look at, and what an outcome tells.
package struct ReadAnswer: Sendable, Hashable {
    package var status: Int
    /// The vendor's word for what is wrong.
    package var code: Optional<String>
    /// False for no JSON object in place of one that the vendor would have sent.
    package var isJSON: Bool
    /// Of the call, without query.
    package var path: String
    /// True for an answer that says how long to wait, or until when.
    package var asksToWait: Bool
    /// How long that is, where it can be told without a clock.
    package var waitMilliseconds: Optional<Int64>
    /// The vendor's id of what the call made.
    package var remoteID: Optional<String>
    /// The vendor's sentence about a failure.
    package var message: Optional<String>

    package init(
        _ response: VendorResponse, to request: VendorRequest, code: String? = nil, isJSON: Bool = true,
        asksToWait: Bool = false, waitMilliseconds: Int64? = nil, remoteID: String? = nil, message: String? = nil
    ) {
        status = response.status
        path = request.path
        self.code = code
        self.isJSON = isJSON
        self.asksToWait = asksToWait
        self.waitMilliseconds = waitMilliseconds
        self.remoteID = remoteID
        self.message = message
    }
}

extension OutcomeTable {
    /// What every vendor's answers have in common.
    package static let common: [Row] = [
        Row(200...299, is: .done, why: "carried out"),
        Row(401...401, is: .refused(.unauthorized), why: "the credentials are wrong or have expired"),
        Row(403...403, is: .refused(.unauthorized), why: "the credentials do not allow it"),
        Row(408...408, is: .retry(.timeout), why: "the server did not get the whole request in time"),
        Row(429...429, is: .throttled, why: "too many calls"),
        Row(503...503, .wait, is: .throttled, why: "the server asks to wait"),
        Row(500...999, is: .uncertain(.serverError), why: "a server that fails may have done its work before"),
        Row(0...499, is: .refused(.refused), why: "refused as it is: a repeat would be refused too"),
    ]

    package func outcome(of answer: ReadAnswer) -> DeliveryOutcome {
        switch meaning(of: answer) {
        case .done: .done(remoteID: answer.remoteID)
        case .retry(let reason): .retry(reason)
        case .throttled: .throttled(afterMilliseconds: answer.waitMilliseconds)
        case .refused(let reason): .refused(reason, message: answer.refusal)
        case .uncertain(let reason): .uncertain(reason)
        }
    }

    package func meaning(of answer: ReadAnswer) -> Meaning {
        rows.first { $0.fits(answer) }?.meaning ?? .refused(.refused)
    }
}

extension OutcomeTable.Row {
    package func fits(_ answer: ReadAnswer) -> Bool {
        guard statuses.contains(answer.status), calls.isEmpty || calls.contains(where: answer.path.hasSuffix) else {
            return false
        }
        return switch saying {
        case .anything: true
        case .code(let codes): answer.code.map { code in codes.contains { $0.utf8.elementsEqual(code.utf8) } } ?? false
        case .noCode: answer.code == nil
        case .wait: answer.asksToWait
        case .noJSON: !answer.isJSON
        }
    }
}

extension ReadAnswer {
    private static let longestMessage = 200

    fileprivate var refusal: String {
        guard let message, !message.isEmpty else { return "HTTP \(status)" }
        return "HTTP \(status): \(message.prefix(Self.longestMessage))"
    }
}

// MARK: - For people

extension OutcomeTable {
    /// A table for the vendor's page: what an answer is, what it means, and why.
    package var markdown: String {
        let head = "| answer | means | |\n|---|---|---|\n"
        return head + rows.map { "| \($0.answerText) | \($0.meaning) | \($0.why) |\n" }.joined()
    }
}

extension OutcomeTable.Row {
    fileprivate var answerText: String {
        let parts = [statusText, sayingText].compactMap(\.self) + (calls.isEmpty ? [] : ["of " + Self.list(calls)])
        return parts.joined(separator: " ")
    }

    private var statusText: String {
        switch statuses {
        case 0...999: "any status"
        case 200...299: "2xx"
        case 500...999: "any other 5xx"
        case 0...499: "any other"
        case 400...499: "4xx"
        default: statuses.count == 1 ? String(statuses.lowerBound) : "\(statuses.lowerBound)–\(statuses.upperBound)"
        }
    }

    private var sayingText: String? {
        switch saying {
        case .anything: nil
        case .code(let codes): Self.list(codes)
        case .noCode: "without a known code"
        case .wait: "with a time to wait"
        case .noJSON: "that is no JSON object"
        }
    }

    private static func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }
}

extension OutcomeTable.Meaning: CustomStringConvertible {
    /// The class, and the reason where it has one: `refused: unauthorized`.
    package var description: String {
        switch self {
        case .done: "done"
        case .retry(let reason): "try again: \(reason.rawValue)"
        case .throttled: "throttled"
        case .refused(let reason): "refused: \(reason.rawValue)"
        case .uncertain(let reason): "uncertain: \(reason.rawValue)"
        }
    }
}
