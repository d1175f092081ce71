import Dispatch
import Logging
package import Model
package import RuleFiles
package import Rules
import Synchronization

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
        var last: Attempt?
        /// They asked while a load was under way or about to begin: one load answers all of them.
        var waiting: [CheckedContinuation<Report, Never>] = []
    }

    /// What the last load found.
    private struct Attempt {
        /// Of the files.
        var fingerprint: String
        var diagnostics: [Diagnostic]
        var isRefused: Bool
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

    /// What a load looked at last: the rules, unless something before them was refused.
    package enum Subject: Sendable, Hashable {
        case rules
        /// The secrets, and what else a load reads of the configuration.
        case configuration
    }

    /// All that can be told of one load.
    package struct Report: Sendable {
        package var outcome: Outcome
        package var subject = Subject.rules
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
        /// The last that was refused, also when a later one was taken.
        package var refusal: Refusal?
    }

    /// A set that was not put in use.
    package struct Refusal: Sendable, Hashable {
        package var at: Instant
        /// How many errors it has.
        package var errors: Int
        /// The first of them.
        package var first: Diagnostic
    }

    package var standing: Standing { state.withLock { $0.standing } }

    @discardableResult
    package func load() async -> Outcome { await reload().outcome }

    /// Reads and compiles on a thread of its own, so that work goes on meanwhile. What was written before the call is read:
    /// whoever asks while a load is under way is answered by the next one, together with all others who asked by then.
    package func reload() async -> Report {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(continuation)
                return state.waiting.count == 1
            }
            guard isFirst else { return }
            queue.async {
                let waiting = self.state.withLock { state in
                    defer { state.waiting = [] }
                    return state.waiting
                }
                let report = self.report(on: RuleFolder.settled(self.settings.rules))
                for continuation in waiting { continuation.resume(returning: report) }
            }
        }
    }

    /// The same, for who is not sure that there is anything new. Nil when the files are as the last load found them, or say
    /// what is in use already: then nothing is done.
    /// - Parameter begin: called before something is.
    package func reloadIfChanged(begin: @escaping @Sendable () -> Void = {}) async -> Report? {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.reportOnChange(begin)) }
        }
    }

    /// A load that ended before the rules were read. It is told as one that refused them is; the log has it already.
    package func noteRefusal(_ diagnostics: [Diagnostic], sources: [String: [String]]) -> Report {
        metrics.noteRefusal()
        let now = clock()
        let outline = state.withLock { state in
            state.standing.isRefused = true
            let errors = diagnostics.filter { $0.severity == .error }
            if let first = errors.first { state.standing.refusal = Refusal(at: now, errors: errors.count, first: first) }
            return state.outline
        }
        return Report(
            outcome: .refused(diagnostics), subject: .configuration, changes: RuleChanges(from: outline, to: outline),
            diagnostics: diagnostics, sources: sources)
    }

    private func reportOnChange(_ begin: () -> Void) -> Report? {
        let folder = RuleFolder.settled(settings.rules)
        let (last, isRefused) = state.withLock { ($0.last, $0.standing.isRefused) }
        // A test may have failed for a file that is no rules file, so a refused set is tried again.
        if let last, !isRefused, last.fingerprint == folder.fingerprint {
            logger.debug("rules did not change")
            return nil
        }
        begin()
        return report(on: folder, isExpected: false)
    }

    /// - Parameter isExpected: somebody asked, and wants to see in the log what came of it.
    private func report(on folder: RuleFolder, isExpected: Bool = true) -> Report {
        let trial = RuleTrial(folder, settings: settings)
        let attempt = Attempt(
            fingerprint: folder.fingerprint, diagnostics: trial.diagnostics, isRefused: trial.engine == nil)
        let before = state.withLock { state in
            defer { state.last = attempt }
            return state.last
        }
        let isNews =
            isExpected || before?.isRefused != attempt.isRefused || before?.diagnostics != attempt.diagnostics
        if isNews { trial.diagnostics.forEach(log) }
        guard let engine = trial.engine else { return refuse(trial, isNews: isNews) }
        if !isExpected, engine.rules.revision == box.current?.rules.revision { return keep(trial, engine) }
        return use(engine, of: folder, trial)
    }

    private func use(_ engine: Engine, of folder: RuleFolder, _ trial: RuleTrial) -> Report {
        let revision = engine.rules.revision
        let now = clock()
        box.replace(with: engine)
        let outline = RuleOutline(folder)
        let before = state.withLock { state in
            defer { state.outline = outline }
            state.standing.loadedAt = now
            state.standing.isRefused = false
            return state.outline
        }
        metrics.noteRules(engine.rules.rules.map(\.id), revision: revision, at: now)
        logger.info(
            "rules loaded", metadata: [Telemetry.revision: "\(revision)", Telemetry.rules: "\(engine.rules.rules.count)"])
        return Report(
            outcome: .inUse(revision: revision, rules: engine.rules.rules.count),
            changes: RuleChanges(from: before, to: outline), diagnostics: trial.diagnostics, sources: trial.sources)
    }

    /// The set in use was written anew, by undoing what was refused or beside a test: it stays as it is.
    private func keep(_ trial: RuleTrial, _ engine: Engine) -> Report {
        let (wasRefused, outline) = state.withLock { state in
            defer { state.standing.isRefused = false }
            return (state.standing.isRefused, state.outline)
        }
        let metadata: Logger.Metadata = [Telemetry.revision: "\(engine.rules.revision)"]
        if wasRefused {
            metrics.noteRulesMended()
            logger.info("rules are again those in use", metadata: metadata)
        } else {
            logger.debug("rules did not change", metadata: metadata)
        }
        return Report(
            outcome: .inUse(revision: engine.rules.revision, rules: engine.rules.rules.count),
            changes: RuleChanges(from: outline, to: outline), diagnostics: trial.diagnostics, sources: trial.sources)
    }

    private func refuse(_ trial: RuleTrial, isNews: Bool) -> Report {
        let errors = trial.diagnostics.filter { $0.severity == .error }
        let now = clock()
        box.note(.rules)
        let outline = state.withLock { state in
            state.standing.isRefused = true
            if let first = errors.first { state.standing.refusal = Refusal(at: now, errors: errors.count, first: first) }
            return state.outline
        }
        if isNews {
            metrics.noteRefusal()
            logRefusal()
        } else {
            logger.debug("rules are refused as before")
        }
        return Report(
            outcome: .refused(trial.diagnostics), changes: RuleChanges(from: outline, to: outline),
            diagnostics: trial.diagnostics, sources: trial.sources)
    }

    private func logRefusal() {
        if let revision = box.current?.rules.revision {
            logger.error("rules refused, the old ones stay in use", metadata: [Telemetry.revision: "\(revision)"])
        } else {
            logger.error("rules refused, events are accepted and not decided until they are mended and reloaded")
        }
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
        case .note: logger.info("note in rules", metadata: values)
        }
    }
}
