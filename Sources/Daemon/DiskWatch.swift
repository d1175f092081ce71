import Logging
import ServiceLifecycle
package import Storage
import Synchronization

/// Looks after the store's disk once a second, says in the log what a person should know, and keeps the last measurement for
/// health, metrics and status.
package final class DiskWatch: Sendable {
    private let tend: (@Sendable () async -> StoreCondition)?
    private let surroundings: Surroundings
    private let state = Mutex(State())
    private let full = LogThrottle()
    private let large = LogThrottle()

    private struct State {
        var condition: StoreCondition?
        /// The log says that it is full, and not yet that it is over.
        var isToldFull = false
        /// Looks in a row that saw a large log: one alone may be a moment before it is moved.
        var largeLooks = 0
    }

    private static let pause = Duration.seconds(1)
    private static let patience = 3

    /// - Parameter tend: the store's `TendedStore.tend`; nil for one that is on no disk.
    package init(surroundings: Surroundings, tend: (@Sendable () async -> StoreCondition)?) {
        self.tend = tend
        self.surroundings = surroundings
    }

    /// As of the last look; nil before the first.
    package var condition: StoreCondition? { state.withLock { $0.condition } }

    /// Until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await look()
            await surroundings.pause(Self.pause)
        }
    }

    /// One look.
    package func look() async {
        guard let condition = await tend?() else { return }
        let now = surroundings.clock()
        let isLarge = state.withLock { state in
            state.condition = condition
            state.largeLooks = condition.isLogLarge ? state.largeLooks + 1 : 0
            return state.largeLooks >= Self.patience
        }
        tellRoom(condition, permitted: condition.isFull && full.permits(at: now))
        if isLarge, large.permits(at: now) {
            surroundings.logger.warning(
                "the store's log is large: does another program keep the database open?",
                metadata: [Telemetry.logBytes: "\(condition.logBytes)"])
        }
    }

    /// One line a minute while there is no room, and one when there is again.
    private func tellRoom(_ condition: StoreCondition, permitted: Bool) {
        let values: Logger.Metadata = [
            Telemetry.freeBytes: "\(condition.freeBytes ?? 0)", Telemetry.neededBytes: "\(condition.stopsBelowBytes)",
        ]
        guard condition.isFull else {
            let wasTold = state.withLock { state in
                defer { state.isToldFull = false }
                return state.isToldFull
            }
            if wasTold { surroundings.logger.info("there is room on the disk again", metadata: values) }
            return
        }
        guard permitted else { return }
        state.withLock { $0.isToldFull = true }
        surroundings.logger.error("the disk is full: webhooks are answered 503, nothing is decided", metadata: values)
    }
}

struct DiskWatchService: Service, CustomStringConvertible {
    var description: String { "disk watch" }
    let watch: DiskWatch

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch.run() }
        try await gracefulShutdown()
    }
}
