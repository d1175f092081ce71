import Model
import Rules

/// Lists, schedules and flows that nothing uses: left over, or the use is misspelt as a plain word.
struct UnusedNameLint: Lint {
    static let references = [
        LintReference(
            .unusedName,
            meaning: """
                A list is used by `$name` in a matcher, a schedule by `inside` or `outside`, a flow by `start`. Nothing does so, \
                and no test speaks of the flow. Often it is left over; sometimes a `$` was forgotten, so that the list's name \
                itself is looked for as a word.
                """,
            example: """
                lists:
                  refund_words: [refund, reembolso]
                rules:
                  - id: refund
                    when: [ { text: refund_words } ]
                    do: [ { tag: refund } ]
                """,
            mending: "Use it, or take it away.",
            mended: """
                lists:
                  refund_words: [refund, reembolso]
                rules:
                  - id: refund
                    when: [ { text: $refund_words } ]
                    do: [ { tag: refund } ]
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        unusedLists(subject) + unusedSchedules(subject) + unusedFlows(subject)
    }

    private func unusedLists(_ subject: LintSubject) -> [Diagnostic] {
        let matchers = subject.conditions.flatMap(\.matchers)
        let words = matchers.flatMap { $0.tests.flatMap(\.words) } + subject.choiceKeywords.flatMap { $0.sequence ?? [$0] }
        let inside = Dictionary(subject.lists.map { ($0.name, $0.words.compactMap(\.listName)) }) { first, _ in first }
        let used = reached(from: words.compactMap(\.listName), inside)
        let plain = Set(words.compactMap { $0.scalar?.text })
        return subject.lists.filter { !used.contains($0.name) }.map { list in
            let isForgotten = plain.contains(list.name)
            return Diagnostic(
                .warning, .unusedName, "nothing uses the list '\(list.name)'", at: list.at, length: list.name.count,
                help: isForgotten
                    ? "`\(list.name)` stands somewhere as a word: write `$\(list.name)` for the list"
                    : "write `$\(list.name)` where its words are meant, or take it away")
        }
    }

    private func unusedSchedules(_ subject: LintSubject) -> [Diagnostic] {
        let lines = subject.conditions.flatMap(\.entries)
        let used = Set(lines.filter { ["inside", "outside"].contains($0.key) }.compactMap { $0.value.scalar?.text })
        return subject.schedules.filter { !used.contains($0.key) }.map { entry in
            .warning(
                .unusedName, "nothing uses the schedule '\(entry.key)'", atKeyOf: entry,
                help: "name it in an `inside` or `outside` line, or take it away")
        }
    }

    /// A flow that only unused flows start is unused too.
    private func unusedFlows(_ subject: LintSubject) -> [Diagnostic] {
        let byRules = subject.rules.flatMap { started(by: $0.rule.actions) }
        let next = Dictionary(
            subject.flows.map { ($0.flow.id, $0.flow.steps.values.flatMap { started(by: $0.actions) }) }
        ) { first, _ in first }
        let used = reached(from: byRules + tested(subject), next)
        return subject.flows.filter { !used.contains($0.flow.id) }.map { flow in
            .warning(
                .unusedName, "nothing starts the flow '\(flow.flow.id)'", at: flow.idNode,
                help: "start it with `start: \(flow.flow.id)`, or take it away")
        }
    }

    private func started(by actions: [RuleAction]) -> [String] {
        actions.compactMap { if case .start(let flow) = $0.template.outline { flow } else { nil } }
    }

    /// What tests begin in is wanted.
    private func tested(_ subject: LintSubject) -> [String] { subject.tests.compactMap(\.given.flow?.flow) }

    private func reached(from names: [String], _ next: [String: [String]]) -> Set<String> {
        var reached = Set(names)
        var open = Array(reached)
        while let name = open.popLast() {
            for inner in next[name] ?? [] where reached.insert(inner).inserted { open.append(inner) }
        }
        return reached
    }
}
