import Matching
import Model
import Rules

/// Which events get to a rule past those before it: a proof where everything is taken, and an event that shows it.
///
/// What is not understood of a condition is taken to hold always for the rule that is looked at, and never for those before it,
/// so that what is said to be taken is.
struct RuleReach {
    private let engine: Engine
    /// Only rules that always stop where they hold.
    private let stoppers: Engine
    /// Those with fewest lines first.
    private let stoppersByLines: [Rule]
    private let places: [String: Int]
    private let ways: [String: [Conjunction]]
    let times: ScheduleTimes

    /// What an earlier rule takes.
    struct Theft {
        var taker: Rule
        /// An event on which it does, if one could be made.
        var witness: Witness?
    }

    /// Of attempts to prove, for one way in which a rule holds.
    private static let mostSteps = 200
    /// Of earlier rules that are looked at where no event tells which of them hold.
    private static let mostTakers = 50

    init(_ ruleSet: RuleSet) {
        let stopping = ruleSet.rules.filter { rule in
            rule.mode == .live && rule.then == .stop && rule.oncePer.isEmpty && rule.idleTimer == nil && rule.surelyActs
        }
        engine = Engine(rules: ruleSet)
        stoppers = Engine(rules: RuleSet(stopping))
        stoppersByLines = stoppers.rules.rules.sorted { $0.when.count < $1.when.count }
        places = Dictionary(ruleSet.rules.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let conditions = ruleSet.rules.flatMap(\.when) + ruleSet.flows.values.flatMap { $0.steps.values.flatMap(\.conditions) }
        let times = ScheduleTimes(Set(conditions.flatMap { $0.formula.schedules }))
        self.times = times
        ways = ruleSet.rules.reduce(into: [:]) { ways, rule in
            ways[rule.id] = rule.formulas.flatMap { Conjunction.ways(.all($0), times: times) }?.filter { !$0.isContradictory }
        }
    }

    /// The ways in which a rule can hold that no event excludes; nil for one that listens to silence, or has too many.
    func ways(of rule: Rule) -> [Conjunction]? { ways[rule.id] }

    /// Who takes all events of this way before the rule is tried, in the order found; nil where some may get to it.
    func thefts(of way: Conjunction, from rule: Rule) -> [Theft]? {
        var steps = Self.mostSteps
        return thefts(of: way, from: rule, depth: 0, &steps)
    }

    private func thefts(of way: Conjunction, from rule: Rule, depth: Int, _ steps: inout Int) -> [Theft]? {
        guard depth < 8 else { return nil }
        let witness = witness(of: way, for: rule)
        let takers = witness.map { self.takers(of: $0, before: rule) } ?? likelyTakers(before: rule)
        var partial: [(taker: Rule, unproven: [Formula])] = []
        for taker in takers where Self.mayTake(taker, way, from: rule) && Self.mayNotRunOver(taker, on: way) {
            steps -= 1
            guard steps > 0 else { return nil }
            let unproven = (taker.formulas ?? [.unknown]).filter { !way.implies($0) }
            // One that takes all by itself is told before several that do together.
            if unproven.isEmpty {
                return [Theft(taker: taker, witness: witness.map { shown($0, of: way, from: rule, by: taker) })]
            }
            partial.append((taker, unproven))
        }
        guard let witness else { return nil }
        for (taker, unproven) in partial {
            steps -= 1
            guard steps > 0 else { return nil }
            // What this one leaves must be taken by others.
            guard unproven.count == 1, !unproven[0].hasSlowRegex,
                let rest = Conjunction.ways(unproven[0].negated, times: times, limit: 8)
            else { continue }
            var thefts = [Theft(taker: taker, witness: shown(witness, of: way, from: rule, by: taker))]
            let isTaken = rest.allSatisfy { rest in
                let left = way.adding(rest.demands)
                if left.isContradictory { return true }
                guard !rest.demands.isEmpty, let more = self.thefts(of: left, from: rule, depth: depth + 1, &steps) else {
                    return false
                }
                thefts += more
                return true
            }
            if isTaken { return thefts }
        }
        return nil
    }

    /// An event of this way on which the rule itself holds.
    func witness(of way: Conjunction, for rule: Rule) -> Witness? {
        guard let witness = WitnessBuilder.witness(for: way) else { return nil }
        return engine.holds(rule, on: witness.event, state: witness.state, now: witness.at) ? witness : nil
    }

    /// An event of this way on which the taker runs: others that come before it may take the first that was made.
    private func shown(_ witness: Witness, of way: Conjunction, from rule: Rule, by taker: Rule) -> Witness {
        let running = running(on: witness)
        guard !running.contains(taker.id), let place = running.first.flatMap({ places[$0] }) else { return witness }
        let other = engine.rules.rules[place]
        // Not as the one asks that was before the taker.
        for formula in (other.formulas ?? []).dropFirst() {
            for rest in Conjunction.ways(formula.negated, times: times, limit: 8) ?? [] {
                let left = way.adding(rest.demands)
                guard !left.isContradictory, let witness = self.witness(of: left, for: rule) else { continue }
                if self.running(on: witness).contains(taker.id) { return witness }
            }
        }
        return witness
    }

    /// Those that ask for little.
    private func likelyTakers(before rule: Rule) -> [Rule] {
        let place = places[rule.id] ?? 0
        return stoppersByLines.lazy.filter { places[$0.id] ?? .max < place }.prefix(Self.mostTakers).map(\.self)
    }

    private func takers(of witness: Witness, before rule: Rule) -> [Rule] {
        let place = places[rule.id] ?? 0
        return stoppers.rulesThatHold(on: witness.event, state: witness.state, now: witness.at)
            .filter { places[$0.id] ?? .max < place }
    }

    /// False where the rule is tried although the other holds and stops: by what is about flows and humans.
    private static func mayTake(_ taker: Rule, _ way: Conjunction, from rule: Rule) -> Bool {
        guard taker.interruptsFlow || !rule.interruptsFlow else { return false }
        guard taker.isSilencedByHumans else { return true }
        // While a human has the conversation the other does nothing, and then it does not stop either.
        guard way.demands.contains(where: { $0.place == .handler }) else { return !rule.actsBesideHuman }
        let human = EventDemand(
            .handler, .words([FoldedText(Handler.human.rawValue)]), at: rule.at, condition: "handler")
        return way.adding([human]).isContradictory
    }

    /// A rule with an expression that runs over its limit does not hold, whatever else it asks: then it takes nothing. One that
    /// is run on what matched it already will not.
    private static func mayNotRunOver(_ taker: Rule, on way: Conjunction) -> Bool {
        let known = way.demands.filter { !$0.isNegated }.flatMap(\.test.patterns)
        return (taker.formulas ?? []).flatMap(\.patterns).allSatisfy { $0.isQuick || known.contains($0) }
    }

    func isTried(_ rule: Rule, before other: Rule) -> Bool { (places[rule.id] ?? .max) < (places[other.id] ?? .max) }

    // MARK: Rules that meet

    /// Earlier rules that stop and of which the index says that they may hold on this text.
    func neighbours(of rule: Rule, on text: String) -> [Rule] {
        let place = places[rule.id] ?? 0
        guard case .kinds(let kinds) = rule.trigger else { return [] }
        var known: Set<String> = []
        return Set(kinds).flatMap { stoppers.candidates(for: $0, text: text) }
            .filter { (places[$0.id] ?? .max) < place && known.insert($0.id).inserted }
    }

    /// Earlier rules that stop, in order, whatever they ask for.
    func stoppers(before rule: Rule) -> some Sequence<Rule> {
        let place = places[rule.id] ?? 0
        return stoppers.rules.rules.lazy.filter { places[$0.id] ?? .max < place }
    }

    /// The earlier rule that keeps a rule from running on an event; nil where it runs, or something else keeps it from that.
    func stopper(on witness: Witness, of rule: Rule) -> Rule? {
        let running = running(on: witness)
        guard !running.contains(rule.id), let place = running.last.flatMap({ places[$0] }), place < places[rule.id] ?? 0
        else { return nil }
        return engine.rules.rules[place]
    }

    /// The rules that run on an event, all of the set being there, in order.
    func running(on witness: Witness) -> [String] {
        let state = DecisionState(conversation: witness.state)
        return engine.decide(witness.event, state: state, now: witness.at).matched
            .filter { $0.mode == .live && !$0.isWhollySuppressed }.map(\.id)
    }
}

extension Rule {
    /// False for one of which all that it does may be kept back for a line break in a header, so that it does not stop.
    fileprivate var surelyActs: Bool {
        actions.contains { action in
            if case .http(let call) = action.template.outline {
                !call.headers.entries.contains { $0.value.text?.contains("{{") ?? true }
            } else {
                true
            }
        }
    }
}

extension PatternSource {
    /// True where repetition does not stand in repetition, and nothing refers back: such an expression ends soon.
    fileprivate var isQuick: Bool {
        let source = pattern.source
        return ![")*", ")+", "){", "\\1", "\\k", "(?P=", "(?R", "(?&"].contains { source.contains($0) }
    }
}

extension EventDemand.Test {
    /// Expressions of which one is to match.
    var patterns: [PatternSource] { if case .regex(let patterns) = self { patterns } else { [] } }
}

extension Formula {
    fileprivate var patterns: [PatternSource] {
        switch self {
        case .demand(let demand): demand.test.patterns
        case .all(let parts), .any(let parts): parts.flatMap(\.patterns)
        case .unknown: []
        }
    }

    fileprivate var hasSlowRegex: Bool { patterns.contains { !$0.isQuick } }

    fileprivate var schedules: [Schedule] {
        switch self {
        case .demand(let demand): if case .inside(let schedule) = demand.test { [schedule] } else { [] }
        case .all(let parts), .any(let parts): parts.flatMap(\.schedules)
        case .unknown: []
        }
    }
}
