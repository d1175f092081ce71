import Foundation
import GRDB
import TestSupport
import Testing

extension Torture {
    /// R16, T16 in short: with retention at work and reloads all the time nothing grows. Counts, no times.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct SoakTests {
        /// Of 160 webhooks each.
        private static let rounds = TestScale.rounds(usual: 4)

        private struct Sizes: CustomStringConvertible {
            var database: Int
            var log: Int
            var descriptors: Int
            var threads: Int

            var description: String {
                "database \(database), log \(log), descriptors \(descriptors), threads \(threads)"
            }

            /// Of a daemon on Linux.
            init(_ process: pid_t, in folder: String) throws {
                func size(_ name: String) -> Int {
                    ((try? FileManager.default.attributesOfItem(atPath: folder + "/" + name))?[.size] as? NSNumber)?.intValue ?? 0
                }
                database = size("bellhop.db")
                log = size("bellhop.db-wal")
                descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
                threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count
            }
        }

        @Test func nothingGrows() async throws {
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: api.url("")) + "captures: { keep: 0 }\n", to: "bellhop.yaml")
            try folder.write(StoredBacklog.rules, to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let client = try Client()
            var sizes: [Sizes] = []
            for round in 0..<Self.rounds {
                // Long bodies, the same conversations and messages of their own: what stays small is what is removed.
                let text = "order " + String(repeating: "x", count: 3000)
                await withTaskGroup(of: Void.self) { group in
                    for sender in 0..<4 {
                        group.addTask {
                            for number in 0..<40 {
                                let id = "r\(round)s\(sender)n\(number)"
                                let status = await client.post(
                                    Shop.message(id, chat: sender, text: text), to: "http://\(daemon.listen)/webhooks/shop")
                                #expect(status == 200)
                            }
                        }
                    }
                }
                for command in [["reload"], ["status"]] {
                    #expect(try await Program.run(command, in: folder.path, environment: Shop.environment).status == 0)
                }
                await Metrics.wait(client, daemon, until: Metrics.isDrained)
                try await age(folder)
                try await prune(folder)
                sizes.append(try Sizes(daemon.processID, in: folder.path))
            }
            let first = try #require(sizes.dropFirst().first)
            let last = try #require(sizes.last)
            let story = sizes.map(\.description).joined(separator: "\n")
            #expect(last.database <= first.database + first.database / 5 + 1 << 20, "\(story)")
            #expect(last.log <= 64 << 20, "\(story)")
            #expect(last.descriptors <= first.descriptors + 4, "\(story)")
            #expect(last.threads <= first.threads + 8, "\(story)")
            let doctor = try await Program.run(["doctor"], in: folder.path, environment: Shop.environment)
            #expect(doctor.status == 0, "\(doctor.output)")
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }

        /// A hundred days go by for all that is over.
        private func age(_ folder: TemporaryFolder) async throws {
            let queue = try DatabaseQueue(path: folder.path + "/bellhop.db")
            try await queue.write { db in
                let columns = [
                    ("webhook", "received_ms"), ("inbox", "decided_ms"), ("outbox", "settled_ms"), ("seen", "at_ms"),
                    ("echo", "at_ms"), ("cooldown", "at_ms"),
                ]
                for (table, column) in columns {
                    try db.execute(sql: "UPDATE \(table) SET \(column) = \(column) - 8640000000")
                }
            }
            try queue.close()
        }

        private func prune(_ folder: TemporaryFolder) async throws {
            let result = try await Program.run(["captures", "prune"], in: folder.path, environment: Shop.environment)
            #expect(result.status == 0, "\(result.errors)")
        }
    }
}
