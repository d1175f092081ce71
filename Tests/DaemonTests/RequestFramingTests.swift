import Daemon
import HTTPTypes
import TestSupport
import Testing

@Suite struct RequestFramingTests {
    /// What came of bytes, however they were cut.
    private struct Outcome: Hashable {
        var passed = 0
        var refusal: RequestRefusal?
        var isOver = false
    }

    private func outcome(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var framing = RequestFraming()
        var outcome = Outcome()
        var position = 0
        for piece in pieces {
            let progress = piece.withUnsafeBytes { framing.take($0) }
            if progress.passed > 0 { outcome.passed = position + progress.passed }
            outcome.refusal = outcome.refusal ?? progress.refusal
            position += piece.count
        }
        outcome.isOver = framing.isOver
        return outcome
    }

    private func followed(_ request: RawRequest) -> [UInt8] { request.bytes + Array(RawSite.marker.utf8) }

    @Test(arguments: SmugglingTable.all)
    func judges(_ request: RawRequest) {
        let bytes = followed(request)
        let outcome = outcome([bytes[...]])
        switch request.verdict {
        case .refused(let status):
            // That a method is unknown is left to the parser behind.
            if request.name == "first line, unknown method" { return }
            #expect(outcome.refusal?.answer.code == status)
            #expect(outcome.isOver)
            #expect(outcome.passed < request.bytes.count)
        case .requests: #expect(outcome == Outcome(passed: bytes.count, refusal: nil, isOver: true))
        case .last: #expect(outcome.refusal == nil && outcome.isOver && outcome.passed < request.bytes.count)
        }
    }

    @Test func theTableIsLargeEnough() {
        #expect(SmugglingTable.all.count { if case .refused = $0.verdict { true } else { false } } >= 120)
        #expect(Set(SmugglingTable.all.map(\.name)).count == SmugglingTable.all.count)
    }

    @Test(arguments: SmugglingTable.all)
    func saysTheSameHoweverTheBytesAreCut(_ request: RawRequest) {
        let bytes = followed(request)
        let whole = outcome([bytes[...]])
        #expect(outcome(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
        let seed = TestScale.seed(usual: 32)
        var random = SplitMix64(seed: seed)
        for round in 0..<TestScale.rounds(usual: 10) {
            var cuts = Set(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0...bytes.count, using: &random) })
            cuts.formUnion([0, bytes.count])
            let ends = cuts.sorted()
            let pieces = zip(ends, ends.dropFirst()).map { bytes[$0..<$1] }
            #expect(outcome(pieces) == whole, "cut at \(ends) by seed \(seed), round \(round)")
        }
    }

    /// A body is counted, not looked at: of whatever it is made, all of it passes.
    @Test func passesBodiesOfAnyBytes() {
        let body = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        let head = Array("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n".utf8)
        #expect(outcome([(head + body)[...]]) == Outcome(passed: head.count + 5000))
    }

    /// Nothing that anybody sends makes it fail, and it never passes what it has not seen.
    @Test func standsAnyBytes() {
        let seed = TestScale.seed(usual: 4)
        var random = SplitMix64(seed: seed)
        let words = [
            "POST / HTTP/1.1\r\n", "Host: h\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\r\n", "3\r\n",
            "abc", "0\r\n\r\n",
        ]
        for round in 0..<TestScale.rounds(usual: 2000) {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                if Int.random(in: 0..<8, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array((words.randomElement(using: &random) ?? "").utf8)
                }
            }
            let whole = outcome([bytes[...]])
            #expect(whole.passed <= bytes.count, "seed \(seed), round \(round)")
            #expect(outcome(bytes.indices.map { bytes[$0...$0] }) == whole, "seed \(seed), round \(round): \(bytes)")
        }
    }
}
