import Delivery
import Model
import VendorKit

/// What a call that ended tells of its account.
enum LookupSign: Sendable, Hashable {
    case answered
    /// No answer, or that of a server that fails.
    case silent
    /// The credentials were refused.
    case refused(String)
    case throttled(Duration, String)
}

struct LookupOutcome {
    var answer: LookupBook.Answer
    var sign: LookupSign

    var isTold: Bool { if case .told = answer { true } else { false } }
}

/// What one call of a lookup gave.
enum LookupReading {
    case told([EventField: Value])
    /// This call is of no use; another may be.
    case refused(String)
    case failed(String, LookupSign)

    init(
        _ result: TransportResult, of request: VendorRequest, lookup: Lookup, by vendor: any Vendor, timeout: Duration
    ) {
        let name = vendor.profile.name
        switch result {
        case .notSent: self = .failed("\(name) could not be reached", .silent)
        case .lost(let why):
            let isLate = why == "timed out"
            let words =
                isLate
                ? "\(name) did not answer within \(timeout.wholeMilliseconds) ms" : "\(name) gave no answer that can be read"
            self = .failed(words, .silent)
        case .response(let response):
            let answered = "\(name) answered \(response.status)"
            switch vendor.outcome(of: response, to: request) {
            case .done:
                switch lookup.answer(in: response) {
                case .found(let values): self = .told(values)
                case .missing: self = .refused("\(name) does not list it")
                case .unreadable: self = .failed("\(name)'s answer cannot be read", .answered)
                }
            case .throttled(let wait): self = .failed(answered, .throttled(.milliseconds(wait ?? 5_000), answered))
            case .refused(.unauthorized, _):
                // One call may be forbidden and others not.
                self = .failed(answered, response.status == 401 ? .refused(answered) : .answered)
            case .refused: self = .refused(answered)
            case .retry, .uncertain: self = .failed(answered, response.status >= 500 ? .silent : .answered)
            }
        }
    }
}

extension Destination {
    var vendorName: String { vendor.profile.name }

    /// The path below the API's base, without the query.
    func shownPath(of request: VendorRequest) -> String {
        let base = account.baseURL ?? vendor.profile.defaultBaseURL ?? ""
        let path = request.path
        return path.hasPrefix(base) ? String(path.dropFirst(base.count)) : path
    }
}
