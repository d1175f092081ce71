import Model
import Rules

/// Steps that lead in a circle and never wait: they say the same again and again, until a limit ends the flow.
struct EndlessFlowLint: Lint {
    static let references = [
        LintReference(
            .endlessFlow,
            meaning: """
                From this step on, every way leads back into the circle, and no step of it waits for an answer (`expect`, \
                `choices`) or ends the flow. Bellhop stops after 100 steps; until then the customer gets every message of the \
                circle.
                """,
            example: """
                rules:
                  - { id: help, do: [ { start: help } ] }
                flows:
                  - id: help
                    start: greet
                    steps:
                      greet: { say: "Hello", next: offer }
                      offer: { say: "How can I help?", next: greet }
                """,
            mending: """
                Let a step of the circle wait for an answer, or give one a way out: a `next` to another step, or `end: true`.
                """,
            mended: """
                rules:
                  - { id: help, do: [ { start: help } ] }
                flows:
                  - id: help
                    start: greet
                    steps:
                      greet: { say: "Hello", next: offer }
                      offer: { say: "How can I help?", end: true }
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] { subject.flows.flatMap(findings) }

    private func findings(in flow: WrittenFlow) -> [Diagnostic] {
        let endless = flow.flow.endlessSteps
        // One finding for each circle: at the first step that leads into it.
        return flow.rings(of: endless, along: \.immediateTargets).map { entry in
            .warning(
                .endlessFlow, "the flow never comes to rest from the step '\(entry.key)' on", atKeyOf: entry,
                label: flow.flow.path(from: entry.key, along: \.immediateTargets),
                help: "let a step wait with `expect` or `choices`, or end with `end: true`")
        }
    }
}

extension Flow {
    /// Steps that lead to one another only, none of which comes to rest.
    var endlessSteps: Set<String> { steps(withoutWayTo: \.canRest, along: \.immediateTargets) }
}

extension FlowStep {
    /// It waits for the customer, can end the flow, or can find no branch to go on by.
    fileprivate var canRest: Bool {
        waits || isEnd || !next.contains { $0.when.isEmpty } || actions.contains(where: \.endsFlow)
    }

    /// Where it can go without anybody's answer: branches behind one that is always taken are none.
    var immediateTargets: [String] {
        let certain = next.firstIndex { $0.when.isEmpty }
        return (certain.map { Array(next[...$0]) } ?? next).map(\.step)
    }
}

extension RuleAction {
    fileprivate var endsFlow: Bool {
        switch template.outline {
        case .start, .stopFlow, .close: true
        default: false
        }
    }
}
