package import HTTPTypes

/// Why a request is refused before anything of it is looked at. Such a connection is closed.
package enum RequestRefusal: String, Sendable, Hashable, CaseIterable {
    /// A byte that no head may hold: a control character, a CR or LF that is no line end.
    case control
    /// The first line is not `METHOD SP TARGET SP VERSION`.
    case requestLine = "request_line"
    /// The target is no path: `http://…`, `host:port`, `*`, or has bytes that no URL holds.
    case target
    case targetTooLong = "target_too_long"
    /// Not HTTP/1.1.
    case version
    /// A line of the head is not `NAME: VALUE`, or continues the line before it.
    case field
    case headTooLarge = "head_too_large"
    /// `Host` is missing, stands twice, or names no host.
    case host
    /// `Content-Length` is no plain number, or stands twice.
    case contentLength = "content_length"
    /// `Transfer-Encoding` is not exactly `chunked`, or stands beside `Content-Length`.
    case transferEncoding = "transfer_encoding"
    /// `Upgrade`, or a `Connection` that would take framing away.
    case upgrade
    /// `Expect` asks for something other than `100-continue`.
    case expectation
    /// A chunk's size or end is not as it must be, or has an extension.
    case chunk
    /// Fields behind the last chunk.
    case trailer

    /// What it is answered with.
    package var answer: HTTPResponse.Status {
        switch self {
        case .targetTooLong: .uriTooLong
        case .expectation: .expectationFailed
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .version: .httpVersionNotSupported
        default: .badRequest
        }
    }
}
