import Matching
import Model
import Rules

/// Rules behind others that take every event from them.
struct DeadRuleLint: Lint {
    static let references = [
        LintReference(
            .deadRule,
            meaning: """
                Whatever the rule accepts, an earlier rule (or several together) accepts as well, and stops there. So the rule \
                can never run. The witness is a message that shows it: send it by `bellhop chat`, or put it into a test. \
                Rules with `once_per`, with `then: continue`, or in `mode: observe` take nothing from those after them.
                """,
            example: """
                rules:
                  - id: refund-any
                    when: [ { text: refund } ]
                    do: [ { reply: "We handle refunds within a day." } ]
                  - id: refund-whatsapp
                    when: [ { channel: whatsapp }, { text: [refund now, urgent refund] } ]
                    do: [ { reply: "We call you back." } ]
                """,
            mending: """
                Move the narrower rule above the wider one (or give it a higher `priority`), or give the wider one \
                `then: continue`.
                """,
            mended: """
                rules:
                  - id: refund-whatsapp
                    when: [ { channel: whatsapp }, { text: [refund now, urgent refund] } ]
                    do: [ { reply: "We call you back." } ]
                  - id: refund-any
                    when: [ { text: refund } ]
                    do: [ { reply: "We handle refunds within a day." } ]
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let reach = subject.reach
        let written = Dictionary(subject.rules.map { ($0.rule.id, $0) }) { first, _ in first }
        let expected = subject.expectedRules
        return subject.rules.filter { $0.rule.mode != .off && !expected.contains($0.rule.id) }.compactMap { rule in
            silenced(rule, reach) ?? taken(rule, reach, written)
        } + subject.flows.flatMap { unreachedAnswers(of: $0.flow, reach.times) }
    }

    private func taken(_ written: WrittenRule, _ reach: RuleReach, _ others: [String: WrittenRule]) -> Diagnostic? {
        let rule = written.rule
        guard let ways = reach.ways(of: rule), !ways.isEmpty else { return nil }
        var thefts: [RuleReach.Theft] = []
        for way in ways {
            guard let more = reach.thefts(of: way, from: rule) else { return nil }
            thefts += more
        }
        guard let shown = shown(of: thefts, from: rule, reach) else { return nil }
        var takers: [Rule] = []
        for theft in thefts where !takers.contains(where: { $0.id == theft.taker.id }) { takers.append(theft.taker) }
        takers.sort { reach.isTried($0, before: $1) }
        let names = takers.map { "`\($0.id)`" }
        // Beside a human only what a human does not silence runs, and what is silenced does not stop.
        let runsBesideHumans = takers.allSatisfy(\.isSilencedByHumans) && !rule.isSilencedByHumans
        return Diagnostic(
            .warning, .deadRule,
            runsBesideHumans ? "rule runs only while a human agent has the conversation" : "rule can never run",
            at: written.idNode.at, length: written.idNode.caretLength,
            label: "every \(rule.isForMessages ? "message" : "event") it accepts is taken by "
                + (takers.count == 1 ? "an earlier rule" : "\(takers.count) earlier rules together"),
            help: "move it above \(listed(names, "and")), or give \(takers.count == 1 ? names[0] : "these") `then: continue`",
            related: takers.compactMap { taker in
                others[taker.id].map { Diagnostic.Related(at: $0.idNode.at, message: "then: stop") }
            } + first(on: shown, beside: takers, reach, others), witness: shown.witness.map { Diagnostic.Witness($0) })
    }

    /// One with an event on which the taker runs, else one with an event on which the rule does not, else one without any:
    /// what is taken is proven all the same.
    private func shown(of thefts: [RuleReach.Theft], from rule: Rule, _ reach: RuleReach) -> RuleReach.Theft? {
        let running = thefts.map { $0.witness.map(reach.running) }
        let silent = thefts.indices.filter { !(running[$0]?.contains(rule.id) ?? false) }
        guard silent.count == thefts.count else { return nil }
        let best = silent.first { running[$0]?.contains(thefts[$0].taker.id) ?? false }
        return (best ?? silent.first { running[$0] != nil } ?? silent.first).map { thefts[$0] }
    }

    /// What comes before the takers on the event that is shown, where something had to.
    private func first(
        on theft: RuleReach.Theft, beside takers: [Rule], _ reach: RuleReach, _ others: [String: WrittenRule]
    ) -> [Diagnostic.Related] {
        guard let first = theft.witness.map(reach.running)?.first, !takers.contains(where: { $0.id == first }) else { return [] }
        return others[first].map { [Diagnostic.Related(at: $0.idNode.at, message: "runs first on the witness")] } ?? []
    }

    /// A rule that holds only beside a human, who silences all that it does.
    private func silenced(_ written: WrittenRule, _ reach: RuleReach) -> Diagnostic? {
        let rule = written.rule
        guard rule.isSilencedByHumans, let ways = reach.ways(of: rule), !ways.isEmpty else { return nil }
        let isBesideHumans = ways.allSatisfy { way in
            way.demands.contains { $0.place == .handler && !$0.isNegated } && way.implies(.demand(.handledByHuman(rule.at)))
        }
        guard isBesideHumans else { return nil }
        let witness = ways.lazy.compactMap { reach.witness(of: $0, for: rule) }.first
        return Diagnostic(
            .warning, .deadRule, "rule can never run", at: written.idNode.at, length: written.idNode.caretLength,
            label: "it holds only while a human agent has the conversation, and then all that it does is held back",
            help: "add `human: act`, or take `human` out of `handler`", witness: witness.map { Diagnostic.Witness($0) })
    }

    // MARK: Answers in flows

    private func unreachedAnswers(of flow: Flow, _ times: ScheduleTimes) -> [Diagnostic] {
        flow.steps.values.sorted { $0.at < $1.at }.flatMap { step in
            step.expectations.indices.compactMap { index -> Diagnostic? in
                let own = step.expectations[index]
                let earlier = step.expectations[..<index].first { covers($0.when, own.when, times) }
                return earlier.map { earlier in
                    Diagnostic(
                        .warning, .deadRule, "answer can never be taken", at: own.at,
                        label: "every message it accepts is taken by an earlier one of the step",
                        help: "move it up, or make the earlier one narrower",
                        related: [Diagnostic.Related(at: earlier.at, message: "tried before")])
                }
            }
        }
    }

    private func covers(_ earlier: [any Condition], _ later: [any Condition], _ times: ScheduleTimes) -> Bool {
        let asked = [.demand(.customersMessage(SourcePosition(file: "", line: 0, column: 0)))] + later.map(\.formula)
        guard let ways = Conjunction.ways(.all(asked), times: times), !ways.isEmpty else { return false }
        let wanted = Formula.all(earlier.map(\.formula))
        return ways.allSatisfy { !$0.isContradictory && $0.implies(wanted) }
    }
}

extension EventDemand {
    fileprivate static func handledByHuman(_ at: SourcePosition) -> EventDemand {
        EventDemand(.handler, .words([FoldedText(Handler.human.rawValue)]), at: at, condition: "handler")
    }

    static func customersMessage(_ at: SourcePosition) -> EventDemand {
        EventDemand(.kind, .words([FoldedText(EventKind.messageReceived.rawValue)]), at: at, condition: "answer")
    }
}

extension Rule {
    var isForMessages: Bool {
        if case .kinds(let kinds) = trigger { kinds.allSatisfy { $0.rawValue.hasPrefix("message.") } } else { false }
    }
}

extension Diagnostic.Witness {
    init(_ witness: Witness) { self.init(text: witness.text, value: witness.value) }
}
