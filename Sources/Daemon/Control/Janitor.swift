import Logging
package import Model
package import Rules
import ServiceLifecycle
package import Storage

/// Removes what was kept long enough, a little at a time, so that nothing else waits for it (R16).
package struct Janitor: Sendable {
    private let settings: Settings
    private let box: EngineBox
    /// Nil for a store that keeps no ledger: then nothing is removed.
    private let ledger: (any Ledger)?
    private let surroundings: Surroundings

    /// Rows of one step, which is one transaction.
    package static let stepRows = 500
    /// How long a step works at most: whoever comes with a write waits for that and for its way to the disk.
    private static let stepTime = Duration.milliseconds(5)
    /// Between two steps: other writes go first.
    private static let stepPause = Duration.milliseconds(50)
    private static let roundPause = Duration.seconds(600)
    /// Between two looks at captures alone, where they are kept for less time than a round takes to come.
    private static let capturesPause = Duration.seconds(60)
    /// A start has other things to do.
    private static let startPause = Duration.seconds(60)

    package init(settings: Settings, box: EngineBox, ledger: (any Ledger)?, surroundings: Surroundings) {
        self.settings = settings
        self.box = box
        self.ledger = ledger
        self.surroundings = surroundings
    }

    /// As of now.
    package var retention: Retention {
        Retention(at: surroundings.clock(), capturesKept: settings.capturesKept, rules: box.current?.rules)
    }

    /// Removes all that the retention says, step by step. Nothing more is removed once the task is cancelled.
    package func round(_ retention: Retention) async throws(StoreError) -> PruneResult.Removed {
        var removed = PruneResult.Removed()
        guard let ledger else { return removed }
        var place: PruneCursor?
        let budget = PruneBudget(rows: Self.stepRows, time: Self.stepTime, uptime: surroundings.uptime)
        repeat {
            let step = try await ledger.prune(retention, from: place, budget: budget)
            removed += step.removed
            place = step.next
            if place != nil { await surroundings.pause(Self.stepPause) }
        } while place != nil && !Task.isCancelled
        return removed
    }

    /// Until the task is cancelled.
    package func run() async {
        await surroundings.pause(Self.startPause)
        let areCapturesShort = settings.capturesKept < Self.roundPause
        var sinceRound = Self.roundPause
        while !Task.isCancelled {
            let isRound = sinceRound >= Self.roundPause
            if isRound { sinceRound = .zero }
            do {
                let removed = try await round(isRound ? retention : Retention(captures: retention.captures))
                if removed.total > 0 {
                    surroundings.logger.debug("old rows removed", metadata: [Telemetry.count: "\(removed.total)"])
                }
            } catch .closed {
                return
            } catch .noRoom {
                // `DiskWatch` tells.
            } catch {
                surroundings.logger.warning("old rows could not be removed", metadata: [Telemetry.error: "\(error)"])
            }
            let pause = areCapturesShort ? Self.capturesPause : Self.roundPause
            await surroundings.pause(pause)
            sinceRound += pause
        }
    }
}

struct JanitorService: Service, CustomStringConvertible {
    var description: String { "janitor" }
    let janitor: Janitor

    func run() async throws {
        await cancelWhenGracefulShutdown { await janitor.run() }
    }
}

extension Retention {
    private static let week = Duration.seconds(7 * 86_400)
    private static let month = Duration.seconds(30 * 86_400)
    private static let quarter = Duration.seconds(90 * 86_400)

    /// What a daemon keeps: captures as its configuration says; what came of them as long, and a week at least; dead letters a
    /// month at least; marks against redelivery longer than any vendor tries again; conversations that are silent for a
    /// quarter.
    ///
    /// - Parameter rules: in use. Without rules, or with a window that never ends, `once_per` windows stay.
    package init(at now: Instant, capturesKept: Duration, rules: RuleSet?) {
        func before(_ age: Duration) -> Instant { now.adding(.zero - age) }
        self.init(
            captures: before(capturesKept), rows: before(max(capturesKept, Self.week)),
            deadLetters: before(max(capturesKept, Self.month)), marks: before(max(capturesKept, Self.week)),
            cooldowns: rules.flatMap { Self.longestWindow(of: $0) }.map { before(max($0, Self.month)) },
            conversations: before(max(capturesKept, Self.quarter)))
    }

    /// Nil when one never ends.
    private static func longestWindow(of rules: RuleSet) -> Duration? {
        var longest = Duration.zero
        for window in rules.rules.flatMap(\.oncePer.values) {
            guard case .duration(let duration) = window else { return nil }
            longest = max(longest, duration)
        }
        return longest
    }
}
