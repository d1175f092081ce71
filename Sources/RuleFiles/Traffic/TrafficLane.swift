package import Model

/// Events whose decisions may depend on each other, decided one after the other: what one core does while others have lanes of
/// their own.
package protocol TrafficLane: Sendable {
    /// - Parameters:
    ///   - number: counts the events in the order in which they were read.
    ///   - passed: the latest time that traffic told since the lane's event before this one, this one's included: timers that
    ///     are due by then come up first. Nil when timers do not come up (a clock that stands still).
    mutating func take(_ event: TrafficEvent, number: Int, passed: Instant?)
    /// The rest of the traffic is over: the last timers come up.
    mutating func finish(passed: Instant?)
}

/// Which events share a lane.
///
/// A conversation's events always do. Rules with `once_per: contact` or `account` bind conversations to each other: an event may
/// name its contact late or never, so all of an account share a lane then.
package struct TrafficLanes: Sendable, Hashable {
    package enum Coupling: Sendable, Hashable {
        case conversation, account
    }

    package let count: Int
    package let coupling: Coupling

    package init(count: Int, coupling: Coupling) {
        self.count = max(1, count)
        self.coupling = coupling
    }

    func lane(of event: Event, conversation: IDDigest) -> Int {
        guard count > 1 else { return 0 }
        return switch coupling {
        case .account: IDDigest(event.account).lane(of: count)
        case .conversation: conversation.lane(of: count)
        }
    }
}
