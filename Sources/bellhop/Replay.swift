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
    /// Copied to other cores without the state.
    let decoder: CaptureDecoder
    /// As notes on what is not fetched name it.
    var command = "dry-run"
    private let isStateless: Bool
    private var clock: Instant? { decoder.clock }
    private var session: Session
    /// Ids of messages that effects so far would have made.
    private var ownIDs: Set<IDDigest> = []
    /// In place of the user's own systems.
    private var stubs: HTTPStubs?
    /// As they were recognised so far, by id.
    private var accounts: [String: Account] = [:]

    /// - Parameter stubs: answer `http` actions with `save`; nil leaves them without an answer.
    init(engine: Engine, decoder: CaptureDecoder, isStateless: Bool = false, stubs: HTTPStubs? = nil) {
        self.decoder = decoder
        self.isStateless = isStateless
        self.stubs = stubs
        session = Session(engine: engine)
    }

    /// One event and what the rules say about it; no decision for one that was seen before.
    struct Outcome: Sendable {
        var event: Event
        var account: Account
        var decision: Decision?
    }

    /// Decides every event of a webhook, in order: with what came up in the time before it, and with the answers to its
    /// calls.
    mutating func outcomes(of decoded: CaptureDecoder.Decoded, explaining: Bool) -> [Outcome] {
        let account = decoded.account
        session.fieldNotes = explaining ? fieldNotes(account) : nil
        var outcomes: [Outcome] = []
        for event in decoded.events {
            if isStateless { session.forget() }
            accounts[event.account] = account
            if clock == nil { outcomes += timers(until: event.occurredAt, explaining: explaining) }
            let known = isOwn(event) ? event.markedAsOwn() : event
            let decision = session.decide(known, now: clock, explaining: explaining)
            note(decision)
            outcomes.append(Outcome(event: decision?.event ?? event, account: account, decision: decision))
            outcomes += answers(in: event.conversationKey, now: clock ?? event.occurredAt, explaining: explaining)
        }
        return outcomes
    }

    /// A replay asks no vendor.
    private func fieldNotes(_ account: Account) -> @Sendable (Decision) -> [FieldNote] {
        let why = "\(command) sends nothing"
        return { decision in
            let event = decision.event
            let known = event.account == account.id ? account : Account(id: event.account, vendor: event.vendor)
            return UnfetchedFields.notes(decision, account: known, why: why)
        }
    }

    /// What came up since the event before, at its own time.
    private mutating func timers(until time: Instant, explaining: Bool) -> [Outcome] {
        var outcomes: [Outcome] = []
        while outcomes.count < Session.timerLimit, let occurrence = session.nextTimer(until: time, explaining: explaining) {
            outcomes.append(outcome(of: occurrence))
            outcomes += answers(
                in: occurrence.conversation, now: occurrence.decision.event.occurredAt, explaining: explaining)
        }
        return outcomes
    }

    /// Answers the calls that wait, as far as there are answers for them.
    private mutating func answers(in conversation: ConversationKey, now: Instant, explaining: Bool) -> [Outcome] {
        var outcomes: [Outcome] = []
        while let (call, value) = nextAnswer(in: conversation) {
            outcomes.append(outcome(of: session.answer(call, with: value, now: now, explaining: explaining)))
        }
        return outcomes
    }

    private mutating func nextAnswer(in conversation: ConversationKey) -> (Session.PendingCall, Value)? {
        for pending in session.pendingCalls(of: conversation) {
            if let call = pending.call, let value = stubs?.answer(to: call) { return (pending, value) }
        }
        return nil
    }

    private mutating func outcome(of occurrence: Session.Occurrence) -> Outcome {
        note(occurrence.decision)
        let name = occurrence.conversation.account
        let account = accounts[name] ?? .unconfigured(name, occurrence.decision.event.vendor)
        return Outcome(event: occurrence.decision.event, account: account, decision: occurrence.decision)
    }

    private mutating func note(_ decision: Decision?) {
        for effect in decision?.effects ?? [] where effect.status == .planned {
            ownIDs.insert(IDDigest(Self.ownID(effect)))
        }
    }

    /// By which a vendor shows what an effect makes.
    static func ownID(_ effect: Effect) -> String { Idempotency.id(for: effect) }

    /// Reads and decides a webhook.
    mutating func outcomes(of webhook: CapturedWebhook, explaining: Bool) throws(PayloadError) -> [Outcome] {
        outcomes(of: try decoder.decoded(webhook).get(), explaining: explaining)
    }

    private func isOwn(_ event: Event) -> Bool {
        [event.message?.id, event.message?.clientID].contains { $0.map { ownIDs.contains(IDDigest($0)) } ?? false }
    }
}
