import Glibc

/// An HTTP/1.1 server on 127.0.0.1 that keeps connections and can misbehave below HTTP. One thread serves all connections
/// without blocking, so that hundreds of them cost little.
package final class FakeServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let wake: Int32

    package init(_ application: some FakeApplication) throws {
        listener = try LoopbackServer.listeningSocket(backlog: 1024)
        port = try LoopbackServer.port(of: listener)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw LoopbackServer.SocketError(call: "pipe") }
        wake = ends[1]
        let loop = FakeServerLoop(listener: listener, wake: ends[0], application: application)
        LoopbackServer.startThread { loop.run() }
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    package var origin: String { "http://127.0.0.1:\(port)" }

    /// Under this one every connection ends in a TLS handshake that must fail.
    package var secureOrigin: String { "https://127.0.0.1:\(port)" }

    /// Closes everything. Must be called once, or the thread stays.
    package func stop() { close(wake) }

    /// An address that nobody listens at.
    package static func unusedOrigin() throws -> String {
        let listener = try LoopbackServer.listeningSocket(backlog: 1)
        defer { close(listener) }
        return "http://127.0.0.1:\(try LoopbackServer.port(of: listener))"
    }

    /// Milliseconds that only go forward.
    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
