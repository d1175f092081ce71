/// What went wrong between those who send webhooks, the store and the vendor: the one judge of all end-to-end tests. A value
/// without a clock and without files: it only compares lists.
package struct LedgerChecker: Sendable {
    /// The actions of the rule that reach the vendor, by their places.
    package var sent: [Int]
    /// True when the vendor takes keys: nothing may be seen twice then, whatever happened.
    package var isFolding: Bool
    /// Sends that were under way when a daemon was killed, at most: so many repeats are excused, each only where the store knows
    /// of an attempt that may have arrived. Nil: no more than the store knows of.
    package var mostRepeats: Int?
    /// False while work may be left: open events and effects are no faults then.
    package var isDrained = true
    /// Whether events and effects may have died.
    package var mayDie = false
    /// What senders may be answered; no answer at all is allowed always.
    package var statuses: Set<Int> = [200]
    /// What an acknowledgement says, byte for byte; nil: all the same, whatever it is.
    package var body: String?

    package init(sent: [Int], isFolding: Bool, mostRepeats: Int? = nil) {
        self.sent = sent
        self.isFolding = isFolding
        self.mostRepeats = mostRepeats
    }

    package init(_ site: LoadSite, mostRepeats: Int? = nil) {
        self.init(sent: site.sent, isFolding: site.isFolding, mostRepeats: mostRepeats)
    }

    /// - Parameter sends: in order of their beginning.
    /// - Parameter arrivals: in order.
    package func findings(
        sends: [SendLedger.Send], store: StoreReading, arrivals: [VendorLog.Arrival]
    ) -> LedgerFindings {
        var findings = LedgerFindings()
        judgeAnswers(sends, &findings)
        judgeEvents(sends, store, &findings)
        judgeOrderOfEvents(sends, store, &findings)
        judgeEffects(store, &findings)
        judgeArrivals(sends, store, arrivals, &findings)
        judgeOrderOfArrivals(store, arrivals, &findings)
        findings.damage = store.damage
        return findings
    }
}

// MARK: - Webhooks and events

extension LedgerChecker {
    private func judgeAnswers(_ sends: [SendLedger.Send], _ findings: inout LedgerFindings) {
        var expected = body
        for send in sends {
            guard case .answered(let status, let body) = send.outcome else { continue }
            if !statuses.contains(status) { findings.refused.append(send.event) }
            guard status == 200 else { continue }
            if body != expected ?? body { findings.answeredOtherwise.append(send.event) }
            expected = expected ?? body
        }
    }

    private func judgeEvents(_ sends: [SendLedger.Send], _ store: StoreReading, _ findings: inout LedgerFindings) {
        let sent = Set(sends.map(\.event))
        let acknowledged = Set(sends.filter(\.outcome.isAcknowledged).map(\.event))
        let rows = Dictionary(grouping: store.events, by: \.event)
        findings.lost = acknowledged.filter { rows[$0] == nil }.sorted()
        findings.phantom = rows.keys.filter { !sent.contains($0) }.sorted()
        findings.twice = rows.filter { $0.value.count > 1 }.keys.sorted()
        for stored in store.events {
            switch stored.status {
            case .done, .ignored: break
            case .open: if isDrained { findings.undecided.append(stored.event) }
            case .dead: if !mayDie { findings.dead.append(stored.event) }
            case .unknown: findings.dead.append(stored.event)
            }
            if stored.conversation != stored.event.conversation { findings.misplaced.append(stored.event) }
        }
        let evaluations = Self.counts(store.events.lazy.filter { $0.status == .done }.map(\.event.conversation))
        let conversations = Set(evaluations.keys).union(store.changes.keys)
        findings.miscounted = conversations.filter { evaluations[$0] ?? 0 != store.changes[$0] ?? 0 }.sorted()
        let accounted = [StoreReading.Status.done, .open, .dead, .ignored].reduce(0) { $0 + (store.counts[$1] ?? 0) }
        if store.marks != accounted { findings.imbalance = "\(store.marks) accepted, \(accounted) accounted for" }
    }

    /// In a conversation an event that was acknowledged before another was first sent is stored before it.
    private func judgeOrderOfEvents(_ sends: [SendLedger.Send], _ store: StoreReading, _ findings: inout LedgerFindings) {
        var rows: [LoadEvent: Int] = [:]
        for (index, stored) in store.events.enumerated() where rows[stored.event] == nil { rows[stored.event] = index }
        var begun: [LoadEvent: Int] = [:]
        var acknowledged: [LoadEvent: Int] = [:]
        for send in sends {
            begun[send.event] = min(begun[send.event] ?? .max, send.begun)
            if send.outcome.isAcknowledged { acknowledged[send.event] = min(acknowledged[send.event] ?? .max, send.ended) }
        }
        for (_, events) in Dictionary(grouping: begun.keys, by: \.conversation) {
            let starts = events.compactMap { event in rows[event].map { (event, at: begun[event] ?? 0, row: $0) } }
            let ends = events.compactMap { event in
                acknowledged[event].flatMap { end in rows[event].map { (at: end, row: $0) } }
            }.sorted { $0.at < $1.at }
            var (next, furthest) = (0, -1)
            for start in starts.sorted(by: { $0.at < $1.at }) {
                while next < ends.count, ends[next].at < start.at {
                    furthest = max(furthest, ends[next].row)
                    next += 1
                }
                if start.row < furthest { findings.overtaking.append(start.0) }
            }
        }
        findings.overtaking.sort()
    }
}

// MARK: - Effects and their arrivals

extension LedgerChecker {
    private func judgeEffects(_ store: StoreReading, _ findings: inout LedgerFindings) {
        let rows = Self.counts(store.effects.map(\.effect))
        let decided = Set(store.events.lazy.filter { $0.status == .done }.map(\.event))
        findings.missing = decided.flatMap { event in sent.map { LoadEffect(event, action: $0) } }
            .filter { rows[$0] == nil }.sorted()
        findings.madeTwice = rows.filter { $0.value > 1 }.keys.sorted()
        findings.unfounded = rows.keys.filter { !decided.contains($0.event) }.sorted()
        for effect in store.effects {
            switch effect.state {
            case .sent, .applied: break
            case .open: if isDrained { findings.unsettled.append(effect.effect) }
            case .dead: if !mayDie { findings.deadEffects.append(effect.effect) }
            }
            if effect.conversation != effect.effect.event.conversation { findings.misplacedEffects.append(effect.effect) }
        }
    }

    private func judgeArrivals(
        _ sends: [SendLedger.Send], _ store: StoreReading, _ arrivals: [VendorLog.Arrival], _ findings: inout LedgerFindings
    ) {
        let effects = Dictionary(store.effects.map { ($0.effect, $0) }) { first, _ in first }
        let arrived = Self.counts(arrivals.map(\.call.effect))
        let seen = Self.counts(arrivals.lazy.filter { $0.processing == .carriedOut }.map(\.call.effect))
        // Where it is sent, and a call of it was not refused by the vendor, a customer sees it.
        findings.unsent = effects.values.filter { $0.state == .sent && sent.contains($0.effect.action) && seen[$0.effect] == nil }
            .map(\.effect).sorted()
        findings.unknown = arrived.keys.filter { effects[$0] == nil || !sent.contains($0.action) }.sorted()
        findings.silentlyRepeated = arrived.filter { $0.value > effects[$0.key]?.attempts ?? .max }.keys.sorted()
        let repeated = seen.filter { $0.value > 1 }
        let excused = { (effect: LoadEffect) in isFolding ? 0 : effects[effect]?.uncertainAttempts ?? 0 }
        findings.repeated = repeated.filter { $0.value - 1 > excused($0.key) }.keys.sorted()
        findings.repeats = repeated.values.reduce(0) { $0 + $1 - 1 }
        findings.tooManyRepeats = max(0, findings.repeats - (isFolding ? 0 : mostRepeats ?? .max))
        findings.misplacedEffects += arrivals.filter { $0.call.conversation != $0.call.effect.event.conversation }
            .map(\.call.effect)
        judgeKeys(arrivals, &findings)
    }

    /// An effect has one key, and no other has it.
    private func judgeKeys(_ arrivals: [VendorLog.Arrival], _ findings: inout LedgerFindings) {
        var keys: [LoadEffect: String] = [:]
        var owners: [String: LoadEffect] = [:]
        for call in arrivals.lazy.map(\.call) {
            guard let key = call.key else {
                if isFolding { findings.badKeys.append(call.effect) }
                continue
            }
            if keys[call.effect] ?? key != key || owners[key] ?? call.effect != call.effect {
                findings.badKeys.append(call.effect)
            }
            keys[call.effect] = key
            owners[key] = call.effect
        }
    }

    /// A successor may only begin when its predecessor is settled, so even a repeat of the predecessor is too late then.
    private func judgeOrderOfArrivals(
        _ store: StoreReading, _ arrivals: [VendorLog.Arrival], _ findings: inout LedgerFindings
    ) {
        var rows: [LoadEvent: Int] = [:]
        for (index, stored) in store.events.enumerated() where rows[stored.event] == nil { rows[stored.event] = index }
        var furthest: [Int: (row: Int, action: Int)] = [:]
        for effect in arrivals.lazy.map(\.call.effect) {
            guard let row = rows[effect.event] else { continue }
            let last = furthest[effect.event.conversation] ?? (-1, -1)
            if (row, effect.action) < last { findings.outOfOrder.append(effect) }
            furthest[effect.event.conversation] = (row, effect.action) < last ? last : (row, effect.action)
        }
    }

    private static func counts<Key: Hashable>(_ keys: some Sequence<Key>) -> [Key: Int] {
        keys.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
