import Model
import Storage
import StorageSQLite
import TestSupport
import Testing
import Vendors

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
    case facts(DecisionReads)
    /// `staleness` is added to the version that was read.
    case decide(count: Int, staleness: Int64, RandomDecision)
    case fire(ClockReading, TimerLimits)
    /// Without limits those that wait longest come first.
    case claim(ClockReading, limit: Int, AccountLimits?)
    case settle(place: Int, Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at: Instant)
    case nextDue(ClockReading, AccountLimits?)
    case recover
    /// Of undecided events, by their places, and of one that is not there.
    case countCrash(places: [Int])
    case isOwn(String, [String])
    case counts
    case ledger(LedgerQuery, limit: Int)
    case event(String)
    /// All pages.
    case deadLetters(DeadLetterFilter, page: Int)
    case retry(place: Int, ClockReading)
    case discard(place: Int)
    /// All pages.
    case captures(CaptureQuery)
    case importCaptures([IncomingWebhook])
    /// A whole round.
    case prune(Retention, step: Int)
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
    /// Of a daemon the times before which it prunes never go back.
    private var pruned = at(-1000)

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> Operation {
        passTime()
        switch number(0...33) {
        case 0...4: return .accept(webhook())
        case 5: return .undecided(limit: number(0...10))
        case 6:
            guard number(0...1) == 0 else { return .state(conversation(), [cooldown(), cooldown()]) }
            var reads = DecisionReads()
            reads.conversations = (0..<number(0...3)).map { _ in conversation() }
            reads.cooldowns = (0..<number(0...3)).map { _ in cooldown() }
            reads.messages = (0..<number(0...3)).map { _ in MessageKey(account: account(), id: message()) }
            return .facts(reads)
        case 7...10:
            return .decide(count: number(1...4), staleness: number(0...9) == 0 ? Int64(number(-1...1)) : 0, decision())
        case 11...12, 23: return .claim(clocks, limit: number(0...4), limits())
        case 13...16, 24:
            return .settle(
                place: number(0...30), settlement(), answer: number(0...2) == 0 ? answer() : nil,
                attempt: number(0...2) == 0 ? nil : attempt(), at: now)
        case 17: return .nextDue(clocks, limits())
        case 18...20: return .fire(clocks, TimerLimits(ofThisBoot: number(0...3), ofEarlierBoots: number(0...3)))
        case 22: return number(0...2) == 0 ? .countCrash(places: (0...number(0...2)).map { _ in number(0...4) }) : .counts
        case 21: return number(0...3) == 0 ? .recover : .isOwn(account(), [message(), message()])
        case 25: return .ledger(ledgerQuery(), limit: number(0...20))
        case 26: return number(0...1) == 0 ? .event(eventID()) : .ledger(ledgerQuery(), limit: 100)
        case 27: return .deadLetters(deadLetterFilter(), page: number(1...5))
        case 28...29: return .retry(place: number(0...5), clocks)
        case 30: return .discard(place: number(0...5))
        case 31: return .captures(captureQuery())
        case 33: return .importCaptures((0..<number(1...3)).map { _ in imported() })
        case 32: return number(0...2) == 0 ? .prune(retention(), step: number(1...40)) : .counts
        default: return .counts
        }
    }

    private mutating func limits() -> AccountLimits? {
        guard number(0...2) > 0 else { return nil }
        return AccountLimits(each: number(0...3), own: number(0...2) == 0 ? ["shop": number(-1...2)] : [:])
    }

    private mutating func attempt() -> AttemptReport {
        AttemptReport(
            at: now, outcome: AttemptOutcome.allCases[number(0...7)], status: number(0...1) == 0 ? nil : number(200...503),
            answer: number(0...1) == 0 ? nil : "answer \0 \(number(0...9))",
            request: number(0...1) == 0 ? nil : "{\"n\":\(number(0...9))}", durationMilliseconds: Int64(number(0...500)))
    }

    private mutating func ledgerQuery() -> LedgerQuery {
        let account = number(0...1) == 0 ? nil : account()
        return switch number(0...2) {
        case 0: .event("e\(number(0...8))")
        case 1: .message(message(), account: account)
        default: .conversation(conversation().conversation, account: account)
        }
    }

    private mutating func deadLetterFilter() -> DeadLetterFilter {
        switch number(0...6) {
        case 0: DeadLetterFilter(account: account())
        case 1: DeadLetterFilter(conversation: conversation().conversation)
        case 2: DeadLetterFilter(rule: "r\(number(0...1))")
        case 3: DeadLetterFilter(account: account(), reason: .effect(.refused))
        case 4: DeadLetterFilter(reason: .event(number(0...1) == 0 ? .crash : .unreadable))
        default: DeadLetterFilter()
        }
    }

    private mutating func captureQuery() -> CaptureQuery {
        CaptureQuery(
            since: number(0...2) == 0 ? now.adding(.milliseconds(-number(0...500))) : nil,
            until: number(0...2) == 0 ? now.adding(.milliseconds(-number(0...500))) : nil,
            account: number(0...2) == 0 ? account() : nil,
            kind: number(0...3) == 0 ? (number(0...3) == 0 ? .other : .messageReceived) : nil,
            matchedRule: number(0...3) == 0 ? "r\(number(0...1))" : nil, limit: number(1...5))
    }

    private mutating func retention() -> Retention {
        pruned = max(pruned, now.adding(.milliseconds(-number(0...600))))
        let since = pruned
        func some() -> Instant? { number(0...3) == 0 ? nil : since }
        return Retention(
            captures: some(), rows: some(), deadLetters: some(), marks: some(), cooldowns: some(), conversations: some())
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

    private mutating func eventID() -> String { "e\(number(0...(number(0...2) == 0 ? 8 : 300)))" }

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
            EventHeader(id: eventID(), kind: .messageReceived, conversation: conversation(account: account))
        }
        return IncomingWebhook(
            account: account, vendor: .rocketchat, receivedAt: now,
            headers: number(0...2) == 0 ? [WebhookHeader(name: "x-kind", value: "é \(number(0...9))")] : [],
            body: Array("body \(number(0...9))".utf8), events: events)
    }

    /// Often the like of one that was there before: at round times, and of few bodies.
    private mutating func imported() -> IncomingWebhook {
        var imported = webhook()
        if number(0...1) == 0 {
            imported.receivedAt = Instant(milliseconds: now.milliseconds / 100 * 100)
            imported.body = Array("body \(number(0...1))".utf8)
        }
        return imported
    }

    private mutating func decision() -> RandomDecision {
        var decision = RandomDecision(states: [], effects: [], cooldowns: [], timers: [], ends: [], at: now)
        for _ in 0..<4 {
            decision.states.append(
                number(0...2) == 0 ? nil : ConversationState(tags: ["t\(number(0...9))"], repliesSinceCustomer: number(0...3)))
            decision.effects.append((0..<number(0...3)).map { _ in randomDraft() })
            decision.cooldowns.append(number(0...2) == 0 ? [cooldown()] : [])
            decision.timers.append(number(0...2) == 0 ? nil : (0..<number(0...3)).map { _ in randomTimer() })
            decision.ends.append(number(0...9) == 0 ? .dead("no", reason: EventFailure.allCases[number(0...3)]) : .done)
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
        switch number(0...11) {
        case 0: planned.effect.status = .suppressed(.oncePer)
        case 1: planned.effect.status = .unsupported("no such thing")
        case 2: planned.effect.action = .set(["plan": "gold"])
        default: break
        }
        if number(0...1) == 0 {
            planned.origin = EffectOrigin(
                revision: "r\(number(0...9))", mode: .live,
                conditions: [
                    ConditionTrace(
                        condition: "text.any", at: SourcePosition(file: "a.yaml", line: number(1...9), column: 3),
                        wanted: ["a", "b"], actual: .string("\0 é"), hint: nil)
                ])
        }
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
    var store: any Store & Ledger
    private var claimed: [Int64] = []

    init(store: any Store & Ledger) { self.store = store }

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
        case .facts(let reads):
            let facts = try await store.facts(for: reads, read: {})
            return "\(facts.conversations) \(facts.cooldowns.map { $0?.milliseconds ?? -1 }) \(facts.isOwn)"
        case .decide(let count, let staleness, let decision):
            let evaluations = try await evaluations(count: count, staleness: staleness, decision)
            try await store.commit(evaluations)
            return "committed \(evaluations.count)"
        case .fire(let now, let limits): return "\(try await store.fireTimers(at: now, limits: limits))"
        case .claim(let now, let limit, let limits):
            let entries =
                if let limits {
                    try await store.claimEffects(at: now, limit: limit, accountLimits: limits)
                } else {
                    try await store.claimEffects(at: now, limit: limit)
                }
            claimed += entries.map(\.id)
            return entries.map {
                "\($0.effect.key) \($0.attempt) \($0.attemptOfLife) \($0.createdAt.milliseconds) \($0.state) \($0.isUncertain)"
            }.joined(separator: "\n")
        case .settle(let place, let settlement, let answer, let attempt, let now):
            // Late ones too: what was settled before must not change.
            guard place < claimed.count else { return "nothing claimed" }
            let id = claimed[claimed.count - 1 - place]
            try await store.settle(id, as: settlement, answer: answer, attempt: attempt, at: now)
            return "settled"
        case .nextDue(let now, nil): return "\(try await store.nextEffectDue(at: now)?.milliseconds ?? -1)"
        case .nextDue(let now, let limits?):
            return "\(try await store.nextEffectDue(at: now, accountLimits: limits)?.milliseconds ?? -1)"
        case .countCrash(let places):
            let ids = try await store.undecided(limit: 5).map(\.id)
            let blamed = places.filter(ids.indices.contains).map { ids[$0] }
            let counts = try await store.countCrash(of: blamed + [1_000_000], upTo: 9)
            return ids.map { "\(counts[$0] ?? 0)" }.joined(separator: " ")
        case .recover: return "\(try await store.recover())"
        case .isOwn(let account, let ids): return "\(try await store.isOwnMessage(account: account, ids: ids))"
        case .counts:
            let counts = try await store.counts()
            let open = counts.open.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let oldest = counts.oldestOpen.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.milliseconds)" }
            return "\(counts.undecided) \(counts.oldestUndecided?.milliseconds ?? -1) \(open) \(oldest) \(counts.dead)"
        case .ledger(let query, let limit):
            return try await store.ledger(for: query, limit: limit).map(text).joined(separator: "\n")
        case .event(let id): return try await store.event(id).map(text) ?? "unknown"
        case .deadLetters(let filter, let page):
            return try await deadLetters(filter, page: page).map(text).joined(separator: "\n")
        case .retry(let place, let now):
            let letters = try await deadLetters(DeadLetterFilter(), page: 100)
            guard place < letters.count else { return "nothing dead" }
            // By what was cancelled, where there is something: that is the same dead letter.
            let id = letters[place].cancelled.last.map { DeadLetterID.effect($0.id) } ?? letters[place].id
            return "\(try await store.retryDeadLetter(id, at: now)) \(try await store.retryDeadLetter(id, at: now))"
        case .discard(let place):
            let letters = try await deadLetters(DeadLetterFilter(), page: 100)
            guard place < letters.count else { return "nothing dead" }
            let id = letters[place].id
            return "\(try await store.discardDeadLetter(id)) \(try await store.discardDeadLetter(id))"
        case .captures(let query): return try await captures(query).map(text).joined(separator: "\n")
        case .importCaptures(let webhooks): return "\(try await store.importCaptures(webhooks))"
        case .prune(let retention, let step): return "\(try await store.pruneRound(retention, step: step))"
        }
    }

    private func deadLetters(_ filter: DeadLetterFilter, page: Int) async throws(StoreError) -> [DeadLetter] {
        var letters: [DeadLetter] = []
        while true {
            let more = try await store.deadLetters(filter, limit: page, after: letters.last?.place)
            letters += more
            if more.count < page { return letters }
        }
    }

    private func captures(_ query: CaptureQuery) async throws(StoreError) -> [Capture] {
        var query = query
        var captures: [Capture] = []
        while true {
            let page = try await store.captures(query)
            captures += page.captures
            guard let next = page.next else { return captures }
            query.after = next
        }
    }

    private func text(_ entry: LedgerEntry) -> String {
        var plain = entry
        plain.id = 0
        plain.cancelledBy = entry.cancelledBy.map { _ in 0 }
        plain.event = nil
        return "\(plain) \(entry.event.map(text) ?? "forgotten")"
    }

    private func text(_ event: LedgerEvent) -> String {
        var plain = event
        plain.inboxID = 0
        plain.webhookID = 0
        return "\(plain)"
    }

    private func text(_ letter: DeadLetter) -> String {
        let kind = if case .effect = letter.id { "effect" } else { "event" }
        return "\(kind) \(letter.diedAt.milliseconds) \(letter.message) \(letter.effect.map(text) ?? "") "
            + "\(letter.cancelled.map(text)) \(letter.event.map(text) ?? "forgotten")"
    }

    private func text(_ capture: Capture) -> String {
        var plain = capture
        plain.webhookID = 0
        return "\(plain)"
    }

    private func text(_ entry: InboxEntry) -> String {
        "\(entry.account) \(entry.vendor) \(entry.event) \(entry.receivedAt.milliseconds) \(entry.headers) \(entry.body) "
            + "\(entry.internalEvent.map { "\($0)" } ?? "") \(entry.crashes)"
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
