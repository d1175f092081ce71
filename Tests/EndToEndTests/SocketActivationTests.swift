import Foundation
import TestSupport
import Testing

/// Sockets that somebody else has opened, as systemd does.
@Suite(.timeLimit(.minutes(15))) struct SocketActivationTests {
    private func start(_ folder: TemporaryFolder, _ sockets: [ListeningSocket], names: String?) async throws -> DaemonProcess {
        var environment = Shop.environment
        environment["LISTEN_FDS"] = "\(sockets.count)"
        environment["LISTEN_FDNAMES"] = names
        return try await DaemonProcess.start(
            in: folder.path, environment: environment,
            wrapper: ["/bin/sh", "-c", "export LISTEN_PID=$$; exec \"$@\"", "sh"], passing: sockets.map(\.descriptor))
    }

    private func folder(listen: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let configuration = Shop.configuration(api: "http://127.0.0.1:1")
            .replacingOccurrences(of: "listen: 127.0.0.1:0", with: "listen: \(listen)")
        try folder.write(configuration, to: "bellhop.yaml")
        try folder.write("version: 1\nrules: []\n", to: "rules/shop.yaml")
        return folder
    }

    /// An address that this machine does not have, so that listening there would fail.
    private static let elsewhere = "203.0.113.7:80"

    @Test func listensOnThemInsteadOfItsOwnAddresses() async throws {
        let (admin, webhooks) = (try ListeningSocket(), try ListeningSocket())
        let folder = try folder(listen: Self.elsewhere)
        let daemon = try await start(folder, [admin, webhooks], names: "admin:webhooks")
        #expect(daemon.listen == "127.0.0.1:\(webhooks.port)")
        #expect(daemon.admin == "127.0.0.1:\(admin.port)")
        #expect(daemon.lines.contains { $0.contains("a socket that was passed is used") && $0.contains("webhooks") })
        let client = try Client()
        let url = "http://127.0.0.1:\(webhooks.port)/webhooks/shop"
        #expect(await client.post(Shop.message("m1", chat: 1, text: "hello"), to: url) == 200)
        #expect(await client.get("http://127.0.0.1:\(admin.port)/health/live")?.status == 200)
        let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(daemon.processID)/environ"))
        #expect(!environment.isEmpty)
        await client.close()
        #expect(try await daemon.terminate() == 0)
    }

    /// Whoever comes while there is no daemon waits, and is answered by the next one.
    @Test func nobodyIsRefusedBetweenTwoRuns() async throws {
        let socket = try ListeningSocket()
        let folder = try folder(listen: Self.elsewhere)
        let first = try await start(folder, [socket], names: nil)
        #expect(try await first.terminate() == 0)
        let port = socket.port
        async let waiting = blocking {
            let body = Shop.message("m1", chat: 1, text: "hello")
            let request = "POST /webhooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            return Crowd(port: port).run([Crowd.Member(request.utf8, leavesWithAnswer: true)], atOnce: 1, seconds: 60)
        }
        let second = try await start(folder, [socket], names: nil)
        let outcomes = try await waiting
        #expect(outcomes.map { $0.status } == [200])
        #expect(try await second.terminate() == 0)
    }

    @Test func refusesWhatIsNoSocket() async throws {
        let folder = try folder(listen: "127.0.0.1:0")
        let result = try await Program.run(
            ["serve", "--config", "bellhop.yaml"], in: folder.path,
            environment: Shop.environment.merging(["LISTEN_FDS": "1"]) { _, new in new },
            wrapper: ["/bin/sh", "-c", "exec 3</dev/null; export LISTEN_PID=$$; exec \"$@\"", "sh"])
        #expect(result.status == 4)
        #expect(result.errors.contains("the socket `webhooks` that was passed cannot be used: it is no listening socket"))
    }
}
