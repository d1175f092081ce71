import Delivery
import Model
import Storage
import TestSupport
import VendorKit
import Vendors

/// Holds against each other what was wanted, what the dispatcher did, what the vendors saw, and what the ledger tells. What is
/// right is told by the misbehaviours alone, not by the code that reads answers. Each list names what is wrong, and is to be empty.
struct StormJudge: Sendable {
    let orders: [Storm.Plan.Order]
    let journal: StormJournal.State
    let ledger: [String: LedgerEntry]
    let counts: StoreCounts
    let views: [(ground: StormGround, view: StormGround.View)]
    let duration: Duration

    private let orderOf: [String: Storm.Plan.Order]
    private let arrivalOf: [Int: FakeArrival]
    private let entryOf: [Int64: LedgerEntry]

    init(
        orders: [Storm.Plan.Order], journal: StormJournal.State, ledger: [String: LedgerEntry], counts: StoreCounts,
        views: [(StormGround, StormGround.View)], duration: Duration
    ) {
        self.orders = orders
        self.journal = journal
        self.ledger = ledger
        self.counts = counts
        self.views = views.map { ($0, $1) }
        self.duration = duration
        orderOf = Dictionary(orders.map { ($0.effect.key, $0) }) { first, _ in first }
        let arrivals = views.flatMap(\.1.arrivals).compactMap { arrival in arrival.call.map { ($0, arrival) } }
        arrivalOf = Dictionary(arrivals) { first, _ in first }
        entryOf = Dictionary(ledger.values.map { ($0.id, $0) }) { first, _ in first }
    }

    private var calls: [StormJournal.Call] {
        journal.attempts.values.flatMap { $0.flatMap(\.calls) }.sorted { $0.number < $1.number }
    }
}

// MARK: - What the vendors saw

extension StormJudge {
    /// By vendor: lost, twice, silently or needlessly repeated, out of order, over time.
    var findings: [(VendorID, DeliveryChecker.Findings)] {
        let all = calls
        return views.map { ground, view in (ground.vendor, findings(ground.vendor, view, all)) }
    }

    private func findings(
        _ vendor: VendorID, _ view: StormGround.View, _ all: [StormJournal.Call]
    ) -> DeliveryChecker.Findings {
        let wanted = orders.filter { $0.effect.target.vendor == vendor }.map { order in
            DeliveryChecker.Order(
                order.effect.key, in: order.conversation.conversation, isDone: mustBeThere(order), isFolded: order.isOnce)
        }
        let calls = all.filter { !$0.isRead && orderOf[$0.effect]?.effect.target.vendor == vendor }
        let limits = DeliveryChecker.Limits(call: Storm.callMilliseconds + 30_000)
        let sent = calls.map { call in
            DeliveryChecker.Call(
                call.effect, number: call.number, from: call.startedAt, to: call.endedAt ?? .max, ending: ending(of: call))
        }
        let ends = Dictionary(calls.map { ($0.number, $0.endedAt ?? .max) }) { first, _ in first }
        let arrived = view.arrivals.compactMap { arrival -> DeliveryChecker.Arrival? in
            guard arrival.method != "GET" else { return nil }
            // What the server came to read after its sender had given up is late whatever the sender does.
            guard let number = arrival.call, arrival.arrivedAt <= ends[number] ?? .max else { return nil }
            let mark = arrival.marks["effect"] ?? ""
            let conversation = arrival.conversation ?? orderOf[mark]?.conversation.conversation
            return .init(
                mark, number: number, in: conversation ?? "", at: arrival.arrivedAt, tookEffect: arrival.tookEffect)
        }
        return DeliveryChecker(wanted, limits: limits).findings(calls: sent, arrivals: arrived)
    }

    /// True for what is done by a call of its own: not where a read or the vendor's answer showed that it was so already.
    private func mustBeThere(_ order: Storm.Plan.Order) -> Bool {
        guard ledger[order.effect.key]?.state == .done, let call = journal.attempts[order.effect.key]?.last?.calls.last,
            let arrival = arrivalOf[call.number]
        else { return ledger[order.effect.key]?.state == .done }
        if [.route, .tag].contains(order.effect.action.kind) { return !call.isRead && arrival.status < 300 }
        return true
    }

    private func ending(of call: StormJournal.Call) -> DeliveryChecker.Call.Ending {
        switch call.ending {
        case .notSent: return .notSent
        case .lost, nil: return .inDoubt
        case .answered(let status, _):
            guard let arrival = arrivalOf[call.number] else { return .inDoubt }
            if arrival.misbehaviour?.sight == .brokenBody { return .inDoubt }
            switch status {
            case 200..<300: return .done
            case 401, 429: return .putOff
            case 500...: return .inDoubt
            // What Rocket.Chat says of a message that it has.
            default: return arrival.misbehaviour == nil && arrival.isRepeat ? .inDoubt : .refused
            }
        }
    }

    var complaints: [String] { views.flatMap(\.view.complaints) }

    /// Texts that a customer sees more than once although they go out once.
    var shownTwice: [String] {
        views.flatMap { ground, view in
            view.texts.flatMap { conversation, texts in
                Dictionary(grouping: texts) { $0 }.filter { text, all in
                    all.count > 1 && orderOf[text].map { $0.isOnce } ?? true
                }.keys.map { "\(ground.vendor) \(conversation): \($0)" }
            }
        }
    }

    var unseenMisbehaviours: [Misbehaviour] {
        let seen = Set(arrivalOf.values.compactMap(\.misbehaviour))
        // The three certificates come in turns.
        let isSecureSeen = views.allSatisfy { $0.view.handshakes >= 3 }
        return Misbehaviour.t9.filter { $0.isTLS ? !isSecureSeen : !seen.contains($0) }
    }
}

// MARK: - Classes

extension StormJudge {
    /// Calls that ended otherwise than the misbehaviour dictates.
    var wrongCalls: [String] {
        calls.filter { !isRight($0) }.map { call in
            let arrival = arrivalOf[call.number]
            return "\(call): \(arrival?.misbehaviour?.rawValue ?? "proper") \(arrival?.status ?? 0)"
        }
    }

    private func isRight(_ call: StormJournal.Call) -> Bool {
        if case .notSent = call.ending { return (call.isSecure || call.hasRunOut) && arrivalOf[call.number] == nil }
        guard !call.isSecure else { return false }
        if case .lost = call.ending, call.hasRunOut { return true }
        guard let arrival = arrivalOf[call.number] else { return false }
        switch (arrival.misbehaviour?.sight ?? .answer, call.ending) {
        case (.lost, .lost): return true
        case (.status(let wanted), .answered(let status, _)): return status == wanted
        case (.brokenBody, .answered(let status, _)): return (200..<300).contains(status)
        case (.answer, .answered(let status, _)): return status == arrival.status
        default: return false
        }
    }

    /// Attempts whose class in the ledger is not what their last call dictates.
    var wrongAttempts: [String] {
        journal.attempts.flatMap { key, attempts in
            attempts.filter { attempt in
                guard let report = attempt.report else { return !attempt.calls.isEmpty }
                return !classes(of: attempt).contains(report.outcome)
            }.map { attempt in
                let arrival = attempt.calls.last.flatMap { arrivalOf[$0.number] }
                return "\(key) \(String(describing: orderOf[key]?.effect.action)): \(attempt), "
                    + "\(arrival?.misbehaviour?.rawValue ?? "proper") \(arrival?.status ?? 0)"
            }
        }
    }

    private func classes(of attempt: StormJournal.Attempt) -> Set<AttemptOutcome> {
        guard let call = attempt.calls.last else { return [.withheld] }
        if case .notSent = call.ending { return [.notSent] }
        // A read leaves nothing behind at the vendor, so nothing of it is uncertain.
        let doubt: AttemptOutcome = call.isRead ? .retry : .uncertain
        guard let arrival = arrivalOf[call.number] else { return [doubt] }
        if case .lost = call.ending { return [doubt] }
        switch arrival.misbehaviour?.sight ?? .answer {
        case .lost: return [doubt]
        case .notSent: return []
        case .brokenBody: return call.isRead ? [.withheld, .retry] : [.done, .uncertain]
        case .status(429): return [.throttled]
        case .status(401): return [.refused]
        case .status(500...): return [doubt]
        case .status: return [call.isRead ? .withheld : .refused]
        case .answer: return answered(call, arrival)
        }
    }

    private func answered(_ call: StormJournal.Call, _ arrival: FakeArrival) -> Set<AttemptOutcome> {
        guard arrival.status >= 400, !call.isRead else { return [.done] }
        // Rocket.Chat refuses what is so already, which is as good as done, and has no clear word for a message that it has.
        guard orderOf[call.effect]?.effect.target.vendor == .rocketchat else { return [.refused] }
        return arrival.isRepeat ? [.done, .uncertain] : [.done]
    }

    /// Answers that were read further than is allowed.
    var largeAnswers: [String] {
        calls.filter { if case .answered(_, let bytes) = $0.ending { bytes > 256 << 10 } else { false } }.map { "\($0)" }
    }
}

extension StormJournal.Call {
    /// True when it took as long as it may: a machine that is busy can make any call so.
    fileprivate var hasRunOut: Bool { (endedAt ?? .max) - startedAt >= Storm.callMilliseconds - 10 }
}

// MARK: - What is recorded

extension StormJudge {
    struct Balance: Sendable, Hashable {
        var accepted = 0
        var done = 0
        var dead = 0
        var cancelled = 0
    }

    var balance: Balance {
        let states = Dictionary(grouping: ledger.values, by: \.state).mapValues(\.count)
        return Balance(
            accepted: orders.count, done: states[.done] ?? 0, dead: states[.dead] ?? 0, cancelled: states[.cancelled] ?? 0)
    }

    /// Where the ledger tells another story than the dispatcher did.
    var wrongLedger: [String] {
        var faults: [String] = []
        if counts.open.values.contains(where: { $0 > 0 }) { faults.append("open: \(counts.open)") }
        if counts.dead != balance.dead + balance.cancelled { faults.append("dead: \(counts.dead)") }
        return faults + orders.compactMap { fault(inLedgerOf: $0.effect.key) }
    }

    private func fault(inLedgerOf key: String) -> String? {
        guard let entry = ledger[key] else { return "\(key) is not there" }
        let attempts = journal.attempts[key] ?? []
        let told = attempts.compactMap { attempt in attempt.report.map { AttemptRecord($0, number: attempt.number) } }
        guard entry.attempts == told else { return "\(key) has other attempts: \(entry.attempts), not \(told)" }
        guard entry.attemptCount == attempts.count else { return "\(key) was claimed \(attempts.count) times" }
        switch (entry.state, attempts.last?.settlement) {
        case (.done, .done), (.dead, .dead): return nil
        case (.cancelled, nil), (.cancelled, .retry): return fault(inCancelled: entry)
        default: return "\(key) is \(entry.state) after \(String(describing: attempts.last?.settlement))"
        }
    }

    private func fault(inCancelled entry: LedgerEntry) -> String? {
        let cause = entry.cancelledBy.flatMap { entryOf[$0] }
        let isRight = cause?.state == .dead && cause?.eventID == entry.eventID && cause?.rule == entry.rule
        return isRight ? nil : "\(entry.key) was cancelled by \(cause?.key ?? "nothing")"
    }

    /// What failed for good for a reason that its calls do not show.
    var unjustifiedDeaths: [String] {
        ledger.values.filter { $0.state == .dead && !isJustified($0) }.map { entry in
            "\(entry.key) \(String(describing: entry.effect?.action)): \(String(describing: entry.reason)) "
                + "\(entry.message ?? ""), \(journal.attempts[entry.key] ?? [])"
        }
    }

    private func isJustified(_ entry: LedgerEntry) -> Bool {
        let attempts = journal.attempts[entry.key] ?? []
        let calls = attempts.flatMap(\.calls)
        guard let last = calls.last, let action = entry.effect?.action else { return false }
        var status: Int?
        if case .answered(let answered, _) = last.ending { status = answered }
        switch entry.reason {
        case .unauthorized: return status == 401
        case .refused: return !last.isRead && [302, 400].contains(status)
        case .unbuildable: return last.isRead && status.map { $0 < 429 } ?? false
        case .uncertain where !(entry.message ?? "").hasPrefix("gave up"):
            return [.route, .close].contains(action.kind)
                && calls.contains { !$0.isRead && ending(of: $0) == .inDoubt }
        default:
            let trials = attempts.count { isTrial($0, of: entry.conversation.account) }
            return (entry.message ?? "").hasPrefix("gave up") && attempts.count - trials >= Storm.policy.maximumAttempts
        }
    }

    /// One that only showed that nobody is there yet: it is not one of those that an effect has.
    private func isTrial(_ attempt: StormJournal.Attempt, of account: String) -> Bool {
        guard attempt.report?.outcome == .notSent else { return false }
        return journal.notices.contains { told in
            guard case .breakerOpened = told.notice.change, told.notice.account == account else { return false }
            return told.toldAt < attempt.claimedAt && attempt.claimedAt < closing(after: told)
        }
    }
}

// MARK: - Breakers

extension StormJudge {
    var openings: Int { journal.notices.count { if case .breakerOpened = $0.notice.change { true } else { false } } }

    /// Effects that were claimed while their account's breaker let nothing through.
    var claimsOfTheBroken: [String] {
        var closed: [String: [(from: Instant, until: Instant)]] = [:]
        for told in journal.notices {
            guard case .breakerOpened(let wait) = told.notice.change else { continue }
            // A call that was under way may show that nothing is wrong any more.
            let until = min(told.at.adding(wait), closing(after: told))
            closed[told.notice.account, default: []].append((told.toldAt, until))
        }
        return journal.attempts.flatMap { key, attempts in
            let windows = closed[orderOf[key]?.conversation.account ?? ""] ?? []
            return attempts.filter { attempt in
                windows.contains { $0.from < attempt.claimedAt && attempt.claimedAt < $0.until }
            }.map { "\(key) at \($0.claimedAt): \(windows)" }
        }
    }
}

extension StormJudge {
    /// When the breaker that opened was closed again.
    private func closing(after opened: StormJournal.Notice) -> Instant {
        let answers = journal.notices.filter { told in
            told.notice.change == .breakerClosed && told.notice.account == opened.notice.account && told.at >= opened.at
        }
        return answers.map(\.at).min() ?? Instant(milliseconds: .max)
    }
}

// MARK: - For people

extension StormJudge {
    var summary: String {
        let outcomes = Dictionary(grouping: journal.attempts.values.joined().compactMap(\.report?.outcome)) { $0 }
        let reasons = Dictionary(grouping: ledger.values.filter { $0.state == .dead }.compactMap(\.reason)) { $0 }
        let kinds = Dictionary(grouping: arrivalOf.values.map { $0.misbehaviour?.rawValue ?? "proper" }) { $0 }
        return """
            \(journal.calls) calls in \(duration), peak \(Storm.peakMemoryBytes >> 20) MiB, \(balance)
            attempts: \(outcomes.map { "\($0.key.rawValue) \($0.value.count)" }.sorted())
            dead: \(reasons.map { "\($0.key.rawValue) \($0.value.count)" }.sorted())
            arrivals: \(kinds.map { "\($0.key) \($0.value.count)" }.sorted())
            handshakes: \(views.map(\.view.handshakes)), breakers opened: \(openings)
            """
    }
}

extension FakeArrival {
    var call: Int? { marks["call"].flatMap { Int($0) } }
}
