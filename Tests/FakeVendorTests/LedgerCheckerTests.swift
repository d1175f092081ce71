import TestSupport
import Testing

/// The judge is judged: each fault is planted into a good history, and must be found, and nothing else.
struct LedgerCheckerTests {
    typealias Findings = LedgerFindings

    @Test(arguments: [true, false]) func aGoodHistoryIsClean(isFolding: Bool) {
        let history = History(isFolding: isFolding)
        #expect(history.findings == Findings(), "\(history.findings)")
    }

    @Test func goodHistoriesOfAllKindsAreClean() {
        let seed = TestScale.seed(usual: 20_261_121)
        var random = SplitMix64(seed: seed)
        for number in 0..<500 {
            let history = History(random: &random)
            #expect(history.findings.isClean, "seed \(seed), history \(number): \(history.findings)")
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isFolding = true
        var plant: @Sendable (inout History) -> Void
        var find: @Sendable (inout Findings) -> Void

        init(
            _ name: String, isFolding: Bool = true, plant: @escaping @Sendable (inout History) -> Void,
            find: @escaping @Sendable (inout Findings) -> Void
        ) {
            testDescription = name
            self.isFolding = isFolding
            self.plant = plant
            self.find = find
        }
    }

    @Test(arguments: events + effects + arrivals)
    func findsAPlantedFault(_ fault: Fault) {
        var history = History(isFolding: fault.isFolding)
        fault.plant(&history)
        var expected = Findings()
        fault.find(&expected)
        #expect(history.findings == expected, "\(history.findings)")
        #expect(!history.findings.isClean)
    }

    private static let second = LoadEvent(conversation: 1, seq: 2)
    private static let last = LoadEvent(conversation: 2, seq: 3)
    private static let stranger = LoadEvent(conversation: 1, seq: 9)

    private static let events: [Fault] = [
        Fault("dropped by the store") {
            $0.forget(second)
        } find: {
            $0.lost = [second]
        },
        Fault("acknowledged at the second attempt, and dropped") {
            $0.sends.append(.init(second, begun: 90, ended: 91, outcome: .answered(200, body: "{}")))
            $0.sends[2].outcome = .unanswered
            $0.forget(second)
        } find: {
            $0.lost = [second]
        },
        Fault("stored twice") {
            $0.store.events.append(.init(last, in: 2))
            $0.store.counts[.done] = 7
            $0.store.marks = 7
            $0.store.changes[2] = 4
        } find: {
            $0.twice = [last]
        },
        Fault("stored twice under one mark") {
            $0.store.events.append(.init(last, in: 2))
            $0.store.counts[.done] = 7
            $0.store.changes[2] = 4
        } find: {
            $0.twice = [last]
            $0.imbalance = "6 accepted, 7 accounted for"
        },
        Fault("marked, and not stored") {
            $0.store.marks = 7
        } find: {
            $0.imbalance = "7 accepted, 6 accounted for"
        },
        Fault("never sent") {
            $0.store.events.append(.init(stranger, in: 1))
            $0.store.counts[.done] = 7
            $0.store.marks = 7
            $0.store.changes[1] = 4
            $0.store.effects += [0, 1].map { .init(.init(stranger, action: $0), in: 1) }
            $0.arrivals += [0, 1].map { History.arrival(.init(stranger, action: $0), key: true) }
        } find: {
            $0.phantom = [stranger]
        },
        Fault("evaluated twice") {
            $0.store.changes[1] = 4
        } find: {
            $0.miscounted = [1]
        },
        Fault("not decided") {
            $0.setStatus(of: last, .open)
        } find: {
            $0.undecided = [last]
        },
        Fault("dead") {
            $0.setStatus(of: last, .dead)
        } find: {
            $0.dead = [last]
        },
        Fault("in another conversation") {
            $0.store.events[0].conversation = 2
        } find: {
            $0.misplaced = [LoadEvent(conversation: 1, seq: 1)]
        },
        Fault("stored in another order than acknowledged") {
            $0.store.events.swapAt(2, 4)
            $0.arrivals.swapAt(4, 8)
            $0.arrivals.swapAt(5, 9)
        } find: {
            $0.overtaking = [LoadEvent(conversation: 1, seq: 3)]
        },
        Fault("refused") {
            $0.sends[3].outcome = .answered(500, body: "")
        } find: {
            $0.refused = [LoadEvent(conversation: 2, seq: 2)]
        },
        Fault("a repeat is answered otherwise") {
            $0.sends.append(.init(second, begun: 90, ended: 91, outcome: .answered(200, body: "duplicate")))
        } find: {
            $0.answeredOtherwise = [second]
        },
        Fault("a damaged file") {
            $0.store.damage = ["integrity_check: row 3 missing from index inbox_new"]
        } find: {
            $0.damage = ["integrity_check: row 3 missing from index inbox_new"]
        },
    ]

    private static let effect = LoadEffect(second, action: 1)

    private static let effects: [Fault] = [
        Fault("decided without an effect") {
            $0.store.effects.removeAll { $0.effect == effect }
            $0.arrivals.removeAll { $0.call.effect == effect }
        } find: {
            $0.missing = [effect]
        },
        Fault("made twice") { history in
            history.store.effects.append(.init(effect, in: 1))
        } find: {
            $0.madeTwice = [effect]
        },
        Fault("made for an event that is not decided") {
            $0.store.effects.append(.init(.init(stranger, action: 2), in: 1, .applied))
        } find: {
            $0.unfounded = [.init(stranger, action: 2)]
        },
        Fault("not settled") {
            $0.change(effect) { $0.state = .open }
        } find: {
            $0.unsettled = [effect]
        },
        Fault("dead effect") {
            $0.change(effect) { $0.state = .dead }
        } find: {
            $0.deadEffects = [effect]
        },
        Fault("made in another conversation") {
            $0.change(effect) { $0.conversation = 2 }
        } find: {
            $0.misplacedEffects = [effect]
        },
    ]

    private static let arrivals: [Fault] = [
        Fault("settled, and never sent") {
            $0.arrivals.removeAll { $0.call.effect == effect }
        } find: {
            $0.unsent = [effect]
        },
        Fault("settled, and never carried out") {
            $0.arrivals[5].processing = .failed
        } find: {
            $0.unsent = [effect]
        },
        Fault("of nobody") {
            $0.arrivals.append(History.arrival(.init(stranger, action: 0), key: true))
        } find: {
            $0.unknown = [.init(stranger, action: 0)]
        },
        Fault("repeated on the way") {
            $0.arrivals.insert($0.arrivals[5], at: 6)
            $0.arrivals[6].processing = .folded
        } find: {
            $0.silentlyRepeated = [effect]
        },
        Fault("seen twice although it is folded") {
            $0.arrivals.insert($0.arrivals[5], at: 6)
            $0.change(effect) { ($0.attempts, $0.uncertainAttempts) = (2, 1) }
        } find: {
            $0.repeated = [effect]
            $0.repeats = 1
            $0.tooManyRepeats = 1
        },
        Fault("seen twice without an excuse", isFolding: false) {
            $0.arrivals.insert($0.arrivals[5], at: 6)
            $0.change(effect) { $0.attempts = 2 }
        } find: {
            $0.repeated = [effect]
            $0.repeats = 1
        },
        Fault("more repeats than sends were under way", isFolding: false) {
            for index in [1, 4, 7] {
                let effect = $0.arrivals[index].call.effect
                $0.arrivals.insert($0.arrivals[index], at: index)
                $0.change(effect) { ($0.attempts, $0.uncertainAttempts) = (2, 1) }
            }
        } find: {
            $0.repeats = 3
            $0.tooManyRepeats = 1
        },
        Fault("swapped") {
            $0.arrivals.swapAt(4, 5)
        } find: {
            $0.outOfOrder = [.init(second, action: 0)]
        },
        Fault("an event's before the one before it") {
            $0.arrivals.swapAt(0, 4)
            $0.arrivals.swapAt(1, 5)
        } find: {
            $0.outOfOrder = [0, 1].map { .init(LoadEvent(conversation: 1, seq: 1), action: $0) }
        },
        Fault("a predecessor again after its successor", isFolding: false) {
            let first = LoadEffect(second, action: 0)
            $0.arrivals.insert(History.arrival(first, key: false), at: 6)
            $0.change(first) { ($0.attempts, $0.uncertainAttempts) = (2, 1) }
        } find: {
            $0.outOfOrder = [.init(second, action: 0)]
            $0.repeats = 1
        },
        Fault("arrived in another conversation") {
            $0.arrivals[5].call.conversation = 2
        } find: {
            $0.misplacedEffects = [effect]
        },
        Fault("another key for a repeat") {
            $0.arrivals.insert($0.arrivals[5], at: 6)
            $0.arrivals[6].call.key = "other"
            $0.arrivals[6].processing = .failed
            $0.change(effect) { ($0.attempts, $0.uncertainAttempts) = (2, 1) }
        } find: {
            $0.badKeys = [effect]
        },
        Fault("the key of another") {
            $0.arrivals[5].call.key = $0.arrivals[4].call.key
        } find: {
            $0.badKeys = [effect]
        },
        Fault("no key") {
            $0.arrivals[5].call.key = nil
        } find: {
            $0.badKeys = [effect]
        },
    ]

    @Test func findingsAreToldInOneLine() {
        var findings = Findings()
        #expect(findings.description == "nothing")
        findings.lost = [Self.second]
        findings.repeats = 2
        #expect(findings.description == "lost (1): ev1-2; repeats: 2")
    }

    @Test(arguments: [
        ("order ev12-345", LoadEvent(conversation: 12, seq: 345)), ("huggy:shop:message:ev1-2", LoadEvent(conversation: 1, seq: 2)),
        ("ev1-2", LoadEvent(conversation: 1, seq: 2)), ("lev1-2 ev3-4;", LoadEvent(conversation: 3, seq: 4)),
        ("ev1-2a", nil), ("ev-2", nil), ("ev1-", nil), ("never", nil), ("", nil),
    ])
    func aNameIsFoundInAText(text: String, event: LoadEvent?) { #expect(LoadEvent(in: text) == event) }
}

/// What senders, store and vendor saw of one run.
struct History: Sendable {
    var sends: [SendLedger.Send] = []
    var store = StoreReading()
    var arrivals: [VendorLog.Arrival] = []
    let isFolding: Bool

    /// Two conversations of three messages each, in turns, two effects each.
    init(isFolding: Bool) {
        self.isFolding = isFolding
        for place in 0..<6 {
            let event = LoadEvent(conversation: place % 2 + 1, seq: place / 2 + 1)
            sends.append(.init(event, begun: place * 2, ended: place * 2 + 1, outcome: .answered(200, body: "{}")))
            store.events.append(.init(event, in: event.conversation))
            for action in [0, 1] {
                let effect = LoadEffect(event, action: action)
                store.effects.append(.init(effect, in: event.conversation))
                arrivals.append(Self.arrival(effect, key: isFolding))
            }
        }
        store.marks = 6
        store.counts = [.done: 6]
        store.changes = [1: 3, 2: 3]
    }

    var findings: LedgerFindings {
        LedgerChecker(sent: [0, 1], isFolding: isFolding, mostRepeats: 2).findings(
            sends: sends, store: store, arrivals: arrivals)
    }

    static func arrival(_ effect: LoadEffect, key: Bool) -> VendorLog.Arrival {
        .init(.init(effect, conversation: effect.event.conversation, key: key ? "key of \(effect)" : nil))
    }

    /// As if it had never come.
    mutating func forget(_ event: LoadEvent) {
        store.events.removeAll { $0.event == event }
        store.effects.removeAll { $0.effect.event == event }
        arrivals.removeAll { $0.call.effect.event == event }
        store.marks -= 1
        store.counts[.done, default: 0] -= 1
        store.changes[event.conversation, default: 0] -= 1
    }

    /// It was never decided, so that nothing came of it.
    mutating func setStatus(of event: LoadEvent, _ status: StoreReading.Status) {
        for index in store.events.indices where store.events[index].event == event { store.events[index].status = status }
        store.effects.removeAll { $0.effect.event == event }
        arrivals.removeAll { $0.call.effect.event == event }
        store.counts[.done, default: 0] -= 1
        store.counts[status, default: 0] += 1
        store.changes[event.conversation, default: 0] -= 1
    }

    mutating func change(_ effect: LoadEffect, _ body: (inout StoreReading.Effect) -> Void) {
        for index in store.effects.indices where store.effects[index].effect == effect { body(&store.effects[index]) }
    }
}

extension History {
    /// A run as it may be: senders that hang up and come again, kills in the middle of sends, a vendor that fails.
    init(random: inout SplitMix64) {
        isFolding = Bool.random(using: &random)
        var (clock, repeats) = (0, 0)
        var seqs = Array(repeating: 0, count: Int.random(in: 1...5, using: &random))
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let place = Int.random(in: seqs.indices, using: &random)
            seqs[place] += 1
            let event = LoadEvent(conversation: place + 1, seq: seqs[place])
            let isStored = send(event, &clock, &random)
            if isStored { store(event, &repeats, &random) }
        }
    }

    /// Several times perhaps; true when it arrived.
    private mutating func send(_ event: LoadEvent, _ clock: inout Int, _ random: inout SplitMix64) -> Bool {
        var isStored = false
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let isAnswered = Int.random(in: 0..<3, using: &random) > 0
            isStored = isStored || isAnswered || Bool.random(using: &random)
            sends.append(
                .init(
                    event, begun: clock + 1, ended: clock + 2,
                    outcome: isAnswered ? .answered(200, body: "{}") : .unanswered))
            clock += 2
        }
        return isStored
    }

    private mutating func store(_ event: LoadEvent, _ repeats: inout Int, _ random: inout SplitMix64) {
        store.events.append(.init(event, in: event.conversation))
        store.marks += 1
        store.counts[.done, default: 0] += 1
        store.changes[event.conversation, default: 0] += 1
        for action in [0, 1] {
            var effect = StoreReading.Effect(.init(event, action: action), in: event.conversation)
            if Int.random(in: 0..<6, using: &random) == 0 { interrupt(&effect, &repeats, &random) }
            var arrival = Self.arrival(effect.effect, key: isFolding)
            if isFolding, arrivals.contains(where: { $0.call == arrival.call && $0.processing == .carriedOut }) {
                arrival.processing = .folded
            }
            arrivals.append(arrival)
            store.effects.append(effect)
        }
        store.effects.append(.init(.init(event, action: 2), in: event.conversation, .applied, attempts: 0))
    }

    /// An attempt before the last one, that was lost on the way, arrived without an answer, or was refused for now.
    private mutating func interrupt(
        _ effect: inout StoreReading.Effect, _ repeats: inout Int, _ random: inout SplitMix64
    ) {
        effect.attempts += 1
        var arrival = Self.arrival(effect.effect, key: isFolding)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: effect.uncertainAttempts += 1
        case 1:
            arrival.processing = .failed
            arrivals.append(arrival)
        case 2:
            effect.uncertainAttempts += 1
            arrival.processing = .waiting
            arrivals.append(arrival)
        default:
            guard isFolding || repeats < 2 else { return }
            repeats += 1
            effect.uncertainAttempts += 1
            arrivals.append(arrival)
        }
    }
}
