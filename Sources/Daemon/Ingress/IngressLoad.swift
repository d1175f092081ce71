/// How near the daemon is to the limits of what it may hold of webhooks (R8).
///
/// At four fifths of any of them connections are closed after their answer; at the limit webhooks are answered 503, before
/// their bodies are read where it is known by then.
package final class IngressLoad: Sendable {
    /// What can be used up. A closed set, a metric label.
    enum Limit: String, Sendable, Hashable, CaseIterable {
        case connections
        /// Bytes of bodies that are read or decided about.
        case bodies
        /// Webhooks that wait for the disk.
        case commits
        /// Events that wait to be decided.
        case inbox
    }

    /// Bytes of bodies.
    let bodies: Capacity
    /// Webhooks given to the store.
    let commits: Capacity
    private let depth: InboxDepth
    private let inboxLimit: Int

    init(depth: InboxDepth, inboxLimit: Int, bodyBytes: Int = 32 << 20, commits: Int = 1024) {
        self.depth = depth
        self.inboxLimit = inboxLimit
        bodies = Capacity(limit: bodyBytes)
        self.commits = Capacity(limit: commits)
    }

    /// The limit for which a webhook with a body of that length cannot be taken now.
    func obstacle(bodyLength: Int) -> Limit? {
        if depth.current >= inboxLimit { return .inbox }
        if commits.isReached() { return .commits }
        return bodies.isReached(adding: max(bodyLength, 1)) ? .bodies : nil
    }

    var isHigh: Bool { bodies.isHigh || commits.isHigh || depth.current.isHigh(of: inboxLimit) }
}
