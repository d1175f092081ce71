/// What went wrong between a sender and a vendor, from what was to be sent, what the sender says it did, and what the vendor
/// got: the one judge of all delivery tests. A value without a clock: it only compares lists.
package struct DeliveryChecker: Sendable {
    /// One thing that was to be done.
    package struct Order: Sendable, Hashable {
        /// How it is recognised at the vendor: unique.
        package var mark: String
        package var conversation: String
        /// True when the sender says that it is done; false when it says that it gave up.
        package var isDone: Bool
        /// True when a repeat must be folded by the vendor, so that a second effect is a fault.
        package var isFolded: Bool

        package init(_ mark: String, in conversation: String, isDone: Bool = true, isFolded: Bool = false) {
            self.mark = mark
            self.conversation = conversation
            self.isDone = isDone
            self.isFolded = isFolded
        }
    }

    /// One call as the sender made it, in order of their beginning.
    package struct Call: Sendable, Hashable {
        package var mark: String
        /// How this call is told from others with its mark; nil where it is not.
        package var number: Int?
        package var startedAt: Int64
        package var endedAt: Int64
        package var ending: Ending

        /// What its sender could know of it.
        package enum Ending: Sendable, Hashable {
            case done
            /// Refused for good.
            case refused
            /// Refused for now: it was not carried out.
            case putOff
            /// It may have been carried out.
            case inDoubt
            /// No byte of it left.
            case notSent
        }

        package init(
            _ mark: String, number: Int? = nil, from startedAt: Int64 = 0, to endedAt: Int64 = 0, ending: Ending = .done
        ) {
            self.mark = mark
            self.number = number
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.ending = ending
        }

        /// True when nothing of its mark may be sent after it.
        fileprivate var isLast: Bool { ending == .done || ending == .refused }
    }

    /// One request as the vendor got it, in order of arrival.
    package struct Arrival: Sendable, Hashable {
        package var mark: String
        /// That of the call; nil where it does not tell.
        package var number: Int?
        package var conversation: String
        package var arrivedAt: Int64
        package var tookEffect: Bool

        package init(
            _ mark: String, number: Int? = nil, in conversation: String, at arrivedAt: Int64 = 0, tookEffect: Bool = true
        ) {
            self.mark = mark
            self.number = number
            self.conversation = conversation
            self.arrivedAt = arrivedAt
            self.tookEffect = tookEffect
        }
    }

    package struct Limits: Sendable, Hashable {
        /// Milliseconds that a call may take.
        package var call: Int64?
        /// Arrivals in any stretch of so many milliseconds.
        package var rate: Rate?

        package struct Rate: Sendable, Hashable {
            package var arrivals: Int
            package var milliseconds: Int64

            package init(arrivals: Int, milliseconds: Int64) {
                self.arrivals = arrivals
                self.milliseconds = milliseconds
            }
        }

        package init(call: Int64? = nil, rate: Rate? = nil) {
            self.call = call
            self.rate = rate
        }
    }

    package struct Findings: Sendable, Hashable {
        /// Said to be done, and never took effect.
        package var lost: [String] = []
        /// Took effect more than once although repeats are folded.
        package var twice: [String] = []
        /// Arrived more often than the sender sent it.
        package var silentlyRepeated: [String] = []
        /// Sent again although the sender knew that it was done or refused for good.
        package var needlesslyRepeated: [String] = []
        /// Sent while another call of its conversation was under way.
        package var overlapping: [String] = []
        /// Arrived at the vendor, and nobody sent it.
        package var unknown: [String] = []
        /// Arrived in a conversation that is not its own.
        package var misplaced: [String] = []
        /// First arrived after one that comes later in its conversation, or came again after that had begun.
        package var outOfOrder: [String] = []
        /// Calls that took longer than they may.
        package var overTime: [String] = []
        /// Arrivals that made a stretch too full.
        package var overRate: [String] = []

        package init() {}

        package var isClean: Bool { self == Findings() }
    }

    private let orders: [Order]
    private let limits: Limits

    /// - Parameter orders: of each conversation in the order in which they are to be done.
    package init(_ orders: [Order], limits: Limits = Limits()) {
        self.orders = orders
        self.limits = limits
    }

    package func findings(calls: [Call], arrivals: [Arrival]) -> Findings {
        var findings = Findings()
        let ordered = Dictionary(orders.map { ($0.mark, $0) }) { first, _ in first }
        let effects = Self.counts(arrivals.lazy.filter(\.tookEffect).map(\.mark))
        let sent = Self.counts(calls.lazy.filter { $0.ending != .notSent }.map(\.identity))
        let arrived = Self.counts(arrivals.map(\.identity))
        findings.lost = orders.filter { $0.isDone && effects[$0.mark] == nil }.map(\.mark)
        findings.twice = orders.filter { $0.isFolded && effects[$0.mark] ?? 0 > 1 }.map(\.mark)
        findings.silentlyRepeated = Set(
            arrived.filter { $0.value > sent[$0.key] ?? 0 && ordered[$0.key.mark] != nil }.map(\.key.mark)
        ).sorted()
        findings.needlesslyRepeated = Self.needlesslyRepeated(calls)
        findings.overlapping = overlapping(calls)
        findings.unknown = Set(arrived.keys.map(\.mark)).filter { ordered[$0] == nil }.sorted()
        findings.misplaced = Set(
            arrivals.filter { arrival in ordered[arrival.mark].map { $0.conversation != arrival.conversation } ?? false }
                .map(\.mark)
        ).sorted()
        findings.outOfOrder = outOfOrder(arrivals)
        if let limit = limits.call {
            findings.overTime = calls.filter { $0.endedAt - $0.startedAt > limit }.map(\.mark)
        }
        if let rate = limits.rate { findings.overRate = Self.overRate(arrivals, rate) }
        return findings
    }

    /// What arrives after a later one of its conversation has arrived: a successor may only begin when its predecessor is
    /// settled, so even a repeat of the predecessor is too late then.
    private func outOfOrder(_ arrivals: [Arrival]) -> [String] {
        var places: [String: (conversation: String, place: Int)] = [:]
        var counts: [String: Int] = [:]
        for order in orders {
            places[order.mark] = (order.conversation, counts[order.conversation, default: 0])
            counts[order.conversation, default: 0] += 1
        }
        var furthest: [String: Int] = [:]
        var late: [String] = []
        for arrival in arrivals {
            guard let (conversation, place) = places[arrival.mark] else { continue }
            if place < furthest[conversation] ?? 0 { late.append(arrival.mark) }
            furthest[conversation] = max(furthest[conversation] ?? 0, place)
        }
        return late
    }

    private static func overRate(_ arrivals: [Arrival], _ rate: Limits.Rate) -> [String] {
        let sorted = arrivals.sorted { $0.arrivedAt < $1.arrivedAt }
        return sorted.indices.filter { index in
            let first = index - rate.arrivals
            return first >= 0 && sorted[index].arrivedAt - sorted[first].arrivedAt < rate.milliseconds
        }.map { sorted[$0].mark }
    }

    private static func needlesslyRepeated(_ calls: [Call]) -> [String] {
        var over: Set<String> = []
        return calls.compactMap { call in
            defer { if call.isLast { over.insert(call.mark) } }
            return over.contains(call.mark) ? call.mark : nil
        }
    }

    private func overlapping(_ calls: [Call]) -> [String] {
        let conversations = Dictionary(orders.map { ($0.mark, $0.conversation) }) { first, _ in first }
        var ends: [String: Int64] = [:]
        return calls.compactMap { call in
            guard let conversation = conversations[call.mark] else { return nil }
            let end = ends[conversation] ?? .min
            ends[conversation] = max(end, call.endedAt)
            return call.startedAt < end ? call.mark : nil
        }
    }

    private static func counts<Key: Hashable>(_ keys: some Sequence<Key>) -> [Key: Int] {
        keys.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

/// What one call is counted by.
private struct Identity: Hashable {
    var mark: String
    var number: Int?
}

extension DeliveryChecker.Call {
    fileprivate var identity: Identity { Identity(mark: mark, number: number) }
}

extension DeliveryChecker.Arrival {
    fileprivate var identity: Identity { Identity(mark: mark, number: number) }
}

extension DeliveryChecker.Arrival {
    /// - Parameter mark: how a request is recognised; nil for one that is none of the sender's orders (a look-up).
    package static func list(
        _ arrivals: [FakeArrival], mark: (FakeArrival) -> String? = { $0.text ?? $0.key }
    ) -> [DeliveryChecker.Arrival] {
        arrivals.compactMap { arrival in
            mark(arrival).map {
                .init($0, in: arrival.conversation ?? "", at: arrival.arrivedAt, tookEffect: arrival.tookEffect)
            }
        }
    }
}
