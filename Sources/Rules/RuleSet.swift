import Matching
package import Model

/// A checked, compiled set of rules: immutable, shared by every decision made while it is in use.
package final class RuleSet: Sendable {
    /// In the order in which they are tried: priority, then file, then place.
    package let rules: [Rule]
    package let flows: [String: Flow]
    /// Changes when any file of the set changes.
    package let revision: String
    /// The times at which some rule listens to silence, in the order of those rules.
    package let idleTimers: [IdleTimer]
    private let indexes: [EventKind: KindIndex]
    /// Places of the rules that listen to a silence timer, ascending.
    private let idlePlaces: [IdleTimer: [Int]]
    /// How many customer messages a conversation must remember for the set's `repeated` conditions, and how far back.
    package let history: MessageHistory

    /// The rules that listen to one kind of event. One object for all who look into it.
    private final class KindIndex: Sendable {
        /// Places in `rules`, ascending.
        let places: [Int]
        /// Index i is the rule at `places[i]`.
        let patterns: PatternSet

        init(places: [Int], patterns: PatternSet) {
            self.places = places
            self.patterns = patterns
        }
    }

    /// - Parameter rules: in file order.
    package init(_ rules: [Rule], flows: [Flow] = [], revision: String = "") {
        let ordered = rules.enumerated()
            .sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
            .map(\.element)
        self.rules = ordered
        self.flows = Dictionary(flows.map { ($0.id, $0) }) { first, _ in first }
        self.revision = revision
        indexes = RuleSet.indexes(of: ordered)
        (idleTimers, idlePlaces) = RuleSet.silences(of: ordered)
        let conditions = ordered.flatMap(\.when) + flows.flatMap { $0.steps.values.flatMap(\.conditions) }
        history = conditions.reduce(into: MessageHistory()) { history, condition in
            (condition as? any HistoryCondition)?.demand(&history)
        }
    }

    /// Places of the rules that can hold for an event of this kind with this text, in the order tried: a rule that is left
    /// out cannot hold. Without a message no condition on text holds, and every rule with one is left out.
    func candidates(for kind: EventKind, text: FoldedText?) -> [Int] {
        guard let index = indexes[kind] else { return [] }
        let found = text.map { index.patterns.candidates(in: $0) } ?? []
        return RuleSet.merged(found, index.patterns.always).map { index.places[$0] }
    }

    /// Places of the rules that listen to a silence timer, in the order tried; all of them for an event that names none.
    func candidates(for timer: IdleTimer?) -> [Int] {
        if let timer { return idlePlaces[timer] ?? [] }
        return idlePlaces.values.joined().sorted()
    }

    private static func silences(of rules: [Rule]) -> ([IdleTimer], [IdleTimer: [Int]]) {
        var timers: [IdleTimer] = []
        var places: [IdleTimer: [Int]] = [:]
        for (place, rule) in rules.enumerated() where rule.mode != .off {
            guard let timer = rule.idleTimer else { continue }
            if places[timer] == nil { timers.append(timer) }
            places[timer, default: []].append(place)
        }
        return (timers, places)
    }

    private static func indexes(of rules: [Rule]) -> [EventKind: KindIndex] {
        var places: [EventKind: [Int]] = [:]
        for (place, rule) in rules.enumerated() where rule.mode != .off {
            guard case .kinds(let kinds) = rule.trigger else { continue }
            for kind in Set(kinds) { places[kind, default: []].append(place) }
        }
        return places.mapValues { places in
            KindIndex(places: places, patterns: .index(of: places.map { .all(rules[$0].when.map(\.demand)) }))
        }
    }

    private static func merged(_ left: [Int], _ right: [Int]) -> [Int] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        var result: [Int] = []
        result.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if left[i] < right[j] {
                result.append(left[i])
                i += 1
            } else {
                result.append(right[j])
                j += 1
            }
        }
        result.append(contentsOf: left[i...])
        result.append(contentsOf: right[j...])
        return result
    }
}

/// How much of a conversation's past the rules need.
package struct MessageHistory: Sendable, Hashable {
    package var count: Int = 0
    package var window: Duration = .zero
    package init() {}

    /// The latest `count` times that are not older than the window, oldest first.
    func kept(_ times: [Instant], now: Instant) -> [Instant] {
        let recent = times.filter { now.since($0) < window }
        return Array(recent.suffix(count))
    }
}

/// A condition that looks back at earlier customer messages.
package protocol HistoryCondition {
    func demand(_ history: inout MessageHistory)
}
