import Daemon
import Foundation
import Model
import Storage
import Testing
import Vendors

/// Events over which the process died: counted, set apart, and dead in the end (R6). Here nothing dies: what a process that did
/// leaves behind is counted by hand.
@Suite(.serialized, .timeLimit(.minutes(15))) struct QuarantineTests {
    private static let echo = """
        rules:
          - id: echo
            do: [ { note: "{{message.text}}" } ]
        """

    private struct Bench {
        let store: any Store
        let processor: Processor
        let metrics = Metrics()
        let decisions = Decisions()
        let log = Lines()
        /// Sizes of the commits.
        let batches = Lines()

        /// - Parameter decides: called before and after an event is decided, and at other times.
        init(
            _ store: any Store, journal: RunJournal? = nil, decides: (@Sendable () -> Void)? = nil
        ) async throws {
            self.store = store
            var surroundings = surroundings(log: log)
            if let decides {
                surroundings.uptime = {
                    decides()
                    return .zero
                }
            }
            let (decisions, batches) = (decisions, batches)
            processor = Processor(
                store: store, box: EngineBox(try await engine(QuarantineTests.echo)), accounts: try exampleAccounts(),
                depth: InboxDepth(), metrics: metrics, surroundings: surroundings, journal: journal,
                sinks: Processor.Sinks(
                    decided: { decision, _ in decisions.add(decision) }, committed: { batches.add("") },
                    timersSet: { _ in }))
        }

        @discardableResult
        func post(_ id: String, chat: Int = 7) async throws -> Int64 {
            let key = ConversationKey(account: "hg", conversation: "\(chat)")
            _ = try await store.accept(
                IncomingWebhook(
                    account: "hg", vendor: .huggy, receivedAt: Instant(seconds: 1_700_000_000),
                    body: Array(huggyMessage(id, id, chat: chat).utf8),
                    events: [EventHeader(id: "huggy:hg:message:\(id)", kind: .messageReceived, conversation: key)]))
            return try #require(try await store.undecided(limit: 1000).last?.id)
        }

        func crash(_ id: Int64, times: Int) async throws {
            for _ in 0..<times { _ = try await store.countCrash(of: [id], upTo: 9) }
        }

        var decided: [String] { decisions.all.compactMap { $0.event.message?.text } }
    }

    @Test(arguments: StoreKind.allCases, 1...2)
    func aSuspectIsDecidedAlone(_ kind: StoreKind, crashes: Int) async throws {
        try await kind.withStore { store in
            let bench = try await Bench(store)
            for id in ["a", "b"] { try await bench.post(id, chat: 1) }
            try await bench.crash(try await bench.post("c", chat: 2), times: crashes)
            for id in ["d", "e"] { try await bench.post(id, chat: 3) }

            #expect(try await bench.processor.decideWaiting() == 2)
            #expect(try await bench.processor.decideWaiting() == 1)
            #expect(try await bench.processor.decideWaiting() == 2)
            #expect(bench.decided == ["a", "b", "c", "d", "e"])
            #expect(try await store.counts().dead == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func afterThreeCrashesItIsDeadAndItsConversationGoesOn(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try await Bench(store)
            try await bench.post("before")
            let poison = try await bench.post("poison")
            try await bench.post("after")
            try await bench.crash(poison, times: 3)
            while try await bench.processor.decideWaiting() > 0 {}

            #expect(bench.decided == ["before", "after"])
            let ledger = try #require(store as? any Ledger)
            let letter = try #require(try await ledger.deadLetter(.event(poison)))
            #expect(letter.message == "the process died 3 times while it was decided")
            #expect(letter.event?.reason == .crash)
            #expect(bench.log.all.contains { $0.hasPrefix("level=error") && $0.contains("reason=crash") })
            #expect(bench.metrics.text(nil).contains(#"bellhop_dead_events_total{reason="crash"} 1"#))

            // Whoever retries it has mended what it died of.
            _ = try await ledger.retryDeadLetter(.event(poison), at: .startOfTime)
            while try await bench.processor.decideWaiting() > 0 {}
            #expect(bench.decided == ["before", "after", "poison"])
        }
    }

    @Test func whatIsDeadIsNotEvenRead() async throws {
        let store = MemoryStore()
        let bench = try await Bench(store)
        let key = ConversationKey(account: "hg", conversation: "7")
        _ = try await store.accept(
            IncomingWebhook(
                account: "hg", vendor: .huggy, receivedAt: Instant(seconds: 1), body: Array("no JSON".utf8),
                events: [EventHeader(id: "e", kind: .messageReceived, conversation: key)]))
        try await bench.crash(1, times: 3)
        #expect(try await bench.processor.decideWaiting() == 1)
        #expect(try await store.event("e")?.reason == .crash)
    }

    @Test(arguments: StoreKind.allCases)
    func triesSuspectsFirstWithWhatComesBeforeThem(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try await Bench(store)
            for number in 1...70 { try await bench.post("other \(number)", chat: 1) }
            try await bench.post("before", chat: 2)
            let suspect = try await bench.post("suspect", chat: 2)
            try await bench.post("after", chat: 2)
            let dead = try await bench.post("dead", chat: 3)
            try await bench.crash(suspect, times: 2)
            try await bench.crash(dead, times: 3)
            try await bench.processor.decideFirst([suspect, dead, 999])

            #expect(bench.decided == ["before", "suspect"])
            #expect(bench.batches.all.count == 3)
            #expect(try await store.counts().dead == 1)
            #expect(try await store.counts().undecided == 71)
        }
    }

    @Test func withoutSuspectsNothingIsTriedFirst() async throws {
        let bench = try await Bench(MemoryStore())
        try await bench.post("1")
        try await bench.processor.decideFirst([])
        try await bench.processor.decideFirst([99])
        #expect(bench.decided.isEmpty)
    }

    /// What the journal has on disk at each moment, as the next run would read it.
    @Test(arguments: StoreKind.allCases)
    func keepsNoteOfTheEventsThatItIsAt(_ kind: StoreKind) async throws {
        try await withTemporaryFolder { folder in
            try await kind.withStore { store in
                let path = folder + "/bellhop.db"
                let journal = try #require(RunJournal(besides: path))
                journal.begin(crashes: [])
                let watched = WatchedStore(store: store, path: path)
                let bench = try await Bench(watched, journal: journal) { watched.note("") }
                let ids = [try await bench.post("a", chat: 1), try await bench.post("b", chat: 2)]
                #expect(try await bench.processor.decideWaiting() == 2)
                // What all need is read; each is decided; then their rows are made; then the disk is waited for.
                let all = ["reading []", "decoding \(ids)", "\([ids[0]])", "\([ids[1]])", "preparing \(ids)", "prepared []"]
                #expect(watched.seen.all.withoutRepetitions.filter { $0 != "[]" } == all)
                #expect(RunJournal.left(besides: path) == [])
            }
        }
    }

    /// A run that dies while the event is decided. Returns how many crashes the event had when it began.
    private func dyingRun(_ folder: String, _ store: any Store, at id: Int64, byFault: Bool = false) async throws -> Int? {
        let path = folder + "/bellhop.db"
        let journal = try #require(RunJournal(besides: path))
        let review = try await CrashReview.conducted(journal, store: store, surroundings: surroundings())
        journal.noteDeciding([id])
        guard byFault else { return review.suspects[id] }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path + ".run"))
        try file.seek(toOffset: 4095)
        try file.write(contentsOf: Data("!".utf8))
        try file.close()
        return review.suspects[id]
    }

    /// Somebody who kills the process at the wrong moment, three times and more.
    @Test(arguments: StoreKind.allCases)
    func killsAloneMakeNoEventDead(_ kind: StoreKind) async throws {
        try await withTemporaryFolder { folder in
            try await kind.withStore { store in
                let id = try await Bench(store).post("a")
                var counts: [Int?] = []
                for _ in 0..<6 { counts.append(try await dyingRun(folder, store, at: id)) }
                #expect(counts == [nil, 1, 2, 2, 2, 2])
                _ = try await dyingRun(folder, store, at: id, byFault: true)
                #expect(try await dyingRun(folder, store, at: id) == CrashReview.limit)
            }
        }
    }

    /// The kernel ends who takes all memory, and gives no chance to say so.
    @Test func anEventThatIsAlwaysThereWhenItIsKilledIsDeadInTheEnd() async throws {
        try await withTemporaryFolder { folder in
            let store = MemoryStore()
            let bench = try await Bench(store)
            let (id, other) = (try await bench.post("a"), try await bench.post("b"))
            for _ in 0..<(CrashReview.patience - 1) { _ = try await dyingRun(folder, store, at: id) }
            // Another one between: that was chance.
            #expect(try await dyingRun(folder, store, at: other) == nil)
            for _ in 0..<CrashReview.patience { _ = try await dyingRun(folder, store, at: id) }
            #expect(try await dyingRun(folder, store, at: id) == CrashReview.limit)
        }
    }

    @Test func aStoreThatFailsIsNoEventsFault() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let journal = try #require(RunJournal(besides: path))
            journal.begin(crashes: [])
            let watched = WatchedStore(store: MemoryStore(), path: path, failure: .unavailable("disk"))
            let bench = try await Bench(watched, journal: journal)
            try await bench.post("a")
            await #expect(throws: StoreError.unavailable("disk")) { try await bench.processor.decideWaiting() }
            #expect(RunJournal.left(besides: path) == [])
        }
    }

    @Test func decidingAnEventEndsACrashLoopAndBuryingOneDoesNot() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let crash = ClockReading(wall: Instant(seconds: 1), bootID: "b", sinceBoot: 1)
            let journal = try #require(RunJournal(besides: path))
            journal.begin(crashes: [crash])
            let bench = try await Bench(MemoryStore(), journal: journal)
            try await bench.crash(try await bench.post("poison"), times: 3)
            _ = try await bench.processor.decideWaiting()
            #expect(RunJournal(besides: path)?.last.crashes == [crash])
            try await bench.post("good")
            _ = try await bench.processor.decideWaiting()
            #expect(RunJournal(besides: path)?.last.crashes == [])
        }
    }
}

extension [String] {
    /// Each line once in a row.
    fileprivate var withoutRepetitions: [String] {
        reduce(into: []) { lines, line in if lines.last != line { lines.append(line) } }
    }
}

extension RunJournal {
    /// Inbox ids that stand in the file.
    fileprivate static func left(besides path: String) -> [Int64]? { RunJournal(besides: path)?.last.deciding }
}

/// Tells what the journal says when deciding reads from the store and writes to it.
private struct WatchedStore: Store {
    let store: any Store
    let path: String
    var failure: StoreError?
    let seen = Lines()

    func note(_ prefix: String) { seen.add(prefix + (RunJournal.left(besides: path).map { "\($0)" } ?? "none")) }

    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState {
        note("")
        return try await store.state(of: conversation, cooldowns: cooldowns)
    }

    func facts(for reads: DecisionReads, read: @Sendable () -> Void) async throws(StoreError) -> DecisionFacts {
        note("reading ")
        return try await store.facts(for: reads) {
            read()
            note("decoding ")
        }
    }

    func commit(_ evaluations: [Evaluation]) async throws(StoreError) { try await store.commit(evaluations) }

    func commit(_ evaluations: [Evaluation], prepared: @Sendable () -> Void) async throws(StoreError) {
        if let failure { throw failure }
        note("preparing ")
        try await store.commit(evaluations) {
            prepared()
            note("prepared ")
        }
    }

    func countCrash(of inboxIDs: [Int64], upTo most: Int) async throws(StoreError) -> [Int64: Int] {
        try await store.countCrash(of: inboxIDs, upTo: most)
    }

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { try await store.accept(webhook) }
    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { try await store.undecided(limit: limit) }
    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await store.fireTimers(at: now, limits: limits)
    }
    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await store.claimEffects(at: now, limit: limit)
    }
    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) { try await store.settle(id, as: settlement, answer: answer, at: now) }
    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? { try await store.nextEffectDue(at: now) }
    func recover() async throws(StoreError) -> Int { try await store.recover() }
    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        try await store.isOwnMessage(account: account, ids: ids)
    }
    func counts() async throws(StoreError) -> StoreCounts { try await store.counts() }
    func probe() async throws(StoreError) { try await store.probe() }
    func close() async throws(StoreError) { try await store.close() }
}
