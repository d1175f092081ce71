import Daemon
import Foundation
import JSON
import Model
import RuleFiles
import Rules
import VendorKit
import Vendors

/// Captured webhooks decided one after the other, as the daemon would have: what `dry-run` and `explain` show.
struct Replay: Sendable {
    private let intake: PayloadIntake
    private let origin: PayloadIntake.Origin
    private let isStateless: Bool
    private let clock: Instant?
    private let readAt: Instant
    private var session: Session
    /// Ids of messages that effects so far would have made.
    private var ownIDs: Set<String> = []

    /// - Parameters:
    ///   - clock: the time of every event; nil for each event's own.
    ///   - readAt: stands for the receipt where a payload tells no time.
    init(
        engine: Engine, intake: PayloadIntake, origin: PayloadIntake.Origin, isStateless: Bool, clock: Instant?, readAt: Instant
    ) {
        self.intake = intake
        self.origin = origin
        self.isStateless = isStateless
        self.clock = clock
        self.readAt = readAt
        session = Session(engine: engine)
    }

    /// One event and what the rules say about it; no decision for one that was seen before.
    struct Outcome: Sendable {
        var event: Event
        var account: Account
        var decision: Decision?
    }

    /// The events of one webhook, not decided yet.
    struct Decoded: Sendable {
        var events: [Event]
        var account: Account
    }

    /// Reads a webhook. Depends on nothing that was decided: webhooks may be read in any order, on any core.
    func decoded(_ webhook: CapturedWebhook) -> Result<Decoded, PayloadError> {
        var from = webhook.origin
        from.vendor = origin.vendor ?? from.vendor
        from.account = origin.account ?? from.account
        return Result { () throws(PayloadError) in
            let (events, account) = try intake.events(in: webhook.body.get(), origin: from, now: clock ?? readAt)
            return Decoded(events: events, account: account)
        }
    }

    /// Decides every event of a webhook, in order.
    mutating func outcomes(of decoded: Decoded, explaining: Bool) -> [Outcome] {
        decoded.events.map { event in
            if isStateless { session.forget() }
            let known = isOwn(event) ? event.markedAsOwn() : event
            let decision = session.decide(known, now: clock, explaining: explaining)
            for effect in decision?.effects ?? [] where effect.status == .planned {
                ownIDs.insert(Idempotency.id(for: effect))
            }
            return Outcome(event: decision?.event ?? event, account: decoded.account, decision: decision)
        }
    }

    /// Reads and decides a webhook.
    mutating func outcomes(of webhook: CapturedWebhook, explaining: Bool) throws(PayloadError) -> [Outcome] {
        outcomes(of: try decoded(webhook).get(), explaining: explaining)
    }

    private func isOwn(_ event: Event) -> Bool {
        [event.message?.id, event.message?.clientID].contains { $0.map(ownIDs.contains) ?? false }
    }
}
