import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules
import Vendors

/// `check`: loads and lints rules and their tests.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Load and check rules, without running anything.",
        discussion: """
            EXAMPLES
              bellhop check
              bellhop check --strict rules
              bellhop check --format github
              bellhop check --capabilities
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, github
    }

    @Argument(help: "Rules folders or files (default: the rules folder).")
    var paths: [String] = []

    @Flag(name: .long, help: "Warnings fail too.")
    var strict = false

    @Flag(name: .long, help: "Print what each vendor can do.")
    var capabilities = false

    @Option(name: .long, help: "text, json or github.")
    var format: Format = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        if capabilities {
            Output.print(CapabilityTable.text(VendorCatalog.configurable))
            return
        }
        let settings = try common.settings()
        let roots = paths.isEmpty ? [common.rulesRoot(settings)] : paths
        let accounts = settings.map { Array($0.accountsByID.values) } ?? []
        let checks = roots.map { RuleCheck(RuleFolder($0), accounts: accounts, profiles: VendorCatalog.profiles) }
        report(checks)
        let diagnostics = checks.flatMap(\.diagnostics)
        let fails = diagnostics.contains { $0.severity == .error || strict }
        if fails { throw Exit(.negative) }
    }

    private func report(_ checks: [RuleCheck]) {
        let diagnostics = checks.flatMap(\.diagnostics)
        switch format {
        case .json: Output.print(JSONWriter.string(DiagnosticPrinter.json(diagnostics), pretty: true))
        case .github: for diagnostic in diagnostics { Output.print(DiagnosticPrinter.github(diagnostic)) }
        case .text:
            for check in checks where !check.diagnostics.isEmpty {
                Output.print(DiagnosticPrinter(sources: check.sources, isColored: common.isColored).text(check.diagnostics))
            }
        }
        guard !common.quiet else { return }
        let errors = diagnostics.count { $0.severity == .error }
        let rules = checks.reduce(0) { $0 + $1.ruleCount }
        let tests = checks.reduce(0) { $0 + $1.testCount }
        Output.complain(
            [(rules, "rule"), (tests, "test")].map(Self.counted).joined(separator: ", ") + ": "
                + [(errors, "error"), (diagnostics.count - errors, "warning")].map(Self.counted).joined(separator: ", "))
    }

    private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
}
