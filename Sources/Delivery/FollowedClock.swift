import Model
package import Storage
import Synchronization

/// The wall clock as the outbox knows it: the machine's, but it goes evenly. When somebody sets the machine's, it is set
/// together with the times in the outbox, so that nothing that waits comes sooner or later, or is too old at once (R12).
package final class FollowedClock: Sendable {
    /// What it is ahead of the clock since boot.
    private struct Lead {
        var bootID: String
        var ahead: Duration
    }

    private let lead = Mutex<Lead?>(nil)

    package init() {}

    /// What is less is drift, and is followed without a word.
    private static let least = Duration.seconds(1)

    /// The machine's clocks with this one as wall clock. The first reading is as the machine's.
    package func reading(_ machine: ClockReading) -> ClockReading {
        ClockReading(wall: machine.steady.adding(ahead(in: machine)), bootID: machine.bootID, sinceBoot: machine.sinceBoot)
    }

    /// What this clock is ahead of the one since boot. Who reckons by the same all along is in one scale, whatever is set.
    package func ahead(in machine: ClockReading) -> Duration {
        lead.withLock { lead in
            let known = lead.flatMap { $0.bootID == machine.bootID ? $0.ahead : nil } ?? Self.ahead(machine)
            if lead?.bootID != machine.bootID { lead = Lead(bootID: machine.bootID, ahead: known) }
            return known
        }
    }

    /// By how much the machine's wall clock was set since it was followed last; nil where it was not.
    package func change(in machine: ClockReading) -> Duration? {
        let change = machine.wall.since(reading(machine).wall)
        guard change > .zero - Self.least, change < Self.least else { return change }
        follow(machine)
        return nil
    }

    /// Shows what the machine's wall clock shows, from now on.
    package func follow(_ machine: ClockReading) {
        lead.withLock { $0 = Lead(bootID: machine.bootID, ahead: Self.ahead(machine)) }
    }

    private static func ahead(_ machine: ClockReading) -> Duration { machine.wall.since(machine.steady) }
}

extension DispatchSurroundings {
    /// The same with that clock as wall clock.
    func following(_ clock: FollowedClock) -> DispatchSurroundings {
        var surroundings = self
        surroundings.clocks = { [clocks] in clock.reading(clocks()) }
        surroundings.sleep = { [clocks, sleep] due in
            let machine = clocks()
            await sleep(machine.wall.adding(due.since(clock.reading(machine).wall)))
        }
        return surroundings
    }
}
