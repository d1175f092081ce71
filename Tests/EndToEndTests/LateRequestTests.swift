import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// R13: what comes in while the daemon stops.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct LateRequestTests {
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
