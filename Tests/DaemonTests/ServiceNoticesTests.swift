import Daemon
import Foundation
import TestSupport
import Testing

/// R13: what systemd is told, and in which order.
@Suite struct ServiceNoticesTests {
    private func heard(_ name: String, count: Int, _ body: (ServiceNotices) -> Void) async throws -> [[String]] {
        let socket = try NotifySocket(name)
        let notices = ServiceNotices(socketPath: name)
        body(notices)
        let messages = await socket.wait { $0.count >= count }
        socket.close()
        return messages
    }

    @Test(arguments: [false, true])
    func speaksToPathsAndAbstractNames(isAbstract: Bool) async throws {
        try await withTemporaryFolder { folder in
            let name = isAbstract ? "@bellhop-\(UUID().uuidString)" : folder + "/n"
            let messages = try await heard(name, count: 1) { $0.ready("ready; rules 1") }
            #expect(messages == [["READY=1", "STATUS=ready; rules 1"]])
        }
    }

    @Test func isReadyAgainAfterTheLastOfItsLoads() async throws {
        try await withTemporaryFolder { folder in
            let messages = try await heard(folder + "/n", count: 4) { notices in
                // Nothing before it is ready: systemd would take the READY of a load for the first.
                notices.reloading()
                notices.reloaded("early")
                notices.ready("a")
                notices.ready("again")
                notices.reloading()
                notices.reloading()
                notices.reloaded("b")
                notices.status("not now")
                notices.reloaded("c")
                notices.stopping()
                notices.reloading()
                notices.reloaded("late")
                notices.status("late")
            }
            // Where the machine is slow, more time to stop is asked for meanwhile.
            #expect(messages.prefix(4).map(\.first) == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
            #expect(messages[0] == ["READY=1", "STATUS=a"])
            #expect(messages[2] == ["READY=1", "STATUS=c"])
            let time = messages[1].first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=").last.flatMap { UInt64($0) }
            #expect((time ?? 0) > 0)
        }
    }

    /// The rules are watched from before it is ready.
    @Test func aLoadThatBeganBeforeItWasReadyIsNotToldOf() async throws {
        try await withTemporaryFolder { folder in
            let messages = try await heard(folder + "/n", count: 5) { notices in
                notices.reloading()
                notices.ready("a")
                notices.reloaded("a")
                notices.reloading()
                notices.reloaded("b")
                notices.stopping()
            }
            #expect(messages.map(\.first) == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=10000000"])
        }
    }

    @Test func tellsAStatusOnceAndOnOneLine() async throws {
        try await withTemporaryFolder { folder in
            let messages = try await heard(folder + "/n", count: 3) { notices in
                notices.ready("a")
                notices.status("a")
                notices.status("b\nREADY=1\u{7}")
                notices.status("b\nREADY=1\u{7}")
                notices.feedWatchdog()
            }
            #expect(messages == [["READY=1", "STATUS=a"], ["STATUS=b READY=1 "], ["WATCHDOG=1"]])
        }
    }

    @Test func asksForMoreTimeUntilItIsReady() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotifySocket(folder + "/n")
            let notices = ServiceNotices(socketPath: folder + "/n")
            notices.beginExtending()
            let messages = await socket.wait { !$0.isEmpty }
            notices.ready("a")
            socket.close()
            #expect(messages == [["EXTEND_TIMEOUT_USEC=10000000"]])
        }
    }

    @Test(arguments: [nil, "", "relative", "/" + String(repeating: "x", count: 200)])
    func saysNothingWhereNobodyListens(path: String?) {
        let notices = ServiceNotices(socketPath: path)
        #expect(!notices.isHeard)
        notices.ready("a")
        notices.stopping()
    }

    @Test(
        arguments: [
            (["WATCHDOG_USEC": "30000000"], .seconds(30)), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], .seconds(30)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil), ([:], nil),
            (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "x"], nil),
        ] as [([String: String], Duration?)])
    func isWatchedWhereTheEnvironmentSaysSo(environment: [String: String], timeout: Duration?) {
        #expect(Watchdog.timeout(in: environment, process: 7) == timeout)
    }
}
