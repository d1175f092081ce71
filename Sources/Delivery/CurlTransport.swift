import Model
package import VendorKit

/// Sends calls by libcurl's multi interface on one thread of its own, over connections that are kept and used again.
///
/// A call is never sent twice by itself: bodies are read by a callback that cannot be rewound, so that libcurl cannot
/// repeat a POST whose kept connection died; what has no body goes over a new connection. Redirects, proxies, cookies and
/// `.netrc` are never used, TLS is always verified, and an answer over 256 KiB is cut off and counts as lost.
///
/// A call does not end when its task is cancelled, but by its own time limit.
package final class CurlTransport: Transport {
    private let loop: CurlLoop

    /// - Parameter version: Bellhop's; the User-Agent is `bellhop/<version>`.
    /// - Throws: when libcurl or its thread cannot be started.
    package init(version: String) throws(CurlUnavailable) {
        loop = try CurlLoop(userAgent: "bellhop/\(version)")
    }

    deinit { loop.close(within: .zero, whenClosed: nil) }

    package func send(_ request: VendorRequest, secrets: [String: String]) async -> TransportResult {
        let wire: WireRequest
        do { wire = try WireRequest(request, secrets: secrets) } catch { return .notSent(error.message) }
        return await withCheckedContinuation { continuation in
            loop.start(CurlCall(request: wire) { continuation.resume(returning: $0) })
        }
    }

    /// Refuses new calls (`.notSent`), lets running ones end until `deadline` has passed, then breaks them off (`.lost`).
    /// Returns when the thread has ended. May be called more than once.
    package func close(within deadline: Duration) async {
        await withCheckedContinuation { continuation in
            loop.close(within: deadline) { continuation.resume() }
        }
    }

    /// The same without waiting for the end.
    package func beginClosing(within deadline: Duration) { loop.close(within: deadline, whenClosed: nil) }
}

/// libcurl, or the thread it runs on, could not be started.
package struct CurlUnavailable: Error, Sendable, Hashable {
    package let message: String
}

/// One call on its way to the thread, and who waits for it.
struct CurlCall: Sendable {
    let request: WireRequest
    let finish: @Sendable (TransportResult) -> Void
}

/// The texts of results that somebody decides by.
enum TransportText {
    static let timedOut = "timed out"
    static let noConnection = "no connection in time"
    static let longHead = "the answer's head is longer than \(CurlAnswer.headerLimitBytes >> 10) KiB"
    static let longBody = "the answer is longer than \(CurlAnswer.bodyLimitBytes >> 10) KiB"
    static let closed = "the transport is closed"
}
