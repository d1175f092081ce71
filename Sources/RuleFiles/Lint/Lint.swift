package import Model
package import Rules

/// One thing that is looked for in rules that load: what a person could not have meant, or will be surprised by.
///
/// To add one: a file in `Lint/`, a code in `DiagnosticCode`, and its line in `LintCatalog`. Its reference is a section of
/// docs/lint.md and what `check --explain` prints, and its example is a test: it must be found there, and not when mended.
///
/// A lint must not cry where a careful author could have meant what is written: `check --strict` fails on every warning.
protocol Lint: Sendable {
    /// Of every code that it can report and that is not told of by another lint.
    static var references: [LintReference] { get }

    init()

    /// In any order. Messages in lower case without a full stop.
    func findings(in subject: LintSubject) -> [Diagnostic]
}

/// What a code means, with an example that shows it.
package struct LintReference: Sendable, Hashable {
    package let code: DiagnosticCode
    /// What is wrong and what comes of it: full sentences in Markdown.
    package let meaning: String
    /// Rules in which it is found.
    package let example: LintExample
    /// How to mend it: full sentences in Markdown.
    package let mending: String
    /// The example, mended.
    package let mended: LintExample
    /// The verdict depends on the accounts of a configuration, so that an allowance may silence nothing without one.
    package let dependsOnAccounts: Bool

    package init(
        _ code: DiagnosticCode, meaning: String, example: LintExample, mending: String, mended: LintExample,
        dependsOnAccounts: Bool = false
    ) {
        self.code = code
        self.meaning = meaning
        self.example = example
        self.mending = mending
        self.mended = mended
        self.dependsOnAccounts = dependsOnAccounts
    }
}

/// Rules, and tests where they play a part; `version: 1` is left out of both.
package struct LintExample: Sendable, Hashable, ExpressibleByStringLiteral {
    package let rules: String
    package let tests: String?
    /// The configured ones.
    package let accounts: [Account]

    package init(rules: String, tests: String? = nil, accounts: [Account] = []) {
        self.rules = rules
        self.tests = tests
        self.accounts = accounts
    }

    /// The accounts as the configuration has them, with what plays no part left out; nil for none.
    var configuration: String? {
        guard !accounts.isEmpty else { return nil }
        return "accounts: { " + accounts.map { "\($0.id): { vendor: \($0.vendor.rawValue) }" }.joined(separator: ", ") + " }"
    }

    package init(stringLiteral rules: String) { self.init(rules: rules) }
}

/// Every lint. A new one is a file in `Lint/` and a line here.
package enum LintCatalog {
    static let lints: [any Lint.Type] = [
        CapabilityLint.self, DeadRuleLint.self, OverlapLint.self, ImpossibleConditionLint.self, CoveredKeywordLint.self,
        UnusedNameLint.self, EndlessFlowLint.self, AbsentNameLint.self, TypographicRegexLint.self, LanguageLint.self,
        ExpectationLint.self, SlowRegexLint.self, PastScheduleLint.self, DeadBranchLint.self, CaptiveFlowLint.self,
        UnknownAccountLint.self,
    ]

    /// By code: of the lints, and of what loading warns of.
    package static let references: [LintReference] =
        (lints.flatMap { $0.references } + LoadWarnings.references + Allowances.references)
        .sorted { $0.code.rawValue < $1.code.rawValue }

    package static func reference(_ code: DiagnosticCode) -> LintReference? { references.first { $0.code == code } }

    static func findings(in subject: LintSubject) -> [Diagnostic] {
        lints.flatMap { $0.init().findings(in: subject) }
    }
}
