package import Logging
package import Model
package import Storage

/// What the daemon knows of the world: time, chance, and where its words go. Tests have their own.
package struct Surroundings: Sendable {
    package var clocks: @Sendable () -> ClockReading
    /// Since some moment in the past; never goes back. Measures how long things take.
    package var uptime: @Sendable () -> Duration
    /// In 0..<1.
    package var random: @Sendable () -> Double
    /// Returns after that time, however the wall clock is set meanwhile, and at once when the task is cancelled.
    package var pause: @Sendable (Duration) async -> Void
    /// Takes blocks of text for people, each with its line end: what accounts with `delivery: print` would do.
    package var console: @Sendable (String) -> Void
    package var logger: Logger

    package init(
        clocks: @escaping @Sendable () -> ClockReading, uptime: @escaping @Sendable () -> Duration,
        random: @escaping @Sendable () -> Double, pause: @escaping @Sendable (Duration) async -> Void,
        console: @escaping @Sendable (String) -> Void, logger: Logger
    ) {
        self.clocks = clocks
        self.uptime = uptime
        self.random = random
        self.pause = pause
        self.console = console
        self.logger = logger
    }

    /// The wall clock.
    package var clock: @Sendable () -> Instant { { [clocks] in clocks().wall } }

    /// Those of this machine.
    package static func live(logger: Logger, console: @escaping @Sendable (String) -> Void) -> Surroundings {
        let start = ContinuousClock.now
        let clocks = MachineClocks()
        return Surroundings(
            clocks: { clocks.reading() },
            uptime: { ContinuousClock.now - start },
            random: { Double.random(in: 0..<1) },
            pause: { duration in
                // Ends early only by cancellation, which is what the contract says.
                try? await Task.sleep(for: max(duration, .zero))
            },
            console: console, logger: logger)
    }
}
