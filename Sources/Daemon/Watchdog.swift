import Logging
import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Says at regular intervals that the daemon is alive, but only after every part of it has shown that it does its work: the store
/// answered a write, and each loop went round, since the last time. What hangs is not fed, and systemd starts it anew (R13).
///
/// A store that refuses writes is answered by 503 and cured by no restart: it counts as alive. One that says nothing does not.
package final class Watchdog: Sendable {
    /// A part that must go on.
    package struct Part: Sendable {
        package var name: String
        /// Returns once the part has done something. Ends early when the task is cancelled.
        package var prove: @Sendable () async -> Void

        package init(name: String, prove: @escaping @Sendable () async -> Void) {
            self.name = name
            self.prove = prove
        }

        /// A loop that counts its steps.
        /// - Parameters:
        ///   - wake: makes an idle loop take one.
        ///   - pause: between two looks.
        package static func loop(
            _ name: String, progress: @escaping @Sendable () -> UInt64, wake: @escaping @Sendable () -> Void,
            pause: @escaping @Sendable (Duration) async -> Void
        ) -> Part {
            Part(name: name) {
                let before = progress()
                wake()
                while progress() == before, !Task.isCancelled { await pause(.milliseconds(20)) }
            }
        }
    }

    private let parts: [Part]
    private let interval: Duration?
    private let feed: @Sendable () -> Void
    private let surroundings: Surroundings
    private let state: Mutex<State>

    private struct State {
        /// When all parts had last shown that they work, by `uptime`.
        var provenAt: Duration
        /// Those that have not yet in this round.
        var missing: Set<String> = []
        var isTold = false
    }

    /// Without systemd's watchdog: for the metric and the log.
    private static let ownInterval = Duration.seconds(10)

    /// - Parameters:
    ///   - timeout: systemd's: fed at half of it. Nil: nobody asks, and `feed` is never called.
    ///   - feed: called each time all parts have shown that they work.
    package init(parts: [Part], timeout: Duration?, surroundings: Surroundings, feed: @escaping @Sendable () -> Void) {
        self.parts = parts
        interval = timeout.map { max($0 / 2, .milliseconds(1)) }
        self.feed = feed
        self.surroundings = surroundings
        state = Mutex(State(provenAt: surroundings.uptime()))
    }

    /// How long ago all parts had last shown that they work.
    package var age: Duration { max(surroundings.uptime() - state.withLock { $0.provenAt }, .zero) }

    /// Until the task is cancelled.
    package func run() async {
        let interval = interval ?? Self.ownInterval
        while !Task.isCancelled {
            await round(tellAfter: interval / 2)
            if Task.isCancelled { return }
            await surroundings.pause(interval)
        }
    }

    private func round(tellAfter patience: Duration) async {
        state.withLock { $0.missing = Set(parts.map(\.name)) }
        await withTaskGroup(of: Bool.self) { group in
            for part in parts {
                group.addTask { [self] in
                    await part.prove()
                    if !Task.isCancelled { state.withLock { _ = $0.missing.remove(part.name) } }
                    return true
                }
            }
            group.addTask { [self] in
                await surroundings.pause(patience)
                if !Task.isCancelled { tellMissing() }
                return false
            }
            var proven = 0
            while proven < parts.count, let isPart = await group.next() { proven += isPart ? 1 : 0 }
            group.cancelAll()
        }
        guard !Task.isCancelled else { return }
        let wasTold = state.withLock { state in
            state.provenAt = surroundings.uptime()
            defer { state.isTold = false }
            return state.isTold
        }
        if wasTold { surroundings.logger.info("all parts work again") }
        if self.interval != nil { feed() }
    }

    private func tellMissing() {
        let missing = state.withLock { state in
            state.isTold = true
            return state.missing.sorted()
        }
        surroundings.logger.error(
            "the watchdog is not fed: a part of the daemon does not go on",
            metadata: [Telemetry.part: "\(missing.joined(separator: ","))"])
    }
}

struct WatchdogService: Service, CustomStringConvertible {
    var description: String { "watchdog" }
    let watchdog: Watchdog

    func run() async throws {
        await cancelWhenGracefulShutdown { await watchdog.run() }
        try await gracefulShutdown()
    }
}

extension Watchdog.Part {
    /// The thread that writes. An error is an answer.
    package static func store(_ probe: StoreProbe) -> Watchdog.Part {
        Watchdog.Part(name: "store") { _ = await probe.answer(within: nil) }
    }

    /// The threads that serve connections.
    package static var eventLoops: Watchdog.Part {
        Watchdog.Part(name: "event loops") {
            var loops = 0
            let (turns, continuation) = AsyncStream<Void>.makeStream()
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                loops += 1
                loop.execute { continuation.yield() }
            }
            for await _ in turns {
                loops -= 1
                if loops <= 0 { return }
            }
        }
    }
}

extension Watchdog {
    /// `$WATCHDOG_USEC`, where `$WATCHDOG_PID` names this process or nobody. Nil: systemd does not watch. Source:
    /// sd_watchdog_enabled(3).
    package static func timeout(in environment: [String: String], process: Int32) -> Duration? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0 else { return nil }
        if let named = environment["WATCHDOG_PID"], !named.isEmpty, named != "\(process)" { return nil }
        return .microseconds(microseconds)
    }
}
