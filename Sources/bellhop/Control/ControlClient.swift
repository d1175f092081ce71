import Daemon
import Foundation
import JSON
import Model

/// Asks the running daemon over its control socket.
struct ControlClient {
    let path: String

    /// How long the daemon may be silent; longer than it gives itself for an answer.
    private static func patience(for request: ControlRequest) -> Int {
        switch request {
        case .status, .deadLetters, .showDeadLetter, .retryDeadLetter, .discardDeadLetter, .blame: 40
        // It says every 15 seconds that it is there.
        case .tail, .doctor: 60
        case .captures, .reload, .importCaptures: 150
        case .prune, .observe, .ruleRuns: 660
        }
    }

    /// False where nobody listens; true also where one may not ask.
    var isSomebodyThere: Bool {
        guard let socket = UnixSocketPath(path) else { return false }
        do throws(UnixSocketPath.ConnectError) {
            close(try socket.connect())
            return true
        } catch {
            return !error.isNobodyThere
        }
    }

    /// Gives each item of the answer to `item`, and returns what the daemon says at the end.
    /// - Throws: `Exit`, with 1 where the daemon refuses, with 4 where it cannot be reached or cannot do it.
    func ask(_ request: ControlRequest, item: (ControlReply) throws -> Void = { _ in }) throws -> Value {
        switch try answer(request, item: item) {
        case .done(let value): return value
        case .refused(let message, _): throw Exit(.negative, "bellhop: \(message)")
        case .failed(let message): throw Exit(.environment, "bellhop: \(message)")
        case .item, .lost, .alive: throw Exit(.environment, "bellhop: the daemon did not finish its answer")
        }
    }

    /// The last line of the answer.
    /// - Throws: `Exit` with 4 where none came.
    func answer(_ request: ControlRequest, item: (ControlReply) throws -> Void = { _ in }) throws -> ControlReply {
        let exchange = try exchange(request)
        while let reply = try exchange.next() {
            if reply.isLast { return reply }
            try item(reply)
        }
        throw Exit(.environment, "bellhop: the daemon at \(path) went away before it had answered")
    }

    /// Asks, and leaves it to the caller to go on.
    func exchange(_ request: ControlRequest) throws -> ControlExchange {
        let exchange = ControlExchange(try connected(), patience: Self.patience(for: request))
        // Also when it is not all taken: who refuses a client says so before reading.
        exchange.send(JSONWriter.bytes(request.value) + [UInt8(ascii: "\n")])
        return exchange
    }

    private func connected() throws -> Int32 {
        guard let socket = UnixSocketPath(path) else {
            throw Exit(.environment, "bellhop: the path of the control socket \(path) cannot be used")
        }
        do throws(UnixSocketPath.ConnectError) {
            return try socket.connect()
        } catch {
            if error.isNobodyThere {
                throw Exit(
                    .environment,
                    "bellhop: no daemon listens on \(path): start one with `bellhop serve`, or name its configuration "
                        + "with --config"
                )
            }
            if error.isForbidden {
                throw Exit(
                    .environment,
                    "bellhop: \(path) may not be used by this user: be root, the daemon's user or a member of its group")
            }
            throw Exit(.environment, "bellhop: the daemon at \(path) cannot be reached: \(error.text)")
        }
    }
}

/// A connection to the daemon.
final class ControlExchange {
    private let descriptor: Int32
    private var lines: LineReader

    /// Closes the descriptor when it is let go of.
    init(_ descriptor: Int32, patience seconds: Int) {
        self.descriptor = descriptor
        lines = LineReader(descriptor: descriptor)
        // `struct timeval`, whose members cannot be named in a build with a static standard library: two longs, time(7).
        var patience: (seconds: CLong, microseconds: CLong) = (seconds, 0)
        let size = socklen_t(MemoryLayout<(CLong, CLong)>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    deinit { close(descriptor) }

    /// What the other end does not take is lost: it says why when it is asked for the next line.
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Nothing more is sent; answers still come.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next line that this version knows; nil when there are no more.
    func next() throws -> ControlReply? {
        while let line = try lines.next() {
            if let value = try? JSONDocument(line).root.value, let reply = ControlReply(value) { return reply }
        }
        return nil
    }
}

/// Lines from a descriptor.
private struct LineReader {
    let descriptor: Int32
    private var bytes: [UInt8] = []
    /// Where the next line begins, and up to where no line end was found.
    private var start = 0
    private var searched = 0

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Its end left out; nil when there are no more.
    mutating func next() throws -> [UInt8]? {
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer {
                    start = end + 1
                    searched = start
                }
                return Array(bytes[start..<end])
            }
            bytes.removeFirst(start)
            start = 0
            searched = bytes.count
            guard try readMore() else { return nil }
        }
    }

    private mutating func readMore() throws -> Bool {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                throw Exit(.environment, "bellhop: the daemon does not answer")
            }
            guard count > 0 else { return false }
            bytes += part[..<count]
            return true
        }
    }
}

extension CommonOptions {
    /// The daemon of the configuration in use; without one, of what holds by default.
    func controlClient() throws -> ControlClient {
        if let settings = try settings() { return ControlClient(path: settings.control) }
        let standard = Settings.standard(environment: ProcessInfo.processInfo.environment)
        guard let settings = standard.settings else { throw Exit(.unusable, "bellhop: the environment names no control socket") }
        return ControlClient(path: settings.control)
    }
}
