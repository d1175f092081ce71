import NIOCore
import TestSupport
import Testing

@testable import Daemon

/// Who goes when there are too many connections (R8).
@Suite struct ConnectionTableTests {
    @Test func whoWaitsLongestMakesRoom() async throws {
        let table = ConnectionTable(limit: 2)
        let first = try await IngressPeer(table: table)
        let second = try await IngressPeer(table: table)
        try await first.send("GET / ")
        // The first is heard of again, and waits all the same since it came.
        let third = try await IngressPeer(table: table)
        await first.wait(.zero)
        #expect(IngressPeer.statuses(try await first.received()) == [503])
        #expect([first.isOpen, second.isOpen, third.isOpen] == [false, true, true])
        #expect(first.events.cuts == [.evicted])
        #expect(table.open == 2)
    }

    @Test func whoWasServedJustNowStaysLongerThanWhoWasNot() async throws {
        let table = ConnectionTable(limit: 6)
        let good = try await IngressPeer(table: table)
        let slow = try await IngressPeer(table: table)
        try await good.post("one")
        _ = try await good.answer()
        var others: [IngressPeer] = []
        for _ in 0..<5 { others.append(try await IngressPeer(table: table)) }
        await slow.wait(.zero)
        #expect(!slow.isOpen)
        #expect(good.isOpen)
        #expect(others.allSatisfy { $0.isOpen })
    }

    @Test func whoIsBeingAnsweredStays() async throws {
        let table = ConnectionTable(limit: 2)
        let responder = EchoResponder()
        responder.hold.close()
        let busy = [try await IngressPeer(responder, table: table), try await IngressPeer(responder, table: table)]
        for peer in busy { try await peer.post("one") }
        let late = try await IngressPeer(responder, table: table)
        let answer = try await late.received()
        #expect(IngressPeer.statuses(answer) == [503])
        #expect(answer.contains("Retry-After: 17\r\n"))
        #expect(!late.isOpen)
        #expect(late.events.cuts == [.refused])
        responder.hold.open()
        for peer in busy { #expect(IngressPeer.statuses(try await peer.answer()) == [200]) }
    }

    @Test func aSlowBodyIsGivenUpForAnother() async throws {
        let table = ConnectionTable(limit: 1)
        let responder = EchoResponder()
        let slow = try await IngressPeer(responder, table: table)
        try await slow.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        let next = try await IngressPeer(responder, table: table)
        await slow.wait(.zero)
        #expect(IngressPeer.statuses(try await slow.received()) == [503])
        #expect(!slow.isOpen)
        #expect(next.isOpen)
        #expect(responder.failures.all == [.overloaded])
    }

    @Test func fromFourFifthsOnConnectionsAreNotKept() async throws {
        let table = ConnectionTable(limit: 5)
        var peers: [IngressPeer] = []
        for _ in 0..<3 { peers.append(try await IngressPeer(table: table)) }
        try await peers[0].post("one")
        #expect(!(try await peers[0].answer().contains("Connection: close")))
        peers.append(try await IngressPeer(table: table))
        try await peers[0].post("one")
        #expect(try await peers[0].answer().contains("Connection: close"))
    }

    /// Whatever is done, the line is as a list of which the first stands longest.
    @Test func theLineIsInOrder() {
        let seed = TestScale.seed(usual: 22)
        var random = SplitMix64(seed: seed)
        var (line, model) = (WaitingLine(), [Int]())
        for step in 0..<5000 {
            let id = Int.random(in: 0..<20, using: &random)
            model.removeAll { $0 == id }
            if Bool.random(using: &random) {
                line.append(id)
                model.append(id)
            } else {
                line.remove(id)
            }
            guard line.first == model.first else {
                Issue.record("seed \(seed), step \(step): \(String(describing: line.first)), not \(model)")
                return
            }
        }
        while let first = model.first {
            #expect(line.first == first)
            line.remove(first)
            model.removeFirst()
        }
        #expect(line.first == nil)
    }
}
