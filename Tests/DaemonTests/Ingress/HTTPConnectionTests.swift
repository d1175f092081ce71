import HTTPTypes
import NIOCore
import Testing

@testable import Daemon

/// One connection, in a time of its own (S3, R8).
@Suite struct HTTPConnectionTests {
    // MARK: Time

    @Test func aHeadHasFiveSecondsHoweverManyBytesCome() async throws {
        let peer = try await IngressPeer()
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in 0..<49 {
            try await peer.send("y")
            await peer.wait(.milliseconds(100))
        }
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(100))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
        #expect(!peer.isOpen)
        #expect(peer.events.cuts == [.head])
    }

    @Test func whoSaysNothingIsLeftAfterFiveSeconds() async throws {
        let peer = try await IngressPeer()
        await peer.wait(.milliseconds(4999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(!peer.isOpen)
        #expect(try await peer.received() == "")
        #expect(peer.events.all == [.opened, .cut(.head), .closed])
    }

    @Test func aBodyThatTricklesIsGivenUpAfterTwoSeconds() async throws {
        let responder = EchoResponder()
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 10)
        let peer = try await IngressPeer(responder, load: load)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        for _ in 0..<19 {
            try await peer.send("y")
            await peer.wait(.milliseconds(100))
        }
        #expect(peer.isOpen)
        #expect(load.bodies.held == 19)
        await peer.wait(.milliseconds(200))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
        #expect(!peer.isOpen)
        #expect(peer.events.cuts == [.body])
        #expect(responder.failures.all == [.incomplete])
        #expect(load.bodies.held == 0)
    }

    @Test func aBodyHasTenSecondsHoweverFastItComes() async throws {
        let peer = try await IngressPeer()
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n")
        for _ in 0..<99 {
            try await peer.send(String(repeating: "y", count: 400))
            await peer.wait(.milliseconds(100))
        }
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(100))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
        #expect(!peer.isOpen)
    }

    @Test func aBodyAtAKibibyteASecondIsTaken() async throws {
        let peer = try await IngressPeer()
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 8192\r\n\r\n")
        for _ in 0..<8 {
            await peer.wait(.seconds(1))
            try await peer.send(String(repeating: "y", count: 1024))
        }
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
    }

    @Test func theNextRequestMayBeginWithinFifteenSecondsAndHasFiveThen() async throws {
        let peer = try await IngressPeer()
        try await peer.post("one")
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
        await peer.wait(.milliseconds(14_900))
        try await peer.send("POST /x HT")
        await peer.wait(.milliseconds(4900))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(100))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
        #expect(!peer.isOpen)
    }

    @Test func whoAsksForNothingMoreIsLeftAfterFifteenSeconds() async throws {
        let peer = try await IngressPeer()
        await peer.wait(.seconds(3))
        try await peer.post("one")
        _ = try await peer.answer()
        await peer.wait(.milliseconds(14_999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(!peer.isOpen)
        #expect(try await peer.received() == "")
        #expect(peer.events.cuts == [.idle])
    }

    @Test func whoDoesNotTakeHisAnswerIsLeftAfterTenSeconds() async throws {
        let peer = try await IngressPeer(EchoResponder(refusal: Refusal(.notFound)), holdsWrites: true)
        try await peer.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        await peer.wait(.milliseconds(9999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(!peer.isOpen)
        #expect(peer.events.cuts == [.answer])
    }

    /// It was counted when its head came.
    @Test func aRefusedRequestIsNotIncompleteAsWell() async throws {
        let responder = EchoResponder(refusal: Refusal(.notFound))
        for ending in ["time", "peer"] {
            let peer = try await IngressPeer(responder)
            try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab")
            if ending == "time" { await peer.wait(.seconds(11)) } else { try await peer.channel.close() }
            #expect(!peer.isOpen)
            #expect(responder.failures.all == [], "\(ending)")
        }
    }

    @Test func whatIsBeingAnsweredHasNoDeadline() async throws {
        let responder = EchoResponder()
        responder.hold.close()
        let peer = try await IngressPeer(responder)
        try await peer.post("one")
        await peer.wait(.seconds(3600))
        #expect(peer.isOpen)
        responder.hold.open()
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
    }

    @Test func aHeadThatBeganBeforeTheAnswerHasFiveSecondsFromIt() async throws {
        let responder = EchoResponder()
        responder.hold.close()
        let peer = try await IngressPeer(responder)
        try await peer.post("one")
        try await peer.send("POST /x HT")
        await peer.wait(.seconds(60))
        #expect(peer.isOpen)
        responder.hold.open()
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
        await peer.wait(.milliseconds(4999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
        #expect(!peer.isOpen)
    }

    /// Its beginning came with a whole request before it, while another one was answered.
    @Test func aHeadThatBeganBehindAnEarlyRequestHasFiveSecondsToo() async throws {
        let responder = EchoResponder()
        responder.hold.close()
        let peer = try await IngressPeer(responder)
        try await peer.post("one")
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwoPOST /x HT")
        responder.hold.open()
        var text = try await peer.answer()
        while IngressPeer.statuses(text).count < 2 { text += try await peer.answer() }
        await peer.wait(.milliseconds(4999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
    }

    /// One that is refused is answered while what came with it is still looked at.
    @Test func aHeadThatBeganBehindARefusedRequestHasFiveSecondsToo() async throws {
        let peer = try await IngressPeer(EchoResponder(refusal: Refusal(.notFound)))
        try await peer.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\nPOST /x HT")
        #expect(IngressPeer.statuses(try await peer.received()) == [404])
        await peer.wait(.milliseconds(4999))
        #expect(peer.isOpen)
        await peer.wait(.milliseconds(1))
        #expect(IngressPeer.statuses(try await peer.received()) == [408])
    }

    // MARK: Sizes

    struct Head: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var status: Int

        init(_ name: String, _ text: String, _ status: Int) {
            (testDescription, self.text, self.status) = (name, text, status)
        }
    }

    static func fields(_ count: Int) -> String { (0..<count).map { "x\($0): y\r\n" }.joined() }

    static let heads = [
        Head("target of 2 KiB", "GET /\(String(repeating: "a", count: 2047)) HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        Head("target of a byte more", "GET /\(String(repeating: "a", count: 2048)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        Head("target without an end", "GET /" + String(repeating: "a", count: 17_000), 431),
        Head("64 fields", "GET / HTTP/1.1\r\nHost: a\r\n\(fields(63))\r\n", 404),
        Head("65 fields", "GET / HTTP/1.1\r\nHost: a\r\n\(fields(64))\r\n", 431),
        Head("head of 16,000 bytes", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 15_968))\r\n\r\n", 404),
        Head("head of 17,000 bytes", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 16_968))\r\n\r\n", 431),
        Head(
            "head of 17,000 bytes in small fields",
            "GET / HTTP/1.1\r\nHost: a\r\n" + (0..<17).map { "x\($0): \(String(repeating: "y", count: 994))\r\n" }.joined()
                + "\r\n", 431),
        Head(
            "head without an end",
            "GET / HTTP/1.1\r\n" + String(repeating: "x: y\r\n", count: 60) + "z: "
                + String(repeating: "y", count: 17_000), 431),
        Head("no HTTP", "hello\r\n\r\n", 400),
        Head("HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ]

    @Test(arguments: heads)
    func answersHeadsByTheirSize(_ head: Head) async throws {
        let peer = try await IngressPeer(EchoResponder(refusal: Refusal(.notFound)))
        try await peer.send(head.text)
        let answer = try await peer.received()
        #expect(IngressPeer.statuses(answer) == [head.status])
        #expect(answer.contains("Connection: close") == (head.status != 404))
        #expect(peer.isOpen == (head.status == 404))
    }

    /// In pieces of one byte the same is answered.
    @Test(arguments: heads.filter { $0.status != 404 && $0.text.utf8.count < 5000 })
    func answersHeadsInPieces(_ head: Head) async throws {
        let peer = try await IngressPeer()
        for character in head.text where peer.isOpen { try await peer.send(String(character)) }
        #expect(IngressPeer.statuses(try await peer.received()) == [head.status])
        #expect(!peer.isOpen)
    }

    @Test func aBodyThatIsAnnouncedTooLargeIsNotRead() async throws {
        let responder = EchoResponder(limit: 10)
        let peer = try await IngressPeer(responder)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
        #expect(IngressPeer.statuses(try await peer.received()) == [413])
        #expect(!peer.isOpen)
        #expect(responder.failures.all == [.tooLarge])
    }

    @Test func aBodyInChunksIsCutOffAtTheLimit() async throws {
        let responder = EchoResponder(limit: 10)
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 10)
        let peer = try await IngressPeer(responder, load: load)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n")
        #expect(peer.isOpen)
        try await peer.send("5\r\nabcde\r\n")
        #expect(IngressPeer.statuses(try await peer.received()) == [413])
        #expect(!peer.isOpen)
        #expect(responder.failures.all == [.tooLarge])
        #expect(load.bodies.held == 0)
    }

    // MARK: Load

    @Test func aBodyForWhichThereIsNoRoomIsAnswered503() async throws {
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 10, bodyBytes: 100)
        let responder = EchoResponder()
        let (first, second) = (try await IngressPeer(responder, load: load), try await IngressPeer(responder, load: load))
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        try await first.send(head + "3c\r\n" + String(repeating: "a", count: 60))
        try await second.send(head + "32\r\n" + String(repeating: "a", count: 50))
        let answer = try await second.received()
        #expect(IngressPeer.statuses(answer) == [503])
        #expect(answer.contains("Retry-After: 17\r\n"))
        #expect(answer.contains("Connection: close\r\n"))
        #expect(responder.failures.all == [.overloaded])
        #expect(load.bodies.held == 60)
        try await first.send("\r\n0\r\n\r\n")
        #expect(IngressPeer.statuses(try await first.answer()) == [200])
        #expect(load.bodies.held == 0)
    }

    @Test(arguments: [(7, true), (8, false)])
    func aConnectionIsNotKeptFromFourFifthsOfALimitOn(waiting: Int, isKept: Bool) async throws {
        let load = IngressLoad(depth: InboxDepth(waiting), inboxLimit: 10)
        let peer = try await IngressPeer(load: load)
        try await peer.post("one")
        let answer = try await peer.answer()
        #expect(IngressPeer.statuses(answer) == [200])
        #expect(answer.contains("Connection: close\r\n") != isKept)
        #expect(peer.isOpen == isKept)
    }

    @Test func aHundredRequestsAreTheLast() async throws {
        let peer = try await IngressPeer()
        for number in 1...100 {
            try await peer.post("\(number)")
            let answer = try await peer.answer()
            #expect(answer.contains("Connection: close") == (number == 100))
        }
        #expect(!peer.isOpen)
    }

    @Test func whoeverIsAnsweredWithoutHisBodyIsClosed() async throws {
        let peer = try await IngressPeer(EchoResponder(refusal: .overloaded(0)))
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
        let answer = try await peer.received()
        #expect(IngressPeer.statuses(answer) == [503])
        #expect(answer.contains("Retry-After: 5\r\n"))
        #expect(!peer.isOpen)
    }

    @Test func aSmallBodyThatNobodyWantsCostsNoConnection() async throws {
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 10)
        let peer = try await IngressPeer(EchoResponder(refusal: Refusal(.notFound)), load: load)
        try await peer.post("one")
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n")
        #expect(IngressPeer.statuses(try await peer.received()) == [404, 404])
        #expect(peer.isOpen)
        #expect(load.bodies.held == 0)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")
        #expect(IngressPeer.statuses(try await peer.received()) == [404])
        #expect(!peer.isOpen)
    }

    // MARK: Requests

    @Test func requestsThatCameTogetherAreAnsweredInOrder() async throws {
        let peer = try await IngressPeer()
        func request(_ body: String) -> String {
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        try await peer.send(request("one") + request("two") + request("three").dropLast(2))
        var text = try await peer.answer()
        while IngressPeer.statuses(text).count < 2 { text += try await peer.answer() }
        #expect(text.contains("one"))
        #expect(text.hasSuffix("two"))
        try await peer.send("ee")
        text = try await peer.answer()
        #expect(text.hasSuffix("three"))
    }

    @Test func whatIsBrokenBehindARequestIsRefusedAfterItsAnswer() async throws {
        let responder = EchoResponder()
        responder.hold.close()
        let peer = try await IngressPeer(responder)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneno HTTP\r\n\r\n")
        #expect(try await peer.received() == "")
        responder.hold.open()
        var text = try await peer.answer()
        while IngressPeer.statuses(text).count < 2 { text += try await peer.answer() }
        #expect(IngressPeer.statuses(text) == [200, 400])
        #expect(!peer.isOpen)
    }

    /// Whoever sends on and on without waiting for his answers fills no memory.
    @Test func whileARequestIsAnsweredOneReadIsTaken() async throws {
        let responder = EchoResponder()
        responder.hold.close()
        let peer = try await IngressPeer(responder)
        let reads = try await peer.countedReads()
        try await peer.post("one")
        try await peer.read()
        #expect(reads.count == 1)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-")
        try await peer.read()
        #expect(reads.count == 1)
        responder.hold.open()
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
        #expect(reads.count == 2)
        try await peer.send("Length: 3\r\n\r\ntwo")
        #expect(try await peer.answer().hasSuffix("two"))
    }

    @Test func tellsToContinue() async throws {
        let peer = try await IngressPeer()
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(try await peer.received() == "HTTP/1.1 100 Continue\r\n\r\n")
        try await peer.send("one")
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
    }

    @Test func anAnswerHasItsDateAndLength() async throws {
        let peer = try await IngressPeer()
        try await peer.post("one")
        let answer = try await peer.answer()
        #expect(
            answer.hasPrefix("HTTP/1.1 200 OK\r\n")
                && answer.lowercased().contains("content-length: 3\r\n")
                && answer.contains("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n") && answer.hasSuffix("\r\n\r\none"))
    }

    @Test(arguments: ["Connection: close\r\n", "connection: Close\r\n"])
    func isClosedWhereThePeerWantsIt(_ header: String) async throws {
        let peer = try await IngressPeer()
        try await peer.post("one", header)
        #expect(try await peer.answer().contains("Connection: close\r\n"))
        #expect(!peer.isOpen)
    }

    @Test func aPeerThatGoesAwayInABodyIsCounted() async throws {
        let responder = EchoResponder()
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 10)
        let peer = try await IngressPeer(responder, load: load)
        try await peer.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        try await peer.channel.close().get()
        #expect(responder.failures.all == [.incomplete])
        #expect(load.bodies.held == 0)
        #expect(peer.events.all == [.opened, .closed])
    }

    // MARK: Stop

    @Test func aStopClosesWhoWaitsAndAnswersWhoHasBegun() async throws {
        let table = ConnectionTable(limit: 10)
        let (silent, begun) = (try await IngressPeer(table: table), try await IngressPeer(table: table))
        try await begun.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\no")
        table.stop()
        await silent.wait(.zero)
        await begun.wait(.zero)
        #expect(!silent.isOpen)
        #expect(begun.isOpen)
        try await begun.send("ne")
        #expect(try await begun.answer().contains("Connection: close\r\n"))
        #expect(!begun.isOpen)
        let late = try await IngressPeer(table: table)
        await late.wait(.zero)
        #expect(!late.isOpen)
        await table.emptied()
        #expect(table.open == 0)
    }
}
