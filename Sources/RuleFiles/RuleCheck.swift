package import Model
package import Rules

/// The verdict on a rules root, the one that there is: load errors, the tests' errors, and findings of lint. `check`, `test`,
/// reload and the start of the daemon all ask for this, so that what one takes the others take.
package struct RuleCheck: Sendable {
    /// Of rules and tests, sorted by place.
    package let diagnostics: [Diagnostic]
    /// The same without hints on what single vendors cannot do, which are for who writes the rules: what loading has to tell.
    package let loadDiagnostics: [Diagnostic]
    package let sources: [String: [String]]
    /// The rules alone: with a rule set whenever they can be decided by, whatever is wrong with their tests.
    package let rules: LoadedRules
    package let tests: LoadedTests

    package var ruleCount: Int { rules.rules.count }
    package var testCount: Int { tests.tests.count }

    /// What may be put in use: nil when there is any error, that of a test included.
    package var ruleSet: RuleSet? { diagnostics.contains { $0.severity == .error } ? nil : rules.ruleSet }

    /// - Parameters:
    ///   - accounts: the configured ones; a rule that names neither vendor nor account may meet them all.
    ///   - profiles: of every vendor.
    package init(_ folder: RuleFolder, accounts: [Account], profiles: [VendorID: VendorProfile]) {
        let vendors = profiles.keys.filter { $0 != .any }.sorted { $0.rawValue < $1.rawValue }
        rules = RuleLoader.load(folder, vendors: vendors)
        tests = LoadedTests(folder, flows: rules.hasErrors ? nil : rules.flows, vendors: vendors)
        let capabilities = CapabilityCheck(accounts: accounts, profiles: profiles)
        let limits = capabilities.findings(in: rules.rules, rules.flows)
        let loading = rules.diagnostics + tests.diagnostics
        diagnostics = (loading + limits).inOrder
        loadDiagnostics = (loading + limits.filter { $0.severity == .error }).inOrder
        sources = rules.sources.merging(tests.sources) { first, _ in first }
    }
}

extension [Diagnostic] {
    fileprivate var inOrder: [Diagnostic] {
        sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
    }
}
