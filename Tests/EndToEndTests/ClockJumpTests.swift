import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// T19: the wall clock is set while timers and retries wait. Time goes on as if it had not been.
    @Suite(.timeLimit(.minutes(3))) struct ClockJumpTests {
        private static let library = "/usr/lib/\(machine)-linux-gnu/faketime/libfaketimeMT.so.1"

        #if arch(arm64)
            private static let machine = "aarch64"
        #else
            private static let machine = "x86_64"
        #endif

        /// A wall clock of the daemon's own, that follows a file.
        private static func environment(_ folder: TemporaryFolder) -> [String: String] {
            [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": folder.path + "/clock", "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
            ]
        }

        private static let jumps = ["-3600", "+3600", "+315360000", "-1576800000", "+0"]

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
            #expect(access(Self.library, R_OK) == 0, "the package libfaketime is not installed")
            let times = ByeTimes()
            let ground = try ClockGround(rules: Self.rules) { request in
                times.note(request)
                return .text(LoopbackServer.ok("{}"))
            }
            try ground.set("+0")
            let daemon = try await ground.start(Self.environment(ground.folder))
            let load = LoadGenerator(try SendLedger(), conversations: 40, seed: 19, webhook: LoadSite.huggy.webhook)
            for (number, jump) in Self.jumps.enumerated() {
                for conversation in (number * 8 + 1)...(number * 8 + 8) {
                    await load.burst(LoadEvent(conversation: conversation, seq: 1), sockets: 1, port: daemon.port)
                }
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

    /// Looks now and then until so many conversations have had their goodbye.
    func wait(for count: Int) async throws {
        while state.withLock({ $0.values.count { !$0.byes.isEmpty } }) < count {
            try await Task.sleep(for: .milliseconds(20))
        }
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

    /// Seconds from the true time, with a sign.
    func set(_ offset: String) throws {
        // At once: a file that is read while it is written has half a number in it.
        try Data((offset + "\n").utf8).write(to: URL(fileURLWithPath: folder.path + "/clock"), options: .atomic)
    }

    func start(_ environment: [String: String]) async throws -> DaemonProcess {
        try await DaemonProcess.start(
            in: folder.path, environment: LoadSite.huggy.environment.merging(environment) { _, new in new })
    }
}
