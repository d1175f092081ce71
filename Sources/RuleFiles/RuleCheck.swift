package import Model
package import Rules

/// The verdict on a rules root, the one that there is: load errors, the tests' errors, and findings of lint. `check`, `test`,
/// reload and the start of the daemon all ask for this, so that what one takes the others take.
package struct RuleCheck: Sendable {
    /// Of rules and tests, sorted by place; what their authors allow left out.
    package let diagnostics: [Diagnostic]
    /// The same without what lints find, which is for who writes the rules: what loading has to tell.
    package let loadDiagnostics: [Diagnostic]
    /// What is not among `diagnostics` because its author allows it, sorted by place.
    package let allowed: [Allowances.Allowed]
    /// For findings that come from elsewhere.
    package let allowances: Allowances
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
    ///   - isLinting: false where nobody reads what lints find: they take time, and refuse nothing.
    ///   - now: by which lint tells what is over; nil to leave that alone.
    package init(
        _ folder: RuleFolder, accounts: [Account], profiles: [VendorID: VendorProfile], isLinting: Bool = true,
        now: Instant? = nil
    ) {
        let vendors = profiles.keys.filter { $0 != .any }.sorted { $0.rawValue < $1.rawValue }
        rules = RuleLoader.load(folder, vendors: vendors)
        tests = LoadedTests(folder, flows: rules.hasErrors ? nil : rules.flows, vendors: vendors)
        sources = rules.sources.merging(tests.sources) { first, _ in first }
        allowances = Allowances(folder)

        let loading = rules.diagnostics + tests.diagnostics
        let subject =
            isLinting ? LintSubject(rules: rules, tests: tests, accounts: accounts, profiles: profiles, now: now) : nil
        let found = loading + (subject.map { LintCatalog.findings(in: $0) } ?? [])
        let verdict = allowances.sorted(found)
        let ofAllowances =
            subject == nil ? [] : allowances.findings(allFound: found, hasAccounts: !accounts.isEmpty)
        diagnostics = (verdict.told + ofAllowances).inOrder
        allowed = verdict.allowed.sorted { ($0.diagnostic.at, $0.at) < ($1.diagnostic.at, $1.at) }
        loadDiagnostics = allowances.sorted(loading).told.inOrder
    }
}

extension [Diagnostic] {
    fileprivate var inOrder: [Diagnostic] {
        sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
    }
}
