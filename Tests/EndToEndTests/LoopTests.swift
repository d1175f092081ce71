import Foundation
import JSON
import Model
import Synchronization
import TestSupport
import Testing

/// R4: a vendor that reports every reply of ours back. Three nets, each alone: the others are out of action, or cannot know.
@Suite(.timeLimit(.minutes(15))) struct LoopTests {
    private static let rooms = 20
    /// More than any net lets through: an echo that nothing stops ends here.
    private static let patience = 60

    /// By whom, and under which id, a reply comes back.
    enum Echo: Sendable {
        case byBot
        /// As the customer's, under the id that the reply was sent with, before the call is answered.
        case byCustomerUnderOurID
        /// As the customer's, under an id that nobody has seen.
        case byCustomer
        /// As a human agent's, under an id that nobody has seen.
        case byAgent
    }

    struct Net: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var echo: Echo
        var kind = "message.received"
        var limits = "{ replies_per_minute: 10000, replies_without_customer: 10000 }"
        /// Replies in a conversation.
        var replies: Int
        /// What is held back in a conversation.
        var stopped = 0
    }

    @Test(
        arguments: [
            Net(testDescription: "the author is a bot", echo: .byBot, replies: 1),
            Net(testDescription: "the id is ours", echo: .byCustomerUnderOurID, replies: 1),
            Net(
                testDescription: "eight in a minute", echo: .byCustomer,
                limits: "{ replies_per_minute: 8, replies_without_customer: 10000 }", replies: 8, stopped: 1),
            Net(
                testDescription: "thirty without a customer", echo: .byAgent, kind: "message.sent",
                limits: "{ replies_per_minute: 10000, replies_without_customer: 30 }", replies: 30, stopped: 1),
        ])
    func stopsAnEcho(net: Net) async throws {
        let desk = try EchoDesk(net.echo, patience: Self.patience)
        defer { desk.stop() }
        let folder = try Site.folder(api: desk.url, limits: net.limits, kind: net.kind)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Site.environment)
        desk.connect(to: daemon.listen)
        let client = try Client()
        for room in 1...Self.rooms {
            let first = Site.message("first-\(room)", room: "room-\(room)", by: net.kind == "message.sent" ? .agent : .visitor)
            #expect(await client.post(first, to: Site.url(daemon.listen), headers: Site.headers) == 200)
        }
        let expected = Double(Self.rooms * net.stopped)
        await Metrics.wait(client, daemon) { values in
            Metrics.isDrained(values) && desk.isQuiet && desk.replies.values.reduce(0, +) >= Self.rooms * net.replies
                && Self.stopped(values) >= expected
        }
        let metrics = await client.get("http://\(daemon.admin)/metrics")
        #expect(metrics.map { Self.stopped(Metrics.values($0.body)) } == expected)
        #expect(try await daemon.terminate() == 0)
        await client.close()
        #expect(desk.replies == Dictionary(uniqueKeysWithValues: (1...Self.rooms).map { ("room-\($0)", net.replies) }))
        #expect(desk.refused == 0)
    }

    /// Neither can tell the other from a customer.
    @Test func twoThatFaceEachOtherStop() async throws {
        let (left, right) = (
            try EchoDesk(.byCustomer, patience: Self.patience), try EchoDesk(.byCustomer, patience: Self.patience)
        )
        defer {
            left.stop()
            right.stop()
        }
        let limits = "{ replies_per_minute: 8, replies_without_customer: 30 }"
        let folders = try [left, right].map { try Site.folder(api: $0.url, limits: limits, kind: "message.received") }
        let first = try await DaemonProcess.start(in: folders[0].path, environment: Site.environment)
        let second = try await DaemonProcess.start(in: folders[1].path, environment: Site.environment)
        // What the first one says reaches the second, and the other way round.
        left.connect(to: second.listen)
        right.connect(to: first.listen)
        let client = try Client()
        let hello = Site.message("hello", room: "room-1", by: .visitor)
        #expect(await client.post(hello, to: Site.url(first.listen), headers: Site.headers) == 200)
        await Metrics.wait(client, first) { Metrics.isDrained($0) && left.isQuiet && right.isQuiet && Self.stopped($0) >= 1 }
        #expect(try await first.terminate() == 0)
        #expect(try await second.terminate() == 0)
        await client.close()
        #expect(left.replies == ["room-1": 8])
        #expect(right.replies == ["room-1": 8])
    }

    private static func stopped(_ values: [String: Double]) -> Double {
        values.filter { $0.key.hasPrefix("bellhop_effects_suppressed_total") && $0.key.contains("reason=\"storm\"") }.values
            .reduce(0, +)
    }
}

/// A workspace of Rocket.Chat that reports each message that is sent to it.
private final class EchoDesk: Sendable {
    private struct State {
        var daemon: String?
        var replies: [String: Int] = [:]
        var running = 0
        var refused = 0
    }

    private let echo: LoopTests.Echo
    private let patience: Int
    private let server: LoopbackServer
    private let client: Client
    private let state: Mutex<State>
    private let box: Box

    /// The server's script is there before the desk is.
    private final class Box: Sendable {
        let desk = Mutex<EchoDesk?>(nil)
    }

    init(_ echo: LoopTests.Echo, patience: Int) throws {
        self.echo = echo
        self.patience = patience
        state = Mutex(State())
        client = try Client()
        let box = Box()
        self.box = box
        server = try LoopbackServer { request in
            let id = box.desk.withLock { $0 }?.take(request) ?? "none"
            return .text(LoopbackServer.ok(#"{"success":true,"message":{"_id":"\#(id)"}}"#))
        }
        box.desk.withLock { $0 = self }
    }

    var url: String { server.url("") }
    /// By room.
    var replies: [String: Int] { state.withLock { $0.replies } }
    /// Webhooks that were not taken.
    var refused: Int { state.withLock { $0.refused } }
    var isQuiet: Bool { state.withLock { $0.running == 0 } }

    func connect(to daemon: String) { state.withLock { $0.daemon = daemon } }

    func stop() {
        box.desk.withLock { $0 = nil }
        server.stop()
    }

    /// Waits for the webhook's answer before the call has its own: what a vendor reports may come first. Runs on a thread of
    /// the server's.
    private func take(_ request: LoopbackServer.Request) -> String {
        let message = (try? JSONDocument(request.body))?.root["message"]
        let (id, room) = (message?["_id"]?.string ?? "none", message?["rid"]?.string ?? "none")
        let (count, daemon) = state.withLock { state in
            state.replies[room, default: 0] += 1
            state.running += 1
            return (state.replies[room] ?? 0, state.daemon)
        }
        if count < patience, let daemon {
            let done = DispatchSemaphore(value: 0)
            Task {
                let status = await client.post(
                    body(id: id, room: room, count: count), to: Site.url(daemon), headers: Site.headers)
                if status != 200 { state.withLock { $0.refused += 1 } }
                done.signal()
            }
            done.wait()
        }
        state.withLock { $0.running -= 1 }
        return id
    }

    private func body(id: String, room: String, count: Int) -> String {
        switch echo {
        case .byBot: Site.message("echo-\(count)", room: room, by: .bot)
        case .byCustomerUnderOurID: Site.message(id, room: room, by: .visitor)
        case .byCustomer: Site.message("echo-\(count)", room: room, by: .visitor)
        case .byAgent: Site.message("echo-\(count)", room: room, by: .agent)
        }
    }
}

/// A site with a chat of Rocket.Chat, and a rule that answers everything.
private enum Site {
    static let environment = ["SITE_SECRET": "0123456789abcdef-site", "SITE_TOKEN": "token-of-the-bot"]
    static let headers = [("X-RocketChat-Livechat-Token", "0123456789abcdef-site")]

    enum Author { case visitor, agent, bot }

    static func url(_ listen: String) -> String { "http://\(listen)/webhooks/site" }

    static func folder(api: String, limits: String, kind: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            store: sqlite:bellhop.db
            limits: \(limits)
            accounts:
              site:
                vendor: rocketchat
                webhook: { secret: { env: SITE_SECRET } }
                api: { base_url: '\(api)', user_id: bot-1, token: { env: SITE_TOKEN } }
                bots: [bot-1]

            """, to: "bellhop.yaml")
        try folder.write(
            """
            version: 1
            rules:
              - { id: parrot, on: \(kind), human: act, do: [ { reply: 'you said {{message.text}}' } ] }

            """, to: "rules/site.yaml")
        return folder
    }

    /// All within one minute, whatever the machine is doing.
    static func message(_ id: String, room: String, by author: Author) -> String {
        let (user, agent) =
            switch author {
            case .visitor: ("visitor-1", "")
            case .agent: ("agent-1", #","agentId":"agent-1""#)
            case .bot: ("bot-1", #","agentId":"bot-1""#)
            }
        return """
            {"_id":"\(room)","label":"Ana","createdAt":"2026-03-04T13:00:00.000Z","lastMessageAt":"2026-03-04T13:00:00.000Z",\
            "visitor":{"_id":"visitor-1","token":"t-1","name":"Ana Souza","username":"guest-1"},\
            "type":"Message","messages":[{"u":{"_id":"\(user)","username":"\(user)","name":"Ana"},"_id":"\(id)",\
            "username":"\(user)","msg":"hello","ts":"2026-03-04T13:00:05.000Z"\(agent)}]}
            """
    }
}
