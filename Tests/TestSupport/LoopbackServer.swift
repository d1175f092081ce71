import Glibc
import Synchronization

/// An HTTP server on 127.0.0.1 that answers as it is told and keeps what it was sent, byte for byte.
package final class LoopbackServer: Sendable {
    package struct Request: Sendable, Hashable {
        /// Of its connection, in order of connecting, from 1.
        package var connection: Int
        /// From 1 within its connection.
        package var number: Int
        package var head: [String]
        package var body: String

        package init(connection: Int, number: Int, head: [String], body: String) {
            self.connection = connection
            self.number = number
            self.head = head
            self.body = body
        }
    }

    package enum Answer: Sendable {
        /// Sent as it is; the connection stays open.
        case text(String)
        /// Sent as it is; then the connection is closed.
        case textAndClose(String)
        /// As above, by a reset.
        case textAndReset(String)
        /// Nothing is ever sent.
        case silence
    }

    private struct State {
        package var requests: [Request] = []
        var connections = 0
        var open: Set<Int32> = []
        var isStopped = false
    }

    package let port: UInt16
    private let listener: Int32
    private let script: @Sendable (Request) -> Answer
    private let state = Mutex(State())

    package init(_ script: @escaping @Sendable (Request) -> Answer = { _ in .text(LoopbackServer.ok("{}")) }) throws {
        self.script = script
        listener = try Self.listeningSocket(backlog: 128)
        port = try Self.port(of: listener)
        Self.startThread { self.accept() }
    }

    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    package var requests: [Request] { state.withLock { $0.requests } }
    package var connections: Int { state.withLock { $0.connections } }

    package func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        hangUp()
    }

    /// Closes the connections that there are, and goes on listening.
    package func hangUp() {
        // With the lock: a number that was closed is soon somebody else's.
        state.withLock { state in
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    package static func ok(_ body: String, headers: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let number = state.withLock { state in
                state.connections += 1
                state.open.insert(connection)
                return state.connections
            }
            Self.startThread { self.serve(connection, number) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32, _ number: Int) {
        var buffer: [UInt8] = []
        var count = 0
        while let (head, body) = Self.readRequest(connection, &buffer) {
            count += 1
            let request = Request(connection: number, number: count, head: head, body: body)
            state.withLock { $0.requests.append(request) }
            guard Self.carryOut(script(request), on: connection) else { break }
        }
        _ = state.withLock { $0.open.remove(connection) }
        close(connection)
    }

    /// False when the connection is to be closed.
    private static func carryOut(_ answer: Answer, on connection: Int32) -> Bool {
        switch answer {
        case .text(let text): return write(text, to: connection)
        case .textAndClose(let text): _ = write(text, to: connection)
        case .textAndReset(let text):
            _ = write(text, to: connection)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        case .silence: return true
        }
        return false
    }

    private static func write(_ text: String, to connection: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            bytes = bytes.dropFirst(sent)
        }
        return true
    }

    /// The next request; nil at the end of the connection.
    private static func readRequest(_ connection: Int32, _ buffer: inout [UInt8]) -> (head: [String], body: String)? {
        while true {
            if let end = headEnd(buffer) {
                let head = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
                let length =
                    head.lazy.filter { $0.lowercased().hasPrefix("content-length:") }
                    .compactMap { Int($0.dropFirst(15).drop { $0 == " " }) }.first ?? 0
                if buffer.count >= end + 4 + length {
                    let body = String(decoding: buffer[(end + 4)..<(end + 4 + length)], as: UTF8.self)
                    buffer.removeFirst(end + 4 + length)
                    return (head, body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = chunk.withUnsafeMutableBytes { recv(connection, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }
}

// Sockets and threads.
extension LoopbackServer {
    struct SocketError: Error {
        let call: String
    }

    package static func listeningSocket(backlog: Int32) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw SocketError(call: "socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafeBytes(of: &address) { bytes in
            bind(listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard code == 0, listen(listener, backlog) == 0 else { throw SocketError(call: "listen") }
        return listener
    }

    /// A socket that has begun to connect to a listening one of this process.
    package static func startedConnection(to listener: Int32) throws -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = try port(of: listener).bigEndian
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard connection >= 0 else { throw SocketError(call: "socket") }
        _ = withUnsafeBytes(of: &address) { bytes in
            connect(connection, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        return connection
    }

    package static func port(of socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes in
            getsockname(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard code == 0 else { throw SocketError(call: "getsockname") }
        return UInt16(bigEndian: address.sin_port)
    }

    static func startThread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        if code == 0 { pthread_detach(thread) } else { box.release() }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
