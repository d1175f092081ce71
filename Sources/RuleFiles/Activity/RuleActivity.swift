package import Model
package import Rules

/// How often each rule of a set did something on captured traffic.
package struct RuleActivity: Sendable {
    package struct Counts: Sendable {
        /// Ran live: held, and not everything of it was suppressed.
        package var live = 0
        package var observed = 0
        /// Held, and all that it would have done was suppressed.
        package var suppressed = 0
        package var reasons: [SuppressionReason: Int] = [:]
        /// Events for which the index of texts and kinds did not leave the rule out.
        package var candidate = 0
        /// Of the newest live run.
        package var last: Occasion?
        /// Of the newest event on which it held at all.
        package var lastHeld: Occasion?
        /// Of the events on which it ran live: rules with the same one ran on the same events.
        package var events = IDDigest.zero
    }

    package struct Occasion: Sendable, Hashable {
        package var time: Instant
        package var place: TrafficPlace
        package var number: Int

        init(time: Instant, _ moment: TrafficMoment) {
            self.time = time
            place = moment.place
            number = moment.number
        }

        static func newer(_ some: Occasion?, _ other: Occasion?) -> Occasion? {
            guard let some, let other else { return some ?? other }
            return (some.time, some.number) < (other.time, other.number) ? other : some
        }
    }

    package private(set) var rules: [String: Counts] = [:]
    /// Timers that came up.
    package private(set) var timers = 0
    /// Of all events.
    package private(set) var oldest: Instant?
    package private(set) var newest: Instant?

    package init() {}

    mutating func seen(_ time: Instant) {
        oldest = oldest.map { min($0, time) } ?? time
        newest = newest.map { max($0, time) } ?? time
    }

    mutating func countTimer() { timers += 1 }

    mutating func countCandidate(_ rule: String) { rules[rule, default: Counts()].candidate += 1 }

    /// - Parameter identity: of the event, the same in whatever order events are counted.
    mutating func count(_ decision: Decision, identity: IDDigest, at occasion: Occasion) {
        guard decision.fault == nil else { return }
        for rule in decision.matched {
            var counts = rules[rule.id] ?? Counts()
            counts.lastHeld = Occasion.newer(counts.lastHeld, occasion)
            if rule.mode == .observe {
                counts.observed += 1
            } else if rule.isWhollySuppressed {
                counts.suppressed += 1
                let reason = decision.effects.lazy.filter { $0.rule == rule.id }.compactMap(\.suppressionReason).first
                if let reason { counts.reasons[reason, default: 0] += 1 }
            } else {
                counts.live += 1
                counts.last = Occasion.newer(counts.last, occasion)
                counts.events = counts.events + identity
            }
            rules[rule.id] = counts
        }
    }

    package mutating func merge(_ other: RuleActivity) {
        timers += other.timers
        if let time = other.oldest { seen(time) }
        if let time = other.newest { seen(time) }
        rules.merge(other.rules) { some, others in
            var sum = some
            sum.live += others.live
            sum.observed += others.observed
            sum.suppressed += others.suppressed
            sum.reasons.merge(others.reasons, uniquingKeysWith: +)
            sum.candidate += others.candidate
            sum.last = Occasion.newer(some.last, others.last)
            sum.lastHeld = Occasion.newer(some.lastHeld, others.lastHeld)
            sum.events = some.events + others.events
            return sum
        }
    }
}

extension Effect {
    fileprivate var suppressionReason: SuppressionReason? {
        if case .suppressed(let reason) = status { reason } else { nil }
    }
}

/// Decides traffic by one rule set and counts what its rules do.
package struct ActivityLane: TrafficLane {
    private var rules: ReplayedRules
    private var own: OwnMessages
    private let clock: Instant?
    package private(set) var activity = RuleActivity()
    private var last: TrafficMoment?

    package init(engine: Engine, clock: Instant?, ownID: @escaping @Sendable (Effect) -> String) {
        rules = ReplayedRules(engine: engine, clock: clock)
        own = OwnMessages(ownID: ownID)
        self.clock = clock
    }

    package mutating func take(_ event: TrafficEvent, number: Int, passed: Instant?) {
        let moment = TrafficMoment(event.place, number: number)
        if let passed { comeUp(until: passed, at: moment) }
        last = moment
        activity.seen(clock ?? event.event.occurredAt)
        let known = own.marked(event.event)
        for place in rules.engine.candidates(for: known) { activity.countCandidate(rules.engine.rules.rules[place].id) }
        guard let decision = rules.decide(known) else { return }
        own.note(decision)
        activity.count(
            decision, identity: event.identity.spread, at: RuleActivity.Occasion(time: clock ?? known.occurredAt, moment))
    }

    package mutating func finish(passed: Instant?) {
        if let passed, let last { comeUp(until: passed, at: last) }
    }

    private mutating func comeUp(until time: Instant, at moment: TrafficMoment) {
        for occurrence in rules.timers(until: time) {
            let decision = occurrence.decision
            own.note(decision)
            activity.countTimer()
            for rule in decision.matched { activity.countCandidate(rule.id) }
            activity.count(
                decision, identity: IDDigest(decision.event.id).spread,
                at: RuleActivity.Occasion(time: decision.event.occurredAt, moment))
        }
    }
}
