import HTTPTypes
import Model
import NIOCore
import Testing

@testable import Daemon

@Suite struct PeerWaitTests {
    static let begin = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test(arguments: [
        (PeerWait.Kind.firstHead, 0, TimeAmount.seconds(5)), (.head, 0, .seconds(5)), (.idle, 0, .seconds(15)),
        (.answer, 0, .seconds(10)), (.farewell, 0, .seconds(2)), (.body, 0, .seconds(2)), (.body, 512, .milliseconds(2500)),
        (.body, 1024, .seconds(3)), (.body, 8192, .seconds(10)), (.body, 1 << 30, .seconds(10)), (.body, .max, .seconds(10)),
    ])
    func lastsNoLonger(kind: PeerWait.Kind, received: Int, time: TimeAmount) {
        #expect(PeerWait(kind: kind, since: Self.begin, received: received).deadline(Patience()) == Self.begin + time)
    }
}

@Suite struct DescriptorSharesTests {
    /// Connections of both listeners, those that are closing, and the reserve: never more than there is.
    @Test(arguments: [64, 80, 100, 128, 256, 512, 1024, 4096, 8192, 20_000, 1 << 20], [20, 30])
    func leavesAReserve(total: Int, open: Int) {
        let shares = DescriptorShares(total: total, open: open, wanted: 2048)
        func most(_ limit: Int) -> Int { limit + max(2, min(64, limit / 16)) }
        let reserve = total - open - most(shares.connections) - most(shares.admin)
        #expect(reserve >= min(192, max(8, total / 4 - 2)), "\(shares)")
        #expect(shares.connections >= 2 && shares.admin >= 2)
    }

    @Test func wantsNoMoreThanIsConfigured() {
        #expect(DescriptorShares(total: 8192, open: 30, wanted: 2048).connections == 2048)
        #expect(DescriptorShares(total: 1 << 20, open: 30, wanted: 100).connections == 100)
        #expect(DescriptorShares(total: 10, open: 30, wanted: 100).connections == 2)
    }
}

@Suite struct PassedSocketsTests {
    struct Case: Sendable {
        var environment: [String: String]
        var sockets: PassedSockets

        init(_ environment: [String: String], webhooks: Int32? = nil, admin: Int32? = nil) {
            self.environment = environment
            sockets = PassedSockets(
                webhooks: webhooks.map { PassedSocket(descriptor: $0) }, admin: admin.map { PassedSocket(descriptor: $0) })
        }
    }

    static let cases = [
        Case([:]), Case(["LISTEN_FDS": "1"]), Case(["LISTEN_FDS": "1", "LISTEN_PID": "8"]),
        Case(["LISTEN_FDS": "0", "LISTEN_PID": "7"]), Case(["LISTEN_FDS": "-1", "LISTEN_PID": "7"]),
        Case(["LISTEN_FDS": "99999999999", "LISTEN_PID": "7"]), Case(["LISTEN_FDS": "x", "LISTEN_PID": "7"]),
        Case(["LISTEN_FDS": "1", "LISTEN_PID": "7"], webhooks: 3), Case(["LISTEN_FDS": "2", "LISTEN_PID": "7"], webhooks: 3),
        Case(["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "bellhop.socket"], webhooks: 3),
        Case(["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "admin:webhooks"], webhooks: 4, admin: 3),
        Case(["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "admin"], admin: 3),
        Case(["LISTEN_FDS": "3", "LISTEN_PID": "7", "LISTEN_FDNAMES": "a::webhooks"], webhooks: 5),
        Case(["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "a:webhooks"], webhooks: 3),
    ]

    @Test(arguments: cases)
    func takesWhatIsMeantForIt(_ given: Case) throws {
        let passed = try PassedSockets(environment: { given.environment[$0] }, process: 7, isListening: { _ in true })
        #expect(passed == given.sockets)
    }

    @Test func refusesWhatIsNoListeningSocket() {
        let environment = ["LISTEN_FDS": "1", "LISTEN_PID": "7"]
        #expect(throws: StartError.socketUnusable("webhooks", why: "it is no listening socket")) {
            try PassedSockets(environment: { environment[$0] }, process: 7, isListening: { _ in false })
        }
    }

    @Test func refusesTwoOfOneName() {
        let environment = ["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "admin:admin"]
        #expect(throws: StartError.socketUnusable("admin", why: "2 of that name are passed")) {
            try PassedSockets(environment: { environment[$0] }, process: 7, isListening: { _ in true })
        }
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func writesAsTheProtocolWants(seconds: Int64, text: String) {
        #expect(HTTPDate.text(Instant(seconds: seconds)) == text)
    }

    @Test func whatIsKeptIsOfThatSecondAlone() {
        let texts = HTTPDateTexts()
        for milliseconds: Int64 in [-1000, -999, -1, 0, 1, 999, 1000, 1000, 0, 86_399_999, 86_400_000] {
            let instant = Instant(milliseconds: milliseconds)
            #expect(texts.text(instant) == HTTPDate.text(instant))
        }
    }
}

@Suite struct RefusalTests {
    @Test(arguments: [(-1, "5"), (0, "5"), (0.5, "17"), (0.999, "29"), (2, "30")])
    func comesAgainWithinFiveToThirtySeconds(chance: Double, seconds: String) {
        #expect(Refusal.overloaded(chance).headers[.retryAfter] == seconds)
    }
}
