import HTTPTypes
import NIOHTTP1

/// How large a request may be, and how many there may be on a connection (S3).
struct RequestLimits: Sendable, Hashable {
    var headBytes = 16 << 10
    var fields = 64
    var targetBytes = 2 << 10
    /// After so many answers a connection is closed.
    var requests = 100

    /// The answer to a head that is too large or of another version; nil for one that is fit.
    func refusal(of head: HTTPRequestHead) -> Refusal? {
        guard head.version.major == 1 else { return Refusal(.httpVersionNotSupported) }
        guard head.uri.utf8.count <= targetBytes else { return Refusal(.uriTooLong) }
        // As it stood on the wire, give or take blanks: the line of the request, and of each field its colon and line end.
        let size = head.headers.reduce(head.method.rawValue.utf8.count + head.uri.utf8.count + 14) { size, field in
            size + field.name.utf8.count + field.value.utf8.count + 4
        }
        guard size <= headBytes, head.headers.count <= fields else { return Refusal(.requestHeaderFieldsTooLarge) }
        return nil
    }
}

/// An answer that says no. Its body tells nothing but its status.
struct Refusal: Error, Sendable, Hashable {
    var status: HTTPResponse.Status
    var headers: HTTPFields

    init(_ status: HTTPResponse.Status, _ headers: HTTPFields = [:]) {
        self.status = status
        self.headers = headers
    }

    var body: String { "{\"error\":\"\(status.reasonPhrase.lowercased())\"}" }

    /// 503 that asks to come again in 5 to 30 seconds: spread, so that not all come at once.
    /// - Parameter chance: in 0..<1.
    static func overloaded(_ chance: Double) -> Refusal {
        let seconds = 5 + Int(min(max(chance, 0), 1) * 25)
        return Refusal(.serviceUnavailable, [.retryAfter: "\(seconds)", .connection: "close"])
    }
}
