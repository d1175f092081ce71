package import Model
package import Rules

/// One rule set over captured traffic, with the state of conversations that comes of it.
package struct ReplayedRules: Sendable {
    private var session: Session
    private let clock: Instant?

    /// - Parameter clock: the time of every event; nil for each event's own.
    package init(engine: Engine, clock: Instant?) {
        var engine = engine
        engine.isTracing = false
        session = Session(engine: engine, remembersEvents: false)
        self.clock = clock
    }

    package var engine: Engine { session.engine }

    /// Whoever calls sees to it that no event comes twice.
    package mutating func decide(_ event: Event) -> Decision? { session.decide(event, now: clock) }

    /// What came up since the event before, each at its own time.
    package mutating func timers(until time: Instant) -> [Session.Occurrence] { session.timers(until: time) }
}

extension RuleSet {
    /// Which events may depend on each other, beyond those of one conversation.
    package var coupling: TrafficLanes.Coupling {
        let isCoupled = rules.contains { rule in
            rule.mode != .off && rule.oncePer.keys.contains { $0 != .conversation }
        }
        return isCoupled ? .account : .conversation
    }
}
