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
        let steps = flow.flow.steps
        var endless = Set(steps.filter { !$0.value.canRest }.map(\.key))
        // A step that can lead to one which comes to rest is not endless.
        var isStable = false
        while !isStable {
            let saved = endless.filter { name in steps[name]?.immediateTargets.contains { !endless.contains($0) } ?? true }
            endless.subtract(saved)
            isStable = saved.isEmpty
        }
        let circles = flow.steps.filter { endless.contains($0.key) }
        // One finding for each circle: at the first step that leads into it.
        var told: Set<String> = []
        return circles.compactMap { entry in
            let ring = reached(from: entry.key, steps)
            guard told.isDisjoint(with: ring) else { return nil }
            told.formUnion(ring)
            return .warning(
                .endlessFlow, "the flow never comes to rest from the step '\(entry.key)' on", atKeyOf: entry,
                label: path(from: entry.key, steps),
                help: "let a step wait with `expect` or `choices`, or end with `end: true`")
        }
    }

    private func reached(from first: String, _ steps: [String: FlowStep]) -> Set<String> {
        var reached: Set<String> = [first]
        var open = [first]
        while let name = open.popLast() {
            for target in steps[name]?.immediateTargets ?? [] where reached.insert(target).inserted { open.append(target) }
        }
        return reached
    }

    /// `greet → offer → greet`
    private func path(from first: String, _ steps: [String: FlowStep]) -> String {
        var path = [first]
        while let next = steps[path.last ?? ""]?.immediateTargets.first {
            path.append(next)
            if path.dropLast().contains(next) || path.count > 8 { break }
        }
        return path.joined(separator: " → ")
    }
}

extension FlowStep {
    /// It waits for the customer, can end the flow, or can find no branch to go on by.
    fileprivate var canRest: Bool {
        waits || isEnd || !next.contains { $0.when.isEmpty } || actions.contains(where: \.endsFlow)
    }

    /// Where it can go without anybody's answer: branches behind one that is always taken are none.
    fileprivate var immediateTargets: [String] {
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
