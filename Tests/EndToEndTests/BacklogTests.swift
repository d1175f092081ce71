import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// R13, T27: what waits on the disk holds up neither the start nor what comes in.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct BacklogTests {
        /// `$BELLHOP_ROUNDS` times 500, so that 200 are the 100,000 that the promise names.
        private static let rows = TestScale.rounds(usual: 40) * 500

        @Test func startsAtOnceAndAnswersWhatComesIn() async throws {
            let api = try LoopbackServer()
            defer { api.stop() }
            let backlog = try await StoredBacklog(api: api.url(""))
            try backlog.fill(undecided: Self.rows, open: Self.rows, timers: Self.rows, decided: Self.rows)
            let clock = ContinuousClock()
            let begin = clock.now
            let daemon = try await DaemonProcess.start(in: backlog.folder.path, environment: Shop.environment)
            let client = try Client()
            #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
            let start = clock.now - begin
            // Two seconds on a quiet machine. Walking over the backlog before the start would take many times as long.
            #expect(start < .seconds(10), "ready after \(start)")

            var slowest = Duration.zero
            for number in 0..<50 {
                let begin = clock.now
                let status = await client.post(
                    Shop.message("m\(number)", chat: 900_000 + number, text: "order"), to: "http://\(daemon.listen)/webhooks/shop"
                )
                #expect(status == 200)
                slowest = max(slowest, clock.now - begin)
            }
            let depth = Metrics.values(await client.get("http://\(daemon.admin)/metrics")?.body ?? "")["bellhop_inbox_depth"]
            #expect((depth ?? 0) > Double(Self.rows / 4), "the backlog was gone: \(depth ?? -1)")
            // A tenth of a second on a quiet machine.
            #expect(slowest < .seconds(2), "answered after \(slowest)")
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }

        /// R8: a backlog of large webhooks is not held in memory, also while the oldest of each conversation waits.
        @Test func memoryDoesNotGrowWithTheBacklog() async throws {
            let api = try LoopbackServer()
            defer { api.stop() }
            let backlog = try await StoredBacklog(api: api.url(""))
            try backlog.fill(undecided: 500, open: 0, timers: 0)
            try backlog.enlargeBodies(to: 512 << 10)
            let daemon = try await DaemonProcess.start(in: backlog.folder.path, environment: Shop.environment)
            let client = try Client()
            let most = Mutex(0.0)
            await Metrics.wait(client, daemon) { values in
                most.withLock { $0 = max($0, values["process_resident_memory_bytes"] ?? 0) }
                return values["bellhop_inbox_depth"] == 0
            }
            // A quarter of a gigabyte of bodies was decided, four megabytes at a time.
            #expect(most.withLock { $0 } < Double(200 << 20))
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }
    }
}
