import Model
import RuleFiles
package import Rules
import Vendors

/// A rules folder as it was read at one moment, judged: whether it may be put in use.
///
/// Everything is judged on the bytes that were read once. So what is put in use is what was checked and tested, whoever
/// writes to the folder meanwhile.
struct RuleTrial: Sendable {
    /// Nil when something stands against the set.
    let engine: Engine?
    /// Sorted by place. What `check` finds but for hints on vendors, and the tests that failed where tests must pass.
    let diagnostics: [Diagnostic]
    /// The lines of each file, for snippets.
    let sources: [String: [String]]

    init(_ folder: RuleFolder, settings: Settings) {
        let check = RuleCheck(
            folder, accounts: Array(settings.accountsByID.values), profiles: VendorCatalog.profiles, isLinting: false)
        sources = check.sources
        guard let ruleSet = check.ruleSet else {
            engine = nil
            diagnostics = check.loadDiagnostics
            return
        }
        let engine = Engine.configured(ruleSet, settings)
        let obstacles = settings.reload.requiresTests ? Self.obstacles(in: check, of: folder, engine, settings) : []
        self.engine = obstacles.isEmpty ? engine : nil
        diagnostics = (check.loadDiagnostics + obstacles).sorted { ($0.at, $0.code.rawValue) < ($1.at, $1.code.rawValue) }
    }

    /// Tests that fail; or that there is none: rules without tests would otherwise be the way past them.
    private static func obstacles(
        in check: RuleCheck, of folder: RuleFolder, _ engine: Engine, _ settings: Settings
    ) -> [Diagnostic] {
        guard !check.tests.tests.isEmpty else {
            return [
                Diagnostic(
                    .error, .noTest, "there is no test of these rules, and the configuration asks for tests",
                    at: SourcePosition(file: folder.root, line: 1, column: 1),
                    help: "write one into a `*.test.yaml` beside the rules, or take `require_tests` out of the configuration")
            ]
        }
        let runner = RuleTestRunner(engine: engine, payloads: PayloadIntake(settings: settings).reader)
        return check.tests.tests.flatMap { test in
            runner.run(test).failures.map { failure in
                let lines = failure.message.split(separator: "\n").map { line in line.drop { $0 == " " } }
                return Diagnostic(
                    .error, .failedTest, "the test '\(test.name)' fails: \(lines.joined(separator: "; "))", at: failure.at,
                    help: "run `bellhop test`: it tells more")
            }
        }
    }
}

extension Engine {
    /// The engine with what the configuration says, and every vendor's profile.
    package static func configured(_ ruleSet: RuleSet, _ settings: Settings?) -> Engine {
        Engine(
            rules: ruleSet, accounts: settings?.accountsByID ?? [:], profiles: VendorCatalog.profiles,
            limits: settings?.limits.decision ?? DecisionLimits())
    }
}
