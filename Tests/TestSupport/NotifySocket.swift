import Glibc
import Synchronization

/// The end of systemd: a datagram socket that keeps what it is told, each datagram as its lines.
package final class NotifySocket: Sendable {
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var messages: [[String]] = []
        var isOver = false
        var waiting: [(isMet: @Sendable ([[String]]) -> Bool, continuation: CheckedContinuation<[[String]], Never>)] = []
    }

    package struct Failure: Error {
        var call: String
    }

    /// - Parameter name: a path, or an abstract name, which begins with `@`: what `$NOTIFY_SOCKET` is to say.
    package init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix(107)) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let code = withUnsafeBytes(of: &address) { raw in
            bind(descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
        guard code == 0 else { throw Failure(call: "bind") }
        LoopbackServer.startThread { self.receive() }
    }

    package var messages: [[String]] { state.withLock { $0.messages } }

    /// What there is once `isMet` says so, or when the socket was closed.
    package func wait(until isMet: @escaping @Sendable ([[String]]) -> Bool) async -> [[String]] {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state -> [[String]]? in
                if state.isOver || isMet(state.messages) { return state.messages }
                state.waiting.append((isMet, continuation))
                return nil
            }
            if let there { continuation.resume(returning: there) }
        }
    }

    package func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func receive() {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            note { $0.messages.append(lines) }
        }
        note { $0.isOver = true }
        Glibc.close(descriptor)
    }

    private func note(_ change: (inout State) -> Void) {
        let (met, messages) = state.withLock { state in
            change(&state)
            let messages = state.messages
            let isOver = state.isOver
            let met = state.waiting.filter { isOver || $0.isMet(messages) }
            state.waiting.removeAll { isOver || $0.isMet(messages) }
            return (met, messages)
        }
        for waiter in met { waiter.continuation.resume(returning: messages) }
    }
}
