import Logging
import Model

/// Tells of refused requests, once a minute at most: whoever knocks decides how many there are.
struct RefusalLog: Sendable {
    private let logger: Logger
    private let address: ListenAddress
    private let throttle = LogThrottle()
    private let start = ContinuousClock.now

    init(_ logger: Logger, _ address: ListenAddress) {
        self.logger = logger
        self.address = address
    }

    @Sendable func note(_ refusal: RequestRefusal) {
        guard throttle.permits(at: Instant(milliseconds: (ContinuousClock.now - start).wholeMilliseconds)) else { return }
        logger.warning(
            "request refused unread, its connection closed",
            metadata: [Telemetry.listen: "\(address.text)", Telemetry.reason: "\(refusal.rawValue)"])
    }
}
