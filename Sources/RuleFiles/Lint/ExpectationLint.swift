import Model
import Rules

/// Tests that expect what cannot be, and rules that no test expects.
struct ExpectationLint: Lint {
    static let references = [
        LintReference(
            .uselessExpectation,
            meaning: """
                A test expects a rule that does not exist, that is `off`, or that is not of that mode: `rules` has those that \
                are `live`, `observed` those that are `observe`. The test can only fail, most often since a rule was renamed.
                """,
            example: LintExample(
                rules: """
                    rules:
                      - id: refund
                        when: [ { text: refund } ]
                        do: [ { tag: refund } ]
                    """,
                tests: """
                    tests:
                      - name: refund
                        event: { text: refund please }
                        expect: { rules: [refunds] }
                    """),
            mending: "Name the rule as it is called now.",
            mended: LintExample(
                rules: """
                    rules:
                      - id: refund
                        when: [ { text: refund } ]
                        do: [ { tag: refund } ]
                    """,
                tests: """
                    tests:
                      - name: refund
                        event: { text: refund please }
                        expect: { rules: [refund] }
                    """)),
        LintReference(
            .untestedRule,
            meaning: """
                There are tests, and none of them expects this rule by its id. It is a note: it is shown with `--notes`, and \
                fails nothing. `bellhop test --coverage` measures what tests really run.
                """,
            example: LintExample(
                rules: """
                    rules:
                      - { id: refund, when: [ { text: refund } ], do: [ { tag: refund } ] }
                      - { id: thanks, when: [ { text: thanks } ], do: [ { tag: thanks } ] }
                    """,
                tests: """
                    tests:
                      - { name: refund, event: { text: refund please }, expect: { rules: [refund] } }
                    """),
            mending: "Write a test in which the rule runs, and name it under `expect: { rules: [ … ] }`.",
            mended: LintExample(
                rules: """
                    rules:
                      - { id: refund, when: [ { text: refund } ], do: [ { tag: refund } ] }
                      - { id: thanks, when: [ { text: thanks } ], do: [ { tag: thanks } ] }
                    """,
                tests: """
                    tests:
                      - { name: refund, event: { text: refund please }, expect: { rules: [refund] } }
                      - { name: thanks, event: { text: thanks }, expect: { rules: [thanks] } }
                    """)),
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let named = subject.testFiles.flatMap { Self.named(in: $0) }
        let modes = Dictionary(subject.rules.map { ($0.rule.id, $0.rule.mode) }) { first, _ in first }
        let useless = named.compactMap { self.useless($0, modes) }
        guard !subject.tests.isEmpty else { return useless }
        let known = Set(named.map(\.id))
        let untested = subject.rules.filter { $0.rule.mode != .off && !known.contains($0.rule.id) }.map { written in
            Diagnostic(
                .note, .untestedRule, "no test expects the rule '\(written.rule.id)'", at: written.idNode.at,
                length: written.idNode.caretLength, help: "name it in the `expect` of a test in which it runs")
        }
        return useless + untested
    }

    private func useless(_ named: NamedRule, _ modes: [String: RuleMode]) -> Diagnostic? {
        switch (modes[named.id], named.key) {
        case (nil, _):
            let near = nearest(to: named.id, among: modes.keys.sorted())
            return .warning(
                .uselessExpectation, "there is no rule '\(named.id)'", at: named.node,
                help: near.map { "did you mean '\($0)'?" } ?? "tests name rules by their id")
        case (.off, _):
            return .warning(
                .uselessExpectation, "the rule '\(named.id)' is off", at: named.node, label: "it never runs",
                help: "take it out of the test, or the rule's `mode: off` away")
        case (.observe, "rules"):
            return .warning(
                .uselessExpectation, "the rule '\(named.id)' is only observed", at: named.node,
                help: "write it under `observed:`, or take the rule's `mode: observe` away")
        case (.live, "observed"):
            return .warning(
                .uselessExpectation, "the rule '\(named.id)' is live", at: named.node, help: "write it under `rules:`")
        default: return nil
        }
    }

    private struct NamedRule {
        var id: String
        var key: String
        var node: RuleNode
    }

    private static func named(in file: RuleNode) -> [NamedRule] {
        (file["tests"]?.sequence ?? []).flatMap { test in
            ([test] + (test["steps"]?.sequence ?? [])).compactMap { $0["expect"] }.flatMap(expected)
        }
    }

    private static func expected(_ node: RuleNode) -> [NamedRule] {
        (node.mapping ?? []).flatMap { entry -> [NamedRule] in
            let nodes = entry.value.sequence ?? [entry.value]
            switch entry.key {
            case "rules", "observed":
                return nodes.compactMap { node in node.scalar.map { NamedRule(id: $0.text, key: entry.key, node: node) } }
            case "suppressed", "unsupported":
                return nodes.compactMap { $0["rule"] }.compactMap { node in
                    node.scalar.map { NamedRule(id: $0.text, key: entry.key, node: node) }
                }
            default: return []
            }
        }
    }
}
