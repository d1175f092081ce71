package import Model
package import Rules

/// Two rule sets over the same events, each with the state that comes of its own decisions.
package struct ImpactLane: TrafficLane {
    private var old: ReplayedRules
    private var new: ReplayedRules
    /// Of messages that either side would have sent: the traffic has those of whatever rules were in use then.
    private var own: OwnMessages
    package private(set) var tally: ImpactTally
    private var last: TrafficMoment?

    /// - Parameters:
    ///   - clock: the time of every event; nil for each event's own.
    ///   - ownID: by which a vendor shows what an effect makes.
    package init(
        old: Engine, new: Engine, clock: Instant?, exampleLimit: Int, ownID: @escaping @Sendable (Effect) -> String
    ) {
        self.old = ReplayedRules(engine: old, clock: clock)
        self.new = ReplayedRules(engine: new, clock: clock)
        own = OwnMessages(ownID: ownID)
        tally = ImpactTally(exampleLimit: exampleLimit)
    }

    package mutating func take(_ event: TrafficEvent, number: Int, passed: Instant?) {
        let moment = TrafficMoment(event.place, number: number)
        if let passed { comeUp(until: passed, at: moment) }
        last = moment
        tally.events += 1
        let known = own.marked(event.event)
        compare(old.decide(known), new.decide(known), of: known, at: moment)
    }

    package mutating func finish(passed: Instant?) {
        if let passed, let last { comeUp(until: passed, at: last) }
    }

    /// A timer that only one side has is compared with nothing.
    private mutating func comeUp(until time: Instant, at moment: TrafficMoment) {
        let before = old.timers(until: time)
        let after = new.timers(until: time)
        if before.isEmpty, after.isEmpty { return }
        var left = Dictionary(before.map { ($0.decision.event.id, $0.decision) }) { first, _ in first }
        for occurrence in after {
            tally.timers += 1
            let other = left.removeValue(forKey: occurrence.decision.event.id)
            compare(other, occurrence.decision, of: occurrence.decision.event, at: moment)
        }
        for occurrence in before where left.removeValue(forKey: occurrence.decision.event.id) != nil {
            tally.timers += 1
            compare(occurrence.decision, nil, of: occurrence.decision.event, at: moment)
        }
    }

    private mutating func compare(_ before: Decision?, _ after: Decision?, of event: Event, at moment: TrafficMoment) {
        if let before { own.note(before) }
        if let after { before.map { own.note(after, without: $0) } ?? own.note(after) }
        if let before, let after, before.decidesSame(as: after) { return }
        guard let difference = DecisionDifference(before?.entries ?? [], after?.entries ?? []) else { return }
        tally.count(
            difference, isCustomersMessage: event.kind == .messageReceived, conversation: IDDigest(event.conversationKey),
            example: ImpactExample(event, at: moment, before: before, after: after))
    }
}
