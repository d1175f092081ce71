import Model
import Storage
import StorageSQLite
import TestSupport
import Testing

/// The stores against each other: the same random operations must show the same.
@Suite(.serialized) struct StoreAgreementTests {
    @Test(arguments: 0..<24 as Range<UInt64>)
    func storesAgree(seed: UInt64) async throws {
        try await expectAgreement(seed: seed, steps: 250, reopeningAfter: 125)
    }

    /// Nothing is kept between two calls but in the file.
    @Test(arguments: 100..<104 as Range<UInt64>)
    func storesAgreeWhenReopenedAfterEachCall(seed: UInt64) async throws {
        try await expectAgreement(seed: seed, steps: 250, reopeningAfter: 1)
    }

    private func expectAgreement(seed: UInt64, steps: Int, reopeningAfter interval: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            var sqlite = Observed(store: try SQLiteStore.open(path: path))
            var memory = Observed(store: MemoryStore())
            var operations = RandomOperations(seed: seed)
            for step in 1...steps {
                let operation = operations.next()
                let left = await memory.perform(operation)
                let right = await sqlite.perform(operation)
                guard left == right else {
                    Issue.record("seed \(seed), step \(step), \(operation): memory \(left), sqlite \(right)")
                    break
                }
                if step.isMultiple(of: interval) {
                    try await sqlite.store.close()
                    sqlite.store = try SQLiteStore.open(path: path)
                }
            }
            try await sqlite.store.close()
        }
    }
}

/// One call, naming entries by their place among those that are known, since ids are each store's own.
private enum Operation: Sendable {
    case accept(IncomingWebhook)
    case undecided(limit: Int)
    case state(ConversationKey, [CooldownKey])
    /// `staleness` is added to the version that was read.
    case decide(count: Int, staleness: Int64, RandomDecision)
    case fire(ClockReading, TimerLimits)
    case claim(ClockReading, limit: Int)
    case settle(place: Int, Settlement, answer: HTTPAnswer?, at: Instant)
    case nextDue(ClockReading)
    case recover
    case isOwn(String, [String])
    case counts
}

private struct RandomDecision: Sendable {
    var states: [ConversationState?]
    var effects: [[OutboxDraft]]
    var cooldowns: [[CooldownKey]]
    var timers: [[TimerDraft]?]
    var ends: [InboxEnd]
    var at: Instant
}

private struct RandomOperations {
    private var random: SplitMix64
    private var clocks = ClockReading(wall: at(0), bootID: "boot 1", sinceBoot: 0)
    private var now: Instant { clocks.wall }

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> Operation {
        passTime()
        switch number(0...22) {
        case 0...4: return .accept(webhook())
        case 5: return .undecided(limit: number(0...10))
        case 6: return .state(conversation(), [cooldown(), cooldown()])
        case 7...10:
            return .decide(count: number(1...4), staleness: number(0...9) == 0 ? Int64(number(-1...1)) : 0, decision())
        case 11...12: return .claim(clocks, limit: number(0...4))
        case 13...16:
            return .settle(place: number(0...30), settlement(), answer: number(0...2) == 0 ? answer() : nil, at: now)
        case 17: return .nextDue(clocks)
        case 18...20: return .fire(clocks, TimerLimits(ofThisBoot: number(0...3), ofEarlierBoots: number(0...3)))
        case 21: return number(0...3) == 0 ? .recover : .isOwn(account(), [message(), message()])
        default: return .counts
        }
    }

    /// Now and then somebody sets the wall clock, or the machine starts again; a boot may even have a name from before.
    private mutating func passTime() {
        let passed = Duration.milliseconds(number(0...20))
        clocks.wall = clocks.wall.adding(passed)
        clocks.sinceBoot += passed.wholeMilliseconds
        switch number(0...49) {
        case 0...1: clocks.wall = clocks.wall.adding(.milliseconds(number(-300...300)))
        case 2:
            clocks.bootID = "boot \(number(0...3))"
            clocks.sinceBoot = Int64(number(0...100))
        default: break
        }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func account() -> String { ["shop", "other"][number(0...1)] }
    private mutating func message() -> String { "m\(number(0...40))" }

    private mutating func conversation(account: String? = nil) -> ConversationKey {
        let account = account ?? self.account()
        return key(["c1", "c2", "caf\u{e9}", "cafe\u{301}"][number(0...3)], account: account)
    }

    private mutating func cooldown() -> CooldownKey {
        CooldownKey(
            account: account(), scope: CooldownScope.allCases[number(0...2)], subject: "s\(number(0...1))",
            rule: "r\(number(0...1))")
    }

    private mutating func webhook() -> IncomingWebhook {
        let account = account()
        let events = (0..<number(0...3)).map { _ in
            EventHeader(id: "e\(number(0...300))", kind: .messageReceived, conversation: conversation(account: account))
        }
        return IncomingWebhook(
            account: account, vendor: .rocketchat, receivedAt: now, body: Array("body \(number(0...9))".utf8),
            events: events)
    }

    private mutating func decision() -> RandomDecision {
        var decision = RandomDecision(states: [], effects: [], cooldowns: [], timers: [], ends: [], at: now)
        for _ in 0..<4 {
            decision.states.append(
                number(0...2) == 0 ? nil : ConversationState(tags: ["t\(number(0...9))"], repliesSinceCustomer: number(0...3)))
            decision.effects.append((0..<number(0...3)).map { _ in randomDraft() })
            decision.cooldowns.append(number(0...2) == 0 ? [cooldown()] : [])
            decision.timers.append(number(0...2) == 0 ? nil : (0..<number(0...3)).map { _ in randomTimer() })
            decision.ends.append(number(0...9) == 0 ? .dead("no") : .done)
        }
        return decision
    }

    private mutating func randomDraft() -> OutboxDraft {
        var planned = draft(
            "k\(number(0...400))", event: "e\(number(0...5))", rule: "r\(number(0...1))",
            notBefore: now.adding(.milliseconds(number(0...3) == 0 ? number(0...100) : 0)),
            heldUntil: number(0...2) == 0 ? deadline(number(-10...120)) : nil,
            ownIDs: number(0...4) == 0 ? [message()] : [])
        if number(0...2) == 0 {
            planned.effect.action = .http(
                HTTPCall(method: "GET", url: "https://example.org/", save: number(0...2) == 0 ? nil : "v"))
        }
        planned.effect.target.vendor = number(0...1) == 0 ? .huggy : .omnichat
        return planned
    }

    /// Due at round times, so that it may be the same as one before.
    private mutating func randomTimer() -> TimerDraft {
        let ahead = Int64(number(-20...150))
        let due = Instant(milliseconds: (now.milliseconds + ahead) / 40 * 40)
        let kinds: [ConversationTimer.Kind] = [.timeout, .expiry, idle(1), idle(2, since: .any)]
        return TimerDraft(
            timer: ConversationTimer(kinds[number(0...3)], due: due), vendor: .rocketchat,
            deadline: Deadline(due, clocks: clocks))
    }

    private mutating func deadline(_ ahead: Int) -> Deadline {
        Deadline(now.adding(.milliseconds(ahead)), clocks: clocks)
    }

    private mutating func answer() -> HTTPAnswer {
        HTTPAnswer(effectKey: "k\(number(0...60))", variable: "v", value: ["status": .integer(Int64(number(200...204)))])
    }

    private mutating func settlement() -> Settlement {
        switch number(0...5) {
        case 0: .dead(.refused, message: "400")
        case 1...2: .retry(at: now.adding(.milliseconds(number(0...60))), .timeout, uncertain: number(0...1) == 0)
        case 3: .done(remoteID: nil)
        default: .done(remoteID: message())
        }
    }
}

/// A store, and what it has shown so far.
private struct Observed {
    var store: any Store
    private var claimed: [Int64] = []

    init(store: any Store) { self.store = store }

    /// All that the call showed, as text without ids.
    mutating func perform(_ operation: Operation) async -> String {
        do {
            return try await shown(operation)
        } catch {
            return "\(error)"
        }
    }

    private mutating func shown(_ operation: Operation) async throws(StoreError) -> String {
        switch operation {
        case .accept(let webhook): return "\(try await store.accept(webhook))"
        case .undecided(let limit): return try await store.undecided(limit: limit).map(text).joined(separator: "\n")
        case .state(let conversation, let cooldowns):
            let stored = try await store.state(of: conversation, cooldowns: cooldowns)
            let windows = cooldowns.map { "\($0.rule) \(stored.state.cooldowns[$0]?.milliseconds ?? -1)" }
            return "\(stored.version) \(stored.state.conversation) \(windows)"
        case .decide(let count, let staleness, let decision):
            let evaluations = try await evaluations(count: count, staleness: staleness, decision)
            try await store.commit(evaluations)
            return "committed \(evaluations.count)"
        case .fire(let now, let limits): return "\(try await store.fireTimers(at: now, limits: limits))"
        case .claim(let now, let limit):
            let entries = try await store.claimEffects(at: now, limit: limit)
            claimed += entries.map(\.id)
            return entries.map {
                "\($0.effect.key) \($0.attempt) \($0.createdAt.milliseconds) \($0.state) \($0.isUncertain)"
            }.joined(separator: "\n")
        case .settle(let place, let settlement, let answer, let now):
            // Late ones too: what was settled before must not change.
            guard place < claimed.count else { return "nothing claimed" }
            try await store.settle(claimed[claimed.count - 1 - place], as: settlement, answer: answer, at: now)
            return "settled"
        case .nextDue(let now): return "\(try await store.nextEffectDue(at: now)?.milliseconds ?? -1)"
        case .recover: return "\(try await store.recover())"
        case .isOwn(let account, let ids): return "\(try await store.isOwnMessage(account: account, ids: ids))"
        case .counts:
            let counts = try await store.counts()
            let open = counts.open.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return "\(counts.undecided) \(counts.oldestUndecided?.milliseconds ?? -1) \(open) \(counts.dead)"
        }
    }

    private func text(_ entry: InboxEntry) -> String {
        "\(entry.account) \(entry.vendor) \(entry.event) \(entry.receivedAt.milliseconds) \(entry.body) "
            + "\(entry.internalEvent.map { "\($0)" } ?? "")"
    }

    private func evaluations(
        count: Int, staleness: Int64, _ decision: RandomDecision
    ) async throws(StoreError) -> [Evaluation] {
        var versions: [[UInt8]: Int64] = [:]
        var evaluations: [Evaluation] = []
        for (place, entry) in try await store.undecided(limit: count).enumerated() {
            let conversation = entry.event.conversation
            let name = Array("\(conversation.account)/\(conversation.conversation)".utf8)
            if versions[name] == nil {
                versions[name] = try await store.state(of: conversation, cooldowns: []).version
            }
            let version = versions[name] ?? 0
            evaluations.append(
                Evaluation(
                    inboxID: entry.id, conversation: conversation, basedOn: version + staleness,
                    state: decision.states[place], cooldowns: decision.cooldowns[place],
                    effects: decision.effects[place], timers: decision.timers[place], end: decision.ends[place], at: decision.at))
            if decision.states[place] != nil { versions[name] = version + 1 }
        }
        return evaluations
    }
}
