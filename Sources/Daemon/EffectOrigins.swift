import Model
import Storage

/// Why each effect of one decision was decided, for the ledger.
struct EffectOrigins {
    private let rules: [String: EffectOrigin]
    /// Of what a running flow did on a message that it understood.
    private let flow: EffectOrigin

    init(_ decision: Decision, revision: String) {
        let notes = decision.event.fetched.notes.map(\.text)
        let handler = decision.event.conversation?.handler
        rules = Dictionary(
            decision.matched.map {
                ($0.id, EffectOrigin(revision: revision, mode: $0.mode, conditions: $0.held, fetched: notes, handler: handler))
            },
            uniquingKeysWith: { first, _ in first })
        flow = EffectOrigin(
            revision: revision, mode: .live, conditions: decision.flow?.held ?? [], fetched: notes, handler: handler)
    }

    /// A flow's effect comes from the rule that started it just now, else from what the flow heard. Only live rules start flows.
    func origin(of effect: Effect) -> EffectOrigin {
        if effect.flow != nil, !flow.conditions.isEmpty { return flow }
        return rules[effect.rule] ?? flow
    }
}
