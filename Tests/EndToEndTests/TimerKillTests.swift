import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// kill -9 while flows wait: each timeout comes up once, at its time, or at once where that has passed.
@Suite(.timeLimit(.minutes(15))) struct TimerKillTests {
    private static let chats = 500
    /// Seconds; chats with even numbers time out soon.
    private static let (soon, late) = (6, 16)

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

    /// When each text came to the vendor, in milliseconds of the wall clock, by chat.
    private final class Ledger: Sendable {
        private let state = Mutex<[String: [Int: [Int]]]>([:])

        func note(_ request: LoopbackServer.Request) {
            let parts = (request.head.first ?? "").split(separator: "/")
            guard let place = parts.firstIndex(of: "chats"), place + 1 < parts.count, let chat = Int(parts[place + 1]) else {
                return
            }
            let text = request.body.contains("bye") ? "bye" : "which?"
            let now = TimerKillTests.milliseconds(Date())
            state.withLock { $0[text, default: [:]][chat, default: []].append(now) }
        }

        func times(of text: String) -> [Int: [Int]] { state.withLock { $0[text] ?? [:] } }

        /// Returns when the text has come to that many chats.
        func wait(for text: String, in chats: Int) async throws {
            try await until { times(of: text).count >= chats }
        }
    }

    /// Milliseconds. Among hundreds of other tests it is the machine that is late; alone, with `BELLHOP_STRICT_TIMES=1`, the
    /// promise of a second is asked for.
    private static let tolerance = ProcessInfo.processInfo.environment["BELLHOP_STRICT_TIMES"] == nil ? 60_000 : 1000

    private static func milliseconds(_ date: Date) -> Int { Int(date.timeIntervalSince1970 * 1000) }

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
        await begin(first)
        let asked = ContinuousClock.now
        try await ledger.wait(for: "which?", in: Self.chats)
        await Metrics.wait(client, first, until: Metrics.isDrained)
        try await first.kill9()
        let killed = try Remains(folder)
        let before = ledger.times(of: "bye")
        try await ContinuousClock().sleep(until: asked + .seconds(Self.soon + 1))

        let second = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let started = Date()
        try await ledger.wait(for: "bye", in: Self.chats)
        await Metrics.wait(client, second, until: Metrics.isDrained)
        let metrics = await client.get("http://\(second.admin)/metrics")
        let count = metrics.flatMap { Metrics.values($0.body)["bellhop_timers_fired_total"] }
        #expect(count == Double(killed.timers))
        #expect(try await second.terminate() == 0)
        await client.close()

        let (questions, ends) = (ledger.times(of: "which?"), ledger.times(of: "bye"))
        #expect(questions.count == Self.chats && questions.values.allSatisfy { $0.count == 1 })
        #expect(ends.count == Self.chats)
        // What was being sent may have arrived, and this vendor folds no repeat.
        for (chat, times) in ends where !killed.sending.contains(chat) { #expect(times.count == 1, "chat \(chat)") }
        #expect(ends.values.allSatisfy { $0.count <= 2 })
        let fired = try firings(folder)
        for (chat, question) in questions where before[chat] == nil {
            let (asked, fired) = (question.first ?? 0, fired[chat] ?? [])
            guard fired.count == 2 else {
                Issue.record("chat \(chat) had \(fired.count) effects")
                continue
            }
            if chat.isMultiple(of: 2) {
                #expect(fired[1] - Self.milliseconds(started) < Self.tolerance, "chat \(chat) was overdue")
            } else {
                #expect(fired[1] - fired[0] >= Self.late * 1000, "chat \(chat) came up early")
                #expect(fired[1] - asked < Self.late * 1000 + Self.tolerance, "chat \(chat) came up late")
            }
        }
    }

    /// What a killed daemon left: on a busy machine the first timers came up before. Read from a copy, so that the next one
    /// finds all as it was.
    private struct Remains {
        /// Conversations whose timeout has not come up.
        let timers: Int
        let sending: Set<Int>

        init(_ folder: TemporaryFolder) throws {
            let copy = try TemporaryFolder()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
            where name.hasPrefix("bellhop.db") && !name.hasSuffix(".lock") {
                try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(copy.path)/\(name)")
            }
            let database = try DatabaseQueue(path: copy.path + "/bellhop.db")
            (timers, sending) = try database.read { database in
                let chats = try String.fetchAll(database, sql: "SELECT conversation FROM outbox WHERE state = 1")
                return (
                    try Int.fetchOne(database, sql: "SELECT count(DISTINCT conversation) FROM timer") ?? 0,
                    Set(chats.compactMap { Int($0) })
                )
            }
        }
    }

    /// Begins a flow in every chat, the long ones first.
    private func begin(_ daemon: DaemonProcess) async {
        let url = "http://\(daemon.listen)/webhooks/shop"
        let ids = (1...Self.chats).sorted { ($0.isMultiple(of: 2) ? 1 : 0, $0) < ($1.isMultiple(of: 2) ? 1 : 0, $1) }
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<8 {
                group.addTask {
                    guard let client = try? Client() else { return }
                    for chat in ids.enumerated().filter({ $0.offset % 8 == sender }).map(\.element) {
                        let text = chat.isMultiple(of: 2) ? "soon" : "late"
                        let status = await client.post(Shop.message("m\(chat)", chat: chat, text: text), to: url)
                        #expect(status == 200)
                    }
                    await client.close()
                }
            }
        }
    }

    /// When what each chat's effects came of happened, in order: its message came, its timer came up. By the daemon's own
    /// wall clock. Only those that were to be sent.
    private func firings(_ folder: TemporaryFolder) throws -> [Int: [Int]] {
        let database = try DatabaseQueue(path: folder.path + "/bellhop.db")
        let (timers, undecided, dead, integrity, effects) = try database.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT count(*) FROM timer"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM inbox WHERE status = 0"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM outbox WHERE state = 5"),
                try String.fetchOne(database, sql: "PRAGMA integrity_check"),
                try Row.fetchAll(database, sql: "SELECT conversation, created_ms FROM outbox WHERE ending = 0 ORDER BY id")
            )
        }
        #expect(timers == 0)
        #expect(undecided == 0)
        #expect(dead == 0)
        #expect(integrity == "ok")

        return effects.reduce(into: [:]) { times, row in
            times[Int(row["conversation"] as String) ?? 0, default: []].append(row["created_ms"])
        }
    }
}
