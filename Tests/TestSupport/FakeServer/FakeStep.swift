/// One thing that a fake server does on a connection. After the last step of a request's answer it reads the next request,
/// unless the connection is gone.
package enum FakeStep: Sendable, Hashable {
    case send([UInt8])
    /// The same piece over and over, `total` bytes in all; nil: until the other side goes.
    case flood([UInt8], total: Int?)
    /// One byte at a time.
    case drip([UInt8], everyMilliseconds: Int64)
    case pause(milliseconds: Int64)
    /// Nothing more is sent; what comes is still taken.
    case halfClose
    case close
    case reset
    /// Nothing ever, until the other side goes.
    case hang

    package static func send(_ text: String) -> FakeStep { .send(Array(text.utf8)) }
}

/// What is done with a request, decided when its first byte arrives.
package struct FakeTurn: Sendable, Hashable {
    /// Of the request, over all connections, from 1.
    package var number: Int
    package var misbehaviour: Misbehaviour?
    /// True when the request is carried out; without a misbehaviour it always is.
    package var takesEffect: Bool

    package init(number: Int, misbehaviour: Misbehaviour? = nil, takesEffect: Bool = true) {
        self.number = number
        self.misbehaviour = misbehaviour
        self.takesEffect = takesEffect
    }
}

/// What answers on a fake server. Called on the server's thread, one call at a time.
package protocol FakeApplication: Sendable {
    /// The first byte of a request is there.
    func turn() -> FakeTurn

    /// - Parameter isRead: false when the misbehaviour leaves the request unread: it was only looked at.
    func steps(for request: FakeRequest, turn: FakeTurn, isRead: Bool) -> [FakeStep]

    /// What came is no request: a sentence.
    func steps(forMalformed fault: String, turn: FakeTurn) -> [FakeStep]

    /// A connection began with a TLS handshake.
    func stepsForTLS() -> [FakeStep]
}
