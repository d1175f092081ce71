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
              bellhop test --coverage-file coverage.info
              bellhop test --from-capture day.jsonl:12 --output rules/refund.test.yaml
              bellhop test --update
              bellhop test --edges --from 2026-03-01 --days 60
            """)

    @Argument(help: "Rules folders (default: the rules folder).")
    var paths: [String] = []

    @Option(
        name: .customLong("run"), help: ArgumentHelp("Only tests whose name this regular expression finds.", valueName: "regex"))
    var filter: String?

    @OptionGroup(title: "Coverage") var coverage: CoverageOptions

    @Option(name: .long, help: ArgumentHelp("Write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @OptionGroup(title: "Writing and changing tests, and looking at schedules") var modes: TestModes

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let filter, (try? Pattern(filter)) == nil {
            throw ValidationError("--run: '\(filter)' is no regular expression")
        }
        try modes.check()
    }

    func run() throws {
        let settings = try common.settings()
        let paths = self.paths.isEmpty ? [common.rulesRoot(settings)] : self.paths
        if let capture = modes.fromCapture {
            guard paths.count == 1 else { throw Exit(.usage, "bellhop: --from-capture takes one rules folder") }
            return try writeTest(of: capture, root: paths[0], settings)
        }
        let roots = try paths.map { try TestRoot($0, settings, common) }
        if modes.edges { return try EdgeListing(options: modes.edgeOptions, isQuiet: common.quiet).print(roots, filter: filter) }
        if modes.update { return try TestUpdate(roots: roots, filter: filter, isYes: modes.yes).run() }
        var results: [RuleTestResult] = []
        var reports: [RuleCoverage] = []
        for root in roots {
            let tests = try root.tests(named: filter)
            results += tests.map(root.runner.run)
            if coverage.isCounted { reports.append(root.coverage(of: tests)) }
        }
        TestOutput.report(results, isAside: coverage.ownsOutput)
        if let junit { try OutputFile.write(JUnitReport.xml(results).utf8, to: junit) }
        let isCovered = try !coverage.isCounted || coverage.report(RuleCoverage(joining: reports))
        if results.isEmpty { throw Exit(.negative, "bellhop: no test ran") }
        if results.contains(where: { !$0.passed }) || !isCovered { throw Exit(.negative) }
    }

    /// What is wrong with the tests that are there keeps nobody from writing another.
    private func writeTest(of capture: CapturePlaceArgument, root: String, _ settings: Settings?) throws {
        let (_, ruleSet, _) = try common.usableRules(at: root)
        let test = CaptureTest(
            engine: Engine.configured(ruleSet, settings), settings: settings, root: root, options: modes.written,
            origin: PayloadIntake.Origin(vendor: modes.vendor, account: modes.account))
        try test.write(try capture.webhooks())
    }
}

/// A rules root with rules and tests that can be used, and the runner of its tests.
struct TestRoot {
    let path: String
    let engine: Engine
    let folder: RuleFolder
    let tests: [RuleTest]
    let runner: RuleTestRunner

    init(_ path: String, _ settings: Settings?, _ common: CommonOptions) throws {
        if RuleFolder.isTest(path) {
            throw Exit(.usage, "bellhop: \(path) is a test file and no rules root: give its folder, and --run for single tests")
        }
        let (check, ruleSet, folder) = try common.usableRules(at: path)
        let loaded = check.tests
        guard !loaded.hasErrors else {
            let errors = loaded.diagnostics.filter { $0.severity == .error }
            Output.complain(DiagnosticPrinter(sources: loaded.sources, isColored: common.isColored).text(errors))
            throw Exit(.unusable, "bellhop: the tests in \(path) cannot be used")
        }
        self.path = path
        self.folder = folder
        tests = loaded.tests
        engine = Engine.configured(ruleSet, settings)
        runner = RuleTestRunner(engine: engine, payloads: PayloadIntake(settings: settings).reader)
    }

    /// - Parameter filter: a regular expression; nil for all tests.
    func tests(named filter: String?) throws -> [RuleTest] {
        let pattern = try filter.map { try Pattern($0) }
        return tests.filter { test in pattern.map { $0.finds(test.name) } ?? true }
    }

    func coverage(of tests: [RuleTest]) -> RuleCoverage {
        var tally = CoverageTally()
        for test in tests { tally.add(runner.recorded(test).flatMap(\.self)) }
        return RuleCoverage(engine.rules, tally)
    }
}

extension Pattern {
    func finds(_ text: String) -> Bool {
        if case .match = firstMatch(in: text) { true } else { false }
    }
}
