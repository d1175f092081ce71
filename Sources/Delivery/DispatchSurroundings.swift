package import Logging
package import Model
package import Storage

/// What the dispatcher knows of the world: time, chance, and who watches.
package struct DispatchSurroundings: Sendable {
    package var clocks: @Sendable () -> ClockReading
    /// In 0..<1.
    package var random: @Sendable () -> Double
    /// Returns after as long as it is until then by the wall clock now, whatever is done to that clock meanwhile; at once when
    /// the task is cancelled.
    package var sleep: @Sendable (_ until: Instant) async -> Void
    /// Takes the deliveries of accounts with `delivery: print`.
    package var print: @Sendable (PrintedDelivery) -> Void
    /// Called once an attempt, after it was recorded.
    package var observe: @Sendable (DeliveryReport) -> Void
    /// Called for each change of an account's condition, before the attempt that changed it is recorded.
    package var notice: @Sendable (AccountNotice) -> Void
    package var logger: Logger

    package init(
        clocks: @escaping @Sendable () -> ClockReading, random: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (Instant) async -> Void, print: @escaping @Sendable (PrintedDelivery) -> Void,
        observe: @escaping @Sendable (DeliveryReport) -> Void,
        notice: @escaping @Sendable (AccountNotice) -> Void = { _ in }, logger: Logger
    ) {
        self.clocks = clocks
        self.random = random
        self.sleep = sleep
        self.print = print
        self.observe = observe
        self.notice = notice
        self.logger = logger
    }

    /// The wall clock.
    package var clock: @Sendable () -> Instant { { [clocks] in clocks().wall } }

    /// Tells of what changed with an account: one line each, and the observer.
    func tell(_ changes: [AccountChange], of account: String) {
        for change in changes {
            notice(AccountNotice(account: account, change: change))
            logger.log(change, of: account)
        }
    }
}

extension Logger {
    fileprivate func log(_ change: AccountChange, of account: String) {
        switch change {
        case .paused(let status):
            error("account paused, its credentials were refused", metadata: ["account": "\(account)", "status": "\(status)"])
        case .resumed:
            info("account resumed", metadata: ["account": "\(account)"])
        case .breakerOpened(let wait):
            warning("account does not answer, its breaker opened", metadata: Self.metadata(account, wait))
        case .breakerClosed:
            info("account answers again, its breaker closed", metadata: ["account": "\(account)"])
        case .throttled(let wait):
            warning("account throttled by its vendor", metadata: Self.metadata(account, wait))
        }
    }

    private static func metadata(_ account: String, _ wait: Duration) -> Metadata {
        ["account": "\(account)", "duration_ms": "\(wait.wholeMilliseconds)"]
    }
}
