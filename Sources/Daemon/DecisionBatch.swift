import Delivery
import JSON
import Model
import Rules
import Storage
import VendorKit
import Vendors

/// Events that are decided for one commit. State goes from one event of a conversation to the next in memory, as if each
/// had been committed alone.
struct DecisionBatch {
    private let store: any Store
    private let engine: Engine
    private let accounts: AccountDirectory
    private let surroundings: Surroundings
    /// Nil: nothing is fetched.
    private let book: LookupBook?
    /// Keeps note of the event that is being decided, should the process die over it.
    private let journal: RunJournal?
    /// Whether decisions come with their traces.
    private let isExplaining: Bool

    private(set) var evaluations: [Evaluation] = []
    private(set) var outcomes: [Outcome] = []
    /// How long until the first of the timers comes up that are recorded; nil when none is.
    private(set) var nextTimer: Duration?

    private var conversations: [ConversationKey: Standing] = [:]
    /// What is known of cooldowns: nil for one that was asked for and never began.
    private var cooldowns: [CooldownKey: Instant?] = [:]
    /// Conversations of which an event waits for an answer: what came after it waits too.
    private(set) var held: Set<ConversationKey> = []
    /// By inbox id, what the events wait for that hold up their conversations.
    private(set) var waits: [Int64: Wait]
    /// The webhook that was decoded last: its events follow one another.
    private var decoded: (account: String, receivedAt: Instant, body: [UInt8], events: [Event])?

    /// By inbox id, events of the page that is decided whose facts were read before their turn.
    private(set) var prepared: [Int64: Prepared] = [:]

    private typealias Standing = StoredConversation

    struct Prepared {
        var event: Event
        /// Nil: to be asked when it is its turn.
        var isOwn: Bool?
    }

    /// What an event waits for.
    struct Wait: Sendable, Hashable {
        var lookup: LookupBook.Key
        /// Where its webhook says that it belongs.
        var told: ConversationKey
        /// Where it belongs, by what was fetched so far.
        var conversation: ConversationKey
    }

    struct Outcome: Sendable {
        enum Result: Sendable {
            case decided(Decision)
            case dead(String, EventFailure)
        }

        var entry: InboxEntry
        var result: Result
        var duration: Duration

        var isDecided: Bool { if case .decided = result { true } else { false } }
    }

    /// - Parameter waits: of events that were seen to wait before and still do. Their conversations are held.
    init(
        store: any Store, engine: Engine, accounts: AccountDirectory, surroundings: Surroundings, book: LookupBook? = nil,
        waits: [Int64: Wait] = [:], journal: RunJournal? = nil, isExplaining: Bool = false
    ) {
        self.isExplaining = isExplaining
        self.store = store
        self.engine = engine
        self.accounts = accounts
        self.surroundings = surroundings
        self.book = book
        self.waits = waits
        self.journal = journal
        for wait in waits.values { held.formUnion([wait.told, wait.conversation]) }
    }

    /// Reads for the events of a page at once what `decide` would read for each. It changes nothing of what is decided, and is
    /// of use where many wait. An event that the process died over is left to `decide`.
    mutating func prepare(_ entries: [InboxEntry]) async throws(StoreError) {
        // Bodies of earlier pages go: of those events that are not decided by now, none is in this batch.
        prepared.removeAll(keepingCapacity: true)
        var reads = DecisionReads()
        var conversations: Set<ConversationKey> = []
        var cooldowns: Set<CooldownKey> = []
        var events: [(inboxID: Int64, event: Event, messages: Range<Int>)] = []
        let entries = entries.filter { $0.crashes == 0 && !held.contains($0.event.conversation) }
        for entry in entries {
            guard entry.internalEvent == nil else {
                conversations.insert(entry.event.conversation)
                continue
            }
            journal?.noteDeciding([entry.id])
            guard let account = account(of: entry), let event = event(of: entry, account: account) else { continue }
            conversations.insert(event.conversationKey)
            cooldowns.formUnion(engine.cooldownKeys(for: event))
            let first = reads.messages.count
            // What an agent seems to have sent may be ours by an answer that comes meanwhile: that is asked as late as can be.
            if event.kind == .messageReceived { reads.messages += messages(of: event) }
            events.append((entry.id, event, first..<reads.messages.count))
        }
        reads.conversations = conversations.filter { self.conversations[$0] == nil }
        reads.cooldowns = cooldowns.filter { self.cooldowns[$0] == nil }
        // While the disk is waited for, none of them is to blame for what happens.
        journal?.noteDeciding([])
        let ids = entries.map(\.id)
        let facts = try await store.facts(for: reads) { [journal] in journal?.noteDeciding(ids) }
        journal?.noteDeciding([])
        for (key, stored) in zip(reads.conversations, facts.conversations) { self.conversations[key] = stored }
        for (key, at) in zip(reads.cooldowns, facts.cooldowns) { self.cooldowns.updateValue(at, forKey: key) }
        for (id, event, messages) in events {
            let isAsked = event.kind == .messageReceived
            prepared[id] = Prepared(event: event, isOwn: isAsked ? facts.isOwn[messages].contains(true) : nil)
        }
    }

    /// Decides an event, or leaves it where it is when it, or one before it in its conversation, waits for an answer.
    mutating func decide(_ entry: InboxEntry) async throws(StoreError) {
        guard !held.contains(entry.event.conversation) else { return }
        // Not even looked at: it is nothing but its number here.
        guard entry.crashes < CrashReview.limit else {
            return try await bury(entry, "the process died \(entry.crashes) times while it was decided", .crash)
        }
        journal?.noteDeciding([entry.id])
        // A timer or an answer needs no account: its flow goes on, and what it would send says that there is none.
        if let event = entry.internalEvent { return try await decide(event, of: entry) }
        guard let account = account(of: entry) else {
            return try await bury(entry, "account \(entry.account) is not configured", .account)
        }
        guard VendorCatalog.vendor(entry.vendor) != nil else {
            return try await bury(entry, "this version does not know the vendor \(entry.vendor.rawValue)", .account)
        }
        let event: Event
        if let prepared = prepared.removeValue(forKey: entry.id) {
            let isOwn = if let isOwn = prepared.isOwn { isOwn } else { try await isOwn(prepared.event) }
            event = isOwn ? prepared.event.markedAsOwn() : prepared.event
        } else if let decoded = self.event(of: entry, account: account) {
            event = try await isOwn(decoded) ? decoded.markedAsOwn() : decoded
        } else {
            return try await bury(entry, "the stored webhook does not hold the event", .unreadable)
        }
        var search = FieldSearch()
        var duration = Duration.zero
        while true {
            let event = event.filled(with: search.fetched)
            let key = event.conversationKey
            // A conversation that was fetched may be held as well.
            if held.contains(key) {
                held.insert(entry.event.conversation)
                return
            }
            let stored = try await state(of: key, cooldowns: engine.cooldownKeys(for: event))
            let begin = surroundings.uptime()
            RunJournal.guardThread()
            PlantedTrap.spring(.decide, .stack, text: event.message?.text ?? "")
            let decision = engine.decide(event, state: stored.state, now: event.occurredAt)
            duration += surroundings.uptime() - begin
            switch search.step(after: decision, access: accounts.lookupAccess(of: event.account), book: book) {
            case .again: continue
            case .waits(let lookup): return hold(entry, for: lookup, in: key)
            case .settled:
                if let fault = decision.fault { return try await bury(entry, fault, .limit) }
                // Apart from the decision that is carried out: explaining asks for fields that deciding does not look at.
                let trace =
                    isExplaining
                    ? engine.decide(event, state: stored.state, now: event.occurredAt, explaining: true).trace : nil
                return record(decision.explained(by: trace), of: entry, in: key, basedOn: stored.version, duration: duration)
            }
        }
    }

    /// What the event waits for is asked about in the next round again.
    private mutating func hold(_ entry: InboxEntry, for lookup: LookupBook.Key, in conversation: ConversationKey) {
        waits[entry.id] = Wait(lookup: lookup, told: entry.event.conversation, conversation: conversation)
        held.formUnion([entry.event.conversation, conversation])
    }

    private mutating func decide(_ event: InternalEvent, of entry: InboxEntry) async throws(StoreError) {
        let key = event.conversation
        let before = try await state(of: key, cooldowns: [])
        let keys = engine.cooldownKeys(for: event, state: before.state.conversation)
        let stored = keys.isEmpty ? before : try await state(of: key, cooldowns: keys)
        let now = event.time(receivedAt: entry.receivedAt)
        var search = FieldSearch()
        var duration = Duration.zero
        while true {
            let begin = surroundings.uptime()
            RunJournal.guardThread()
            let decision = engine.decide(event, state: stored.state, now: now, fetched: search.fetched)
            duration += surroundings.uptime() - begin
            switch search.step(after: decision, access: accounts.lookupAccess(of: key.account), book: book) {
            case .again: continue
            case .waits(let lookup): return hold(entry, for: lookup, in: key)
            case .settled:
                if let fault = decision.fault { return try await bury(entry, fault, .limit) }
                // Apart from the decision that is carried out: explaining asks for fields that deciding does not look at.
                let trace =
                    isExplaining
                    ? engine.decide(event, state: stored.state, now: now, explaining: true, fetched: search.fetched).trace : nil
                return record(decision.explained(by: trace), of: entry, in: key, basedOn: stored.version, duration: duration)
            }
        }
    }

    // MARK: Reading

    private func account(of entry: InboxEntry) -> Account? {
        guard var account = accounts.account(entry.account) else { return nil }
        // What came in while the account was another vendor's is still read as that vendor's.
        account.vendor = entry.vendor
        return account
    }

    private mutating func event(of entry: InboxEntry, account: Account) -> Event? {
        func isIt(_ event: Event) -> Bool { event.id.utf8.elementsEqual(entry.event.id.utf8) }
        if let decoded, decoded.account == entry.account, decoded.receivedAt == entry.receivedAt, decoded.body == entry.body {
            return decoded.events.first(where: isIt)
        }
        guard let vendor = VendorCatalog.vendor(entry.vendor) else { return nil }
        let webhook = WebhookRequest(body: entry.body, trust: .captured)
        let receipt: Receipt
        do { receipt = try vendor.receive(webhook, account: account, now: entry.receivedAt) } catch { return nil }
        decoded = (entry.account, entry.receivedAt, entry.body, receipt.events)
        return receipt.events.first(where: isIt)
    }

    private func isOwn(_ event: Event) async throws(StoreError) -> Bool {
        let ids = messages(of: event).map(\.id)
        guard !ids.isEmpty else { return false }
        return try await store.isOwnMessage(account: event.account, ids: ids)
    }

    /// What its message is called, if it must be looked up whose that is.
    private func messages(of event: Event) -> [MessageKey] {
        guard event.mayBeOwn, let message = event.message else { return [] }
        return [message.id, message.clientID].compactMap(\.self).map { MessageKey(account: event.account, id: $0) }
    }

    private mutating func state(
        of key: ConversationKey, cooldowns keys: [CooldownKey]
    ) async throws(StoreError) -> StoredState {
        let unknown = keys.filter { cooldowns[$0] == nil }
        if conversations[key] == nil || !unknown.isEmpty {
            let stored = try await store.state(of: key, cooldowns: unknown)
            if conversations[key] == nil {
                conversations[key] = Standing(state: stored.state.conversation, version: stored.version)
            }
            for key in unknown { cooldowns.updateValue(stored.state.cooldowns[key], forKey: key) }
        }
        let conversation = conversations[key] ?? Standing(state: ConversationState(), version: 0)
        var begun: [CooldownKey: Instant] = [:]
        for key in keys { begun[key] = cooldowns[key] ?? nil }
        return StoredState(
            state: DecisionState(conversation: conversation.state, cooldowns: begun), version: conversation.version)
    }

    // MARK: Recording

    private mutating func record(
        _ decision: Decision, of entry: InboxEntry, in key: ConversationKey, basedOn version: Int64, duration: Duration
    ) {
        outcomes.append(Outcome(entry: entry, result: .decided(decision), duration: duration))
        let at = decision.event.occurredAt
        let clocks = surroundings.clocks()
        let effects = drafts(of: decision, receivedAt: entry.receivedAt, clocks: clocks)
        // A vendor's test payload is shown, and changes nothing: all its effects are suppressed.
        guard !decision.event.isTest else {
            evaluations.append(
                Evaluation(inboxID: entry.id, conversation: key, basedOn: version, state: nil, effects: effects, at: at))
            return
        }
        evaluations.append(
            Evaluation(
                inboxID: entry.id, conversation: key, basedOn: version, state: decision.state, cooldowns: decision.cooldowns,
                effects: effects, timers: timers(of: decision, vendor: entry.vendor, clocks: clocks), at: at))
        conversations[key] = Standing(state: decision.state, version: version + 1)
        for cooldown in decision.cooldowns { cooldowns.updateValue(at, forKey: cooldown) }
    }

    /// Every effect, also those that are only recorded. One goes out no earlier than those before it of the same rule, so that a
    /// delayed one does not fall behind what is to follow it.
    private func drafts(of decision: Decision, receivedAt: Instant, clocks: ClockReading) -> [OutboxDraft] {
        var delays: [String: Int64] = [:]
        let origins = EffectOrigins(decision, revision: engine.rules.revision)
        return decision.allEffects.map { effect in
            var draft = OutboxDraft(
                effect: effect, createdAt: receivedAt, notBefore: clocks.wall, origin: origins.origin(of: effect))
            guard draft.ending == nil else { return draft }
            let delay = max(effect.delayMilliseconds, delays[effect.rule] ?? 0)
            delays[effect.rule] = delay
            draft.notBefore = clocks.wall.adding(.milliseconds(delay))
            draft.heldUntil = delay > 0 ? Deadline(draft.notBefore, clocks: clocks) : nil
            draft.ownIDs = [Idempotency.id(for: effect)]
            return draft
        }
    }

    /// The time that is left to a timer counts from now on this machine's clocks: the vendor's clock may go wrong, and what
    /// waited to be decided is answered only now.
    private mutating func timers(of decision: Decision, vendor: VendorID, clocks: ClockReading) -> [TimerDraft]? {
        decision.timers.map { timers in
            timers.map { timer in
                let left = timer.due.since(decision.event.occurredAt)
                nextTimer = min(nextTimer ?? left, left)
                return TimerDraft(
                    timer: timer, vendor: vendor, deadline: Deadline(clocks.wall.adding(left), clocks: clocks))
            }
        }
    }

    /// Ends an event that cannot be decided; its conversation stays as it is.
    private mutating func bury(_ entry: InboxEntry, _ why: String, _ reason: EventFailure) async throws(StoreError) {
        let key = entry.event.conversation
        let version: Int64
        if let known = conversations[key] {
            version = known.version
        } else {
            version = try await store.state(of: key, cooldowns: []).version
        }
        evaluations.append(
            Evaluation(
                inboxID: entry.id, conversation: key, basedOn: version, state: nil, end: .dead(why, reason: reason),
                at: entry.receivedAt))
        outcomes.append(Outcome(entry: entry, result: .dead(why, reason), duration: .zero))
    }
}

extension InternalEvent {
    /// When it happened: a timer never before its time.
    fileprivate func time(receivedAt: Instant) -> Instant {
        if case .timer(let timer) = cause { max(timer.due, receivedAt) } else { receivedAt }
    }
}

extension Decision {
    /// With the trace, if there is one.
    fileprivate func explained(by trace: Trace?) -> Decision {
        guard let trace else { return self }
        var decision = self
        decision.trace = trace
        return decision
    }
}
