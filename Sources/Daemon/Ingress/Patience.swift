import NIOCore

/// How long a connection waits for its peer. All are totals: no byte that comes makes one begin anew.
struct Patience: Sendable, Hashable {
    /// For a head, from its first byte; on a new connection from its beginning.
    var head: TimeAmount = .seconds(5)
    /// For a body.
    var body: TimeAmount = .seconds(10)
    /// After so much of it a body must have come at `bodyRate`.
    var bodyGrace: TimeAmount = .seconds(2)
    /// Bytes in a second.
    var bodyRate: Int64 = 1024
    /// For the first byte of the next request.
    var idle: TimeAmount = .seconds(15)
    /// For an answer to be taken.
    var answer: TimeAmount = .seconds(10)
    /// For the rest of what a peer sends that is answered already.
    var farewell: TimeAmount = .seconds(2)
    /// For a request that is being read when the daemon stops.
    var stopping: TimeAmount = .seconds(5)
}

/// What a connection waits for, and since when.
struct PeerWait: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// The first head of a connection.
        case firstHead
        /// The first byte of the next request.
        case idle
        /// The rest of a head.
        case head
        case body
        /// That the peer takes an answer.
        case answer
        /// That the peer closes, after its answer.
        case farewell
    }

    var kind: Kind
    var since: NIODeadline
    /// Bytes of a body.
    var received = 0

    /// When it has lasted too long. For a body it moves with what comes: two seconds, and one for each KiB, at most ten.
    func deadline(_ patience: Patience) -> NIODeadline {
        switch kind {
        case .firstHead, .head: return since + patience.head
        case .idle: return since + patience.idle
        case .answer: return since + patience.answer
        case .farewell: return since + patience.farewell
        case .body:
            let (share, overflow) = Int64(received).multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow, patience.bodyRate > 0 else { return since + patience.body }
            return min(since + patience.body, since + patience.bodyGrace + .nanoseconds(share / patience.bodyRate))
        }
    }
}
