import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import RuleFiles
import Rules
import Vendors

/// `doctor`: looks whether configuration, rules, store and machine are as they should be.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether configuration, store and machine are as they should be.",
        discussion: """
            EXAMPLES
              bellhop doctor
              bellhop doctor --config /etc/bellhop/bellhop.yaml --quick
              bellhop doctor --format json | jq '.checks[] | select(.verdict != "ok")'

            Asks the running daemon about its store. Where none runs, the store is read from here, and nothing in it is changed.
            """)

    @Flag(name: .long, help: "Leave out whether each index has what its table has, which takes long for a large store.")
    var quick = false

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        guard let path = try common.configurationPath(), let settings = try common.settings() else {
            throw Exit(.unusable, "bellhop: there is no configuration; write one with `bellhop init`, or name it with --config")
        }
        let checks = ConfigurationDoctor(settings: settings, path: path, root: common.rulesRoot(settings))
        let (daemon, isRunning) = try daemonFindings(settings)
        let report = DoctorReport(findings: checks.findings() + daemon, isDaemonRunning: isRunning)
        switch format {
        case .json: Output.print(JSONWriter.string(report.value, pretty: true))
        case .text: for line in report.lines { Output.print(line) }
        }
        if report.verdict == .fail { throw Exit(.negative) }
    }

    /// What the daemon says of itself, or what can be seen without one.
    private func daemonFindings(_ settings: Settings) throws -> ([DoctorFinding], isRunning: Bool) {
        let client = ControlClient(path: settings.control)
        guard client.isSomebodyThere else {
            let stopped = DoctorFinding(.daemon, .ok, "no daemon runs here")
            do throws(StoppedDoctor.LookError) {
                return ([stopped] + (try StoppedDoctor.findings(of: settings, isThorough: !quick, now: .now)), false)
            } catch {
                throw Exit(.environment, "bellhop: \(error.message)")
            }
        }
        var findings = [DoctorFinding(.daemon, .ok, "a daemon listens on \(settings.control)")]
        _ = try client.ask(.doctor(isThorough: !quick)) { reply in
            if case .item(let value) = reply, let finding = DoctorFinding(value) { findings.append(finding) }
        }
        return (findings, true)
    }
}

/// The checks that need no daemon and no store.
private struct ConfigurationDoctor {
    let settings: Settings
    let path: String
    let root: String

    func findings() -> [DoctorFinding] {
        [DoctorFinding(.configuration, .ok, "\(path) can be used, \(accounts)"), admin] + rules()
    }

    private var accounts: String {
        let count = settings.accounts.count
        return "\(count) account\(count == 1 ? "" : "s")"
    }

    private var admin: DoctorFinding {
        let host = settings.admin.host
        let isLocal = host == "::1" || host == "localhost" || host.hasPrefix("127.")
        guard !isLocal else { return DoctorFinding(.admin, .ok, "health and metrics are served to this machine alone") }
        return DoctorFinding(
            .admin, .warn, "health and metrics are served to others on \(settings.admin.text)",
            help: "write `admin: 127.0.0.1:9090`, or let a firewall keep strangers out")
    }

    private func rules() -> [DoctorFinding] {
        let folder = RuleFolder(root)
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        guard let rules = loaded.ruleSet else {
            let errors = loaded.diagnostics.count { $0.severity == .error }
            return [
                DoctorFinding(
                    .rules, .fail, "the rules in \(root) cannot be used: \(errors) error\(errors == 1 ? "" : "s")",
                    help: "look with `bellhop check`")
            ]
        }
        let warnings = loaded.diagnostics.count
        let found = "\(rules.rules.count) rules, \(rules.flows.count) flows"
        let finding =
            warnings == 0
            ? DoctorFinding(.rules, .ok, found)
            : DoctorFinding(
                .rules, .warn, "\(found), \(warnings) warning\(warnings == 1 ? "" : "s")", help: "look with `bellhop check`")
        return [finding, tests(rules, folder)]
    }

    private func tests(_ rules: RuleSet, _ folder: RuleFolder) -> DoctorFinding {
        let loaded = LoadedTests(folder, flows: Array(rules.flows.values), vendors: VendorCatalog.ids)
        guard !loaded.hasErrors else {
            return DoctorFinding(.tests, .fail, "the tests of the rules cannot be used", help: "look with `bellhop test`")
        }
        guard !loaded.tests.isEmpty else {
            return DoctorFinding(.tests, .warn, "the rules have no tests", help: "write some: `bellhop chat` makes them")
        }
        let runner = RuleTestRunner(
            engine: Engine.configured(rules, settings), payloads: PayloadIntake(settings: settings).reader)
        let failed = loaded.tests.count { !runner.run($0).passed }
        guard failed > 0 else { return DoctorFinding(.tests, .ok, "all \(loaded.tests.count) tests of the rules pass") }
        return DoctorFinding(
            .tests, .fail, "\(failed) of \(loaded.tests.count) tests of the rules fail", help: "look with `bellhop test`")
    }
}

/// All findings, in order, and what they come to.
struct DoctorReport {
    let findings: [DoctorFinding]
    let isDaemonRunning: Bool

    init(findings: [DoctorFinding], isDaemonRunning: Bool) {
        let order = Dictionary(uniqueKeysWithValues: DoctorFinding.Check.allCases.enumerated().map { ($1, $0) })
        self.findings = findings.enumerated()
            .sorted { (order[$0.element.check] ?? 0, $0.offset) < (order[$1.element.check] ?? 0, $1.offset) }.map(\.element)
        self.isDaemonRunning = isDaemonRunning
    }

    var verdict: DoctorFinding.Verdict { findings.map(\.verdict).max() ?? .ok }

    var value: Value {
        [
            "schema": 1, "verdict": .string(verdict.rawValue), "daemon": .string(isDaemonRunning ? "running" : "stopped"),
            "checks": .array(findings.map(\.value)),
        ]
    }

    /// A line a finding, what to do about it below, and the sum at the end.
    var lines: [String] {
        let width = DoctorFinding.Check.allCases.map(\.rawValue.count).max() ?? 0
        var lines: [String] = []
        for finding in findings {
            let name = finding.check.rawValue
            lines.append(
                "\(finding.verdict.word)  \(name)\(String(repeating: " ", count: width - name.count))  "
                    + Console.clean(finding.message))
            if let help = finding.help { lines.append("\(String(repeating: " ", count: width + 8))→ \(Console.clean(help))") }
        }
        let (failed, warned) = (findings.count { $0.verdict == .fail }, findings.count { $0.verdict == .warn })
        lines.append("\(findings.count) checks: \(failed) failed, \(warned) warned")
        return lines
    }
}

extension DoctorFinding.Verdict {
    /// Four letters.
    fileprivate var word: String {
        switch self {
        case .ok: "ok  "
        case .warn: "warn"
        case .fail: "FAIL"
        }
    }
}
