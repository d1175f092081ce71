import JSON
import Model
import Storage
import VendorKit

/// One attempt to carry out one effect, up to what is to be recorded of it.
///
/// A doubt about an earlier attempt is settled first, where the vendor can be asked; then what the call needs to know is read;
/// then the takeover by a human and the effect's life are looked at again, right before the call.
struct DeliveryAttempt: Sendable {
    let entry: OutboxEntry
    let destinations: any Destinations
    let calls: GovernedCalls
    let policy: RetryPolicy
    let clock: @Sendable () -> Instant
    let random: @Sendable () -> Double
    let print: @Sendable (PrintedDelivery) -> Void
    /// The conversation's state as it is now; nil where it cannot be had.
    let currentState: @Sendable () async -> ConversationState?
    /// True when the entry was claimed so long ago that its state may be an old one.
    let isStale: Bool

    struct Ending: Sendable, Hashable {
        var settlement: Settlement
        var outcome: DeliveryReport.OutcomeClass
        var status: Int?
        /// For an `http` action with `save` that has ended.
        var answer: HTTPAnswer?
        /// Without secrets, for the ledger.
        var shownRequest: String?
        var shownAnswer: String?

        static func withheld(_ reason: FailureReason, _ message: String) -> Ending {
            Ending(settlement: .dead(reason, message: message), outcome: .withheld)
        }
    }

    /// Why an attempt is over before its call.
    private struct Obstacle: Error {
        var ending: Ending
    }

    func ending() async -> Ending {
        let ending: Ending
        do { ending = try await attempted() } catch { ending = error.ending }
        return SavedCall(entry.effect)?.answered(ending) ?? ending
    }

    private var isHTTP: Bool { entry.effect.action.kind == .http }

    private func attempted() async throws(Obstacle) -> Ending {
        let effect = entry.effect
        guard let destination = destinations.destination(of: effect.target.account) else {
            throw Obstacle(ending: .withheld(.unbuildable, "account \(effect.target.account) is not configured"))
        }
        try checkTakeover(entry.state)
        let plan = try allowed(plan(for: destination))
        if destination.mode == .print, case .call(let request) = plan {
            print(PrintedDelivery(effect: effect, request: request))
            return Ending(
                settlement: .done(remoteID: nil), outcome: .printed, shownRequest: destination.redactor.shown(request))
        }
        try checkLife()
        return try await carriedOut(plan, by: destination)
    }

    // MARK: What is to be done

    private enum Plan {
        case call(VendorRequest)
        /// The call is made by the answer to this read.
        case callAfter(VendorRequest)
    }

    private func plan(for destination: Destination) throws(Obstacle) -> Plan {
        try buildable { () throws(ActionError) in
            if case .http(let call) = entry.effect.action { return .call(try HTTPActionRequest.request(for: call)) }
            let (vendor, account) = (destination.vendor, destination.account)
            if destination.mode == .live, let read = try vendor.preparation(for: entry.effect, account: account) {
                return .callAfter(read)
            }
            return .call(try vendor.request(for: entry.effect, account: account))
        }
    }

    /// An `http` action whose host is listed, with the addresses that it may lead to.
    private func allowed(_ plan: Plan) throws(Obstacle) -> Plan {
        guard isHTTP, case .call(var request) = plan else { return plan }
        let list = destinations.httpAllowList
        if let refusal = list.refusal(of: request.url) { throw Obstacle(ending: .withheld(.refused, refusal)) }
        request.addressGuard = list.addressGuard(for: request.url)
        return .call(request)
    }

    private func buildable<Value>(_ build: () throws(ActionError) -> Value) throws(Obstacle) -> Value {
        do { return try build() } catch { throw Obstacle(ending: .withheld(.unbuildable, error.message)) }
    }

    private func carriedOut(_ plan: Plan, by destination: Destination) async throws(Obstacle) -> Ending {
        var doubt = entry.isUncertain
        /// What the last read showed of the vendor; nil while there was none.
        var evidence: CallEvidence?
        if doubt, !isHTTP, let read = readBack(at: destination) {
            let reading = await made(read, at: destination)
            switch try isDone(reading, after: read, at: destination) {
            case true?: return done(showing: read, to: destination)
            case false?: doubt = false
            case nil: break
            }
            evidence = reading.evidence
        }
        let request: VendorRequest
        switch plan {
        case .call(let planned): request = planned
        case .callAfter(let read):
            evidence = .accepted
            guard let prepared = try await prepared(by: read, at: destination) else {
                return done(showing: read, to: destination)
            }
            request = prepared
        }
        do {
            if evidence != nil || isStale { try await checkAgain() }
            if doubt { try checkRepeat(of: request) }
        } catch {
            if let evidence { _ = calls.ended(evidence) }
            throw error
        }
        return await send(request, to: destination, isUncertain: doubt)
    }

    // MARK: Checks

    private func checkTakeover(_ state: ConversationState) throws(Obstacle) {
        let effect = entry.effect
        guard !effect.actsBesideHuman, effect.action.yieldsToHuman, state.isHeldByHuman(at: clock()) else { return }
        throw Obstacle(ending: .withheld(.human, "a human agent has the conversation"))
    }

    private func checkLife() throws(Obstacle) {
        guard let expired = policy.expired(entry, now: clock()) else { return }
        throw Obstacle(ending: Ending(settlement: expired, outcome: .withheld))
    }

    /// What may have changed since the effect was claimed.
    private func checkAgain() async throws(Obstacle) {
        if let state = await currentState() { try checkTakeover(state) }
        try checkLife()
    }

    private func checkRepeat(of request: VendorRequest) throws(Obstacle) {
        guard !policy.mayRepeat(entry.effect.action, isIdempotent: request.isIdempotent) else { return }
        throw Obstacle(ending: Ending(settlement: RetryPolicy.skipped, outcome: .withheld))
    }

    // MARK: Reads

    private func readBack(at destination: Destination) -> VendorRequest? {
        // What cannot be asked leaves the doubt, as a vendor without a read-back does.
        do { return try destination.vendor.readBack(of: entry.effect, account: destination.account) } catch { return nil }
    }

    /// True when the effect was carried out, false when it was not, nil when the answer does not tell. Without an answer, where
    /// the vendor asks to wait, and where its server fails, it can be told later: the attempt is over then.
    private func isDone(
        _ reading: Reading, after read: VendorRequest, at destination: Destination
    ) throws(Obstacle) -> Bool? {
        guard !reading.isFailure, let response = reading.response else {
            throw Obstacle(ending: later(reading, after: read, at: destination, isUncertain: true))
        }
        return destination.vendor.isDone(entry.effect, readBack: response)
    }

    /// The call by what the read tells; nil when there is nothing left to do.
    private func prepared(by read: VendorRequest, at destination: Destination) async throws(Obstacle) -> VendorRequest? {
        let reading = await made(read, at: destination)
        guard reading.isAnswered, let response = reading.response else {
            throw Obstacle(ending: later(reading, after: read, at: destination, isUncertain: entry.isUncertain))
        }
        do {
            return try buildable { () throws(ActionError) in
                try destination.vendor.request(for: entry.effect, account: destination.account, after: response)
            }
        } catch {
            _ = calls.ended(reading.evidence)
            throw error
        }
    }

    /// A read left no trace at the vendor: it failed, and so did the attempt, without a doubt of its own.
    private func later(
        _ reading: Reading, after read: VendorRequest, at destination: Destination, isUncertain: Bool
    ) -> Ending {
        settled(reading.harmless, of: read, at: destination, isUncertain: isUncertain)
    }

    /// A read showed that nothing is left to do.
    private func done(showing request: VendorRequest, to destination: Destination) -> Ending {
        _ = calls.ended(.accepted)
        let shown = destination.redactor.shown(request)
        return Ending(settlement: .done(remoteID: nil), outcome: .done, shownRequest: shown)
    }

    // MARK: The call

    private func send(_ request: VendorRequest, to destination: Destination, isUncertain: Bool) async -> Ending {
        let reading = await made(request, at: destination)
        guard let answer = SavedCall(entry.effect)?.answer(to: reading.result) else {
            return settled(reading, of: request, at: destination, isUncertain: isUncertain)
        }
        _ = calls.ended(.none)
        let redactor = destination.redactor
        let kept = HTTPAnswer(effectKey: answer.effectKey, variable: answer.variable, value: redactor.redacted(answer.value))
        return Ending(
            settlement: .done(remoteID: nil), outcome: reading.outcomeClass, status: reading.status, answer: kept,
            shownRequest: redactor.shown(request), shownAnswer: reading.response.map(redactor.shown))
    }

    /// Makes a call, governed by its account; a user's system is never shown the account's secrets.
    private func made(_ request: VendorRequest, at destination: Destination) async -> Reading {
        guard !isHTTP else {
            let result = await calls.transport.send(request, secrets: [:])
            return Reading(result, request: request, vendor: nil, now: clock())
        }
        let result = await calls.send(request, to: destination)
        return Reading(result, request: request, vendor: destination.vendor, now: clock())
    }

    private func settled(
        _ reading: Reading, of request: VendorRequest, at destination: Destination, isUncertain: Bool
    ) -> Ending {
        let verdict = calls.ended(isHTTP ? .none : reading.evidence)
        var entry = entry
        entry.isUncertain = isUncertain
        entry.attemptOfLife = max(0, entry.attemptOfLife - verdict.uncounted)
        var (outcome, asked) = (reading.outcome, reading.askedMilliseconds)
        if let pause = verdict.pausedFor, reading.isUnauthorized {
            outcome = .retry(.unauthorized)
            asked = pause.wholeMilliseconds
        }
        let settlement = policy.settlement(
            for: outcome, of: entry, isIdempotent: request.isIdempotent, retryAfterMilliseconds: asked, now: clock(),
            random: random())
        let redactor = destination.redactor
        return Ending(
            settlement: settlement.shown(by: redactor), outcome: reading.outcomeClass, status: reading.status,
            shownRequest: redactor.shown(request), shownAnswer: reading.response.map(redactor.shown))
    }
}

extension Action {
    /// True for what a bot must not do while a human agent has the conversation.
    fileprivate var yieldsToHuman: Bool {
        switch self {
        case .reply, .route, .close, .start: true
        case .note, .tag, .untag, .set, .contact, .stopFlow, .http, .call: false
        }
    }
}

extension ConversationState {
    /// An agent's own message holds the conversation for its time whatever handler a payload tells, unless it is closed.
    fileprivate func isHeldByHuman(at now: Instant) -> Bool {
        if handler == .human { return true }
        guard let humanUntil, handler != .closed else { return false }
        return humanUntil > now
    }
}

extension Settlement {
    private static let longestMessage = 200

    /// A vendor's words about a failure, short and without any of the account's secrets.
    fileprivate func shown(by redactor: Redactor) -> Settlement {
        guard case .dead(let reason, let message) = self else { return self }
        return .dead(reason, message: String(redactor.redacted(cut: message).prefix(Self.longestMessage)))
    }
}

extension Redactor {
    /// What the ledger keeps at most, with room for what gets shorter.
    private static let answerLimit = 4 * AttemptReport.longestAnswer

    fileprivate func shown(_ request: VendorRequest) -> String { redacted(JSONWriter.string(request.shown)) }

    fileprivate func shown(_ response: VendorResponse) -> String { redacted(response.body, limit: Self.answerLimit) }
}

extension VendorRequest {
    /// Words in the names of headers that carry secrets, also those that a rule's author wrote.
    private static let secretWords = ["auth", "cookie", "token", "secret", "api-key", "apikey", "password", "signature"]
        .map { Array($0.utf8) }

    private static func isSecret(_ name: String) -> Bool {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let name = name.utf8.map { letters.contains($0) ? $0 | 0x20 : $0 }
        return secretWords.contains { word in
            name.indices.contains { name[$0...].starts(with: word) }
        }
    }

    /// As `value`, without what headers say that are made to carry secrets.
    fileprivate var shown: Value {
        var request = self
        request.headers = headers.map { header in
            guard Self.isSecret(header.name) else { return header }
            return Header(header.name, .secret(""))
        }
        return request.value
    }
}
