/// A way in which a vendor's server can behave badly. The first 26 are those of test T9; the others are near relatives
/// that need a test of their own.
package enum Misbehaviour: String, Sendable, Hashable, CaseIterable {
    // Refusals, all with the vendor's own body.
    case tooManyRequests = "429"
    case tooManyRetryNow = "429, Retry-After: 0"
    case tooManyRetryIn5 = "429, Retry-After: 5"
    case tooManyRetryInDecades = "429, Retry-After: 1000000000"
    case tooManyRetryNegative = "429, Retry-After: -5"
    case tooManyRetryDate = "429, Retry-After: a date"
    case tooManyRetryJunk = "429, Retry-After: soon"
    case serverError = "500"
    case unavailable = "503"
    case badRequest = "400"
    case unauthorized = "401"
    // Below HTTP.
    case resetBeforeReading = "reset before the request is read"
    case resetAfterReading = "reset after the request was read"
    case halfClose = "the server's side closed, the connection not"
    case closeAfterProcessing = "closed after processing, no answer"
    case drip = "1 byte a second"
    case endlessBody = "a body without end"
    case hugeBody = "a body of 100 MB"
    case garbage = "no HTTP"
    case hugeHeader = "a header of 1 MB"
    case wrongLength = "a Content-Length longer than the body"
    case gzipBomb = "a small body that unpacks to 16 MB"
    case redirectHome = "302 to 127.0.0.1"
    case expiredCertificate = "TLS, expired"
    case selfSignedCertificate = "TLS, self-signed"
    case wrongNameCertificate = "TLS, wrong name"
    // Relatives.
    case hang = "no answer"
    case closeBeforeProcessing = "closed after reading, not processed"
    case halfAnswer = "closed in the answer"
    case resetInAnswer = "reset in the answer"
    case truncatedBody = "an answer whose JSON breaks off"
    case shortLength = "a Content-Length shorter than the body"
    case lateFirstByte = "an answer after a while"
    case continueFirst = "100 Continue before the answer"
    case closeAfterAnswer = "closed after the answer, without a word"

    /// The 26 of test T9.
    package static let t9 = Array(allCases.prefix(26))

    /// What happens to the request meanwhile.
    package enum Processing: Sendable, Hashable {
        case never, always
        /// By the schedule: a sender cannot know.
        case either
    }

    package var processing: Processing {
        switch self {
        case .tooManyRequests, .tooManyRetryNow, .tooManyRetryIn5, .tooManyRetryInDecades, .tooManyRetryNegative,
            .tooManyRetryDate, .tooManyRetryJunk, .unavailable, .badRequest, .unauthorized, .resetBeforeReading, .redirectHome,
            .expiredCertificate, .selfSignedCertificate, .wrongNameCertificate, .closeBeforeProcessing:
            .never
        case .serverError, .resetAfterReading, .halfClose, .drip, .endlessBody, .hugeBody, .garbage, .hugeHeader,
            .wrongLength, .hang:
            .either
        case .closeAfterProcessing, .gzipBomb, .halfAnswer, .resetInAnswer, .truncatedBody, .shortLength, .lateFirstByte,
            .continueFirst, .closeAfterAnswer:
            .always
        }
    }

    /// What a sender must see of it, however it sends.
    package enum Sight: Sendable, Hashable {
        /// The vendor's own answer, as if nothing had happened.
        case answer
        /// A whole answer with this status.
        case status(Int)
        /// An answer with the vendor's status, whose body is not what it should be.
        case brokenBody
        /// The request was sent, and nobody can say what became of it.
        case lost
        /// No byte of the request left.
        case notSent
    }

    package var sight: Sight {
        switch self {
        case .tooManyRequests, .tooManyRetryNow, .tooManyRetryIn5, .tooManyRetryInDecades, .tooManyRetryNegative,
            .tooManyRetryDate, .tooManyRetryJunk:
            .status(429)
        case .serverError: .status(500)
        case .unavailable: .status(503)
        case .badRequest: .status(400)
        case .unauthorized: .status(401)
        case .redirectHome: .status(302)
        case .resetBeforeReading, .resetAfterReading, .halfClose, .closeAfterProcessing, .drip, .endlessBody, .hugeBody,
            .garbage, .hugeHeader, .wrongLength, .hang, .closeBeforeProcessing, .halfAnswer, .resetInAnswer:
            .lost
        case .gzipBomb, .truncatedBody, .shortLength: .brokenBody
        case .expiredCertificate, .selfSignedCertificate, .wrongNameCertificate: .notSent
        case .lateFirstByte, .continueFirst, .closeAfterAnswer: .answer
        }
    }

    /// True for those that happen before a request: they are the URL's business (`secureBaseURL`), not the schedule's.
    package var isTLS: Bool { sight == .notSent }

    var leavesUnread: Bool { self == .resetBeforeReading }

    /// The header that goes with a 429; nil where none does.
    var retryAfter: String? {
        switch self {
        case .tooManyRetryNow: "0"
        case .tooManyRetryIn5: "5"
        case .tooManyRetryInDecades: "1000000000"
        case .tooManyRetryNegative: "-5"
        case .tooManyRetryDate: FakeHTTP.date(secondsFromNow: 2)
        case .tooManyRetryJunk: "soon"
        default: nil
        }
    }
}
