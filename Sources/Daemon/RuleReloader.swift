import Dispatch
import Logging
package import Model
package import RuleFiles
package import Rules
import Synchronization
import VendorKit
import Vendors

/// Loads the rules, at start and again when asked, and puts them in use if all of them are good. A bad set changes
/// nothing: what was in use stays, and without anything in use events are only accepted (R7).
package final class RuleReloader: Sendable {
    private let settings: Settings
    private let box: EngineBox
    private let metrics: Metrics
    private let logger: Logger
    private let clock: @Sendable () -> Instant
    /// One load after the other, so that an older one never replaces a newer one.
    private let queue = DispatchQueue(label: "bellhop.rules")
    private let state = Mutex(State())

    private struct State {
        /// Of the set in use.
        var outline = RuleOutline()
        var standing = Standing()
    }

    package init(settings: Settings, box: EngineBox, metrics: Metrics, surroundings: Surroundings) {
        self.settings = settings
        self.box = box
        self.metrics = metrics
        logger = surroundings.logger
        clock = surroundings.clock
    }

    package enum Outcome: Sendable, Hashable {
        case inUse(revision: String, rules: Int)
        /// What stands against the new set.
        case refused([Diagnostic])
    }

    /// All that can be told of one load.
    package struct Report: Sendable {
        package var outcome: Outcome
        /// Against what was in use before; empty when the new set was refused.
        package var changes: RuleChanges
        /// Warnings too.
        package var diagnostics: [Diagnostic]
        /// The lines of each file, for snippets.
        package var sources: [String: [String]]
    }

    /// How the last loads went.
    package struct Standing: Sendable, Hashable {
        /// When the set in use was loaded; nil when there is none.
        package var loadedAt: Instant?
        /// The last load was refused.
        package var isRefused = false
    }

    package var standing: Standing { state.withLock { $0.standing } }

    @discardableResult
    package func load() async -> Outcome { await reload().outcome }

    /// Reads and compiles on a thread of its own, so that work goes on meanwhile.
    package func reload() async -> Report {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.report()) }
        }
    }

    private func report() -> Report {
        let folder = RuleFolder(settings.rules)
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        for diagnostic in loaded.diagnostics { log(diagnostic) }
        let before = state.withLock { $0.outline }
        guard let rules = loaded.ruleSet else {
            state.withLock { $0.standing.isRefused = true }
            return Report(
                outcome: refused(loaded.diagnostics), changes: RuleChanges(from: before, to: before),
                diagnostics: loaded.diagnostics, sources: loaded.sources)
        }
        box.replace(
            with: Engine(
                rules: rules, accounts: settings.accountsByID, profiles: VendorCatalog.profiles, limits: settings.limits.decision)
        )
        let outline = RuleOutline(folder)
        state.withLock { state in
            state.outline = outline
            state.standing = Standing(loadedAt: clock(), isRefused: false)
        }
        metrics.noteRules(rules.rules.map(\.id))
        metrics.noteReload(failed: false)
        logger.info(
            "rules loaded", metadata: [Telemetry.revision: "\(rules.revision)", Telemetry.rules: "\(rules.rules.count)"])
        return Report(
            outcome: .inUse(revision: rules.revision, rules: rules.rules.count),
            changes: RuleChanges(from: before, to: outline), diagnostics: loaded.diagnostics, sources: loaded.sources)
    }

    private func refused(_ diagnostics: [Diagnostic]) -> Outcome {
        metrics.noteReload(failed: true)
        box.note(.rules)
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
}
