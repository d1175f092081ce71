import Foundation
import TestSupport
import Testing

/// T32: requests that two programs could read in two ways, sent to the real program over TCP, each followed by one in order.
@Suite(.serialized, .timeLimit(.minutes(15))) struct SmugglingTests {
    /// What comes back for bytes and the marker behind them, until the other end closes.
    private func answer(to request: RawRequest, at address: String, cutAt cut: Int? = nil) async throws -> [UInt8]? {
        try await blocking {
            let connection = try RawConnection(address)
            let bytes = request.bytes + Array(RawSite.marker.utf8)
            connection.send(bytes[..<(cut ?? bytes.count)])
            connection.send(bytes[(cut ?? bytes.count)...])
            return connection.readToEnd()
        }
    }

    @Test func whatIsHiddenIsNeverExecuted() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await SmugglingSite.daemon(in: folder)
        let client = try Client()
        var random = SplitMix64(seed: TestScale.seed(usual: 32))
        var markers = 0.0
        for request in SmugglingTable.all {
            for cut in [nil, Int.random(in: 1..<request.bytes.count, using: &random)] {
                let bytes = try await answer(to: request, at: daemon.listen, cutAt: cut)
                let statuses = bytes.flatMap { RawConnection.statuses(in: $0) }
                let place = "\(request.name), cut at \(cut ?? 0): \(String(decoding: bytes ?? [], as: UTF8.self))"
                switch request.verdict {
                case .refused(let status):
                    #expect(statuses == [status], "\(place)")
                    #expect(!place.hasSuffix("\"\"}"), "it says in words what is wrong: \(place)")
                case .last: #expect(statuses == [401], "\(place)")
                case .requests(let count):
                    markers += 1
                    #expect(statuses?.count == count + 1 && statuses?.last == 200, "\(place)")
                    #expect(statuses?.dropLast().contains(200) == false, "\(place)")
                }
            }
            try #require(
                await SmugglingSite.count("omnichat", client, daemon) == 0, "the hidden request was executed: \(request.name)")
        }
        #expect(await SmugglingSite.count("channeltalk", client, daemon) == markers)
        #expect(daemon.lines.contains { $0.contains("request refused unread") })
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    /// The admin listener is behind the same gate.
    @Test func theAdminListenerIsAsStrict() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await SmugglingSite.daemon(in: folder)
        let get = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
        for (fields, statuses) in [
            ("Connection: close\r\n", [200]), ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", [400]),
            ("Host: localhost\r\n", [400]), ("Transfer-Encoding : chunked\r\n", [400]),
        ] {
            let bytes = try await blocking {
                let connection = try RawConnection(daemon.admin)
                connection.send(Array((get + fields + "\r\n").utf8))
                return connection.readToEnd()
            }
            #expect(bytes.flatMap { RawConnection.statuses(in: $0) } == statuses, "\(fields)")
        }
        #expect(try await daemon.terminate() == 0)
    }

    /// curl waits with large bodies until it is told to go on.
    @Test func tellsToGoOnBeforeTheBody() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await SmugglingSite.daemon(in: folder)
        let answers = try await blocking {
            let connection = try RawConnection(daemon.listen)
            let head = RawSite.request(["Expect: 100-continue", "Content-Length: 5"])
            connection.send(Array(head.utf8))
            let first = connection.read()
            connection.send(Array(("hello" + RawSite.marker).utf8))
            return (first, connection.readToEnd())
        }
        #expect(answers.0 == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        #expect(answers.1.flatMap { RawConnection.statuses(in: $0) } == [401, 200])
        #expect(try await daemon.terminate() == 0)
    }
}

/// The same behind proxies, where they are installed (`make smuggling`): minutes of waiting for what a proxy waits for.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ProxySmugglingTests {
    /// A proxy may wait for the rest of a body until the daemon's patience ends: not all of that is waited for.
    private func passed(_ request: RawRequest, by address: String) async throws -> [UInt8] {
        try await blocking {
            let connection = try RawConnection(address, patience: 2)
            connection.send(request.bytes + Array(RawSite.marker.utf8))
            return connection.readWhatComes()
        }
    }

    /// A proxy may mend, refuse or pass on what it is sent; what is hidden is executed behind none. Connections to the daemon
    /// are shared by all clients, so that one left in disorder would show in a later answer.
    @Test(arguments: FrontProxy.names) func nothingIsExecutedBehindAProxy(_ name: String) async throws {
        let folder = try TemporaryFolder()
        let daemon = try await SmugglingSite.daemon(in: folder)
        let proxy = try await FrontProxy(name, to: daemon.listen)
        defer { proxy.stop() }
        let client = try Client()
        var outcomes: [String: Int] = [:]
        var executed = 0.0
        for request in SmugglingTable.all {
            let bytes = try await passed(request, by: proxy.address)
            let first = String(decoding: bytes.dropFirst(9).prefix(3), as: UTF8.self)
            outcomes[first.isEmpty ? "closed" : first, default: 0] += 1
            // What the proxy reads as a request of its own it may pass on, and gives the client the answer. What the daemon
            // executes besides was hidden.
            let now = await SmugglingSite.count("omnichat", client, daemon) + SmugglingSite.count("channeltalk", client, daemon)
            let answered = String(decoding: bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 200 ").count - 1
            #expect(now - executed == Double(answered), "executed and answered: \(request.name)")
            // The next client's request is answered as its own.
            let plain = RawRequest(
                "plain", RawSite.request(["Content-Length: 5", "Connection: close"], "hello"), .requests(1))
            let after = try await passed(plain, by: proxy.address)
            #expect(after.starts(with: "HTTP/1.1 401".utf8), "after \(request.name): \(String(decoding: after, as: UTF8.self))")
            executed = await SmugglingSite.count("omnichat", client, daemon) + SmugglingSite.count("channeltalk", client, daemon)
        }
        print("\(name): \(SmugglingTable.all.count) requests, first answers \(outcomes.sorted { $0.key < $1.key })")
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }
}

/// The daemon that is hidden from, and what it counts.
private enum SmugglingSite {
    private static let configuration = """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        accounts:
          front: { vendor: rocketchat, delivery: print, webhook: { secret: { env: RAW_SECRET } } }
          hidden: { vendor: omnichat, delivery: print, webhook: { secret: { env: RAW_SECRET } } }
          marker: { vendor: channeltalk, delivery: print, webhook: { secret: { env: RAW_SECRET } } }
          closed: { vendor: huggy, delivery: print }

        """

    static func daemon(in folder: TemporaryFolder) async throws -> DaemonProcess {
        try folder.write(configuration, to: "bellhop.yaml")
        try folder.write("version: 1\nrules: []\n", to: "rules/none.yaml")
        return try await DaemonProcess.start(in: folder.path, environment: ["RAW_SECRET": RawSite.secret])
    }

    /// How many webhooks of a vendor were answered, whatever the answer.
    static func count(_ vendor: String, _ client: Client, _ daemon: DaemonProcess) async -> Double {
        let values = Metrics.values(await client.get("http://\(daemon.admin)/metrics")?.body ?? "")
        return values.filter { $0.key.hasPrefix("bellhop_webhook_requests_total{vendor=\"\(vendor)\"") }.values.reduce(0, +)
    }
}
