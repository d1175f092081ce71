import Foundation
import GRDB
import TestSupport
import Testing

/// R13: what the real program tells systemd.
@Suite(.timeLimit(.minutes(15))) struct NotifyTests {
    private func shop() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: "http://127.0.0.1:9"), to: "bellhop.yaml")
        try folder.write(Shop.rules, to: "rules/shop.yaml")
        return folder
    }

    private func environment(_ socket: String, _ more: [String: String] = [:]) -> [String: String] {
        Shop.environment.merging(["NOTIFY_SOCKET": socket].merging(more) { $1 }) { $1 }
    }

    /// The first line of each message, those about time and status alone left out.
    private func steps(_ messages: [[String]]) -> [String] {
        messages.compactMap(\.first).filter { !$0.hasPrefix("EXTEND_TIMEOUT_USEC=") && !$0.hasPrefix("STATUS=") }
    }

    @Test func tellsItsLifeInOrder() async throws {
        let folder = try shop()
        let name = "@bellhop-\(UUID().uuidString)"
        let systemd = try NotifySocket(name)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: environment(name))
        let ready = await systemd.wait { $0.contains { $0.first == "READY=1" } }
        let message = try #require(ready.first { $0.first == "READY=1" })
        #expect(message.count == 2)
        #expect(message[1].hasPrefix("STATUS=ready; rules "), "\(message)")
        #expect(message[1].hasSuffix("; 0 to decide, 0 to send, 0 dead"), "\(message)")

        daemon.signal(SIGHUP)
        let reloaded = await systemd.wait { $0.count { $0.first == "READY=1" } == 2 }
        let reloading = try #require(reloaded.first { $0.first == "RELOADING=1" })
        #expect(reloading.count == 3 && reloading[1].hasPrefix("MONOTONIC_USEC="))

        // A load that is refused is over as well, and says so.
        try folder.write("version: 2\n", to: "rules/shop.yaml")
        #expect(try await Program.run(["reload"], in: folder.path, environment: Shop.environment).status == 1)
        _ = await systemd.wait { $0.count { $0.first == "READY=1" } == 3 }
        #expect(try await daemon.terminate() == 0)
        let all = await systemd.wait { $0.contains { $0.first == "STOPPING=1" } }
        systemd.close()
        #expect(steps(all) == ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
        #expect(all.first?.first?.hasPrefix("EXTEND_TIMEOUT_USEC=") == true)
    }

    /// Nobody asked for this one; and where nothing is new nothing is told.
    @Test func tellsOfRulesThatAreLoadedByWatching() async throws {
        let folder = try shop()
        try folder.write(
            Shop.configuration(api: "http://127.0.0.1:9") + "reload: { watch: true, debounce: 10ms }\n", to: "bellhop.yaml")
        let name = "@bellhop-\(UUID().uuidString)"
        let systemd = try NotifySocket(name)
        let daemon = try await DaemonProcess.start(in: folder.path, environment: environment(name))
        _ = await systemd.wait { $0.contains { $0.first == "READY=1" } }
        try folder.write(Shop.rules, to: "rules/shop.yaml")
        try folder.write(Shop.rules + "# new\n", to: "rules/shop.yaml")
        try folder.write("version: 2\n", to: "rules/shop.yaml")
        let messages = await systemd.wait { $0.count { $0.first == "READY=1" } >= 2 }
        #expect(messages.contains { $0.first == "RELOADING=1" })
        #expect(try await daemon.terminate() == 0)
        systemd.close()
    }

    @Test func feedsTheWatchdogOfItsOwn() async throws {
        let folder = try shop()
        let systemd = try NotifySocket(folder.path + "/notify")
        let daemon = try await DaemonProcess.start(
            in: folder.path, environment: environment(folder.path + "/notify", ["WATCHDOG_USEC": "200000"]))
        let messages = await systemd.wait { $0.count { $0 == ["WATCHDOG=1"] } >= 3 }
        #expect(messages.count { $0 == ["WATCHDOG=1"] } >= 3)
        #expect(try await daemon.terminate() == 0)
        systemd.close()
    }

    @Test func leavesTheWatchdogOfAnotherAlone() async throws {
        let folder = try shop()
        let systemd = try NotifySocket(folder.path + "/notify")
        let daemon = try await DaemonProcess.start(
            in: folder.path,
            environment: environment(folder.path + "/notify", ["WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"]))
        _ = await systemd.wait { $0.contains { $0.first == "READY=1" } }
        // Of its own it would have fed many times before this ends.
        #expect(try await Program.run(["status"], in: folder.path, environment: Shop.environment).status == 0)
        #expect(try await daemon.terminate() == 0)
        let all = await systemd.wait { $0.contains { $0.first == "STOPPING=1" } }
        systemd.close()
        #expect(!all.contains(["WATCHDOG=1"]))
    }

    /// READY only when the store takes a write: here another program holds it.
    @Test func isNotReadyWhileTheStoreTakesNoWrites() async throws {
        let folder = try shop()
        let first = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        #expect(try await first.terminate() == 0)
        let systemd = try NotifySocket(folder.path + "/notify")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: environment(folder.path + "/notify"))
        _ = await systemd.wait { $0.contains { $0.first == "READY=1" } }
        let client = try Client()
        #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: folder.path + "/bellhop.db", configuration: configuration)
        try await queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        // Answered while the other program goes on holding it.
        let answer = await client.get("http://\(daemon.admin)/health/ready")
        #expect(answer?.status == 503)
        #expect(answer?.body.contains("\"reason\":\"store\"") == true)
        try await queue.inDatabase { try $0.execute(sql: "ROLLBACK") }
        while await client.get("http://\(daemon.admin)/health/ready")?.status != 200 {}
        try queue.close()
        #expect(try await daemon.terminate() == 0)
        systemd.close()
        await client.close()
    }
}

extension DatabaseQueue {
    /// Outside of any transaction of GRDB's.
    fileprivate func inDatabase(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await writeWithoutTransaction { try body($0) }
    }
}
