import Logging
import Model
import RuleFiles
import ServiceLifecycle
import Synchronization

/// Loads the rules again when their files change: `reload: { watch: true }`.
///
/// The kernel's news wake it; it then waits until nothing has happened for a while, watches what is there by now, and only then
/// reads. So nothing that is written while it reads is missed. Where there are no such news it compares names, sizes and times
/// every few seconds; that it also does now and then where there are, as a second net.
package final class RuleWatcher: Sendable {
    private let sight: RuleSight
    private let signal: ChangeSignal
    private let surroundings: Surroundings
    private let reload: @Sendable () async -> Void
    private let state = Mutex(State())

    private struct State {
        var mode: RuleSight.Mode?
        /// Of the files as they were right before they were read last.
        var seen: TreeStamp?
        /// They were so fresh then that another write may not show.
        var isSeenFresh = false
        /// When to compare, by `uptime`.
        var nextPoll: Duration = .zero
    }

    /// - Parameters:
    ///   - signal: where `sight` notes changes.
    ///   - reload: reads the rules, and puts them in use if they are new and good.
    package init(
        sight: RuleSight, signal: ChangeSignal, surroundings: Surroundings, reload: @escaping @Sendable () async -> Void
    ) {
        self.sight = sight
        self.signal = signal
        self.surroundings = surroundings
        self.reload = reload
    }

    /// Of files that nobody tells about, and of those that the kernel tells about.
    private static let pollPause = Duration.seconds(3)
    private static let sparePause = Duration.seconds(30)

    package func requestStop() { signal.stop() }

    /// How changes are seen; nil before the first look.
    package var mode: RuleSight.Mode? { state.withLock { $0.mode } }

    /// Until `requestStop()`, or until the task is cancelled.
    package func run() async {
        // What was written since the rules were loaded at start is read at once.
        await look()
        while !signal.isStopping, !Task.isCancelled {
            if signal.take() {
                await look()
                continue
            }
            let now = surroundings.uptime()
            let nextPoll = state.withLock { $0.nextPoll }
            if now >= nextPoll {
                await compare()
                continue
            }
            let pause = min(signal.due ?? nextPoll, nextPoll) - now
            await signal.wait { [surroundings] in await surroundings.pause(max(pause, .zero)) }
        }
    }

    private func look() async {
        tell(await sight.arm())
        let stamp = await sight.stamp()
        let isFresh = stamp.isFresh(at: surroundings.clock())
        state.withLock { state in
            state.seen = stamp
            state.isSeenFresh = isFresh
        }
        planPoll()
        await reload()
    }

    private func compare() async {
        let stamp = await sight.stamp()
        let isChanged = state.withLock { state in
            defer { state.isSeenFresh = false }
            return state.seen != stamp || (state.isSeenFresh && state.mode != .events)
        }
        planPoll()
        if isChanged { signal.note() }
    }

    private func planPoll() {
        let now = surroundings.uptime()
        state.withLock { $0.nextPoll = now + ($0.mode == .events ? Self.sparePause : Self.pollPause) }
    }

    /// One line when it changes.
    private func tell(_ mode: RuleSight.Mode) {
        let before = state.withLock { state in
            defer { state.mode = mode }
            return state.mode
        }
        guard before != mode else { return }
        switch mode {
        case .events: surroundings.logger.info("rules are watched")
        case .polling(let reason):
            surroundings.logger.warning(
                "rules cannot be watched, they are compared every few seconds", metadata: [Telemetry.reason: "\(reason)"])
        }
    }
}

struct RuleWatchService: Service, CustomStringConvertible {
    var description: String { "rule watcher" }
    let watcher: RuleWatcher

    func run() async {
        await withGracefulShutdownHandler {
            await watcher.run()
        } onGracefulShutdown: {
            watcher.requestStop()
        }
    }
}

extension RuleWatcher {
    /// Watches the configured rules with the means of this machine.
    convenience init(_ settings: Settings, _ surroundings: Surroundings, reload: @escaping @Sendable () async -> Void) {
        let signal = ChangeSignal(quiet: settings.reload.debounce, uptime: surroundings.uptime)
        self.init(
            sight: .live(root: settings.rules, noted: { signal.note() }), signal: signal, surroundings: surroundings,
            reload: reload)
    }
}
