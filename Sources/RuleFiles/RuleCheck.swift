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
        let vendors = profiles.keys.filter { $0 != .any }.sorted { $0.rawValue < $1.rawValue }
        let rules = RuleLoader.load(folder, vendors: vendors)
        let tests = LoadedTests(folder, flows: rules.hasErrors ? nil : rules.flows, vendors: vendors)
        let capabilities = CapabilityCheck(accounts: accounts, profiles: profiles)
        let limits = capabilities.findings(in: rules.rules, rules.flows)
        diagnostics = (rules.diagnostics + tests.diagnostics + limits)
            .sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
        sources = rules.sources.merging(tests.sources) { first, _ in first }
        ruleCount = rules.rules.count
        testCount = tests.tests.count
    }
}
