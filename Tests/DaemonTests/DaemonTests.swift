import Daemon
import Delivery
import Foundation
import Logging
import Model
import ServiceLifecycle
import Storage
import StorageSQLite
import Testing

@Suite struct DaemonTests {
    private static let rules = """
        version: 1
        rules:
          - id: echo
            do: [ { reply: "you said {{message.text}}" }, { note: seen } ]
        """

    /// Runs a daemon until `body` returns, then stops it gracefully and waits for its end.
    private func withDaemon(
        _ settings: Settings, console: Lines, log: Lines = Lines(),
        _ body: @escaping @Sendable (Daemon.Addresses) async throws -> Void
    ) async throws {
        let daemon = Daemon(
            settings: settings, accounts: try exampleAccounts(settings),
            surroundings: surroundings(console: console, log: log, level: .trace),
            options: Daemon.Options(version: "1.0.0", handlesSignals: false))
        let addresses = AsyncStream<Daemon.Addresses>.makeStream()
        let group = ServiceGroup(
            services: [DaemonService(daemon: daemon, started: { addresses.continuation.yield($0) })],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await found in addresses.stream {
                    do { try await body(found) } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                    return await group.triggerGracefulShutdown()
                }
            }
            try await tasks.next()
            addresses.continuation.finish()
            try await tasks.waitForAll()
        }
    }

    private struct DaemonService: Service {
        var daemon: Daemon
        var started: @Sendable (Daemon.Addresses) -> Void

        func run() async throws { try await daemon.run(started: started) }
    }

    private func settings(in folder: String) throws -> Settings {
        try Self.rules.write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
        var settings = exampleSettings(rules: folder + "/rules.yaml")
        settings.store = .sqlite(path: folder + "/bellhop.db")
        settings.control = folder + "/control.sock"
        return settings
    }

    @Test func answersDecidesPrintsAndStops() async throws {
        try await withTemporaryFolder { folder in
            let settings = try settings(in: folder)
            let console = Lines()
            let log = Lines()
            try await withDaemon(settings, console: console, log: log) { addresses in
                #expect(addresses.listen.port != 0)
                #expect(try await WebClient.get("/health/ready", from: addresses.admin).0 == 200)
                #expect(try await WebClient.post(huggyMessage("1", "oi"), to: addresses.listen) == 200)
                #expect(try await WebClient.post(huggyMessage("1", "oi"), to: addresses.listen) == 200)
                // The note comes after the reply, and the second webhook was answered before this third one is stored.
                #expect(try await WebClient.post(huggyMessage("2", "tchau"), to: addresses.listen) == 200)
                #expect(try await WebClient.post("{}", to: addresses.listen) == 401)
                await console.reach(6)
                let metrics = try await WebClient.get("/metrics", from: addresses.admin).1
                #expect(metrics.contains(#"bellhop_webhook_requests_total{vendor="huggy",result="duplicate"} 1"#))
            }
            #expect(console.all.count == 6)
            #expect(console.all.count { $0.contains("rule echo at \(folder)/rules.yaml:3:5") } == 6)
            #expect(console.all.count { $0.contains("POST https://api.huggy.app/v3/chats/7/messages") } == 4)
            #expect(console.all.count { $0.contains("you said oi") } == 1)
            #expect(log.all.contains { $0.contains("msg=\"started\"") && $0.contains("admin=127.0.0.1:") })
            #expect(log.all.contains { $0.contains("account has no webhook secret") && $0.contains("account=closed") })
            #expect(log.all.last?.contains("msg=\"stopped\"") == true)
            #expect(!log.all.contains { $0.contains("you said") || $0.contains(secret) })
            #expect(!log.all.contains { $0.hasPrefix("level=error") || $0.contains("before everything was finished") })

            let store = try SQLiteStore.open(path: folder + "/bellhop.db")
            let counts = try await store.counts()
            #expect(counts == StoreCounts(undecided: 0, oldestUndecided: nil, open: [:], dead: 0))
            try await store.close()
        }
    }

    @Test func flowsGoOnAfterCallsThatAreOnlyShown() async throws {
        try await withTemporaryFolder { folder in
            let settings = try settings(in: folder)
            let rules = """
                version: 1
                rules: [ { id: begin, do: [ { start: status } ] } ]
                flows:
                  - id: status
                    start: lookup
                    steps:
                      lookup:
                        do: [ { http: { url: 'https://shop.example/1', save: info } } ]
                        next: [ { when: [ { field: { vars.info.error: printed } } ], step: shown }, { step: lost } ]
                      shown: { say: "what {{vars.info.error}}", expect: [ { when: [ { text: x } ], next: lost } ] }
                      lost: { say: lost, end: true }
                """
            try rules.write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
            var listing = settings
            listing.httpAllowList = try HTTPAllowList(["shop.example"])
            let console = Lines()
            try await withDaemon(listing, console: console) { addresses in
                let status = try await WebClient.post(huggyMessage("1", "oi"), to: addresses.listen)
                #expect(status == 200)
                await console.reach(4)
            }
            #expect(console.all[0].hasSuffix("  flow status/lookup waits for the answer of an http action\n"))
            #expect(console.all[1].contains("     GET https://shop.example/1\n"))
            #expect(
                console.all[2] == """
                    huggy/hg http answer printed to info in 7 (webchat, bot)
                      flow status/shown waits for the customer

                    """)
            #expect(console.all[3].contains("what printed"))
        }
    }

    @Test func acceptsWithoutDecidingWhileItsRulesAreBad() async throws {
        try await withTemporaryFolder { folder in
            let settings = try settings(in: folder)
            try "version: 2".write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
            let console = Lines()
            try await withDaemon(settings, console: console) { addresses in
                #expect(try await WebClient.get("/health/live", from: addresses.admin).0 == 200)
                let ready = try await WebClient.get("/health/ready", from: addresses.admin)
                #expect(ready.0 == 503)
                #expect(ready.1.contains("rules"))
                #expect(try await WebClient.post(huggyMessage("1", "oi"), to: addresses.listen) == 200)
            }
            #expect(console.all.isEmpty)
            // Mended, the next start decides what waited.
            try Self.rules.write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
            try await withDaemon(settings, console: console) { _ in await console.reach(3) }
            #expect(console.all.count == 3)
        }
    }

    @Test func tellsWhichAddressItCannotHave() async throws {
        try await withTemporaryFolder { folder in
            let settings = try settings(in: folder)
            try await withDaemon(settings, console: Lines()) { addresses in
                var second = settings
                second.store = .sqlite(path: folder + "/other.db")
                second.listen = addresses.listen
                let daemon = Daemon(
                    settings: second, accounts: try exampleAccounts(second), surroundings: surroundings(),
                    options: Daemon.Options(version: "1.0.0", handlesSignals: false))
                let error = await #expect(throws: StartError.self) { try await daemon.run() }
                #expect(error?.message.hasPrefix("cannot listen on \(addresses.listen.text): ") == true)
            }
        }
    }

    @Test func leavesAStoreAloneThatAnotherHasOpen() async throws {
        try await withTemporaryFolder { folder in
            let settings = try settings(in: folder)
            try await withDaemon(settings, console: Lines()) { _ in
                let daemon = Daemon(
                    settings: settings, accounts: try exampleAccounts(settings), surroundings: surroundings(),
                    options: Daemon.Options(version: "1.0.0", handlesSignals: false))
                let error = await #expect(throws: StartError.self) { try await daemon.run() }
                #expect(error == .storeUnusable(settings.store, .unavailable("another process has it open")))
            }
        }
    }

    @Test func tellsWhichStoreItCannotOpen() async throws {
        var settings = exampleSettings()
        settings.store = .sqlite(path: "/nowhere/at/all/bellhop.db")
        let daemon = Daemon(
            settings: settings, accounts: try exampleAccounts(settings), surroundings: surroundings(),
            options: Daemon.Options(version: "1.0.0", handlesSignals: false))
        let error = await #expect(throws: StartError.self) { try await daemon.run() }
        #expect(error?.message.hasPrefix("the store sqlite:/nowhere/at/all/bellhop.db cannot be used: ") == true)
    }
}
