package import Model

/// An account whose credentials were refused sends nothing: every effect of its backlog would be refused as well. It goes on
/// when somebody says so, or when the one effect that is tried every 5 minutes is not refused.
package struct AccountPause: Sendable, Hashable {
    private var current: Current?

    private struct Current: Sendable, Hashable {
        var status: Int?
        var trialAt: Instant
    }

    package static let betweenTrials = Duration.seconds(300)

    package init() {}

    package var isPaused: Bool { current != nil }

    /// Of the answer that paused it.
    package var status: Int? { current?.status }

    /// When one effect may be tried; nil while it is not paused.
    package var trialAt: Instant? { current?.trialAt }

    /// The credentials were refused, or a trial did not show that they are right.
    /// - Returns: true when this paused it.
    package mutating func refused(status: Int?, at now: Instant) -> Bool {
        defer { current = Current(status: current?.status ?? status, trialAt: now.adding(Self.betweenTrials)) }
        return current == nil
    }

    /// The credentials were taken, or somebody says that they are right.
    /// - Returns: true when this ended a pause.
    package mutating func resume() -> Bool {
        defer { current = nil }
        return current != nil
    }
}
