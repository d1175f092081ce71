import ArgumentParser
import Daemon
import Foundation
import Matching
import Model
import RuleFiles
import Rules
import Vendors

/// `test`: runs the tests beside the rules.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests of a rules folder.",
        discussion: """
            EXAMPLES
              bellhop test
              bellhop test rules --run 'refund'
              bellhop test --junit results.xml
              bellhop test --coverage --min-coverage 80
            """)

    @Argument(help: "Rules folders (default: the rules folder).")
    var paths: [String] = []

    @Option(
        name: .customLong("run"), help: ArgumentHelp("Only tests whose name this regular expression finds.", valueName: "regex"))
    var filter: String?

    @Flag(name: .long, help: "Tell which rules no test made hold.")
    var coverage = false

    @Option(
        name: .customLong("min-coverage"),
        help: ArgumentHelp("Fail below this share of rules that held, in percent.", valueName: "n"))
    var minCoverage: Double?

    @Option(name: .long, help: ArgumentHelp("Write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let filter, (try? Pattern(filter)) == nil {
            throw ValidationError("--run: '\(filter)' is no regular expression")
        }
    }

    func run() throws {
        let settings = try common.settings()
        let roots = paths.isEmpty ? [common.rulesRoot(settings)] : paths
        var results: [RuleTestResult] = []
        var reports: [RuleCoverage] = []
        for root in roots {
            let (ran, coverage) = try runTests(at: root, settings)
            results += ran
            reports.append(coverage)
        }
        report(results)
        if let junit { try write(JUnitReport.xml(results), to: junit) }
        let isCovered = reportCoverage(reports)
        if results.isEmpty { throw Exit(.negative, "bellhop: no test ran") }
        if results.contains(where: { !$0.passed }) || !isCovered { throw Exit(.negative) }
    }

    private func runTests(at root: String, _ settings: Settings?) throws -> ([RuleTestResult], RuleCoverage) {
        if RuleFolder.isTest(root) {
            throw Exit(.usage, "bellhop: \(root) is a test file and no rules root: give its folder, and --run for single tests")
        }
        let (check, ruleSet, _) = try common.usableRules(at: root)
        let loaded = check.tests
        guard !loaded.hasErrors else {
            let errors = loaded.diagnostics.filter { $0.severity == .error }
            Output.complain(DiagnosticPrinter(sources: loaded.sources, isColored: common.isColored).text(errors))
            throw Exit(.unusable, "bellhop: the tests in \(root) cannot be used")
        }
        let engine = Engine.configured(ruleSet, settings)
        let runner = RuleTestRunner(engine: engine, payloads: PayloadIntake(settings: settings).reader)
        let pattern = try filter.map { try Pattern($0) }
        var coverage = RuleCoverage(rules: ruleSet.rules)
        var results: [RuleTestResult] = []
        for test in loaded.tests where pattern.map({ $0.finds(test.name) }) ?? true {
            let (result, rules) = runner.runCoveringRules(test)
            coverage.held.formUnion(rules)
            results.append(result)
        }
        return (results, coverage)
    }

    private func report(_ results: [RuleTestResult]) {
        for result in results where !result.passed {
            Output.print("FAILED \(result.test.name)  (\(result.test.at.text))")
            for failure in result.failures {
                for line in failure.message.split(separator: "\n", omittingEmptySubsequences: false) { Output.print("  \(line)") }
            }
        }
        let failed = results.count { !$0.passed }
        Output.print("\(results.count - failed) passed, \(failed) failed")
    }

    private func reportCoverage(_ reports: [RuleCoverage]) -> Bool {
        let total = reports.reduce(0) { $0 + $1.rules.count }
        let held = reports.reduce(0) { $0 + $1.covered }
        let share = total == 0 ? 100 : Double(held) / Double(total) * 100
        if coverage {
            for rule in reports.flatMap(\.uncovered) { Output.print("never held: \(rule.id)  (\(rule.at.text))") }
            Output.print("coverage: \(held) of \(total) rules, \(Int(share)) %")
        }
        guard let minCoverage, share < minCoverage else { return true }
        Output.complain("bellhop: coverage is \(Int(share)) %, wanted are \(minCoverage) %")
        return false
    }

    private func write(_ text: String, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw Exit(.environment, "bellhop: cannot write \(path)")
        }
    }
}

/// Which rules held in some test.
private struct RuleCoverage {
    var rules: [Rule]
    var held: Set<String> = []

    init(rules: [Rule]) { self.rules = rules.filter { $0.mode != .off } }

    var uncovered: [Rule] { rules.filter { !held.contains($0.id) } }
    var covered: Int { rules.count - uncovered.count }
}

extension Pattern {
    func finds(_ text: String) -> Bool {
        if case .match = firstMatch(in: text) { true } else { false }
    }
}
