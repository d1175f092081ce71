import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// T13: events that crash the process, run over limits or waste time, among good ones. Whoever dies is started again, as
    /// systemd does it.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 30)))) struct PoisonTests {
        /// The last of them wastes time and is good.
        private static let kinds = ["boom", "deep", "flood", "waste", "order slow"]

        private static let rules = """
            version: 1
            rules:
              - id: flood
                when: [ { text: flood } ]
                do: [ \(String(repeating: "{ note: x }, ", count: 65)) ]
            \((1...6).map { waste($0, "waste") }.joined())\(waste(7, "slow"))
              - id: echo
                when: [ { text: 'order*' } ]
                do: [ { note: 'got {{message.text}}' } ]

            """

        /// Quadratic in the length of the text, so that no limit of steps stops it.
        private static func waste(_ number: Int, _ word: String) -> String {
            """
              - id: waste\(number)
                when: [ { text: \(word) }, { text: { regex: '\\s+$' } } ]
                do: [ { note: never } ]

            """
        }

        private static let traps = ["BELLHOP_TRAP_ON": "decide:boom,stack:deep", "SWIFT_BACKTRACE": "enable=no"]

        @Test func poisonEventsDieAndGoodOnesAreDecided() async throws {
            let count = TestScale.rounds(usual: 6) * 100
            let seed = TestScale.seed(usual: 20_261_121)
            var random = SplitMix64(seed: seed)
            let ground = try PoisonGround(Self.rules, Self.traps)
            // One in a hundred, somewhere among them; each kind in turn.
            let places = (0..<count / 100).map { $0 * 100 + Int.random(in: 0..<100, using: &random) }
            let poison = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, Self.kinds[$0 % Self.kinds.count]) })
            let lethal = poison.values.count { $0 == "boom" || $0 == "deep" }
            // A daemon that counts wrongly crashes for ever.
            let supervisor = Supervisor(ground, mostCrashes: 3 * lethal)
            async let supervision: Void = supervisor.run()
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        for number in stride(from: sender, to: count, by: 4) {
                            let text = poison[number].map { $0 + String(repeating: " ", count: 8000) + "!" }
                            await supervisor.post(Shop.message("\(number)", chat: number % 20, text: text ?? "order \(number)"))
                        }
                    }
                }
            }
            await supervisor.drain()
            let status = try await Program.run(["status"], in: ground.folder.path)
            let letters = try await Program.run(["dead-letters", "list", "--reason", "crash"], in: ground.folder.path)
            let (ready, metrics) = (await supervisor.get("/health/ready"), await supervisor.get("/metrics"))
            #expect(await supervisor.stop() == 0, "seed \(seed)")
            try await supervision

            #expect(supervisor.crashes == 3 * lethal, "seed \(seed)")
            #expect(ready?.status == 200)
            #expect(metrics?.body.contains(#"bellhop_accept_only{reason="crashes"} 0"#) == true)
            #expect(status.output.contains("\(lethal) over which it crashed"), "\(status)")
            #expect(letters.output.split(separator: "\n").count == lethal, "\(letters)")
            #expect(letters.output.contains("crash  the process died 3 times while it was decided"))
            for event in try ground.events() {
                let kind = poison[event.number]
                let wanted: PoisonGround.Event =
                    switch kind {
                    case "boom", "deep": .init(number: event.number, status: 2, reason: "crash", crashes: 3, effects: 0)
                    case "flood", "waste": .init(number: event.number, status: 2, reason: "limit", crashes: 0, effects: 0)
                    default: .init(number: event.number, status: 1, reason: nil, crashes: event.crashes, effects: 1)
                    }
                #expect(event == wanted, "seed \(seed), \(kind ?? "good")")
                // A neighbour may be blamed with a poison once, never for long.
                #expect(kind == "boom" || kind == "deep" || event.crashes <= 1)
            }
            #expect(try ground.events().count == count)
        }

        /// What crashes before it is accepted is not what is being decided.
        @Test func aCrashWhileAWebhookIsReadKillsNoEvent() async throws {
            let ground = try PoisonGround(Self.rules, ["BELLHOP_TRAP_ON": "accept:knock", "SWIFT_BACKTRACE": "enable=no"])
            let supervisor = Supervisor(ground, mostCrashes: 4)
            async let supervision: Void = supervisor.run()
            for round in 0..<4 {
                for number in 0..<15 {
                    let id = round * 15 + number
                    await supervisor.post(Shop.message("\(id)", chat: number, text: "order \(id)"))
                }
                await supervisor.knock(Shop.message("knock", chat: 1, text: "knock"))
            }
            await supervisor.drain()
            #expect(await supervisor.stop() == 0)
            try await supervision
            #expect(supervisor.crashes == 4)
            #expect(try ground.events().map(\.status) == Array(repeating: 1, count: 60))
        }

        /// The commands without a daemon tell the same.
        @Test(arguments: ["dry-run", "explain"])
        func commandsTellWhatIsOverALimit(command: String) async throws {
            let ground = try PoisonGround(Self.rules, [:])
            try ground.folder.write(Shop.message("1", chat: 1, text: "flood"), to: "flood.json")
            for (format, wanted) in [
                ("text", "over a limit, nothing is carried out: more than 64 actions"),
                ("json", #""fault":"more than 64 actions""#),
            ] {
                let told = try await Program.run([command, "flood.json", "--format", format], in: ground.folder.path)
                #expect(told.status == 0 && told.output.contains(wanted), "\(told)")
            }
        }

        // MARK: Accepting only

        private enum Way: String, CaseIterable { case reload, restart }

        @Test(arguments: Way.allCases)
        private func fiveCrashesWithoutACulpritLeaveItAcceptingOnly(_ leave: Way) async throws {
            let ground = try PoisonGround(Self.rules, [:])
            for _ in 0..<5 {
                let daemon = try await ground.start()
                #expect(await ground.get("/health/ready", daemon)?.status == 200)
                try await daemon.kill9()
            }
            var daemon = try await ground.start()
            #expect(await ground.get("/health/ready", daemon)?.status == 503)
            #expect(await ground.get("/health/ready", daemon)?.body.contains(#""reason":"crashes""#) == true)
            #expect(await ground.post(Shop.message("1", chat: 1, text: "order 1"), daemon) == 200)
            let metrics = await ground.get("/metrics", daemon).map { Metrics.values($0.body) }
            #expect(metrics?[#"bellhop_accept_only{reason="crashes"}"#] == 1)
            #expect(metrics?["bellhop_inbox_depth"] == 1)
            #expect(daemon.lines.contains { $0.hasPrefix("level=error") && $0.contains("accepted and not decided") })
            let status = try await Program.run(["status"], in: ground.folder.path)
            #expect(status.output.contains("not ready: run after run crashed"), "\(status)")
            let json = try await Program.run(["status", "--format", "json"], in: ground.folder.path)
            #expect(json.output.contains(#""accept_only":"crashes""#), "\(json)")
            // Another crash changes nothing about it.
            try await daemon.kill9()
            daemon = try await ground.start()
            #expect(await ground.get("/health/ready", daemon)?.status == 503)

            switch leave {
            case .reload: #expect(try await Program.run(["reload"], in: ground.folder.path).status == 0)
            case .restart:
                #expect(try await daemon.terminate() == 0)
                daemon = try await ground.start()
            }
            await Metrics.wait(ground.client, daemon, until: Metrics.isDrained)
            #expect(await ground.get("/health/ready", daemon)?.status == 200)
            #expect(try ground.events().map(\.status) == [1])
            try await daemon.kill9()
            daemon = try await ground.start()
            #expect(await ground.get("/health/ready", daemon)?.status == 200)
            #expect(try await daemon.terminate() == 0)
        }

        @Test func runsThatDecideAreNoCrashLoop() async throws {
            let ground = try PoisonGround(Self.rules, [:])
            for round in 0..<7 {
                let daemon = try await ground.start()
                #expect(await ground.post(Shop.message("\(round)", chat: 1, text: "order \(round)"), daemon) == 200)
                await Metrics.wait(ground.client, daemon) { $0["bellhop_inbox_depth"] == 0 }
                #expect(await ground.get("/health/ready", daemon)?.status == 200)
                try await daemon.kill9()
            }
        }

        /// Rules that crash whoever loads them: webhooks are taken all the same.
        @Test func rulesThatCrashItAreNotLoadedForEver() async throws {
            let ground = try PoisonGround(Self.rules, ["BELLHOP_TRAP_ON": "load:", "SWIFT_BACKTRACE": "enable=no"])
            for _ in 0..<5 {
                await #expect(throws: DaemonProcess.NotStarted.self) { try await ground.start() }
            }
            let daemon = try await ground.start()
            #expect(await ground.get("/health/ready", daemon)?.body.contains(#""reason":"crashes""#) == true)
            #expect(await ground.post(Shop.message("1", chat: 1, text: "order 1"), daemon) == 200)
            #expect(try await daemon.terminate() == 0)
            #expect(try ground.events().map(\.status) == [0])
        }
    }
}

/// A shop whose daemon may crash.
private final class PoisonGround: Sendable {
    let folder: TemporaryFolder
    let client: Client
    private let api: LoopbackServer
    private let environment: [String: String]

    init(_ rules: String, _ environment: [String: String]) throws {
        api = try LoopbackServer()
        client = try Client()
        folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: api.url("")), to: "bellhop.yaml")
        try folder.write(rules, to: "rules/shop.yaml")
        self.environment = Shop.environment.merging(environment) { _, new in new }
    }

    deinit { api.stop() }

    func start() async throws -> DaemonProcess { try await DaemonProcess.start(in: folder.path, environment: environment) }

    func get(_ path: String, _ daemon: DaemonProcess) async -> (status: Int, body: String)? {
        await client.get("http://\(daemon.admin)\(path)")
    }

    func post(_ message: String, _ daemon: DaemonProcess) async -> Int? {
        await client.post(message, to: "http://\(daemon.listen)/webhooks/shop")
    }

    struct Event: Hashable {
        var number: Int
        var status: Int
        var reason: String?
        var crashes: Int
        var effects: Int
    }

    /// In order of arrival.
    func events() throws -> [Event] {
        try DatabaseQueue(path: folder.path + "/bellhop.db").read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT event_id, status, reason, crashes,
                        (SELECT count(*) FROM outbox WHERE outbox.event_id = inbox.event_id)
                    FROM inbox ORDER BY id
                    """
            ).map { row in
                let number = (row[0] as String).split(separator: ":").last.flatMap { Int($0) }
                return Event(number: number ?? -1, status: row[1], reason: row[2], crashes: row[3], effects: row[4])
            }
        }
    }
}

/// Starts the daemon again whenever it is gone, until it is told to stop it.
private final class Supervisor: Sendable {
    private struct State {
        var daemon: DaemonProcess?
        var crashes = 0
        var isStopped = false
    }

    struct CrashesForEver: Error { var crashes: Int }

    private let ground: PoisonGround
    private let mostCrashes: Int
    private let state = Mutex(State())

    init(_ ground: PoisonGround, mostCrashes: Int) {
        self.ground = ground
        self.mostCrashes = mostCrashes
    }

    var crashes: Int { state.withLock { $0.crashes } }

    func run() async throws {
        while !state.withLock({ $0.isStopped }) {
            do {
                let daemon = try await ground.start()
                state.withLock { $0.daemon = daemon }
                _ = try await daemon.wait(for: "nobody says this")
                state.withLock { $0.daemon = nil }
                try await daemon.kill9()
            } catch is DaemonProcess.NotStarted {
                // It died of what it tries before it listens.
            }
            let crashes = state.withLock { state -> Int in
                if !state.isStopped { state.crashes += 1 }
                return state.crashes
            }
            guard crashes <= mostCrashes else {
                state.withLock { $0.isStopped = true }
                throw CrashesForEver(crashes: crashes)
            }
        }
    }

    /// Sends until it is answered 200, as a vendor that does not give up.
    func post(_ message: String) async {
        while let daemon = await daemon() {
            if await ground.post(message, daemon) == 200 { return }
            await pause()
        }
    }

    /// Sends once, and waits until the daemon is gone.
    func knock(_ message: String) async {
        let before = crashes
        guard let daemon = await daemon() else { return }
        #expect(await ground.post(message, daemon) == nil)
        while crashes == before, !state.withLock({ $0.isStopped }) { await pause() }
    }

    func get(_ path: String) async -> (status: Int, body: String)? {
        guard let daemon = await daemon() else { return nil }
        return await ground.get(path, daemon)
    }

    /// Until nothing waits to be decided or sent.
    func drain() async {
        while let daemon = await daemon() {
            if let answer = await ground.get("/metrics", daemon), Metrics.isDrained(Metrics.values(answer.body)) { return }
            await pause()
        }
    }

    func stop() async -> Int32? {
        let daemon = await daemon()
        state.withLock { $0.isStopped = true }
        return try? await daemon?.terminate()
    }

    /// The one that runs; nil when no more is started.
    private func daemon() async -> DaemonProcess? {
        while true {
            let (daemon, isStopped) = state.withLock { ($0.daemon, $0.isStopped) }
            if isStopped { return nil }
            if let daemon { return daemon }
            await pause()
        }
    }

    private func pause() async { try? await Task.sleep(for: .milliseconds(5)) }
}
