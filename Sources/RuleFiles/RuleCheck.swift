package import Model
package import Rules

/// Everything that `check` says of a rules root: load errors, the tests' errors, and findings of lint. Reload uses the same
/// loader, so that both come to the same verdict on whether a set can be used.
package struct RuleCheck: Sendable {
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    package let sources: [String: [String]]
    package let ruleCount: Int
    package let testCount: Int

    /// - Parameters:
    ///   - accounts: the configured ones; a rule that names neither vendor nor account may meet them all.
    ///   - profiles: of every vendor.
    package init(_ folder: RuleFolder, accounts: [Account], profiles: [VendorID: VendorProfile]) {
        let rules = RuleLoader.load(folder)
        let tests = LoadedTests(folder)
        let capabilities = CapabilityCheck(accounts: accounts, profiles: profiles)
        diagnostics = (rules.diagnostics + tests.diagnostics + rules.rules.flatMap { capabilities.findings(in: $0) })
            .sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
        sources = rules.sources.merging(tests.sources) { first, _ in first }
        ruleCount = rules.rules.count
        testCount = tests.tests.count
    }
}

/// Finds actions that a vendor the rule speaks to cannot do.
struct CapabilityCheck {
    let accounts: [Account]
    let profiles: [VendorID: VendorProfile]

    func findings(in rule: Rule) -> [Diagnostic] {
        if rule.mode == .off { return [] }
        let profiles = vendors(of: rule).compactMap { self.profiles[$0] }
        return rule.actions.flatMap { action in
            profiles.compactMap { profile in
                profile.obstacle(to: action.template.outline).map { why in
                    Diagnostic(
                        .warning, .unsupportedAction,
                        "\(profile.name) cannot do this `\(action.template.outline.kind.rawValue)`: \(why)", at: action.at,
                        length: action.template.outline.kind.rawValue.count,
                        help: "keep the rule from \(profile.name) with a `vendor:` condition, or use `call`")
                }
            }
        }
    }

    /// The vendors that a rule names, by itself or by its accounts; else those of all accounts.
    private func vendors(of rule: Rule) -> [VendorID] {
        var vendors = Set(accounts.map(\.vendor))
        var isNamed = false
        for condition in rule.when {
            if let condition = condition as? VendorCondition {
                let named = Set(VendorID.allCases.filter { condition.choice.contains([$0.rawValue]) })
                vendors = isNamed ? vendors.intersection(named) : named
                isNamed = true
            } else if let condition = condition as? AccountCondition {
                let named = Set(accounts.filter { condition.choice.contains([$0.id]) }.map(\.vendor))
                vendors = isNamed ? vendors.intersection(named) : named
                isNamed = true
            }
        }
        return vendors.filter { $0 != .any }.sorted { $0.rawValue < $1.rawValue }
    }
}
