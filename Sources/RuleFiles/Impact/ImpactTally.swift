package import Model

/// What is different on captured traffic, counted.
package struct ImpactTally: Sendable {
    /// Events that a vendor told, each once.
    package var events = 0
    /// Timers that came up on either side.
    package var timers = 0
    /// Events and timers that are decided differently.
    package var changed = 0
    /// Of these, those on which rules of other ids do the same.
    package var sameEffects = 0
    /// Of these, those on which the same is done in another order.
    package var orderOnly = 0
    package var rows: [DecisionDifference.Row: Row] = [:]
    package var renamed: [DecisionDifference.Renaming: Int] = [:]
    package var consequences: [Consequence: Conversations] = [:]
    /// Events on which something of a kind is newly planned.
    package var newlyPlanned: [ActionKind: Int] = [:]
    /// An example of each kind of renaming and reordering.
    package var otherExamples: [ImpactExample] = []
    /// How many examples of each sort are kept: the first ones.
    package let exampleLimit: Int

    package struct Row: Sendable {
        package var gained = 0
        package var lost = 0
        package var changed = 0
        package var heldBack = 0
        package var examples: [ImpactExample] = []
    }

    /// What becomes of a conversation that a person would want to know first.
    package enum Consequence: String, Sendable, Hashable, CaseIterable {
        case closed, routed, unanswered
    }

    package struct Conversations: Sendable {
        package var events = 0
        package var conversations: Set<IDDigest> = []
        package var examples: [ImpactExample] = []
    }

    package init(exampleLimit: Int) { self.exampleLimit = exampleLimit }

    /// How many were compared.
    package var compared: Int { events + timers }

    // MARK: Counting

    /// - Parameter conversation: nobody is told of twice.
    mutating func count(
        _ difference: DecisionDifference, isCustomersMessage: Bool, conversation: @autoclosure () -> IDDigest,
        example: @autoclosure () -> ImpactExample
    ) {
        changed += 1
        var made: ImpactExample?
        func shown() -> ImpactExample {
            if let made { return made }
            let new = example()
            made = new
            return new
        }
        for (row, change) in difference.rows {
            var counts = rows[row] ?? Row()
            if change.contains(.gained) { counts.gained += 1 }
            if change.contains(.lost) { counts.lost += 1 }
            if change.contains(.changed) { counts.changed += 1 }
            if change.contains(.heldBack) { counts.heldBack += 1 }
            if counts.examples.count < exampleLimit { counts.examples.append(shown()) }
            rows[row] = counts
        }
        if !difference.renamed.isEmpty { sameEffects += 1 }
        for renaming in difference.renamed { renamed[renaming, default: 0] += 1 }
        if difference.isOrderOnly { orderOnly += 1 }
        if difference.rows.isEmpty, otherExamples.count < exampleLimit { otherExamples.append(shown()) }
        for kind in difference.newlyPlanned { newlyPlanned[kind, default: 0] += 1 }
        for consequence in difference.consequences(isCustomersMessage: isCustomersMessage) {
            var conversations = consequences[consequence] ?? Conversations()
            conversations.events += 1
            let isNew = conversations.conversations.insert(conversation()).inserted
            if isNew, conversations.examples.count < exampleLimit { conversations.examples.append(shown()) }
            consequences[consequence] = conversations
        }
    }

    /// Adds what another lane counted. The examples that came first in the traffic stay.
    package mutating func merge(_ other: ImpactTally) {
        events += other.events
        timers += other.timers
        changed += other.changed
        sameEffects += other.sameEffects
        orderOnly += other.orderOnly
        for (key, row) in other.rows {
            var sum = rows[key] ?? Row()
            sum.gained += row.gained
            sum.lost += row.lost
            sum.changed += row.changed
            sum.heldBack += row.heldBack
            sum.examples = first(sum.examples, row.examples)
            rows[key] = sum
        }
        renamed.merge(other.renamed, uniquingKeysWith: +)
        newlyPlanned.merge(other.newlyPlanned, uniquingKeysWith: +)
        for (key, conversations) in other.consequences {
            var sum = consequences[key] ?? Conversations()
            sum.events += conversations.events
            sum.conversations.formUnion(conversations.conversations)
            sum.examples = first(sum.examples, conversations.examples)
            consequences[key] = sum
        }
        otherExamples = first(otherExamples, other.otherExamples)
    }

    private func first(_ some: [ImpactExample], _ others: [ImpactExample]) -> [ImpactExample] {
        Array((some + others).sorted { ($0.number, $0.eventID) < ($1.number, $1.eventID) }.prefix(exampleLimit))
    }
}

extension DecisionDifference {
    fileprivate func consequences(isCustomersMessage: Bool) -> [ImpactTally.Consequence] {
        var consequences: [ImpactTally.Consequence] = []
        if newlyPlanned.contains(.close) { consequences.append(.closed) }
        if newlyPlanned.contains(.route) { consequences.append(.routed) }
        if losesReply, isCustomersMessage { consequences.append(.unanswered) }
        return consequences
    }
}

/// One event that is decided differently, for people.
package struct ImpactExample: Sendable, Hashable {
    /// Of the event in the traffic's order; a timer has that of the event before which it came up.
    package var number: Int
    package var place: TrafficPlace
    package var eventID: String
    package var occurredAt: Instant
    /// Nil for an event without one.
    package var conversation: String?
    package var text: String?
    package var before: [Step]
    package var after: [Step]

    /// One effect and where it is written.
    package struct Step: Sendable, Hashable {
        package var rule: String
        package var at: SourcePosition
        package var action: Action
        package var delayMilliseconds: Int64
        package var status: EffectStatus
    }

    init(_ event: Event, at moment: TrafficMoment, before: Decision?, after: Decision?) {
        number = moment.number
        place = moment.place
        eventID = event.id
        occurredAt = event.occurredAt
        conversation = event.conversation?.id
        text = event.message?.text
        self.before = Self.steps(before)
        self.after = Self.steps(after)
    }

    private static func steps(_ decision: Decision?) -> [Step] {
        guard let decision, decision.fault == nil else { return [] }
        return decision.allEffects.map { effect in
            Step(
                rule: effect.rule, at: effect.ruleAt, action: effect.action, delayMilliseconds: effect.delayMilliseconds,
                status: effect.status)
        }
    }
}
