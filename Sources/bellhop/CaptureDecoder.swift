import Daemon
import Model
import RuleFiles
import Vendors

/// Reads captured webhooks into events. Depends on nothing that was decided: webhooks may be read in any order, on any core.
struct CaptureDecoder: Sendable {
    let intake: PayloadIntake
    /// What the user says of every webhook.
    let origin: PayloadIntake.Origin
    /// The time of every event; nil for each event's own.
    let clock: Instant?
    /// Stands for the receipt where a payload tells no time.
    let readAt: Instant

    /// The events of one webhook, not decided yet.
    struct Decoded: Sendable {
        var events: [Event]
        var account: Account
    }

    func decoded(_ webhook: CapturedWebhook) -> Result<Decoded, PayloadError> {
        var from = webhook.origin
        from.vendor = origin.vendor ?? from.vendor
        from.account = origin.account ?? from.account
        return Result { () throws(PayloadError) in
            let (events, account) = try intake.events(
                in: webhook.body.get(), parsed: webhook.parsed, origin: from, now: clock ?? readAt)
            return Decoded(events: events, account: account)
        }
    }
}
