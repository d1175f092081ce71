import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// kill -9 while flows wait: each timeout comes up once, at its time, or at once where that has passed.
@Suite(.timeLimit(.minutes(3))) struct TimerKillTests {
    private typealias Moment = ContinuousClock.Instant

    private static let chats = 500
    private static let (soon, late) = (Duration.seconds(6), Duration.seconds(16))

    private static let rules = """
        version: 1
        rules:
          - { id: soon, when: [ { text: soon } ], do: [ { start: soon } ] }
          - { id: late, when: [ { text: late } ], do: [ { start: late } ] }
        flows:
          - id: soon
            start: ask
            steps:
              ask: { say: which?, expect: [ { when: [ { text: never } ], next: bye } ], timeout: { after: 6s, next: bye } }
              bye: { say: bye, end: true }
          - id: late
            start: ask
            steps:
              ask: { say: which?, expect: [ { when: [ { text: never } ], next: bye } ], timeout: { after: 16s, next: bye } }
              bye: { say: bye, end: true }

        """

    /// When what came to the vendor, by chat.
    private final class Ledger: Sendable {
        private let state = Mutex<[Int: [String: [Moment]]]>([:])

        func note(_ request: LoopbackServer.Request) {
            let parts = (request.head.first ?? "").split(separator: "/")
            guard let place = parts.firstIndex(of: "chats"), place + 1 < parts.count, let chat = Int(parts[place + 1]) else {
                return
            }
            let text = request.body.contains("bye") ? "bye" : "which?"
            let now = ContinuousClock.now
            state.withLock { $0[chat, default: [:]][text, default: []].append(now) }
        }

        func times(of text: String) -> [Int: [Moment]] {
            state.withLock { $0.compactMapValues { $0[text] } }
        }
    }

    @Test func eachTimeoutComesUpOnceAcrossAKill() async throws {
        let ledger = Ledger()
        let api = try LoopbackServer { request in
            ledger.note(request)
            return .text(LoopbackServer.ok("{}"))
        }
        defer { api.stop() }
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        let client = try Client()

        let first = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let posted = await begin(first)
        await Metrics.wait(client, first) { Metrics.isDrained($0) && ledger.times(of: "which?").count == Self.chats }
        try await first.kill9()
        let firedBefore = ledger.times(of: "bye")
        let lastSoon = posted.filter { $0.key.isMultiple(of: 2) }.values.max() ?? .now
        try await ContinuousClock().sleep(until: lastSoon + Self.soon + .seconds(1))

        let second = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let started = ContinuousClock.now
        await Metrics.wait(client, second) { Metrics.isDrained($0) && ledger.times(of: "bye").count == Self.chats }
        let metrics = await client.get("http://\(second.admin)/metrics")
        let fired = metrics.flatMap { Metrics.values($0.body)["bellhop_timers_fired_total"] }
        #expect(fired == Double(Self.chats - firedBefore.count))
        #expect(try await second.terminate() == 0)
        await client.close()

        let (asked, ended) = (ledger.times(of: "which?"), ledger.times(of: "bye"))
        #expect(asked.count == Self.chats && asked.values.allSatisfy { $0.count == 1 })
        #expect(ended.count == Self.chats && ended.values.allSatisfy { $0.count == 1 })
        for (chat, times) in ended where firedBefore[chat] == nil {
            guard let at = times.first, let posted = posted[chat], let asked = asked[chat]?.first else { continue }
            if chat.isMultiple(of: 2) {
                #expect(at - started < .seconds(1), "chat \(chat) was overdue")
            } else {
                #expect(at - posted > Self.late - .milliseconds(250), "chat \(chat) came up early")
                #expect(at - asked < Self.late + .seconds(1), "chat \(chat) came up late")
            }
        }
        try check(folder)
    }

    /// Begins a flow in every chat, the long ones first; when each was answered 200.
    private func begin(_ daemon: DaemonProcess) async -> [Int: Moment] {
        let url = "http://\(daemon.listen)/webhooks/shop"
        let ids = (1...Self.chats).sorted { ($0.isMultiple(of: 2) ? 1 : 0, $0) < ($1.isMultiple(of: 2) ? 1 : 0, $1) }
        return await withTaskGroup(of: [Int: Moment].self) { group in
            for sender in 0..<8 {
                group.addTask {
                    guard let client = try? Client() else { return [:] }
                    var posted: [Int: Moment] = [:]
                    for chat in ids.enumerated().filter({ $0.offset % 8 == sender }).map(\.element) {
                        let text = chat.isMultiple(of: 2) ? "soon" : "late"
                        let status = await client.post(Shop.message("m\(chat)", chat: chat, text: text), to: url)
                        if status == 200 { posted[chat] = .now }
                    }
                    await client.close()
                    return posted
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
    }

    private func check(_ folder: TemporaryFolder) throws {
        let database = try DatabaseQueue(path: folder.path + "/bellhop.db")
        let (timers, undecided, dead, integrity) = try database.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT count(*) FROM timer"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM inbox WHERE status = 0"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM outbox WHERE state = 5"),
                try String.fetchOne(database, sql: "PRAGMA integrity_check")
            )
        }
        #expect(timers == 0)
        #expect(undecided == 0)
        #expect(dead == 0)
        #expect(integrity == "ok")
    }
}
