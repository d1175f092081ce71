import Rules

/// An earlier rule that waits for numbers, or lengths of text, of which some are this rule's as well, while neither range is
/// within the other.
struct RangeMeeting {
    var taker: Rule
    var place: EventPlace
    var witness: Witness

    /// Of earlier rules that are compared.
    private static let mostTakers = 200

    static func all(of way: Conjunction, _ rule: Rule, _ reach: RuleReach) -> [RangeMeeting] {
        Set(way.ranges.map(\.place)).sorted { $0.name < $1.name }.flatMap { place in
            reach.stoppers(before: rule).lazy.filter { $0.interruptsFlow == rule.interruptsFlow }.compactMap { taker in
                let others = (reach.ways(of: taker) ?? []).filter { !$0.ranges(at: place).isEmpty }
                return others.isEmpty ? nil : (taker, others)
            }.prefix(mostTakers).compactMap { taker, others in
                others.lazy.compactMap { witness(of: $0, way, at: place, rule, taker, reach) }.first
                    .map { RangeMeeting(taker: taker, place: place, witness: $0) }
            }
        }
    }

    private static func witness(
        of other: Conjunction, _ way: Conjunction, at place: EventPlace, _ rule: Rule, _ taker: Rule, _ reach: RuleReach
    ) -> Witness? {
        let ranges = other.ranges(at: place)
        guard
            // Each goes beyond the other.
            !ranges.allSatisfy({ way.implies(.demand($0)) }), !way.ranges(at: place).allSatisfy({ other.implies(.demand($0)) }),
            // Nothing else keeps the earlier one from this one's events.
            other.demands.allSatisfy({ ranges.contains($0) || way.implies(.demand($0)) })
        else { return nil }
        // Nobody scores 8.5 where all bounds are whole.
        guard (ranges + way.ranges(at: place)).haveNumberInCommon else { return nil }
        let both = way.adding(ranges)
        guard !both.isContradictory, let witness = reach.witness(of: both, for: rule),
            reach.stopper(on: witness, of: rule)?.id == taker.id
        else { return nil }
        return witness
    }
}

extension Conjunction {
    /// What is asked of numbers and lengths.
    fileprivate var ranges: [EventDemand] {
        demands.filter { demand in
            switch demand.test {
            case .greater, .less, .length: !demand.isNegated
            default: false
            }
        }
    }

    fileprivate func ranges(at place: EventPlace) -> [EventDemand] { ranges.filter { $0.place == place } }
}

extension [EventDemand] {
    /// Of demands of one place: false where every bound is a whole number, and no whole number is within all.
    fileprivate var haveNumberInCommon: Bool {
        var (low, high) = (-Double.infinity, Double.infinity)
        for demand in self {
            switch demand.test {
            case .greater(let bound, let orEqual):
                guard bound == bound.rounded() else { return true }
                low = Swift.max(low, orEqual ? bound : bound + 1)
            case .less(let bound, let orEqual):
                guard bound == bound.rounded() else { return true }
                high = Swift.min(high, orEqual ? bound : bound - 1)
            default: break
            }
        }
        return low <= high
    }
}
