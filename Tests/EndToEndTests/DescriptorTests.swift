import CSpawn
import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// A process with hardly any descriptors (R8; T18).
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct DescriptorTests {
        private func start(_ folder: TemporaryFolder, descriptors: String) async throws -> DaemonProcess {
            try folder.write(Shop.configuration(api: "http://127.0.0.1:1"), to: "bellhop.yaml")
            try folder.write(Shop.rules, to: "rules/shop.yaml")
            return try await DaemonProcess.start(
                in: folder.path, environment: Shop.environment,
                wrapper: ["/bin/sh", "-c", "\(descriptors); exec \"$@\"", "sh"])
        }

        @Test func withFewDescriptorsItServesAmongIdleClients() async throws {
            let folder = try TemporaryFolder()
            let daemon = try await start(folder, descriptors: "ulimit -n 64")
            #expect(daemon.lines.contains { $0.contains("fewer connections than configured") })
            let isOver = Mutex(false)
            let port = daemon.webhookPort
            let members = (0..<200).map { _ in Crowd.Member([]) }
            async let idle = blocking {
                Crowd(port: port).run(members, atOnce: 200, seconds: 60) { _ in isOver.withLock { $0 } }
            }
            let url = "http://\(daemon.listen)/webhooks/shop"
            var statuses: [Int?] = []
            for number in 0..<30 {
                let client = try Client()
                statuses.append(await client.post(Shop.message("m\(number)", chat: number, text: "order"), to: url))
                await client.close()
            }
            isOver.withLock { $0 = true }
            _ = try await idle
            #expect(statuses == Array(repeating: 200, count: 30))
            let client = try Client()
            #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
            let page = Metrics.values(try #require(await client.get("http://\(daemon.admin)/metrics")).body)
            #expect(page["bellhop_accept_pauses_total{listener=\"webhooks\"}"] == 0)
            // The store was never refused a descriptor, and calls were neither.
            let dead = page.filter { $0.key.hasPrefix("bellhop_dead_events_total{") }
            #expect(!dead.isEmpty && dead.values.allSatisfy { $0 == 0 }, "\(dead)")
            #expect(!daemon.lines.contains { $0.contains("level=error") })
            await client.close()
            #expect(try await daemon.terminate() == 0)
        }

        /// Nothing left at all: it waits, without turning round and round, and goes on when there is again.
        @Test func withoutAnyDescriptorItWaits() async throws {
            let folder = try TemporaryFolder()
            let daemon = try await start(folder, descriptors: ":")
            let client = try Client()
            let url = "http://\(daemon.listen)/webhooks/shop"
            #expect(await client.post(Shop.message("m0", chat: 1, text: "order"), to: url) == 200)
            await Metrics.wait(client, daemon) { $0["bellhop_inbox_depth"] == 0 }
            let descriptors = try #require(ProcessFigures.openDescriptors(daemon.processID))
            // Those that it has, it keeps: of three standard ones on. So does the client its connection to the metrics.
            #expect(descriptors > 3 && set_descriptor_limit(daemon.processID, 3) == 0)
            let start = ContinuousClock.now
            let port = daemon.webhookPort
            async let waiting = blocking {
                Crowd(port: port).run([Crowd.Member(Self.request, leavesWithAnswer: true)], atOnce: 1, seconds: 60)
            }
            await Metrics.wait(client, daemon) { ($0[Self.pauses] ?? 0) >= 10 }
            #expect(set_descriptor_limit(daemon.processID, 1000) == 0)
            let outcomes = try await waiting
            // Each lasts 100 ms: without one, it would try a thousand times.
            let page = Metrics.values(try #require(await client.get("http://\(daemon.admin)/metrics")).body)
            let most = Double((ContinuousClock.now - start) / .milliseconds(100)) + 1
            #expect((10...most).contains(page[Self.pauses] ?? 0), "\(page[Self.pauses] ?? 0), at most \(most)")
            #expect(outcomes.map { $0.status } == [200])
            await client.close()
            #expect(try await daemon.terminate() == 0)
        }

        private static let pauses = "bellhop_accept_pauses_total{listener=\"webhooks\"}"

        private static var request: [UInt8] {
            let body = Shop.message("m1", chat: 1, text: "order")
            return Array(
                "POST /webhooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        }

        @Test func theSoftLimitIsRaisedToTheHardOne() async throws {
            let folder = try TemporaryFolder()
            let daemon = try await start(folder, descriptors: "ulimit -Sn 100 && ulimit -Hn 4000")
            #expect(ProcessFigures.descriptorLimits(daemon.processID) == ["4000", "4000"])
            #expect(!daemon.lines.contains { $0.contains("fewer connections") })
            #expect(try await daemon.terminate() == 0)
        }
    }
}
