import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// Thousands who send slowly, or take slowly what they are told, and one who does not (R8, S3; T22).
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct SlowClientTests {
        enum Mode: String, CaseIterable {
            case silent, head, body, read

            func member(_ number: Int) -> Crowd.Member {
                switch self {
                case .silent: Crowd.Member([])
                case .head: Crowd.Member("POST /webhooks/shop HTTP/1.1\r\nHost: a\r\nX-a: ".utf8, drip: "y")
                case .body:
                    Crowd.Member(
                        "POST /webhooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n".utf8, drip: "y")
                case .read:
                    // Some answers, none of which it takes; the last request ends it.
                    Crowd.Member(
                        (String(repeating: "GET /other HTTP/1.1\r\nHost: a\r\n\r\n", count: 20)
                            + "GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").utf8, reads: false)
                }
            }

            /// One in 16 only asks and does not read: each of those costs as much as 20 others.
            static func of(_ number: Int) -> Mode { number % 16 == 0 ? .read : [.silent, .head, .body][number % 3] }
        }

        /// More than there is room for, so that they are closed for one another as well; and no more than the kernel keeps in its
        /// queue besides, for who is silent there is never told that it gave him up.
        @Test func aGoodClientIsServedAmongSlowOnes() async throws {
            let count = min(5000, Crowd.raiseDescriptorLimit() - 1500)
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: "http://127.0.0.1:1"), to: "bellhop.yaml")
            try folder.write("version: 1\nrules: []\n", to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let members = (0..<count).map { Mode.of($0).member($0) }
            let isOver = Mutex(false)
            async let slow = blocking {
                defer { isOver.withLock { $0 = true } }
                return Crowd(port: daemon.webhookPort).run(members, atOnce: count, seconds: 120)
            }
            var statuses: [Int?] = []
            let url = "http://\(daemon.listen)/webhooks/shop"
            // A new connection each time, which is the harder thing to get.
            while !isOver.withLock({ $0 }) || statuses.count < 100 {
                let client = try Client()
                statuses.append(await client.post(Shop.message("m\(statuses.count)", chat: 1, text: "hello"), to: url))
                await client.close()
                // Fifty a second.
                try await Task.sleep(for: .milliseconds(20))
            }
            let outcomes = try await slow
            let good = statuses.count { $0 == 200 }
            #expect(good * 100 >= statuses.count * 99, "\(good) of \(statuses.count)")
            let left = outcomes.enumerated().filter { !$0.element.isClosed }.map { Mode.of($0.offset).rawValue }
            #expect(left.isEmpty, "never closed: \(Set(left)), \(left.count)")
            let answers = Set(outcomes.map { $0.status })
            #expect(answers.isSubset(of: [nil, 404, 408, 503]), "\(answers)")
            let most = try #require(ProcessFigures.mostMemory(daemon.processID))
            #expect(most < 256, "\(most) MiB")
            let client = try Client()
            let page = Metrics.values(try #require(await client.get("http://\(daemon.admin)/metrics")).body)
            for reason in ["head_timeout", "body_timeout"] {
                let name = "bellhop_connections_cut_total{listener=\"webhooks\",reason=\"\(reason)\"}"
                #expect((page[name] ?? 0) > 0, "\(reason)")
            }
            #expect(page["bellhop_connections_open{listener=\"webhooks\"}"] == 0)
            await client.close()
            #expect(try await daemon.terminate() == 0)
        }

        /// There is room for 30, and 60 who want nothing, again and again.
        @Test func whoSpeaksGetsInWhereAllPlacesAreTaken() async throws {
            let folder = try TemporaryFolder()
            try folder.write(
                Shop.configuration(api: "http://127.0.0.1:1") + "limits: { connections: 30 }\n", to: "bellhop.yaml")
            try folder.write("version: 1\nrules: []\n", to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let isOver = Mutex(false)
            let port = daemon.webhookPort
            let modes = [Mode.silent, .head, .body]
            let members = (0..<100_000).map { modes[$0 % 3].member($0) }
            async let slow = blocking {
                Crowd(port: port).run(members, atOnce: 60, seconds: 200) { _ in isOver.withLock { $0 } }
            }
            let client = try Client()
            let evicted = "bellhop_connections_cut_total{listener=\"webhooks\",reason=\"evicted\"}"
            await Metrics.wait(client, daemon) { ($0[evicted] ?? 0) >= 30 }
            var statuses: [Int?] = []
            for number in 0..<100 {
                let client = try Client()
                let url = "http://\(daemon.listen)/webhooks/shop"
                statuses.append(await client.post(Shop.message("m\(number)", chat: 1, text: "hello"), to: url))
                await client.close()
            }
            isOver.withLock { $0 = true }
            let outcomes = try await slow
            #expect(statuses.count { $0 == 200 } >= 99, "\(statuses)")
            let page = Metrics.values(try #require(await client.get("http://\(daemon.admin)/metrics")).body)
            #expect((page["bellhop_connections_cut_total{listener=\"webhooks\",reason=\"refused\"}"] ?? 0) == 0)
            #expect(!outcomes.isEmpty)
            await client.close()
            #expect(try await daemon.terminate() == 0)
        }

        /// Who asks for pages and takes none of them fills the kernel's buffers, and is left then.
        @Test func whoDoesNotTakeHisAnswersIsLeft() async throws {
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: "http://127.0.0.1:1"), to: "bellhop.yaml")
            try folder.write("version: 1\nrules: []\n", to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
            let members = (0..<10).map { _ in
                Crowd.Member(String(repeating: request, count: 1000).utf8, reads: false, hasLittleRoom: true)
            }
            let port = daemon.adminPort
            // They are told that it is over by nothing but a reset, which comes when the daemon gives up.
            let outcomes = try await blocking { Crowd(port: port).run(members, atOnce: members.count, seconds: 60) }
            #expect(outcomes.allSatisfy { $0.isClosed })
            #expect(try await daemon.terminate() == 0)
        }
    }
}
