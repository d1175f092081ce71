/// How much is sent at the same time.
package struct DispatchLimits: Sendable, Hashable {
    package var inFlight: Int
    /// The most that one account's concurrency grows to. As many calls of the user's own systems may run beside them.
    package var inFlightPerAccount: Int
    /// For every account that has no rate of its own; nil where only the vendor's answers limit.
    package var rate: CallRate?

    /// Room for 16 accounts that all hang: what is claimed is begun at once, so that nothing waits in memory which a crash
    /// would make doubtful.
    package init(inFlight: Int = 128, inFlightPerAccount: Int = 8, rate: CallRate? = nil) {
        self.inFlight = inFlight
        self.inFlightPerAccount = inFlightPerAccount
        self.rate = rate
    }
}
