import Delivery
import Model
import Rules
import Storage
import Synchronization
import Testing
import VendorKit
import Vendors

@testable import Daemon

@Suite struct ProcessorTests {
    /// A store with rules over it, and what came of the decisions.
    struct Bench: Sendable {
        var store: any Store
        var processor: Processor
        let decisions: Decisions
        var log: Lines
        var depth: InboxDepth

        init(_ store: any Store, _ engine: Engine?, box: EngineBox? = nil, wakeUp: WakeSignal = WakeSignal()) throws {
            self.store = store
            let decisions = Decisions()
            self.decisions = decisions
            let log = Lines()
            self.log = log
            depth = InboxDepth()
            processor = Processor(
                store: store, box: box ?? EngineBox(engine), accounts: try exampleAccounts(), depth: depth, metrics: Metrics(),
                surroundings: surroundings(log: log), wakeUp: wakeUp,
                sinks: Processor.Sinks(
                    decided: { decision, _ in decisions.add(decision) }, committed: {}, timersSet: { _ in }))
        }

        func post(_ body: String, ids: [String], conversation: String = "7", account: String = "hg") async throws {
            let key = ConversationKey(account: account, conversation: conversation)
            _ = try await store.accept(
                IncomingWebhook(
                    account: account, vendor: .huggy, receivedAt: Instant(seconds: 1_700_000_000), body: Array(body.utf8),
                    events: ids.map { EventHeader(id: $0, kind: .messageReceived, conversation: key) }))
        }

        func post(message id: String, _ text: String, chat: Int = 7, from: String = "customer", second: Int = 0) async throws {
            try await post(
                huggyMessage(id, text, chat: chat, from: from, second: second), ids: ["huggy:hg:message:\(id)"],
                conversation: "\(chat)")
        }

        /// The texts of the replies in the outbox, by conversation, in the order in which they go out.
        func replies() async throws -> [String: [String]] {
            var texts: [String: [String]] = [:]
            while true {
                let claimed = try await store.claimEffects(at: .endOfTime, limit: 100)
                guard !claimed.isEmpty else { return texts }
                for entry in claimed {
                    if case .reply(let reply) = entry.effect.action {
                        texts[entry.effect.target.conversationID ?? "", default: []].append(reply.text)
                    }
                    try await store.settle(entry.id, as: .done(remoteID: nil), answer: nil, at: Instant(milliseconds: 0))
                }
            }
        }
    }

    private static let echo = """
        rules:
          - id: echo
            do: [ { reply: "{{message.text}}" } ]
        """

    /// Each would look in vain, and there may be thousands a second.
    @Test func eventsWakeNobodyWhileThereAreNoRules() async throws {
        let wakeUp = WakeSignal()
        let box = EngineBox()
        let processor = try Bench(MemoryStore(), nil, box: box, wakeUp: wakeUp).processor
        processor.noteAccepted()
        #expect(!wakeUp.isRaised)
        box.replace(with: try await engine(Self.echo))
        processor.noteAccepted()
        #expect(wakeUp.isRaised)
    }

    @Test(arguments: StoreKind.allCases)
    func decidesInTheOrderOfArrival(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try Bench(store, try await engine(Self.echo))
            for number in 1...5 {
                try await bench.post(message: "\(number)", "a\(number)", chat: 1, second: 9 - number)
                try await bench.post(message: "1\(number)", "b\(number)", chat: 2)
            }
            #expect(try await bench.processor.decideWaiting() == 10)
            #expect(try await bench.processor.decideWaiting() == 0)
            #expect(try await bench.replies() == ["1": ["a1", "a2", "a3", "a4", "a5"], "2": ["b1", "b2", "b3", "b4", "b5"]])
            #expect(bench.decisions.all.count == 10)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func carriesStateThroughABatchAndOn(_ kind: StoreKind) async throws {
        let rules = """
            rules:
              - id: again
                when: [ { field: { vars.seen: { exists: true } } } ]
                do: [ { reply: again } ]
              - id: first
                do: [ { set: { seen: "yes" } }, { reply: first } ]
            """
        try await kind.withStore { store in
            let bench = try Bench(store, try await engine(rules))
            try await bench.post(message: "1", "x")
            try await bench.post(message: "2", "x")
            #expect(try await bench.processor.decideWaiting() == 2)
            try await bench.post(message: "3", "x")
            #expect(try await bench.processor.decideWaiting() == 1)
            #expect(try await bench.replies() == ["7": ["first", "again", "again"]])
            let key = ConversationKey(account: "hg", conversation: "7")
            #expect(try await store.state(of: key, cooldowns: []).version == 3)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func carriesCooldownsByTheTimeOfEvents(_ kind: StoreKind) async throws {
        let rules = """
            rules:
              - id: greet
                once_per: { conversation: 1h }
                do: [ { reply: "{{message.text}}" } ]
            """
        try await kind.withStore { store in
            let bench = try Bench(store, try await engine(rules))
            try await bench.post(message: "1", "one", second: 0)
            try await bench.post(message: "2", "two", second: 60)
            #expect(try await bench.processor.decideWaiting() == 2)
            try await bench.post(message: "3", "three", second: 3599)
            #expect(try await bench.processor.decideWaiting() == 1)
            try await bench.post(message: "4", "four", second: 3600)
            #expect(try await bench.processor.decideWaiting() == 1)
            #expect(try await bench.replies() == ["7": ["one", "four"]])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func recognisesItsOwnMessages(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try Bench(store, try await engine("rules: []"))
            try await bench.post(message: "1", "x")
            _ = try await bench.processor.decideWaiting()
            // An effect was sent, and the vendor called it 900.
            try await store.remember(own: "900", of: ConversationKey(account: "hg", conversation: "7"))
            try await bench.post(message: "900", "ours", from: "agent")
            try await bench.post(message: "901", "a human's", from: "agent")
            while try await bench.processor.decideWaiting() > 0 {}
            let senders = bench.decisions.all.suffix(2).map { $0.event.sender?.role }
            #expect(senders == [.bot, .agent])
            let handlers = bench.decisions.all.suffix(2).map { $0.event.conversation?.handler }
            #expect(handlers == [.bot, .human])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func buriesWhatItCannotDecideAndGoesOn(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try Bench(store, try await engine(Self.echo))
            try await bench.post(message: "1", "before")
            try await bench.post("not json", ids: ["huggy:hg:message:2"])
            try await bench.post(huggyMessage("3", "x"), ids: ["huggy:hg:message:unlike"])
            try await bench.post(huggyMessage("4", "x"), ids: ["huggy:gone:message:4"], account: "gone")
            try await bench.post(message: "5", "after")
            #expect(try await bench.processor.decideWaiting() == 5)
            #expect(try await bench.processor.decideWaiting() == 0)
            #expect(try await store.counts().dead == 3)
            #expect(bench.log.all.count { $0.hasPrefix("level=error") } == 3)
            #expect(try await bench.replies() == ["7": ["before", "after"]])
        }
    }

    @Test func decidesEachEventOfAWebhook() async throws {
        let bench = try Bench(MemoryStore(), try await engine(Self.echo))
        let body = """
            {"time": 1600000000, "messages": {"receivedAllMessage": [
            {"id": "2", "body": "second", "senderType": "widget", "sender": {"id": 5}, "customer": {"id": 5}, "chat": {"id": 7}},
            {"id": "3", "body": "third", "senderType": "widget", "sender": {"id": 5}, "customer": {"id": 5}, "chat": {"id": 7}}]}}
            """
        try await bench.post(body, ids: ["huggy:hg:message:2", "huggy:hg:message:3"])
        #expect(try await bench.processor.decideWaiting() == 2)
        #expect(try await bench.replies() == ["7": ["second", "third"]])
    }

    @Test func leavesEventsAloneWithoutRules() async throws {
        let box = EngineBox()
        let bench = try Bench(MemoryStore(), nil, box: box)
        try await bench.post(message: "1", "x")
        #expect(try await bench.processor.decideWaiting() == 0)
        #expect(try await bench.store.undecided(limit: 10).count == 1)
    }

    @Test func decidesAgainAfterAConflict() async throws {
        let store = InterferingStore()
        let bench = try Bench(store, try await engine(Self.echo))
        try await bench.post(message: "1", "x")
        await #expect(throws: StoreError.conflict) { try await bench.processor.decideWaiting() }
        #expect(try await bench.processor.decideWaiting() == 1)
        #expect(try await bench.replies() == ["7": ["x"]])
        #expect(bench.decisions.all.count == 1)
    }

    @Test func runsUntilItIsToldToStop() async throws {
        let bench = try Bench(MemoryStore(), try await engine(Self.echo))
        let decided = AsyncStream<Void>.makeStream()
        let processor = Processor(
            store: bench.store, box: EngineBox(try await engine(Self.echo)), accounts: try exampleAccounts(), depth: bench.depth,
            metrics: Metrics(), surroundings: surroundings(),
            sinks: Processor.Sinks(
                decided: { _, _ in decided.continuation.yield() }, committed: {}, timersSet: { _ in }))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await processor.run() }
            var arrivals = decided.stream.makeAsyncIterator()
            for number in 1...3 {
                do { try await bench.post(message: "\(number)", "x") } catch { Issue.record(error) }
                processor.wake()
                await arrivals.next()
            }
            processor.requestStop()
        }
        #expect(bench.depth.current == 0)
    }

    @Test func stopsWhenItsTaskIsCancelled() async throws {
        let bench = try Bench(MemoryStore(), try await engine(Self.echo))
        let task = Task { await bench.processor.run() }
        task.cancel()
        await task.value
    }

    @Test func stopsWhenTheStoreIsClosed() async throws {
        let bench = try Bench(MemoryStore(), try await engine(Self.echo))
        try await bench.store.close()
        await bench.processor.run()
    }
}

extension Store {
    /// Sends an effect of which the vendor tells an id.
    fileprivate func remember(own id: String, of conversation: ConversationKey) async throws {
        let position = SourcePosition(file: "a", line: 1, column: 1)
        let effect = Effect(
            key: "key-\(id)", eventID: "e", rule: "r", ruleAt: position, action: .note("n"),
            target: EffectTarget(
                account: conversation.account, vendor: .huggy, conversationID: conversation.conversation, contactID: nil,
                channel: nil,
                tags: []))
        let header = EventHeader(id: "e-\(id)", kind: .other, conversation: conversation)
        let now = Instant(milliseconds: 0)
        _ = try await accept(IncomingWebhook(account: "hg", vendor: .huggy, receivedAt: now, body: [], events: [header]))
        let entry = try #require(try await undecided(limit: 1).first)
        let version = try await state(of: conversation, cooldowns: []).version
        try await commit([
            Evaluation(
                inboxID: entry.id, conversation: conversation, basedOn: version, state: nil,
                effects: [OutboxDraft(effect: effect, createdAt: now, notBefore: now)], at: now)
        ])
        for claimed in try await claimEffects(at: .startOfTime, limit: 10) {
            try await settle(claimed.id, as: .done(remoteID: id), answer: nil, at: now)
        }
    }
}

/// Somebody else writes before the first commit.
final class InterferingStore: Store {
    private let inner = MemoryStore()
    private let isFirst = Mutex(true)

    func commit(_ evaluations: [Evaluation]) async throws(StoreError) {
        let interferes = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
        if interferes { throw .conflict }
        try await inner.commit(evaluations)
    }

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { try await inner.accept(webhook) }
    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { try await inner.undecided(limit: limit) }
    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState {
        try await inner.state(of: conversation, cooldowns: cooldowns)
    }
    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await inner.fireTimers(at: now, limits: limits)
    }
    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await inner.claimEffects(at: now, limit: limit)
    }
    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) {
        try await inner.settle(id, as: settlement, answer: answer, at: now)
    }
    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? {
        try await inner.nextEffectDue(at: now)
    }
    func recover() async throws(StoreError) -> Int { try await inner.recover() }
    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try await inner.isOwnMessage(account: account, ids: ids)
    }
    func counts() async throws(StoreError) -> StoreCounts { try await inner.counts() }
    func probe() async throws(StoreError) { try await inner.probe() }
    func close() async throws(StoreError) { try await inner.close() }
}
