import Rules

/// Branches of a step behind one that is always taken: R017, as an answer behind one that takes all its messages is.
struct DeadBranchLint: Lint {
    static let references: [LintReference] = []

    func findings(in subject: LintSubject) -> [Diagnostic] {
        subject.flows.flatMap { $0.flow.steps.values.sorted { $0.at < $1.at } }.flatMap(findings)
    }

    private func findings(in step: FlowStep) -> [Diagnostic] {
        guard !step.waits, let certain = step.next.firstIndex(where: \.when.isEmpty) else { return [] }
        return step.next[(certain + 1)...].map { branch in
            Diagnostic(
                .warning, .deadRule, "branch can never be taken", at: branch.at,
                label: "an earlier one of the step is always taken", help: "move it up, or give the earlier one a `when`",
                related: [Diagnostic.Related(at: step.next[certain].at, message: "tried before")])
        }
    }
}
