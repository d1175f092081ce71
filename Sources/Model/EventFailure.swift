/// Why an event could not be decided: a closed set, so that it can be a metric label.
package enum EventFailure: String, Sendable, Hashable, CaseIterable, Codable {
    /// The process died over it, again and again.
    case crash
    /// Deciding it took more than one event may: actions, state, text or time.
    case limit
    /// Its account or its vendor is not known here.
    case account
    /// What is stored of it cannot be read.
    case unreadable
}
