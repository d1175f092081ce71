package import Model

/// What one rule does about an event, as far as two decisions are compared: not where the rule stands, nor keys, ids and
/// requests.
package struct DecisionEntry: Sendable, Hashable {
    package var rule: String
    package var action: Action
    package var delayMilliseconds: Int64
    package var status: EffectStatus

    init(_ effect: Effect) {
        rule = effect.rule
        action = effect.action
        delayMilliseconds = effect.delayMilliseconds
        status = effect.status
    }

    var isPlanned: Bool { status == .planned }

    /// Whether two entries of different rules do the same.
    func doesSame(as other: DecisionEntry) -> Bool {
        action == other.action && delayMilliseconds == other.delayMilliseconds && status == other.status
    }
}

extension Decision {
    /// What is carried out, held back or unsupported, in order; nothing of a decision that went over a limit.
    package var entries: [DecisionEntry] { fault == nil ? allEffects.map(DecisionEntry.init) : [] }

    /// Whether both say the same, told without making their entries.
    package func decidesSame(as other: Decision) -> Bool {
        guard fault == nil, other.fault == nil else { return entries == other.entries }
        guard effects.count == other.effects.count, applied.count == other.applied.count else { return false }
        return effects.indices.allSatisfy { effects[$0].isSame(as: other.effects[$0]) }
            && applied.indices.allSatisfy {
                applied[$0].place == other.applied[$0].place && applied[$0].effect.isSame(as: other.applied[$0].effect)
            }
    }
}

extension Effect {
    fileprivate func isSame(as other: Effect) -> Bool {
        rule == other.rule && delayMilliseconds == other.delayMilliseconds && status == other.status && action == other.action
    }
}
