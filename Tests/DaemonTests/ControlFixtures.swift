import Daemon
import Foundation
import JSON
import Logging
import Model
import ServiceLifecycle
import Testing

/// A daemon with its control socket in a folder of its own.
struct ControlledDaemon: Sendable {
    var folder: String
    var addresses: Daemon.Addresses
    var log: Lines
    var console: Lines

    var socket: String { folder + "/c.sock" }

    func ask(_ request: ControlRequest) async throws -> [ControlReply] {
        try await ControlConnection.ask(socket, JSONWriter.string(request.value))
    }

    /// What stands in the last line; records an issue where it is no `done`.
    func result(_ request: ControlRequest) async throws -> Value {
        guard case .done(let value) = try await ask(request).last else {
            Issue.record("no result of \(request)")
            return .null
        }
        return value
    }

    func items(_ request: ControlRequest) async throws -> [Value] {
        try await ask(request).compactMap { if case .item(let value) = $0 { value } else { nil } }
    }

    static func settings(in folder: String) -> Settings {
        var settings = exampleSettings(rules: folder + "/rules.yaml")
        settings.store = .sqlite(path: folder + "/bellhop.db")
        settings.control = folder + "/c.sock"
        return settings
    }

    /// Runs a daemon until `body` returns, then stops it gracefully and waits for its end.
    static func run(
        rules: String, in folder: String, settings: Settings? = nil,
        _ body: @escaping @Sendable (ControlledDaemon) async throws -> Void
    ) async throws {
        try rules.write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
        try await run(settings ?? Self.settings(in: folder), in: folder, body)
    }

    static func run(
        _ settings: Settings, in folder: String, _ body: @escaping @Sendable (ControlledDaemon) async throws -> Void
    ) async throws {
        let (console, log) = (Lines(), Lines())
        let daemon = Daemon(
            settings: settings, accounts: try exampleAccounts(settings),
            surroundings: surroundings(console: console, log: log, level: .debug),
            options: Daemon.Options(version: "1.2.3", handlesSignals: false))
        let addresses = AsyncStream<Daemon.Addresses>.makeStream()
        let group = ServiceGroup(
            services: [Runner(daemon: daemon) { addresses.continuation.yield($0) }],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await found in addresses.stream {
                    do {
                        try await body(ControlledDaemon(folder: folder, addresses: found, log: log, console: console))
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                    return await group.triggerGracefulShutdown()
                }
            }
            try await tasks.next()
            addresses.continuation.finish()
            try await tasks.waitForAll()
        }
    }

    private struct Runner: Service {
        var daemon: Daemon
        var started: @Sendable (Daemon.Addresses) -> Void

        func run() async throws { try await daemon.run(started: started) }
    }
}

/// The client's side, as any program may write it.
final class ControlConnection: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = try #require(UnixSocketPath(path)).connect()
    }

    deinit { close(descriptor) }

    func send(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = write(descriptor, Array(bytes[sent...]), bytes.count - sent)
            guard count > 0 else { return #expect(Bool(false), "\(count) of \(bytes.count) bytes were sent") }
            sent += count
        }
    }

    /// Nothing more is sent; answers still come.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next line; nil when there are no more.
    func next() async throws -> ControlReply? {
        try await onAThread { [descriptor] in
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1 {
                if byte == UInt8(ascii: "\n") { return ControlReply(try JSONDocument(line).root.value) }
                line.append(byte)
            }
            return nil
        }
    }

    /// The next one that tells something: on a busy machine there is time for signs of life between two decisions.
    func nextNews() async throws -> ControlReply? {
        while let reply = try await next() {
            if reply != .alive { return reply }
        }
        return nil
    }

    static func ask(_ path: String, _ line: String) async throws -> [ControlReply] {
        let connection = try ControlConnection(path)
        connection.send(line)
        var replies: [ControlReply] = []
        while let reply = try await connection.next() { replies.append(reply) }
        return replies
    }
}

/// Runs something that waits on a thread of its own: the tests' tasks share as many threads as there are cores.
private func onAThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}

/// A listening Unix socket that answers nothing. With `isAbandoned` its process might as well have died: the file stays.
final class ForeignSocket: Sendable {
    private let descriptor: Int32

    init(_ path: String, isAbandoned: Bool = false) throws {
        let listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        try #require(listen(listening, 1) == 0)
        if isAbandoned { close(listening) }
        descriptor = isAbandoned ? -1 : listening
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
