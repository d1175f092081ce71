import Model
import Rules

/// Names in templates that a vendor whom the rule speaks to never fills.
struct AbsentNameLint: Lint {
    static let references = [
        LintReference(
            .absentName,
            meaning: """
                A template names something that no event of a vendor has, nor its API tells: for that vendor's customers the \
                place is always empty. A rule speaks to the vendors and accounts that its `vendor:` and `account:` lines \
                name, otherwise to all accounts of the configuration. A name that the template asks for with a section \
                (`{{#name}}…{{/name}}`) is not told: the author thought of that.
                """,
            example: """
                rules:
                  - id: who
                    when: [ { vendor: [huggy, rocketchat] } ]
                    do: [ { reply: "Your subject was: {{conversation.topic}}" } ]
                """,
            mending: "Keep the rule from that vendor with a `vendor:` line, or write a section around the name.",
            mended: """
                rules:
                  - id: who
                    when: [ { vendor: rocketchat } ]
                    do: [ { reply: "Your subject was: {{conversation.topic}}" } ]
                """, dependsOnAccounts: true)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let capabilities = CapabilityCheck(accounts: subject.accounts, profiles: subject.profiles)
        let live = subject.rules.filter { $0.rule.mode != .off }
        let audiences = capabilities.audiences(of: subject.flows.map(\.flow), startedBy: live.map(\.rule))
        let inRules = live.flatMap { written in
            findings(in: written.node["do"], capabilities.audience(of: written.rule), subject)
        }
        let inFlows = subject.flows.flatMap { written in
            findings(in: written.node["steps"], audiences[written.flow.id] ?? capabilities.configured, subject)
        }
        return inRules + inFlows
    }

    private func findings(in node: RuleNode?, _ audience: Audience, _ subject: LintSubject) -> [Diagnostic] {
        let profiles = audience.vendors.sorted { $0.rawValue < $1.rawValue }.compactMap { subject.profiles[$0] }
        guard let node, profiles.contains(where: { !$0.untoldNames.isEmpty }) else { return [] }
        var findings: [Diagnostic] = []
        node.visit { scalar in
            for name in TemplateReadings.names(in: scalar.scalar?.text ?? "") where !name.isGuarded {
                let path = name.path.joined(separator: ".")
                let silent = profiles.filter { $0.untoldNames.contains(path) }
                guard !silent.isEmpty else { continue }
                findings.append(finding(name.source, at: scalar, silent.map(\.name)))
            }
        }
        return findings
    }

    private func finding(_ name: String, at node: RuleNode, _ vendors: [String]) -> Diagnostic {
        .warning(
            .absentName, "`{{\(name)}}` is always empty at \(listed(vendors, "and"))", at: node,
            label: "\(vendors.count == 1 ? "this vendor never tells" : "these vendors never tell") it",
            help: "keep the rule from \(listed(vendors, "and")) with a `vendor:` line, or write "
                + "`{{#\(name)}}…{{/\(name)}}` around it")
    }
}
