import Foundation
import GRDB
import TestSupport
import Testing

extension Torture {
    /// Far more at once than can be done: what is taken is kept, the rest is asked to come again, and memory stays within its
    /// bounds (R8; T15).
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct OverloadTests {
        /// Webhooks of 50 KiB, of which 32 MiB may be held: some hundreds of them. The first ones send all of it but the last
        /// byte and keep that back for a while, so that too much is held however fast the daemon is.
        private static func webhook(_ number: Int) -> Crowd.Member {
            let padding = String(repeating: "x", count: 50_000)
            let body = Shop.message("m\(number)", chat: number % 100, text: "hello")
                .replacingOccurrences(of: #""read_at":null"#, with: #""read_at":null,"padding":"\#(padding)""#)
            let request = "POST /webhooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            guard number < keptBack else { return Crowd.Member(request.utf8, leavesWithAnswer: true) }
            return Crowd.Member(
                request.utf8.dropLast(), drip: String(request.suffix(1)), pauseMilliseconds: 4000, leavesWithAnswer: true)
        }

        private static let keptBack = 1000

        @Test func whatIsTakenIsKeptAndTheRestComesAgain() async throws {
            let count = 3000 * min(TestScale.rounds(usual: 1), 5)
            let atOnce = min(1500, Crowd.raiseDescriptorLimit() / 2)
            let folder = try TemporaryFolder()
            try folder.write(
                Shop.configuration(api: "http://127.0.0.1:1") + "limits: { inbox: 300 }\n", to: "bellhop.yaml")
            try folder.write("version: 1\nrules: []\n", to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let port = daemon.webhookPort
            let outcomes = try await blocking {
                Crowd(port: port).run((0..<count).map(Self.webhook), atOnce: atOnce, seconds: 200)
            }
            let statuses = outcomes.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
            #expect(Set(statuses.keys).isSubset(of: [200, 503]), "\(statuses)")
            #expect((statuses[200] ?? 0) > 0 && (statuses[503] ?? 0) > 0, "\(statuses)")
            for outcome in outcomes where outcome.status == 503 {
                let line = outcome.text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("retry-after: ") }
                let seconds = line.flatMap { Int($0.dropFirst(13)) } ?? 0
                guard (5...30).contains(seconds), outcome.text.lowercased().contains("\r\nconnection: close\r\n") else {
                    Issue.record("\(outcome.text)")
                    break
                }
            }
            let most = try #require(ProcessFigures.mostMemory(daemon.processID))
            #expect(most < 256, "\(most) MiB")
            try await checkTheStore(folder, outcomes)
            try await checkThatAllIsWellAgain(daemon)
            #expect(try await daemon.terminate() == 0)
        }

        /// Acknowledged = stored: what got 503 or no answer is in it at most by having been stored before its sender heard so.
        private func checkTheStore(_ folder: TemporaryFolder, _ outcomes: [Crowd.Outcome]) async throws {
            let database = try DatabaseQueue(path: folder.path + "/bellhop.db")
            let stored = try await database.read { try String.fetchAll($0, sql: "SELECT event_id FROM inbox") }
            #expect(Set(stored).count == stored.count)
            let numbers = Set(stored.compactMap { Int($0.split(separator: ":").last?.dropFirst() ?? "") })
            let acknowledged = Set(outcomes.indices.filter { outcomes[$0].status == 200 })
            #expect(
                acknowledged == numbers,
                "lost \(acknowledged.subtracting(numbers)), not told \(numbers.subtracting(acknowledged))")
        }

        private func checkThatAllIsWellAgain(_ daemon: DaemonProcess) async throws {
            let client = try Client()
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
            var statuses: Set<Int?> = []
            for number in 0..<50 {
                let message = Shop.message("after\(number)", chat: number, text: "hello")
                statuses.insert(await client.post(message, to: "http://\(daemon.listen)/webhooks/shop"))
            }
            #expect(statuses == [200])
            await client.close()
        }
    }
}
