package import Model

/// How many calls a vendor takes: as one answer tells it, or as the vendor documents it.
///
/// A member that nobody tells is nil. Nothing here waits or counts: who sends does that.
package struct RateLimit: Sendable, Hashable {
    /// Calls in one window, at least 1.
    package var limit: Int?
    /// Calls that are left in this window, at least 0; only an answer tells it.
    package var remaining: Int?
    /// When the window ends; only an answer tells it.
    package var resetsAt: Instant?
    /// Of a window; only documents tell it. Above zero.
    package var window: Duration?
    /// How long this answer asks to wait before the next call, in milliseconds.
    package var waitMilliseconds: Int64?
    /// True when the vendor says that it will soon refuse calls.
    package var isWarning: Bool
    package var scope: Scope

    /// What one limit counts.
    package enum Scope: String, Sendable, Hashable {
        /// All calls with the account's credentials.
        case account
        /// Each method and path on its own; ids in the path do not make another.
        case operation
    }

    package init(
        limit: Int? = nil, remaining: Int? = nil, resetsAt: Instant? = nil, window: Duration? = nil,
        waitMilliseconds: Int64? = nil, isWarning: Bool = false, scope: Scope
    ) {
        self.limit = limit
        self.remaining = remaining
        self.resetsAt = resetsAt
        self.window = window
        self.waitMilliseconds = waitMilliseconds
        self.isWarning = isWarning
        self.scope = scope
    }

    /// From `now` until the next call may go out: what the answer asks for, or until the window ends when no call is left in
    /// it, whichever is longer. 0 when one may go out at once.
    package func wait(at now: Instant) -> Duration {
        let asked = Duration.milliseconds(max(waitMilliseconds ?? 0, 0))
        guard remaining == 0, let resetsAt else { return asked }
        return max(asked, resetsAt.since(now))
    }
}
