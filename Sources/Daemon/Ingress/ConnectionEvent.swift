/// What befalls connections, as it is counted. Closed sets, metric labels.
enum ConnectionEvent: Sendable, Hashable {
    case opened
    case closed
    /// Closed by the daemon, before the peer was done.
    case cut(Cut)
    /// Accepting stopped for a moment because descriptors ran out.
    case acceptPaused

    enum Cut: String, Sendable, Hashable, CaseIterable {
        /// No head within its time.
        case head = "head_timeout"
        /// No body within its time.
        case body = "body_timeout"
        /// No request within the time that a connection is kept.
        case idle
        /// An answer was not taken.
        case answer = "answer_timeout"
        /// Made room for another one, having waited longest.
        case evicted
        /// There was no room for it.
        case refused
    }
}

/// The listeners, as they are told apart in metrics.
package enum ListenerName: String, Sendable, Hashable, CaseIterable {
    case webhooks
    case admin
}
