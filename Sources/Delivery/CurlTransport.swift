import Model
package import VendorKit

/// Sends calls by libcurl's multi interface, over connections that are kept and used again. Calls with an `AddressGuard` have
/// a thread and connections of their own: none that was opened without the guard ever carries one of them.
///
/// A call is never sent twice by itself: libcurl would repeat a POST whose kept connection died, and is refused it, without TLS
/// before it sends (`CurlTransfer.maySend`), with TLS by a body that cannot be rewound; what has no body goes over a new
/// connection. Redirects, proxies, cookies and
/// `.netrc` are never used, TLS is always verified, and an answer over 256 KiB is cut off and counts as lost.
///
/// A call does not end when its task is cancelled, but by its own time limit.
package final class CurlTransport: Transport {
    private let loop: CurlLoop
    private let guardedLoop: CurlLoop

    /// - Parameters:
    ///   - version: Bellhop's; the User-Agent is `bellhop/<version>`.
    ///   - authorities: a file of the certificates to trust, in place of those of the system.
    ///   - addresses: what a name leads to, asked for every call, in place of the system's answer; an empty list leaves it to
    ///     the system.
    /// - Throws: when libcurl or a thread cannot be started.
    package init(
        version: String, authorities: String? = nil,
        addresses: (@Sendable (_ host: String, _ port: Int) -> [String])? = nil
    ) throws(CurlUnavailable) {
        let settings = CurlSettings(userAgent: "bellhop/\(version)", authorities: authorities, addresses: addresses)
        let loop = try CurlLoop(settings)
        do { guardedLoop = try CurlLoop(settings) } catch {
            loop.close(within: .zero, whenClosed: nil)
            throw error
        }
        self.loop = loop
    }

    deinit { beginClosing(within: .zero) }

    package func send(_ request: VendorRequest, secrets: [String: String]) async -> TransportResult {
        let wire: WireRequest
        do { wire = try WireRequest(request, secrets: secrets) } catch { return .notSent(error.message) }
        return await withCheckedContinuation { continuation in
            (wire.addressGuard == nil ? loop : guardedLoop).start(CurlCall(request: wire) { continuation.resume(returning: $0) })
        }
    }

    /// Refuses new calls (`.notSent`), lets running ones end until `deadline` has passed, then breaks them off (`.lost`).
    /// Returns when the threads have ended. May be called more than once.
    package func close(within deadline: Duration) async {
        beginClosing(within: deadline)
        for loop in [loop, guardedLoop] {
            await withCheckedContinuation { continuation in
                loop.close(within: deadline) { continuation.resume() }
            }
        }
    }

    /// The same without waiting for the end.
    package func beginClosing(within deadline: Duration) {
        for loop in [loop, guardedLoop] { loop.close(within: deadline, whenClosed: nil) }
    }
}

/// libcurl, or the thread it runs on, could not be started.
package struct CurlUnavailable: Error, Sendable, Hashable {
    package let message: String
}

/// What all calls of a transport have in common.
struct CurlSettings: Sendable {
    var userAgent: String
    var authorities: String?
    var addresses: (@Sendable (_ host: String, _ port: Int) -> [String])?
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
    static let brokeOff = "the connection broke off before an answer"
    static let longHead = "the answer's head is longer than \(CurlAnswer.headerLimitBytes >> 10) KiB"
    static let longBody = "the answer is longer than \(CurlAnswer.bodyLimitBytes >> 10) KiB"
    /// What the call's `AddressGuard` does not permit.
    static let forbiddenAddress = "the host leads to an address that is not public and not on http_actions.allow_networks"
    static let closed = "the transport is closed"
}
