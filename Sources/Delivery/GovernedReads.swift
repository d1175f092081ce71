import Model
import Storage
package import VendorKit

/// Calls that only read, for what is to be decided: beside the effects of their account and under its limits of rate, never in
/// their place.
///
/// What comes of a read says nothing about the account's effects: one that is refused or not answered neither pauses the account
/// nor opens its breaker.
package struct GovernedReads: Sendable {
    let governors: AccountGovernors
    let transport: any Transport
    let surroundings: DispatchSurroundings

    /// Why nothing may be read now, as a sentence in lower case; nil when it may.
    package func obstacle(to account: String) -> String? {
        governors.obstacleToReading(of: account, at: surroundings.clocks())
    }

    package func send(_ request: VendorRequest, to destination: Destination) async -> TransportResult {
        let (account, operation) = (destination.account.id, request.operation)
        governors.reads(operation, of: account, rate: destination.rate, at: surroundings.clocks())
        let result = await transport.send(request, secrets: destination.secrets)
        let now = surroundings.clocks()
        var limit: RateLimit?
        var untilReset: Duration?
        if case .response(let response) = result {
            limit = destination.vendor.rateLimit(told: response)
            // Where each call has a limit of its own, this one's is no reason for others to wait.
            if limit?.scope == .operation { limit?.waitMilliseconds = nil }
            untilReset = limit.flatMap { response.untilReset(of: $0, now: now.wall) }
        }
        governors.read(operation, of: account, told: limit, untilReset: untilReset, at: now)
        return result
    }
}
