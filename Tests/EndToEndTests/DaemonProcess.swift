import Foundation
import Synchronization
import TestSupport
import Testing

/// `bellhop serve` as a process: started, asked, killed.
///
/// Each field is set before anybody else sees the process, and never changed.
final class DaemonProcess: @unchecked Sendable {
    private let child: Child
    private let log: Log
    private let folder: String
    let listen: String
    let admin: String

    /// Lines that the daemon wrote to stderr, and what it printed.
    private final class Log: Sendable {
        private struct State {
            var lines: [String] = []
            var rest: [UInt8] = []
            var printed = ""
            var isClosed = false
        }
        private let state = Mutex(State())
        private let condition = NSCondition()

        func add(_ data: Data) {
            condition.lock()
            state.withLock { state in
                state.rest += data
                while let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
                    state.lines.append(String(decoding: state.rest[..<end], as: UTF8.self))
                    state.rest.removeFirst(end + 1)
                }
            }
            condition.broadcast()
            condition.unlock()
        }

        func print(_ data: Data) { state.withLock { $0.printed += String(decoding: data, as: UTF8.self) } }

        func close() {
            condition.lock()
            state.withLock { $0.isClosed = true }
            condition.broadcast()
            condition.unlock()
        }

        var isClosed: Bool { state.withLock { $0.isClosed } }
        var lines: [String] { state.withLock { $0.lines } }
        var printed: String { state.withLock { $0.printed } }

        /// The first line from `start` on that has the text; nil when the daemon ended without it.
        func wait(for text: String, from start: Int) -> String? {
            condition.lock()
            defer { condition.unlock() }
            while true {
                let (found, isClosed) = state.withLock { state in
                    (state.lines.dropFirst(start).first { $0.contains(text) }, state.isClosed)
                }
                if found != nil || isClosed { return found }
                condition.wait()
            }
        }
    }

    struct NotStarted: Error {
        var log: String
        var status: Int32
    }

    /// Starts the daemon and waits until it listens.
    /// - Parameters:
    ///   - wrapper: a program, found on the path, and its arguments, that becomes the daemon: `strace -D …`.
    ///   - passing: descriptors that it gets, from 3 on.
    static func start(
        in folder: String, environment: [String: String] = [:], arguments: [String] = [], wrapper: [String] = [],
        passing: [Int32] = []
    ) async throws -> DaemonProcess {
        try await blocking { try DaemonProcess(folder, environment, arguments, wrapper, passing) }
    }

    private init(
        _ folder: String, _ environment: [String: String], _ arguments: [String], _ wrapper: [String], _ passing: [Int32]
    ) throws {
        let log = Log()
        let words = wrapper + [Program.path, "serve", "--config", "bellhop.yaml"] + arguments
        let child = try Child(
            wrapper.isEmpty ? words[0] : "/usr/bin/env", wrapper.isEmpty ? Array(words.dropFirst()) : words, in: folder,
            environment: ProcessInfo.processInfo.environment.merging(environment) { _, new in new }, passing: passing)
        child.closeInput()
        self.child = child
        self.log = log
        self.folder = folder
        Self.read(child, \.output, { log.print($0) }, {})
        Self.read(child, \.errors, { log.add($0) }, { log.close() })
        guard let started = log.wait(for: "msg=\"started\"", from: 0) else {
            throw NotStarted(log: log.lines.joined(separator: "\n"), status: child.wait())
        }
        listen = Self.value("listen", of: started)
        admin = Self.value("admin", of: started)
    }

    deinit { child.signal(SIGKILL) }

    var processID: pid_t { child.id }
    var webhookPort: UInt16 { listen.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }
    var adminPort: UInt16 { admin.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }

    var lines: [String] { log.lines }
    var printed: String { log.printed }

    /// Waits for a log line with the text, of those after the first `start`.
    func wait(for text: String, from start: Int = 0) async throws -> String? {
        try await blocking { [log] in log.wait(for: text, from: start) }
    }

    struct Ended: Error {
        var log: String
        var status: Int32
    }

    /// Waits until something is so; throws when the daemon ends before it is. When the test's time is up, it tells how the daemon
    /// is.
    func until(_ isMet: () async throws -> Bool) async throws {
        do {
            try await EndToEndTests.until {
                let isOver = log.isClosed
                if try await isMet() { return true }
                guard isOver else { return false }
                throw Ended(log: lines.suffix(20).joined(separator: "\n"), status: try await blocking { self.child.wait() })
            }
        } catch let error as CancellationError {
            Issue.record("what was waited for did not come: \(await condition())")
            throw error
        }
    }

    /// What it said last, and what it counts that is not 0.
    private func condition() async -> String {
        let client = try? Client()
        let page = await client?.get("http://\(admin)/metrics")?.body ?? "no answer to /metrics"
        await client?.close()
        let counts = page.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") && !$0.contains("_bucket") }
        return (lines.suffix(40) + counts.map(String.init)).joined(separator: "\n")
    }

    func signal(_ number: Int32) { child.signal(number) }

    /// kill -9, and waits until it is gone.
    func kill9() async throws {
        signal(SIGKILL)
        _ = try await blocking { self.child.wait() }
    }

    /// SIGTERM, and waits; the exit status. What it leaves must be whole and accounted for (R17).
    func terminate(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Int32 {
        signal(SIGTERM)
        let status = try await blocking { self.child.wait() }
        let path = folder + "/bellhop.db"
        if status == 0, FileManager.default.fileExists(atPath: path) {
            let findings = LedgerChecker.findings(inAccountsOf: try StoreReading(path: path))
            #expect(findings.isClean, "\(findings)", sourceLocation: sourceLocation)
        }
        return status
    }

    /// Waits until it ends by itself, and its tracer has written its last; the exit status. Killed after that many seconds.
    func end(within seconds: Int) async throws -> Int32 {
        let patience = Task {
            try await Task.sleep(for: .seconds(seconds))
            signal(SIGKILL)
        }
        defer { patience.cancel() }
        let status = try await blocking { self.child.wait() }
        _ = try await wait(for: "\u{0}")
        return status
    }

    /// Of the webhooks.
    var port: UInt16 { listen.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }

    private static func read(
        _ child: Child, _ descriptor: any KeyPath<Child, Int32> & Sendable, _ take: @escaping @Sendable (Data) -> Void,
        _ end: @escaping @Sendable () -> Void
    ) {
        Thread {
            Child.readToEnd(child[keyPath: descriptor]) { take(Data($0)) }
            end()
        }.start()
    }

    private static func value(_ key: String, of line: String) -> String {
        line.split(separator: " ").first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) } ?? ""
    }
}
