package import Delivery
import Logging
package import Model
import Synchronization
package import VendorKit

/// What vendors told about events, and the calls that are under way: an answer is kept for a while, in memory, and serves every
/// event with the same subject.
///
/// A call is made once, however many events wait for it. Of one account a few run at the same time, and the others stand in
/// line. An account that does not answer, or refuses its credentials, is not asked for a while: events are then decided
/// without what they lack. Nothing here is stored: after a restart it is asked again.
package final class LookupBook: Sendable {
    private let calls: LookupCalls
    private let surroundings: Surroundings
    private let answered: @Sendable (LookupReport) -> Void
    private let state = Mutex(LookupState())

    struct Key: Sendable, Hashable {
        var account: String
        var subject: String
    }

    /// What came of a lookup.
    enum Answer: Sendable, Hashable {
        /// With where it was told: `OmniChat (GET /chats/x)`.
        case told([EventField: Value], source: String)
        /// As a sentence in lower case.
        case failed(String)

        var holdsObject: Bool {
            if case .told(let values, _) = self { values[.payload] != nil } else { false }
        }
    }

    enum Page: Sendable, Hashable {
        case known(Answer)
        /// The call is under way, or in line.
        case awaited
    }

    package struct Limits: Sendable, Hashable {
        /// For one call, and for it and its fallback together.
        package var timeout = Duration.seconds(5)
        /// How long a call may stand in line.
        package var patience = Duration.seconds(30)
        package var callsPerAccount = 8
        package var entries = 10_000
        /// Of these, answers that hold a whole object, of 256 KiB at most.
        package var objects = 128
        package var lasting = Duration.seconds(600)
        package var volatile = Duration.seconds(30)
        package var failure = Duration.seconds(30)
        /// For an account whose credentials were refused.
        package var refusal = Duration.seconds(60)

        package init() {}
    }

    private let limits: Limits

    /// - Parameter answered: called when a call ended, after what came of it can be had; from any task.
    package init(
        calls: LookupCalls, surroundings: Surroundings, limits: Limits = Limits(),
        answered: @escaping @Sendable (LookupReport) -> Void
    ) {
        self.calls = calls
        self.surroundings = surroundings
        self.limits = limits
        self.answered = answered
    }

    /// What is known; where nothing is, or it is too old for these fields, the call is begun.
    func page(of lookup: Lookup, for fields: Set<EventField>, at destination: Destination) -> Page {
        let key = Key(account: destination.account.id, subject: lookup.subject)
        let now = surroundings.uptime()
        let obstacle = calls.obstacle(key.account)
        let (page, call) = state.withLock { state -> (Page, LookupCall?) in
            if let answer = state.known(key, for: fields, at: now, limits) { return (.known(answer), nil) }
            if state.awaited.contains(key) { return (.awaited, nil) }
            if let why = obstacle ?? state.closed(key.account, at: now, vendor: destination.vendorName) {
                return (.known(.failed(why)), nil)
            }
            let call = LookupCall(key: key, lookup: lookup, destination: destination, since: now)
            return (.awaited, state.begin(call, limits))
        }
        if let call { run(call) }
        return page
    }

    func isAwaited(_ key: Key) -> Bool { state.withLock { $0.awaited.contains(key) } }

    /// Somebody may have mended what failed: failures are forgotten.
    package func forgetFailures() {
        state.withLock { $0.forgetFailures() }
    }

    // MARK: Calling

    /// In a task of its own that nobody waits for: a call ends by its own time limit, or with the transport, and stopping must
    /// not wait for it.
    private func run(_ call: LookupCall) {
        Task {
            let outcome = await answer(to: call)
            finish(call, outcome)
        }
    }

    private func finish(_ call: LookupCall, _ outcome: LookupOutcome) {
        let now = surroundings.uptime()
        let random = surroundings.random()
        let next = state.withLock { state -> [LookupCall] in
            state.keep(outcome.answer, for: call.key, at: now, limits)
            return state.ended(call, outcome.sign, at: now, random: random, limits)
        }
        for call in next { run(call) }
        let report = LookupReport(account: call.key.account, vendor: call.destination.account.vendor, isTold: outcome.isTold)
        surroundings.logger.debug(
            "vendor asked",
            metadata: [
                Telemetry.account: "\(report.account)", Telemetry.vendor: "\(report.vendor.rawValue)",
                Telemetry.result: "\(report.isTold ? "told" : "failed")",
                Telemetry.duration: "\((now - call.since).wholeMilliseconds)",
            ])
        answered(report)
    }

    private func answer(to call: LookupCall) async -> LookupOutcome {
        let begin = surroundings.uptime()
        let vendor = call.destination.vendor
        var requests = [call.lookup.request, call.lookup.fallback].compactMap(\.self)[...]
        var refusals: [String] = []
        while var request = requests.popFirst() {
            let left = limits.timeout - (surroundings.uptime() - begin)
            request.timeoutMilliseconds = max(left.wholeMilliseconds, 1)
            let reading = LookupReading(
                await calls.send(request, call.destination), of: request, lookup: call.lookup, by: vendor,
                timeout: limits.timeout)
            switch reading {
            case .told(let values):
                let source = "\(call.destination.vendorName) (\(request.method) \(call.destination.shownPath(of: request)))"
                return LookupOutcome(answer: .told(values, source: source), sign: .answered)
            case .refused(let why):
                refusals.append(why)
                guard requests.isEmpty || left <= .zero else { continue }
                return LookupOutcome(answer: .failed(refusals.joined(separator: ", then ")), sign: .answered)
            case .failed(let why, let sign):
                return LookupOutcome(answer: .failed((refusals + [why]).joined(separator: ", then ")), sign: sign)
            }
        }
        return LookupOutcome(answer: .failed(refusals.joined(separator: ", then ")), sign: .answered)
    }
}

/// One lookup that ended.
package struct LookupReport: Sendable, Hashable {
    package var account: String
    package var vendor: VendorID
    /// False when nothing was learnt.
    package var isTold: Bool
}

/// How the book calls: the transport with the account's limits, and whether an account may be called now.
package struct LookupCalls: Sendable {
    /// Why nothing may be read now; nil when it may.
    package var obstacle: @Sendable (_ account: String) -> String?
    package var send: @Sendable (VendorRequest, Destination) async -> TransportResult

    package init(
        obstacle: @escaping @Sendable (String) -> String? = { _ in nil },
        send: @escaping @Sendable (VendorRequest, Destination) async -> TransportResult
    ) {
        self.obstacle = obstacle
        self.send = send
    }

    package init(_ reads: GovernedReads) {
        self.init(obstacle: { reads.obstacle(to: $0) }, send: { await reads.send($0, to: $1) })
    }
}
