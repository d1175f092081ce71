/// Why a delivery failed: a closed set, so that it can be a metric label.
package enum FailureReason: String, Sendable, Hashable, CaseIterable, Codable {
    /// Nothing was sent: name, connection or TLS failed.
    case notSent = "not_sent"
    case rateLimited = "rate_limited"
    case unauthorized
    /// The vendor refused for good.
    case refused
    case serverError = "server_error"
    case timeout
    /// The request may or may not have been processed.
    case uncertain
    /// It grew too old before it could go out.
    case expired
    /// A human took the conversation over before it went out.
    case human
    /// An earlier effect of the same rule failed for good.
    case cancelled
    /// The request could not be built.
    case unbuildable
}
