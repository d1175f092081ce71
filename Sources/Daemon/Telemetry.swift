/// The metadata keys of every log line, and the results that webhooks are counted by.
package enum Telemetry {
    package static let account = "account"
    package static let vendor = "vendor"
    package static let eventID = "event_id"
    package static let kind = "kind"
    package static let rule = "rule"
    package static let rules = "rules"
    package static let effects = "effects"
    package static let inboxID = "inbox_id"
    package static let outboxID = "outbox_id"
    package static let action = "action"
    package static let attempt = "attempt"
    package static let outcome = "outcome"
    package static let result = "result"
    package static let reason = "reason"
    package static let status = "status"
    package static let error = "error"
    package static let duration = "duration_ms"
    package static let count = "count"
    package static let crashes = "crashes"
    package static let revision = "revision"
    package static let listen = "listen"
    package static let admin = "admin"
    package static let store = "store"
    package static let version = "version"
    package static let connections = "connections"
    package static let wanted = "wanted"
    package static let descriptors = "descriptors"
    package static let socket = "socket"
    package static let control = "control"
    package static let user = "user"
    package static let diagnostic = "at"
    package static let code = "code"
    package static let help = "help"
    package static let part = "part"
    package static let libraries = "libraries"
    package static let freeBytes = "free_bytes"
    package static let neededBytes = "needed_bytes"
    package static let logBytes = "log_bytes"

    /// What became of one webhook request: a closed set, a metric label.
    package enum WebhookResult: String, Sendable, Hashable, CaseIterable {
        /// At least one event is new.
        case accepted
        /// Authentic, and every event was known.
        case duplicate
        case handshake
        case unauthorized
        /// Not JSON, or not an object.
        case malformed
        case tooLarge = "too_large"
        /// Its content is encoded.
        case encoded
        /// The account has no webhook secret.
        case closed
        case overloaded
        /// There is no room on the disk.
        case full
        /// The store failed.
        case failed
        /// The sender broke off or was too slow.
        case incomplete
    }
}
