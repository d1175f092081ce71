/// How slow a misbehaving server is. Tests that wait for it make it quick.
package struct FakePace: Sendable, Hashable {
    package var dripMilliseconds: Int64
    package var lateMilliseconds: Int64

    package init(dripMilliseconds: Int64 = 1_000, lateMilliseconds: Int64 = 200) {
        self.dripMilliseconds = dripMilliseconds
        self.lateMilliseconds = lateMilliseconds
    }
}

extension Misbehaviour {
    /// What goes over the wire.
    /// - Parameters:
    ///   - proper: the answer that the vendor would have given.
    ///   - failure: the vendor's answer of a failing status.
    ///   - home: where a redirect leads.
    func steps(
        proper: FakeReply, failure: (Int) -> FakeReply, home: String, pace: FakePace
    ) -> [FakeStep] {
        let bytes = proper.bytes
        switch self {
        case .tooManyRequests, .tooManyRetryNow, .tooManyRetryIn5, .tooManyRetryInDecades, .tooManyRetryNegative,
            .tooManyRetryDate, .tooManyRetryJunk:
            var reply = failure(429)
            if let retryAfter { reply.headers.append(.init("Retry-After", retryAfter)) }
            return [.send(reply.bytes)]
        case .serverError: return [.send(failure(500).bytes)]
        case .unavailable: return [.send(failure(503).bytes)]
        case .badRequest: return [.send(failure(400).bytes)]
        case .unauthorized: return [.send(failure(401).bytes)]
        case .resetBeforeReading, .resetAfterReading: return [.reset]
        case .halfClose: return [.halfClose, .hang]
        case .closeAfterProcessing, .closeBeforeProcessing: return [.close]
        case .drip: return [.drip(bytes, everyMilliseconds: pace.dripMilliseconds)]
        case .endlessBody: return [.send(FakeHTTP.head(200)), .flood(FakeHTTP.piece, total: nil)]
        case .hugeBody:
            return [.send(FakeHTTP.head(200, length: 100_000_000)), .flood(FakeHTTP.piece, total: 100_000_000)]
        case .garbage: return [.send("220 mail.example.org ESMTP\r\n\u{1}\u{2}\u{3}\r\n\r\n"), .close]
        case .hugeHeader:
            return [.send("HTTP/1.1 200 OK\r\nX-Long: "), .flood(FakeHTTP.piece, total: 1 << 20), .send("\r\n\r\n"), .close]
        case .wrongLength:
            // An answer that must have no body would be whole.
            let status = proper.status == 204 ? 200 : proper.status
            return [.send(FakeHTTP.head(status, length: proper.body.count + 10)), .send(proper.body), .close]
        case .gzipBomb: return [.send(FakeReply(status: 200, headers: FakeHTTP.gzipHeaders, body: FakeHTTP.gzipBomb).bytes)]
        case .redirectHome: return [.send(FakeReply(status: 302, headers: [.init("Location", home)]).bytes)]
        case .expiredCertificate, .selfSignedCertificate, .wrongNameCertificate: return [.close]
        case .hang: return [.hang]
        case .halfAnswer: return [.send(Array(bytes.dropLast(max(bytes.count / 2, 1)))), .close]
        case .resetInAnswer: return [.send(Array(bytes.dropLast(max(bytes.count / 2, 1)))), .pause(milliseconds: 20), .reset]
        case .truncatedBody:
            let half = Array(proper.body.prefix(proper.body.count / 2))
            return [.send(FakeReply(status: proper.status, headers: proper.headers, body: half).bytes)]
        case .shortLength:
            let whole = FakeHTTP.head(proper.status, length: proper.body.count / 2) + proper.body
            return [.send(whole), .close]
        case .lateFirstByte: return [.pause(milliseconds: pace.lateMilliseconds), .send(bytes)]
        case .continueFirst: return [.send("HTTP/1.1 100 Continue\r\n\r\n"), .send(bytes)]
        case .closeAfterAnswer: return [.send(bytes), .close]
        }
    }
}
