import Model
import Storage
import VendorKit

/// The calls of one attempt, as the governor of its account counts them.
struct GovernedCalls: Sendable {
    let entry: OutboxEntry
    let transport: any Transport
    let governors: AccountGovernors
    let clocks: @Sendable () -> ClockReading
    let random: @Sendable () -> Double
    /// Called with what the attempt changed.
    let note: @Sendable ([AccountChange]) -> Void

    /// What the end of an attempt's calls means for its effect.
    struct Verdict: Sendable, Hashable {
        /// Attempts of its life that do not count.
        var uncounted: Int
        /// See `AccountGovernor.Verdict`.
        var pausedFor: Duration?
    }

    /// Calls the vendor, with the account's secrets.
    func send(_ request: VendorRequest, to destination: Destination) async -> TransportResult {
        let operation = request.operation
        governors.calls(operation, for: entry, at: clocks())
        let result = await transport.send(request, secrets: destination.secrets)
        let now = clocks()
        var limit: RateLimit?
        var untilReset: Duration?
        if case .response(let response) = result {
            limit = destination.vendor.rateLimit(told: response)
            untilReset = limit.flatMap { response.untilReset(of: $0, now: now.wall) }
        }
        governors.called(operation, for: entry, told: limit, untilReset: untilReset, at: now)
        return result
    }

    /// Once, after the last call.
    func ended(_ evidence: CallEvidence) -> Verdict {
        let (verdict, uncounted) = governors.ended(entry, evidence, at: clocks(), random: random())
        note(verdict.changes)
        return Verdict(uncounted: uncounted, pausedFor: verdict.pausedFor)
    }
}
