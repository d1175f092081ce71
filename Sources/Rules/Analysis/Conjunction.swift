import Matching
package import Model

/// Demands that must hold together: one way in which a rule can hold.
package struct Conjunction: Sendable {
    package var demands: [EventDemand]
    private let times: ScheduleTimes

    package init(_ demands: [EventDemand], times: ScheduleTimes) {
        self.demands = demands
        self.times = times
    }

    /// The ways in which a formula can hold; nil when there are more than `limit`. What is unknown may always hold.
    package static func ways(
        _ formula: Formula, times: ScheduleTimes, limit: Int = 64
    ) -> [Conjunction]? {
        ways(formula, limit: limit).map { ways in ways.map { Conjunction($0, times: times) } }
    }

    private static func ways(_ formula: Formula, limit: Int) -> [[EventDemand]]? {
        switch formula {
        case .demand(let demand): return [[demand]]
        case .unknown: return [[]]
        case .any(let parts):
            var ways: [[EventDemand]] = []
            for part in parts {
                guard let some = Self.ways(part, limit: limit), ways.count + some.count <= limit else { return nil }
                ways += some
            }
            return ways
        case .all(let parts):
            var ways: [[EventDemand]] = [[]]
            for part in parts {
                guard let some = Self.ways(part, limit: limit), ways.count * some.count <= limit else { return nil }
                ways = ways.flatMap { way in some.map { way + $0 } }
            }
            return ways
        }
    }

    /// What is asked of one place.
    package func only(_ place: EventPlace) -> Conjunction {
        Conjunction(demands.filter { $0.place == place }, times: times)
    }

    /// What is asked of all other places.
    package func besides(_ place: EventPlace) -> Conjunction {
        Conjunction(demands.filter { $0.place != place }, times: times)
    }

    package func adding(_ more: [EventDemand]) -> Conjunction { Conjunction(demands + more, times: times) }

    /// The same, as if no contact's attribute were a list, and no list had numbers of which one is above and one below a bound.
    /// No proof follows from it, but hardly anybody means otherwise.
    package var withSingleAttributes: Conjunction {
        Conjunction(
            demands.map { demand in
                var demand = demand
                if demand.place.isAttribute || demand.test.isOfNumbers { demand.place = demand.place.single }
                return demand
            }, times: times)
    }

    /// True when what is asked is proven to hold wherever this holds.
    package func implies(_ formula: Formula) -> Bool {
        switch formula {
        case .demand(let demand): return adding([demand.negated]).isContradictory
        case .all(let parts): return parts.allSatisfy { implies($0) }
        case .any(let parts):
            if parts.contains(where: { implies($0) }) { return true }
            // Or together: where not one of all but the last holds, the last must.
            let demands = parts.compactMap { if case .demand(let demand) = $0 { demand } else { nil } }
            return demands.count == parts.count && adding(demands.map(\.negated)).isContradictory
        case .unknown: return false
        }
    }

    /// True when it is proven that no event can be all this.
    package var isContradictory: Bool {
        let demands = demands + facts
        let places = Dictionary(grouping: demands, by: \.place)
        return places.contains { place, demands in
            switch place {
            case .time: times.places(where: demands)?.isEmpty ?? false
            case .history: HistoryDemands(demands).isContradictory
            default: PlaceDemands(demands, isSingle: place.isSingle).isContradictory
            }
        }
    }

    /// As few of the demands as contradict each other, in order; empty when they do not.
    package var contradiction: [EventDemand] {
        guard isContradictory else { return [] }
        var core = demands
        var index = 0
        while index < core.count {
            var fewer = core
            fewer.remove(at: index)
            if Conjunction(fewer, times: times).isContradictory { core = fewer } else { index += 1 }
        }
        return core
    }

    /// Moments at which what is asked of the time holds; nil when nothing is asked.
    package var moments: [Instant]? {
        let demands = demands.filter { $0.place == .time }
        guard !demands.isEmpty else { return nil }
        return times.places(where: demands).map { $0.map { times.moments[$0] } }
    }

    /// What follows from the language itself: customers' messages, and no others, are `message.received`.
    private var facts: [EventDemand] {
        var facts: [EventDemand] = []
        let nowhere = SourcePosition(file: "", line: 0, column: 0)
        let kinds = demands.filter { $0.place == .kind && !$0.isNegated }
        func only(_ kind: EventKind) -> Bool { kinds.contains { $0.test == .words([FoldedText(kind.rawValue)]) } }
        func fact(_ place: EventPlace, _ words: [String], isNegated: Bool = false) -> EventDemand {
            var fact = EventDemand(
                place, .words(Set(words.map { FoldedText($0) })), at: nowhere, condition: place.name)
            fact.isNegated = isNegated
            return fact
        }
        let roles = SenderRole.allCases.filter { $0 != .customer }.map(\.rawValue)
        if only(.messageReceived) {
            facts.append(fact(.sender, roles, isNegated: true))
            facts.append(EventDemand(.text, .exists, at: nowhere, condition: "text"))
            facts.append(EventDemand(.history, .repeated(times: 1, within: .milliseconds(1)), at: nowhere, condition: "repeated"))
        }
        if only(.messageSent) { facts.append(fact(.sender, [SenderRole.customer.rawValue], isNegated: true)) }
        if !kinds.isEmpty, demands.contains(where: { $0.place == .history && !$0.isNegated }) {
            facts.append(fact(.kind, [EventKind.messageReceived.rawValue]))
        }
        return facts
    }
}

/// What is asked of the conversation's earlier messages.
private struct HistoryDemands {
    private let demands: [EventDemand]

    init(_ demands: [EventDemand]) { self.demands = demands }

    var isContradictory: Bool {
        let first = demands.contains { $0.test == .firstMessage && !$0.isNegated }
        let later = demands.contains { $0.test == .firstMessage && $0.isNegated }
        let wanted = repetitions(isNegated: false)
        let refused = repetitions(isNegated: true)
        // At the first message there was no other before.
        if first, later || wanted.contains(where: { $0.times > 1 }) { return true }
        // Asking that no message came at all, of an event that asks for one.
        if refused.contains(where: { $0.times == 1 }), first || !wanted.isEmpty { return true }
        // More of a later `first_message: true` than of one message is proven by repetition.
        return wanted.contains { wanted in
            refused.contains { wanted.times >= $0.times && wanted.window <= $0.window }
        }
    }

    private func repetitions(isNegated: Bool) -> [(times: Int, window: Duration)] {
        demands.compactMap { demand in
            guard case .repeated(let times, let window) = demand.test, demand.isNegated == isNegated else { return nil }
            return (times, window)
        }
    }
}

/// What is asked of one place.
private struct PlaceDemands {
    private let wanted: [EventDemand.Test]
    private let refused: [EventDemand.Test]
    private let isSingle: Bool

    init(_ demands: [EventDemand], isSingle: Bool) {
        wanted = demands.filter { !$0.isNegated }.map(\.test)
        refused = demands.filter(\.isNegated).map(\.test)
        self.isSingle = isSingle
    }

    var isContradictory: Bool {
        if isMissing { return true }
        if wanted.contains(where: { test in refused.contains { $0 == test } }) { return true }
        return wanted.contains { test in
            let alternatives = TestAlternative.all(of: test)
            return !alternatives.isEmpty && alternatives.allSatisfy { cannotBe($0) }
        }
    }

    /// Something is asked of what must not be there.
    private var isMissing: Bool {
        refused.contains(.exists)
            && wanted.contains { test in
                if case .empty = test { false } else { true }
            }
    }

    private func cannotBe(_ alternative: TestAlternative) -> Bool {
        refused.contains { alternative.entails($0) } || isSingle && wanted.contains { alternative.clashes(with: $0) }
    }
}
