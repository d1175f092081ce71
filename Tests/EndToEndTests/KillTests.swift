import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// kill -9 under load, again and again: what got 200 is decided once, and reaches the vendor.
@Suite(.timeLimit(.minutes(5))) struct KillTests {
    private struct Ledger: Sendable {
        /// Ids of messages that got 200.
        var acknowledged: Set<String> = []
        /// Ids of messages that were sent, answered or not.
        var sent: Set<String> = []
    }

    @Test func everyAcknowledgedWebhookIsDecidedOnce() async throws {
        let rounds = 20
        let api = try LoopbackServer()
        defer { api.stop() }
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        // Notes: so many replies in one conversation would be a storm.
        try folder.write(
            "version: 1\nrules: [ { id: echo, when: [ { text: 'order*' } ], do: [ { note: 'got {{message.text}}' } ] } ]\n",
            to: "rules/shop.yaml")

        let ledger = Mutex(Ledger())
        var random = SplitMix64(seed: 20_261_120)
        for round in 0..<rounds {
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            // Killed after so many answers: a count, not a time, so that slow machines test the same.
            let enough = 5 + Int.random(in: 0..<60, using: &random)
            await load(daemon, round: round, until: enough, ledger)
            try await daemon.kill9()
        }
        let last = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        await Metrics.wait(client, last, until: Metrics.isDrained)
        #expect(try await last.terminate() == 0)
        await client.close()
        try check(ledger.withLock { $0 }, folder, api)
    }

    /// Eight senders at once, until `enough` messages got 200; the next ones are on their way when the kill comes.
    private func load(_ daemon: DaemonProcess, round: Int, until enough: Int, _ ledger: borrowing Mutex<Ledger>) async {
        let url = "http://\(daemon.listen)/webhooks/shop"
        let answers = Counter()
        let outcomes = await withTaskGroup(of: [(String, Bool)].self) { group in
            for sender in 0..<8 {
                group.addTask {
                    guard let client = try? Client() else { return [] }
                    var outcomes: [(String, Bool)] = []
                    for number in 0..<200 where answers.value < enough {
                        let id = "r\(round)s\(sender)n\(number)"
                        let status = await client.post(Shop.message(id, chat: sender, text: "order \(id)"), to: url)
                        outcomes.append((id, status == 200))
                        if status == 200 { answers.increment() }
                    }
                    await client.close()
                    return outcomes
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        ledger.withLock { ledger in
            for (id, isAcknowledged) in outcomes {
                ledger.sent.insert(id)
                if isAcknowledged { ledger.acknowledged.insert(id) }
            }
        }
    }

    private func check(_ ledger: Ledger, _ folder: TemporaryFolder, _ api: LoopbackServer) throws {
        #expect(ledger.acknowledged.count >= 20 * 5)
        let database = try DatabaseQueue(path: folder.path + "/bellhop.db")
        let (decided, undecided, integrity) = try database.read { database in
            (
                try Row.fetchAll(database, sql: "SELECT event_id, count(*) AS effects FROM outbox GROUP BY event_id"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM inbox WHERE status = 0"),
                try String.fetchOne(database, sql: "PRAGMA integrity_check")
            )
        }
        #expect(undecided == 0)
        #expect(integrity == "ok")
        var effects: [String: Int] = [:]
        for row in decided {
            let event: String = row["event_id"]
            effects[event.split(separator: ":").last.map(String.init) ?? "", default: 0] += row["effects"]
        }
        let lost = ledger.acknowledged.filter { effects[$0] == nil }
        #expect(lost.isEmpty, "acknowledged and not decided: \(lost.sorted())")
        #expect(effects.values.allSatisfy { $0 == 1 })
        #expect(Set(effects.keys).isSubset(of: ledger.sent))
        let arrived = Set(
            api.requests.compactMap { request in
                request.body.range(of: "got order ").map { String(request.body[$0.upperBound...].prefix { $0 != "\"" }) }
            })
        #expect(
            arrived.isSuperset(of: ledger.acknowledged),
            "decided and never sent: \(ledger.acknowledged.subtracting(arrived).sorted())")
    }
}

/// Counts across tasks.
private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}
