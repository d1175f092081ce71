import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules
import Vendors

/// `check`: loads and lints rules and their tests; with `--online` also asks the vendors.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Load and check rules, without running anything. Without --online, nothing is sent to anybody.",
        discussion: """
            EXAMPLES
              bellhop check
              bellhop check --strict rules
              bellhop check --format github
              bellhop check --format sarif             for code hosts that show findings beside the lines
              bellhop check --notes                    also what is only worth knowing
              bellhop check --explain R017             what a code means, and how to mend it
              bellhop check --capabilities
              bellhop check --online                   ask the vendors: credentials, names, bots
              bellhop check --online --account main
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, github, sarif
    }

    @Argument(help: "Rules folders or files (default: the rules folder).")
    var paths: [String] = []

    @Flag(name: .long, help: "Warnings fail too.")
    var strict = false

    @Flag(name: .long, help: "Show notes too: what is only worth knowing, such as rules without a test. They fail nothing.")
    var notes = false

    @Option(name: .long, help: ArgumentHelp("Print what a warning's code means and how to mend it.", valueName: "code"))
    var explain: String?

    @Flag(name: .long, help: "Print what each vendor can do.")
    var capabilities = false

    @Option(name: .long, help: "text, json, github or sarif.")
    var format: Format = .text

    @Flag(
        name: .long,
        help: "Ask the vendors of the configured accounts: are the credentials good, do the names exist? Only reading calls.")
    var online = false

    @Option(name: .long, help: ArgumentHelp("With --online: this account alone.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: ArgumentHelp("With --online: how long one call may take.", valueName: "seconds"))
    var timeout: Int = 10

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if account != nil, !online { throw ValidationError("--account goes with --online") }
        guard (1...600).contains(timeout) else { throw ValidationError("--timeout is from 1 to 600 seconds") }
    }

    func run() async throws {
        if capabilities {
            Output.print(CapabilityTable.text(VendorCatalog.configurable))
            return
        }
        if let explain { return try explainCode(explain) }
        let settings = try common.settings()
        let roots = paths.isEmpty ? [common.rulesRoot(settings)] : paths
        let accounts = settings.map { Array($0.accountsByID.values) } ?? []
        let checks = roots.map {
            RuleCheck(RuleFolder($0), accounts: accounts, profiles: VendorCatalog.profiles, now: Instant.now)
        }
        var found = online ? try await askVendors(settings, checks.map(\.rules)) : nil
        if let asked = found?.outcome.diagnostics {
            found?.outcome.diagnostics = checks.reduce(asked) { $1.allowances.sorted($0).told }
        }
        report(checks, found)
        try end(checks.flatMap(\.diagnostics) + (found?.outcome.diagnostics ?? []))
    }

    private func explainCode(_ word: String) throws {
        guard let code = DiagnosticCode(rawValue: word.uppercased()) else {
            throw Exit(.usage, "bellhop: there is no code '\(word)'")
        }
        Output.print(LintGuide.text(code))
    }

    /// What the vendors told, and the configuration's lines for snippets.
    private func askVendors(
        _ settings: Settings?, _ loaded: [LoadedRules]
    ) async throws -> (outcome: OnlineCheck.Outcome, sources: [String: [String]]) {
        guard let settings, let path = try common.configurationPath() else {
            throw Exit(.unusable, "bellhop: --online needs a configuration: there is none; name it with --config")
        }
        if let account, settings.accountsByID[account] == nil {
            throw Exit(
                .usage,
                "bellhop: the configuration has no account '\(account)'; it has "
                    + settings.accounts.map(\.account.id).joined(separator: ", "))
        }
        let places = ConfigurationPlaces(path: path)
        let check = OnlineCheck(
            settings: settings, places: places, account: account, timeoutMilliseconds: Int64(timeout) * 1_000,
            showsProgress: !common.quiet)
        return (try await check.outcome(rules: loaded.flatMap(\.rules), flows: loaded.flatMap(\.flows)), places.sources)
    }

    /// An error that is no doubt one goes before a vendor that could not be asked, which another try may mend.
    private func end(_ diagnostics: [Diagnostic]) throws {
        let errors = diagnostics.filter { $0.severity == .error || strict && $0.severity == .warning }
        if errors.contains(where: { $0.code != .unreachableVendor }) { throw Exit(.negative) }
        if !errors.isEmpty { throw Exit(.environment, "bellhop: not every vendor could be asked") }
    }

    private func report(
        _ checks: [RuleCheck], _ found: (outcome: OnlineCheck.Outcome, sources: [String: [String]])?
    ) {
        let online = found?.outcome
        let all = (checks.flatMap(\.diagnostics) + (online?.diagnostics ?? [])).inOrder(isMixed: online != nil)
        let diagnostics = shown(all)
        switch format {
        case .json:
            let list = DiagnosticPrinter.json(diagnostics)
            // With --online there are findings to tell too: then the array is a member.
            let value = online.map { ["diagnostics": list, "online": .array($0.reports.map(\.json))] } ?? list
            Output.print(JSONWriter.string(value, pretty: true))
        case .github:
            for diagnostic in diagnostics { Output.print(DiagnosticPrinter.github(diagnostic)) }
            for report in online?.reports ?? [] { Output.print(report.github) }
        case .sarif:
            let report = SARIFReport(diagnostics, allowed: checks.flatMap(\.allowed), version: Version.text)
            Output.print(JSONWriter.string(report.value, pretty: true))
        case .text:
            for check in checks where !shown(check.diagnostics).isEmpty {
                printText(shown(check.diagnostics), check.sources)
            }
            for report in online?.reports ?? [] { Output.print(report.text + "\n") }
            if let found, !found.outcome.diagnostics.isEmpty {
                let sources = checks.reduce(into: found.sources) { $0.merge($1.sources) { first, _ in first } }
                printText(found.outcome.diagnostics, sources)
            }
        }
        guard !common.quiet else { return }
        let rules = checks.reduce(0) { $0 + $1.ruleCount }
        let tests = checks.reduce(0) { $0 + $1.testCount }
        let asked = (online?.reports).map { [($0.count { $0.survey.skipped == nil }, "account")] } ?? []
        Output.complain(
            ([(rules, "rule"), (tests, "test")] + asked).map { Self.counted($0, $1) }.joined(separator: ", ") + ": "
                + tally(all, allowed: checks.reduce(0) { $0 + $1.allowed.count }))
    }

    private func shown(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        notes ? diagnostics : diagnostics.filter { $0.severity != .note }
    }

    /// `1 error, 2 warnings, 3 notes (--notes shows them)`
    private func tally(_ diagnostics: [Diagnostic], allowed: Int) -> String {
        func count(_ severity: Diagnostic.Severity) -> Int { diagnostics.count { $0.severity == severity } }
        var words = [(count(.error), "error"), (count(.warning), "warning")].map { Self.counted($0, $1) }
        if allowed > 0 { words.append("\(allowed) allowed") }
        if count(.note) > 0 { words.append(Self.counted(count(.note), "note") + (notes ? "" : " (--notes shows them)")) }
        return words.joined(separator: ", ")
    }

    private func printText(_ diagnostics: [Diagnostic], _ sources: [String: [String]]) {
        Output.print(DiagnosticPrinter(sources: sources, isColored: common.isColored).text(diagnostics))
    }

    private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
}

extension [Diagnostic] {
    /// Those of one root are sorted already, and roots stay as they were named; findings of vendors go between.
    fileprivate func inOrder(isMixed: Bool) -> [Diagnostic] {
        guard isMixed else { return self }
        return sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
    }
}
