import ArgumentParser
import Daemon
import Foundation
import Model
import RuleFiles
import Rules
import Vendors

/// The options that every command with rules has.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The rules folder (default: the configuration's, else ./rules).", valueName: "dir"))
    var rules: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The configuration file (default: ./bellhop.yaml, then /etc/bellhop/bellhop.yaml).", valueName: "file")
    )
    var config: String?

    @Flag(name: .long, help: "Only results and errors.")
    var quiet = false

    @Option(name: .long, help: "Colour: auto, always or never. NO_COLOR is honoured.")
    var color: ColorChoice = .auto

    enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    var isColored: Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto: ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty && Output.isTerminal
        }
    }

    /// The configuration: the one named, else the first default that exists, else nil.
    func settings() throws -> Settings? {
        guard let path = try configurationPath() else { return nil }
        let loaded = Settings.load(path: path, environment: ProcessInfo.processInfo.environment)
        let problems = loaded.diagnostics
        if !problems.isEmpty, !(quiet && loaded.settings != nil) {
            Output.complain(DiagnosticPrinter(sources: loaded.sources, isColored: isColored).text(problems))
        }
        guard let settings = loaded.settings else {
            throw Exit(.unusable, "bellhop: the configuration \(path) cannot be used")
        }
        return settings
    }

    /// The file that `settings` reads; nil when there is none.
    func configurationPath() throws -> String? {
        if let config {
            guard FileManager.default.fileExists(atPath: config) else {
                throw Exit(.unusable, "bellhop: there is no configuration file \(config)")
            }
            return config
        }
        return ["bellhop.yaml", "/etc/bellhop/bellhop.yaml"].first { FileManager.default.fileExists(atPath: $0) }
    }

    func rulesRoot(_ settings: Settings?) -> String { rules ?? settings?.rules ?? "rules" }

    /// Rules that can be used; otherwise the diagnostics are printed and the command ends with 3. What is wrong with the tests
    /// beside them keeps nobody from trying the rules: that is `check`'s and `test`'s to say.
    func usableRules(at root: String) throws -> (check: RuleCheck, ruleSet: RuleSet, folder: RuleFolder) {
        let folder = RuleFolder(root)
        let check = RuleCheck(folder, accounts: [], profiles: VendorCatalog.profiles, isLinting: false)
        guard let ruleSet = check.rules.ruleSet else {
            let errors = check.rules.diagnostics.filter { $0.severity == .error }
            Output.complain(DiagnosticPrinter(sources: check.sources, isColored: isColored).text(errors))
            throw Exit(
                .unusable,
                "bellhop: the rules in \(root) cannot be used (\(errors.count) \(errors.count == 1 ? "error" : "errors"))")
        }
        return (check, ruleSet, folder)
    }
}
