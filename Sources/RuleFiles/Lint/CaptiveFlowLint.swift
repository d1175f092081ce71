import Model
import Rules

/// Steps that wait, and lead to one another only: whatever a customer answers, the flow goes on.
struct CaptiveFlowLint: Lint {
    static let references = [
        LintReference(
            .captiveFlow,
            meaning: """
                From this step on, whatever the customer answers leads to steps of the same circle. No step of it ends the flow, \
                hands over to a person (`route`), closes, starts another flow or has a `timeout`, and no rule does so either: \
                not one with `interrupts: flow`, one for other events than messages, nor, where a step has no `otherwise` that \
                goes on, one for what the step does not understand. The customer is caught until the flow expires, after seven \
                days. A flow with an `expires` of its own is not told.
                """,
            example: """
                rules:
                  - { id: help, when: [ { text: help } ], do: [ { start: help } ] }
                flows:
                  - id: help
                    start: menu
                    steps:
                      menu: { say: "What is it about?", choices: [ { label: Prices, next: prices } ] }
                      prices: { say: "From 10 euros.", choices: [ { label: Back, next: menu } ] }
                """,
            mending: """
                Give a step a way to `end: true` or to a person, or a `timeout`; or give the flow an `expires` of your own.
                """,
            mended: """
                rules:
                  - { id: help, when: [ { text: help } ], do: [ { start: help } ] }
                flows:
                  - id: help
                    start: menu
                    steps:
                      menu: { say: "What is it about?", choices: [ { label: Prices, next: prices }, { label: Bye, next: bye } ] }
                      prices: { say: "From 10 euros.", choices: [ { label: Back, next: menu } ] }
                      bye: { say: "Goodbye", end: true }
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let live = subject.rules.map(\.rule).filter { $0.mode == .live }
        // Who wrote how long the flow may last thought of its end.
        return subject.flows.filter { $0.node["expires"] == nil }.flatMap { findings(in: $0, live) }
    }

    private func findings(in flow: WrittenFlow, _ rules: [Rule]) -> [Diagnostic] {
        let releases = Releases(rules, from: flow.flow.id)
        guard !releases.isAnywhere else { return [] }
        // Without waiting they end after 100 steps, and are told of by another lint.
        let endless = flow.flow.endlessSteps
        let captive = flow.flow.steps(
            withoutWayTo: { endless.contains($0.name) || $0.isWayOut(releases) }, along: \.ways)
        let reached = flow.flow.stepsReached(from: flow.flow.start, along: \.ways)
        return flow.rings(of: captive.intersection(reached), along: \.ways).map { entry in
            .warning(
                .captiveFlow, "no way leads out of the flow from the step '\(entry.key)' on", atKeyOf: entry,
                label: flow.flow.path(from: entry.key, along: \.ways),
                help: "give a step a way to `end: true` or to a person, or a `timeout`; or give the flow an `expires`")
        }
    }
}

/// How rules take a conversation out of a flow.
private struct Releases {
    /// On every step.
    let isAnywhere: Bool
    /// By a message that a step does not understand.
    let isByMiss: Bool

    init(_ rules: [Rule], from flow: String) {
        let releasing = rules.filter { $0.actions.contains { $0.releases(from: flow) } }
        isAnywhere = releasing.contains { $0.interruptsFlow || !$0.isForCustomersAlone }
        isByMiss = !releasing.isEmpty
    }
}

extension Rule {
    fileprivate var isForCustomersAlone: Bool {
        if case .kinds(let kinds) = trigger { kinds.allSatisfy { $0 == .messageReceived } } else { false }
    }
}

extension FlowStep {
    /// The flow may end here, or be left.
    fileprivate func isWayOut(_ releases: Releases) -> Bool {
        if isEnd || timeout != nil || actions.contains(where: { $0.releases(from: nil) }) { return true }
        guard waits else { return !next.contains { $0.when.isEmpty } }
        return releases.isByMiss && otherwise?.next == nil
    }

    /// Where it can go, by an answer or without one.
    fileprivate var ways: [String] {
        waits
            ? choices.map(\.next) + expectations.map(\.next) + [otherwise?.next, timeout?.next].compactMap(\.self)
            : immediateTargets
    }
}

extension RuleAction {
    /// True where it may end the flow, or lead to a person who ends it. What a `call` does nobody knows.
    /// - Parameter flow: starting this one again leads nowhere; nil to take any start for a way out.
    fileprivate func releases(from flow: String?) -> Bool {
        switch template.outline {
        case .start(let other): other != flow
        case .stopFlow, .close, .route, .call: true
        case .reply, .note, .tag, .untag, .set, .contact, .http: false
        }
    }
}
