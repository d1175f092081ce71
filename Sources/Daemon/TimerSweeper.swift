import Delivery
import Logging
import Model
package import Storage
import Synchronization

/// Moves timers that come up into the inbox, each once: from there on they are events like any other.
///
/// One long-lived task calls `run()`. It sleeps by the clock since boot until the next timer comes up, so that setting the
/// wall clock neither hastens nor delays one (R12). Overdue ones of an earlier boot are let out slowly: after a long time
/// without power they would come as a flood.
package final class TimerSweeper: Sendable {
    private let store: any Store
    private let depth: InboxDepth
    private let metrics: Metrics
    private let surroundings: Surroundings
    private let fired: @Sendable () -> Void
    private let wakeUp = WakeSignal()
    private let state: Mutex<State>
    private let steps = Atomic<UInt64>(0)

    private struct State {
        var isStopping = false
        var isStoreFailing = false
        /// When the next sweep begins at the latest, by `uptime`; nil while one is under way.
        var nextSweep: Duration?
        var release: TimerRelease
    }

    /// Of this boot, in one sweep.
    private static let batchLimit = 512
    /// The longest sleep: the second net under every reckoning of when to wake.
    private static let longestPause = Duration.seconds(5)
    /// How long to leave a failing store alone.
    private static let storePause = Duration.seconds(1)

    /// - Parameter fired: called when there are events in the inbox that were timers.
    package init(
        store: any Store, depth: InboxDepth, metrics: Metrics, surroundings: Surroundings,
        fired: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.depth = depth
        self.metrics = metrics
        self.surroundings = surroundings
        self.fired = fired
        state = Mutex(State(release: TimerRelease(at: surroundings.uptime())))
    }

    /// A timer was recorded that comes up in that time: wakes the sweeper when it would sleep longer. Cheap, from any task.
    package func note(next remaining: Duration) {
        let at = surroundings.uptime() + remaining
        let isSooner = state.withLock { state in state.nextSweep.map { at < $0 } ?? true }
        if isSooner { wakeUp.raise() }
    }

    /// Grows with every look for work: what does not grow after a `wake()` is stuck.
    package var progress: UInt64 { steps.load(ordering: .relaxed) }

    /// Looks for work now.
    package func wake() { wakeUp.raise() }

    /// Begins no further sweep. `run()` returns when the one that it is at has ended.
    package func requestStop() {
        state.withLock { $0.isStopping = true }
        wakeUp.raise()
    }

    /// Sweeps until `requestStop()`, until the task is cancelled, or until the store is closed.
    package func run() async {
        while !isStopping, !Task.isCancelled {
            var pause = Self.storePause
            steps.add(1, ordering: .relaxed)
            do {
                pause = try await sweep()
                noteStore(nil)
            } catch .closed {
                return
            } catch {
                noteStore(error)
            }
            await sleep(pause)
        }
    }

    /// Moves what is due. Returns how long nothing more will be, at most `longestPause`.
    package func sweep() async throws(StoreError) -> Duration {
        let uptime = surroundings.uptime()
        let limits = state.withLock { state in
            state.nextSweep = nil
            return TimerLimits(ofThisBoot: Self.batchLimit, ofEarlierBoots: state.release.permitted(at: uptime))
        }
        let sweep = try await store.fireTimers(at: surroundings.clocks(), limits: limits)
        state.withLock { $0.release.take(min(sweep.fired, limits.ofEarlierBoots)) }
        if sweep.fired > 0 {
            depth.add(sweep.fired)
            metrics.countFiredTimers(sweep.fired)
            fired()
        }
        guard let next = sweep.next else { return Self.longestPause }
        guard next <= .zero else { return min(next, Self.longestPause) }
        // More of this boot are due only when the batch was full: what is left otherwise are those that are let out slowly.
        return sweep.fired >= limits.ofThisBoot ? .zero : TimerRelease.pause(random: surroundings.random())
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func sleep(_ pause: Duration) async {
        guard pause > .zero else { return await Task.yield() }
        let nextSweep = surroundings.uptime() + pause
        state.withLock { $0.nextSweep = nextSweep }
        await wakeUp.wait { [surroundings] in await surroundings.pause(pause) }
    }

    /// One line when the store begins to fail, and one when it works again.
    private func noteStore(_ error: StoreError?) {
        let isChange = state.withLock { state in
            let isFailing = error != nil && error != .noRoom
            defer { state.isStoreFailing = isFailing }
            return state.isStoreFailing != isFailing
        }
        // `DiskWatch` tells of a full disk.
        guard isChange, error != .noRoom else { return }
        guard let error else { return surroundings.logger.info("timers come up again") }
        surroundings.logger.error("store failed, timers wait", metadata: [Telemetry.error: "\(error)"])
    }
}

/// How many overdue timers of earlier boots may come up: 50 a second, a few at a time.
struct TimerRelease: Sendable, Hashable {
    private var allowance = 0.0
    private var countedAt: Duration

    private static let perSecond = 50.0
    private static let mostAtOnce = 10.0

    /// Begins with none, so that a process that dies at once again and again does not let out more.
    init(at uptime: Duration) { countedAt = uptime }

    mutating func permitted(at uptime: Duration) -> Int {
        let elapsed = max(uptime - countedAt, .zero)
        let seconds = min(Double(elapsed.wholeMilliseconds) / 1000, 1)
        // Less than a millisecond is counted the next time.
        if seconds > 0 { countedAt = uptime }
        allowance = min(allowance + seconds * Self.perSecond, Self.mostAtOnce)
        return Int(allowance)
    }

    mutating func take(_ count: Int) { allowance -= Double(count) }

    /// Until the next few: 50 to 150 ms, so that several processes do not keep step.
    static func pause(random: Double) -> Duration {
        .milliseconds(50 + Int64(min(max(random, 0), 1) * 100))
    }
}
