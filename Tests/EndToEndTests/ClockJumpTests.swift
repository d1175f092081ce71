import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// T19: the wall clock is set while timers and retries wait. Time goes on as if it had not been.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct ClockJumpTests {
        private static let jumps: [Int64] = [-3600, 3600, 315_360_000, -1_576_800_000, 7200]

        /// Each message begins a flow that waits, and answers when the waiting is over.
        private static let rules = """
            version: 1
            rules:
              - { id: begin, when: [ { text: 'order*' } ], do: [ { start: wait } ] }
            flows:
              - id: wait
                start: ask
                steps:
                  ask:
                    say: 'act=0 {{message.text}}'
                    expect: [ { when: [ { text: never } ], next: bye } ]
                    timeout: { after: 3s, next: bye }
                  bye: { say: 'bye', end: true }

            """

        /// A busy machine is late; what a jump does is off by an hour or more.
        private static let tolerance: Int64 = 60_000

        @Test func timersComeUpOnceAndInTime() async throws {
            let times = ByeTimes()
            let ground = try ClockGround(rules: Self.rules) { request in
                times.note(request)
                return .text(LoopbackServer.ok("{}"))
            }
            try ground.set(0)
            let daemon = try await ground.start()
            let load = LoadGenerator(try SendLedger(), conversations: 40, seed: 19, webhook: LoadSite.huggy.webhook)
            for (number, jump) in Self.jumps.enumerated() {
                for conversation in (number * 8 + 1)...(number * 8 + 8) {
                    await load.burst(LoadEvent(conversation: conversation, seq: 1), sockets: 1, port: daemon.port)
                }
                try await times.wait(forQuestions: number * 8 + 8)
                try ground.set(jump)
            }
            try await times.wait(for: 40)
            #expect(try await daemon.terminate() == 0)
            for conversation in 1...40 {
                let (asked, byes) = times.of(conversation)
                #expect(asked.count == 1 && byes.count == 1, "conversation \(conversation): \(asked), \(byes)")
                let pause = (byes.first ?? 0) - (asked.first ?? 0)
                // The question itself was on its way for a moment.
                #expect(pause > 1_000 && pause < 3_000 + Self.tolerance, "conversation \(conversation): \(pause) ms")
            }
            ground.server.stop()
        }

        private static let echo = """
            version: 1
            rules:
              - { id: echo, when: [ { text: 'order*' } ], do: [ { reply: 'act=0 {{message.text}}' } ] }

            """

        /// What waits for another try goes on waiting as long as it was to, is not too old at once, and does not come in a storm.
        @Test(arguments: [-3600, 3600, 315_360_000, -1_576_800_000] as [Int64])
        func retriesGoOnAsIfNothingHadHappened(jump: Int64) async throws {
            // Few enough that the account's breaker stays closed.
            let calls = RetryCalls(of: 1...2, failures: 2)
            let ground = try ClockGround(rules: Self.echo) { calls.answer($0) }
            try ground.set(0)
            let daemon = try await ground.start()
            let load = LoadGenerator(try SendLedger(), conversations: 5, seed: 19, webhook: LoadSite.huggy.webhook)
            for conversation in 1...2 {
                await load.burst(LoadEvent(conversation: conversation, seq: 1), sockets: 1, port: daemon.port)
            }
            try await calls.wait(for: 2, attempts: 1)
            try ground.set(jump)
            // New ones are under way while the old ones wait.
            for conversation in 3...5 {
                await load.burst(LoadEvent(conversation: conversation, seq: 1), sockets: 1, port: daemon.port)
            }
            try await calls.wait(for: 5, attempts: 1)
            try await calls.wait(for: 2, attempts: 3)
            #expect(try await daemon.terminate() == 0)
            let store = try StoreReading(path: ground.folder.path + "/bellhop.db")
            #expect(store.effects.count == 5 && store.effects.allSatisfy { $0.state == .sent }, "\(store.effects)")
            for conversation in 1...5 {
                let times = calls.times(of: conversation)
                #expect(times.count == (conversation <= 2 ? 3 : 1), "conversation \(conversation): \(times)")
                // The pause before a try is 200 ms at least; the machine may take some of it away between the sides.
                let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
                #expect(pauses.allSatisfy { $0 >= 150 && $0 < Self.tolerance }, "conversation \(conversation): \(pauses)")
            }
            ground.server.stop()
        }
    }
}

/// A vendor that is unavailable for the first calls of some conversations.
private final class RetryCalls: Sendable {
    private let failing: ClosedRange<Int>
    private let failures: Int
    private let state = Mutex<[Int: [Int64]]>([:])

    init(of failing: ClosedRange<Int>, failures: Int) {
        self.failing = failing
        self.failures = failures
    }

    func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        guard let call = LoadSite.huggy.call(request) else { return .text(LoopbackServer.ok("{}")) }
        let conversation = call.effect.event.conversation
        let count = state.withLock { state in
            state[conversation, default: []].append(FakeServer.now)
            return state[conversation]?.count ?? 0
        }
        let isFailure = failing.contains(conversation) && count <= failures
        return .text(!isFailure ? LoopbackServer.ok("{}") : LoopbackServer.failure(503))
    }

    func times(of conversation: Int) -> [Int64] { state.withLock { $0[conversation] ?? [] } }

    /// Returns when so many conversations have had so many calls.
    func wait(for conversations: Int, attempts: Int) async throws {
        try await until { state.withLock { $0.values.count { $0.count >= attempts } } >= conversations }
    }
}

/// When questions and goodbyes came to a vendor, in milliseconds of a clock that nobody sets.
private final class ByeTimes: Sendable {
    private let state = Mutex<[Int: (asked: [Int64], byes: [Int64])]>([:])

    func note(_ request: LoopbackServer.Request) {
        let parts = (request.head.first ?? "").split(separator: "/")
        guard let place = parts.firstIndex(of: "chats"), place + 1 < parts.count, let chat = Int(parts[place + 1]) else { return }
        state.withLock { state in
            if request.body.contains("bye") {
                state[chat, default: ([], [])].byes.append(FakeServer.now)
            } else {
                state[chat, default: ([], [])].asked.append(FakeServer.now)
            }
        }
    }

    func of(_ conversation: Int) -> (asked: [Int64], byes: [Int64]) { state.withLock { $0[conversation] ?? ([], []) } }

    /// Returns when so many conversations were asked.
    func wait(forQuestions count: Int) async throws {
        try await until { state.withLock { $0.count } >= count }
    }

    /// Returns when so many conversations have had their goodbye.
    func wait(for count: Int) async throws {
        try await until { state.withLock { $0.values.count { !$0.byes.isEmpty } } >= count }
    }
}

/// A shop, and a file that its daemon's wall clock follows.
private struct ClockGround {
    let folder: TemporaryFolder
    let server: LoopbackServer

    init(rules: String, _ answer: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer) throws {
        folder = try TemporaryFolder()
        server = try LoopbackServer(answer)
        try folder.write(LoadSite.huggy.configuration(api: server.url("")), to: "bellhop.yaml")
        try folder.write(rules, to: "rules/shop.yaml")
    }

    /// Seconds from the true time.
    func set(_ seconds: Int64) throws {
        let file = open(folder.path + "/clock", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        let isWritten = withUnsafeBytes(of: seconds) { pwrite(file, $0.baseAddress, $0.count, 0) == $0.count }
        guard isWritten else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Its wall clock follows the file. Checked, since without the library the tests would see nothing.
    func start() async throws -> DaemonProcess {
        let library = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path + "/libsetclock.so"
        #expect(access(library, R_OK) == 0, "\(library) is not built")
        let clock = ["LD_PRELOAD": library, "SET_CLOCK_FILE": folder.path + "/clock"]
        return try await DaemonProcess.start(
            in: folder.path, environment: LoadSite.huggy.environment.merging(clock) { _, new in new })
    }
}
