import Dispatch
import Logging
import Model
import RuleFiles
package import Rules
import VendorKit
import Vendors

/// Loads the rules, at start and again when asked, and puts them in use if all of them are good. A bad set changes
/// nothing: what was in use stays, and without anything in use events are only accepted (R7).
package struct RuleReloader: Sendable {
    private let settings: Settings
    private let box: EngineBox
    private let metrics: Metrics
    private let logger: Logger

    package init(settings: Settings, box: EngineBox, metrics: Metrics, surroundings: Surroundings) {
        self.settings = settings
        self.box = box
        self.metrics = metrics
        logger = surroundings.logger
    }

    package enum Outcome: Sendable, Hashable {
        case inUse(revision: String, rules: Int)
        /// What stands against the new set.
        case refused([Diagnostic])
    }

    /// Reads and compiles on a thread of its own, so that work goes on meanwhile.
    @discardableResult
    package func load() async -> Outcome {
        let loaded = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [root = settings.rules] in
                continuation.resume(returning: RuleLoader.load(RuleFolder(root)))
            }
        }
        for diagnostic in loaded.diagnostics { log(diagnostic) }
        guard let rules = loaded.ruleSet else { return refused(loaded.diagnostics) }
        box.replace(
            with: Engine(
                rules: rules, accounts: settings.accountsByID, profiles: Self.profiles, limits: settings.limits.decision))
        metrics.noteRules(rules.rules.map(\.id))
        metrics.noteReload(failed: false)
        logger.info(
            "rules loaded", metadata: [Telemetry.revision: "\(rules.revision)", Telemetry.rules: "\(rules.rules.count)"])
        return .inUse(revision: rules.revision, rules: rules.rules.count)
    }

    private func refused(_ diagnostics: [Diagnostic]) -> Outcome {
        metrics.noteReload(failed: true)
        if let revision = box.current?.rules.revision {
            logger.error("rules refused, the old ones stay in use", metadata: [Telemetry.revision: "\(revision)"])
        } else {
            logger.error("rules refused, events are accepted and not decided until they are mended and reloaded")
        }
        return .refused(diagnostics)
    }

    private func log(_ diagnostic: Diagnostic) {
        var values: Logger.Metadata = [
            Telemetry.code: "\(diagnostic.code.rawValue)", Telemetry.diagnostic: "\(diagnostic.at.text)",
            Telemetry.error: "\(diagnostic.message)",
        ]
        if let help = diagnostic.help { values[Telemetry.help] = "\(help)" }
        switch diagnostic.severity {
        case .error: logger.error("error in rules", metadata: values)
        case .warning: logger.warning("warning in rules", metadata: values)
        }
    }

    private static let profiles = Dictionary(
        VendorCatalog.all.map { ($0.profile.id, $0.profile) }, uniquingKeysWith: { first, _ in first })
}
