import Logging
import Model
package import Storage

/// What a start makes of how the last run ended (R6).
///
/// An event that was being decided when the process died gets a crash counted. From the first on it is decided alone, so that no
/// neighbour is blamed with it; after two it is tried before anything else runs; after `limit` it is dead. Who was ended by
/// somebody else, as by `kill -9`, was perhaps only at it: that alone never makes an event dead, unless `patience` runs in turn
/// end so over the same one, which may be what takes all memory. A crash while no event
/// was being decided has no culprit: after `loop` of them within `window`, without one event decided in between, events are
/// only accepted.
package struct CrashReview: Sendable, Hashable {
    /// Crashes that one event may cause.
    package static let limit = 3
    /// From so many on an event is tried while nothing else runs.
    static let trial = 2
    /// Runs that end in turn over one event, without a fault of their own, after which it is what ends them.
    package static let patience = 10
    /// Crashes without a culprit that make a crash loop.
    package static let loop = 5
    /// Within which they count.
    package static let window = Duration.seconds(300)

    /// Whether the last run ended without saying so.
    package private(set) var hasCrashed: Bool
    /// How often the process died over each undecided event that the last run was at, by inbox id.
    package private(set) var suspects: [Int64: Int]
    /// Crashes without a culprit that still count, in order.
    package private(set) var crashes: [ClockReading]

    /// - Parameter suspects: what the store counted of `last.deciding`.
    package init(of last: RunJournal.LastRun, suspects: [Int64: Int], at now: ClockReading) {
        hasCrashed = last.hasCrashed
        self.suspects = suspects
        var crashes = last.crashes
        // Who died before looking into what was left died of something else.
        if hasCrashed, suspects.isEmpty || last.stage == .starting { crashes.append(now) }
        self.crashes = crashes.filter { $0.isWithin(Self.window, of: now) }.suffix(Self.loop)
    }

    /// Events are to be accepted only.
    package var isLoop: Bool { crashes.count >= Self.loop }

    /// Events to be tried while nothing else runs.
    package var trials: Set<Int64> { Set(suspects.filter { $0.value >= Self.trial }.keys) }

    /// Counts the crash, tells of it, and notes that this run begins.
    package static func conducted(
        _ journal: RunJournal, store: any Store, surroundings: Surroundings
    ) async throws(StoreError) -> CrashReview {
        let streak = streak(of: journal.last)
        let isToBlame = journal.last.isOwnFault || streak.map { $0.ends >= patience } ?? false
        let suspects = try await store.countCrash(of: journal.last.deciding, upTo: isToBlame ? limit : limit - 1)
        let review = CrashReview(of: journal.last, suspects: suspects, at: surroundings.clocks())
        journal.begin(crashes: review.crashes, streak: streak)
        review.tell(surroundings.logger)
        return review
    }

    /// With the last run counted in.
    private static func streak(of last: RunJournal.LastRun) -> RunJournal.Streak? {
        guard last.hasCrashed, !last.isOwnFault, last.deciding.count == 1, let id = last.deciding.first else { return nil }
        // Who died before looking into what was left did nothing to it.
        guard last.stage == .running else { return last.streak }
        let before = last.streak.flatMap { $0.inboxID == id ? $0.ends : nil } ?? 0
        return RunJournal.Streak(inboxID: id, ends: min(before, patience) + 1)
    }

    private func tell(_ logger: Logger) {
        guard hasCrashed else { return }
        for (id, count) in suspects.sorted(by: { $0.key < $1.key }) {
            logger.error(
                "the last run died while this event was decided",
                metadata: [Telemetry.inboxID: "\(id)", Telemetry.crashes: "\(count)"])
        }
        if suspects.isEmpty {
            logger.error(
                "the last run ended without being stopped", metadata: [Telemetry.crashes: "\(crashes.count)"])
        }
        guard isLoop else { return }
        logger.error(
            "events are accepted and not decided: the last runs ended before they decided one",
            metadata: [
                Telemetry.crashes: "\(crashes.count)",
                Telemetry.help: "find out why it ends, then reload, or restart it",
            ])
    }
}

extension ClockReading {
    /// By the clock since boot, of another boot by the wall clock.
    fileprivate func isWithin(_ window: Duration, of now: ClockReading) -> Bool {
        let ahead = Deadline(wall: wall, bootID: bootID, sinceBoot: sinceBoot).remaining(at: now)
        return ahead <= window && ahead >= .zero - window
    }
}
