import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// R13, T21: a stop loses nothing, and ends.
    @Suite(.timeLimit(.minutes(10))) struct StopTests {
        /// Under load, at a moment of chance; asked twice; with reloads asked for at the same time.
        @Test func endsInOrderWhateverIsGoingOn() async throws {
            let seed = TestScale.seed(usual: 20_261_121)
            var random = SplitMix64(seed: seed)
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
            try folder.write(StoredBacklog.rules, to: "rules/shop.yaml")
            let acknowledged = Answers()
            for round in 0..<TestScale.rounds(usual: 3) {
                let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
                let enough = Int.random(in: 5..<60, using: &random)
                let isStorm = Bool.random(using: &random)
                let answers = Answers()
                let clock = ContinuousClock()
                let took = try await withThrowingTaskGroup(of: Duration?.self) { group in
                    for sender in 0..<4 {
                        group.addTask {
                            let client = try Client()
                            for number in 0..<500 {
                                let id = "r\(round)s\(sender)n\(number)"
                                let status = await client.post(
                                    Shop.message(id, chat: sender, text: "order"), to: "http://\(daemon.listen)/webhooks/shop")
                                if status == 200 {
                                    acknowledged.add(id)
                                    answers.add(id)
                                }
                                if status == nil { break }
                            }
                            await client.close()
                            return nil
                        }
                    }
                    group.addTask {
                        while answers.ids.count < enough { await Task.yield() }
                        for _ in 0..<(isStorm ? 50 : 0) { daemon.signal(SIGHUP) }
                        daemon.signal(SIGTERM)
                        daemon.signal(SIGTERM)
                        let begin = clock.now
                        let status = try await daemon.terminate()
                        #expect(status == 0, "seed \(seed), round \(round)")
                        return clock.now - begin
                    }
                    return try await group.reduce(Duration.zero) { max($0, $1 ?? .zero) }
                }
                #expect(took < .seconds(20), "seed \(seed), round \(round)")
                // What was in the log is in the database.
                let log = try? FileManager.default.attributesOfItem(atPath: folder.path + "/bellhop.db-wal")
                #expect((log?[.size] as? NSNumber)?.intValue ?? 0 == 0)
            }
            let kept = try await DatabaseQueue(path: folder.path + "/bellhop.db").read { db in
                (
                    Set(try String.fetchAll(db, sql: "SELECT event_id FROM inbox")),
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox WHERE state = 1 OR uncertain = 1")
                )
            }
            let lost = acknowledged.ids.filter { id in !kept.0.contains { $0.hasSuffix(":\(id)") } }
            #expect(lost == [], "seed \(seed)")
            // No call was cut off by a stop, so that nobody knows what came of it.
            #expect(kept.1 == 0, "seed \(seed)")
        }

        /// What is asked while it stops is answered, and told to come again elsewhere.
        @Test func closesConnectionsWhileItStops() async throws {
            // The vendor answers late, so that the stop has something to wait for.
            let isAsked = Mutex(false)
            let release = DispatchSemaphore(value: 0)
            let api = try LoopbackServer { _ in
                isAsked.withLock { $0 = true }
                release.wait()
                return .text(LoopbackServer.ok("{}"))
            }
            defer { api.stop() }
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
            try folder.write(StoredBacklog.rules, to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let client = try Client()
            let url = "http://\(daemon.listen)/webhooks/shop"
            #expect(await client.post(Shop.message("m1", chat: 1, text: "order"), to: url) == 200)
            while !isAsked.withLock({ $0 }) { await Task.yield() }
            let seen = daemon.lines.count
            daemon.signal(SIGTERM)
            #expect(try await daemon.wait(for: "stopping", from: seen) != nil)
            // Nobody takes new connections; those that were taken before may still be answered.
            let late = await client.post(Shop.message("m2", chat: 2, text: "order"), to: url)
            #expect(late == nil || late == 200 || late == 503)
            release.signal()
            release.signal()
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }
    }
}

/// Ids of messages that got 200.
private final class Answers: Sendable {
    private let state = Mutex<Set<String>>([])

    var ids: Set<String> { state.withLock { $0 } }

    func add(_ id: String) { state.withLock { _ = $0.insert(id) } }
}
