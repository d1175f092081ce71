import Model
import Storage
import Synchronization
import Testing

@Suite struct PruneTests {
    private static let day: Int64 = 86_400_000

    /// All times the same.
    private static func all(before time: Instant) -> Retention {
        Retention(captures: time, rows: time, deadLetters: time, marks: time, cooldowns: time, conversations: time)
    }

    @Test(arguments: StoreKind.allCases, [1, 2, 3, 500])
    func removesAllThatIsOld(kind: StoreKind, step: Int) async throws {
        try await kind.withStore { store in
            let report = AttemptReport(at: at(0), outcome: .done, durationMilliseconds: 1)
            for number in 1...3 {
                let id = "e\(number)"
                let entry = try await store.arrival(id, in: "c\(number)")
                var unsent = draft("u\(number)", event: id)
                unsent.effect.status = .suppressed(.human)
                try await store.commit([
                    Evaluation(
                        inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: ConversationState(),
                        cooldowns: [CooldownKey(account: "shop", scope: .conversation, subject: id, rule: "greet")],
                        effects: [draft("k\(number)", event: id, ownIDs: ["m\(number)"]), unsent], at: at(0))
                ])
                let sending = try await store.claimOne()
                try await store.settle(
                    sending.id, as: .done(remoteID: "r\(number)"), answer: nil, attempt: report, at: at(10))
            }
            let early = try await store.pruneRound(Self.all(before: at(0)), step: step)
            #expect(early == PruneResult.Removed())

            let removed = try await store.pruneRound(Self.all(before: at(11)), step: step)
            var wanted = PruneResult.Removed()
            wanted.webhooks = 3
            wanted.events = 3
            wanted.effects = 6
            wanted.attempts = 3
            wanted.marks = 9
            wanted.cooldowns = 3
            wanted.conversations = 3
            #expect(removed == wanted)
            #expect(try await store.pruneRound(Self.all(before: at(11)), step: step) == PruneResult.Removed())
            #expect(try await store.captures(CaptureQuery()) == CapturePage(captures: [], next: nil))
            #expect(try await store.ledger(for: .conversation("c1"), limit: 9) == [])
            #expect(try await store.ledger(for: .message("m1"), limit: 9) == [])
            #expect(try await store.event("e1") == nil)
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1", "r1"]) == false)
            #expect(try await store.state(of: key("c1"), cooldowns: []).version == 0)
            #expect(try await store.accept(webhook([header("e1")])).accepted == 1)
        }
    }

    /// R16: a step ends when its time is over, and each step does something.
    @Test func takesNoLongerThanItsTime() async throws {
        try await StoreKind.sqlite.withStore { store in
            for number in 1...20 { try await store.decide("e\(number)", in: "c\(number)") }
            let late = at(Self.day)
            let ticks = Ticks()
            // The clock goes on by a millisecond with each look at it.
            let budget = PruneBudget(rows: 500, time: .milliseconds(3), uptime: { ticks.next() })
            var place: PruneCursor?
            var steps: [Int] = []
            repeat {
                let step = try await store.prune(Self.all(before: late), from: place, budget: budget)
                steps.append(step.removed.total)
                place = step.next
            } while place != nil
            // A webhook with its event each, twenty marks, twenty conversations that nothing is known of.
            #expect(steps.reduce(0, +) >= 60)
            #expect(steps.allSatisfy { $0 <= 8 }, "\(steps)")
            #expect(try await store.examination(isThorough: false).events.isBalanced)
        }
    }

    private final class Ticks: Sendable {
        private let count = Mutex<Int64>(0)

        func next() -> Duration {
            count.withLock { count in
                count += 1
                return .milliseconds(count)
            }
        }
    }

    /// R16: each by its own time, and nothing without one.
    @Test(arguments: StoreKind.allCases)
    func keepsWithoutATime(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1", ownIDs: ["m1"])])
            _ = try await store.sendAll(at: clocks(0))

            #expect(try await store.pruneRound(Retention()) == PruneResult.Removed())
            let late = at(Self.day)
            #expect(try await store.pruneRound(Retention(captures: late)).bodies == 1)
            #expect(try await store.pruneRound(Retention(captures: late)).total == 0)
            #expect(try await store.pruneRound(Retention(marks: late)).marks == 2)
            #expect(try await store.pruneRound(Retention(conversations: late)).conversations == 1)
            #expect(try await store.ledger(for: .event("e1"), limit: 9).count == 1)
            #expect(try await store.event("e1")?.state == .decided)
            #expect(try await store.pruneRound(Retention(rows: late)).webhooks == 1)
        }
    }

    /// R16: a body goes before its row, and takes its headers along.
    @Test(arguments: StoreKind.allCases)
    func removesBodiesFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var incoming = webhook([header("e1")], body: "personal")
            incoming.headers = [WebhookHeader(name: "x", value: "y")]
            _ = try await store.accept(incoming)
            let entry = try #require(try await store.undecided(limit: 1).first)
            #expect(try await store.pruneRound(Retention(captures: at(9), rows: at(-9))).total == 0)
            try await store.commit([
                Evaluation(inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: nil, effects: [draft("k1")], at: at(0))
            ])
            let removed = try await store.pruneRound(Retention(captures: at(9), rows: at(-9)))

            #expect(removed.bodies == 1)
            #expect(removed.total == 1)
            let event = try #require(try await store.event("e1"))
            #expect(try await store.capture(event.webhookID) == nil)
            #expect(try await store.captures(CaptureQuery()).captures == [])
            #expect(try await store.ledger(for: .event("e1"), limit: 9).first?.event == event)
            #expect(try await store.sendAll(at: clocks(0)) == ["k1"])
            #expect(try await store.pruneRound(Retention(captures: at(9), rows: at(9))).webhooks == 1)
        }
    }

    /// A body is never removed before its time because its row could be.
    @Test(arguments: StoreKind.allCases)
    func keepsRowsAsLongAsBodies(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1")
            #expect(try await store.pruneRound(Retention(captures: at(0), rows: at(99))).total == 0)
            #expect(try await store.pruneRound(Retention(captures: at(1), rows: at(99))).webhooks == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func neverRemovesWhatIsOpen(kind: StoreKind) async throws {
        try await kind.withStore { store in
            _ = try await store.accept(webhook([header("waits")]))
            try await store.decide("e1", in: "c1", effects: [draft("k1", ownIDs: ["m1"])])
            try await store.decide(
                "e2", in: "c2", effects: [draft("k2", event: "e2", heldUntil: deadline(Self.day), ownIDs: ["m2"])])
            try await store.decide("e3", in: "c3", effects: [draft("k3", event: "e3", ownIDs: ["m3"])])
            try await store.decide("e4", in: "c4", timers: [timer(.timeout, due: Self.day)])
            let state = ConversationState(tags: ["vip"])
            let timed = try await store.arrival("e5", in: "c4")
            try await store.commit([
                Evaluation(inboxID: timed.id, conversation: key("c4"), basedOn: 0, state: state, at: at(0))
            ])
            let sending = try await store.claimEffects(now: at(0), limit: 9)
            let retried = try #require(sending.first { $0.effect.key == "k3" })
            try await store.settle(retried.id, as: .retry(at: at(9), .timeout, uncertain: true), at: at(0))
            let counts = try await store.counts()

            let removed = try await store.pruneRound(Self.all(before: at(Self.day)), step: 2)
            var wanted = PruneResult.Removed()
            (wanted.webhooks, wanted.events, wanted.marks, wanted.bodies) = (2, 2, 5, 3)
            #expect(removed == wanted)
            #expect(try await store.counts() == counts)
            #expect(try await store.undecided(limit: 9).map(\.body) == [Array("{}".utf8)])
            #expect(try await store.accept(webhook([header("waits")])).duplicates == 1)
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]))
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m2"]))
            #expect(try await store.state(of: key("c4"), cooldowns: []).version == 1)
            _ = try await store.recover()
            #expect(Set(try await store.sendAll(at: clocks(Self.day))) == ["k1", "k2", "k3"])
        }
    }

    /// The first time for a dead letter is its own, and then that of the rest.
    @Test(arguments: StoreKind.allCases)
    func keepsDeadLettersForTheirTime(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a", ownIDs: ["m1"]), draft("b")])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .dead(.refused, message: "400"), at: at(50))
            try await store.buryEvent("bad", at: at(50))
            let late = at(Self.day)
            for times in [
                Retention(captures: late, rows: late, marks: late), Retention(rows: late, deadLetters: at(50)),
                Retention(deadLetters: late),
            ] {
                #expect(try await store.pruneRound(times).webhooks == 0)
            }
            #expect(try await store.counts().dead == 3)
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]))
            // The body of what could not be decided is needed to decide it again.
            #expect(try await store.captures(CaptureQuery()).captures.map { $0.events.map(\.id) } == [["bad"]])
            #expect(try await store.retryDeadLetter(.effect(entry.id), at: clocks(60)) == 2)
            let again = try await store.claimOne(now: at(60))
            try await store.settle(again.id, as: .dead(.refused, message: "400"), at: at(70))

            let removed = try await store.pruneRound(Retention(rows: late, deadLetters: at(70)))
            #expect(removed.webhooks == 1)
            #expect(try await store.counts().dead == 2)
            #expect(try await store.pruneRound(Retention(rows: late, deadLetters: at(71))).effects == 2)
            #expect(try await store.counts().dead == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func removesDiscardedOnesWithTheRest(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.bury("e1", at: at(1))
            try await store.buryEvent("bad", at: at(1))
            for letter in try await store.deadLetters(DeadLetterFilter(), limit: 9, after: nil) {
                _ = try await store.discardDeadLetter(letter.id)
            }
            #expect(try await store.pruneRound(Retention(captures: at(9), rows: at(-9))).bodies == 2)
            #expect(try await store.pruneRound(Retention(rows: at(9))).webhooks == 2)
        }
    }

    /// What belongs to a webhook goes with it or stays with it: here until the last of its effects has ended long enough.
    @Test(arguments: StoreKind.allCases)
    func keepsWhatBelongsTogether(kind: StoreKind) async throws {
        try await kind.withStore { store in
            _ = try await store.accept(webhook([header("e1"), header("e2", in: "c2")]))
            let entries = try await store.undecided(limit: 2)
            try await store.commit(
                entries.map {
                    Evaluation(
                        inboxID: $0.id, conversation: $0.event.conversation, basedOn: 0, state: nil,
                        effects: [draft("k \($0.event.id)", event: $0.event.id)], at: at(0))
                })
            let sending = try await store.claimEffects(now: at(0), limit: 2)
            try await store.settle(sending[0].id, as: .done(remoteID: nil), at: at(10))
            #expect(try await store.pruneRound(Retention(rows: at(99))).total == 0)
            try await store.settle(sending[1].id, as: .done(remoteID: nil), at: at(20))
            #expect(try await store.pruneRound(Retention(rows: at(20))).total == 0)
            #expect(try await store.pruneRound(Retention(rows: at(21))).total == 5)
        }
    }

    /// A vendor whose clock is years behind loses nothing for that.
    @Test(arguments: StoreKind.allCases)
    func goesByWhenAnEventArrived(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("e1")
            try await store.commit([
                Evaluation(
                    inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: ConversationState(),
                    effects: [draft("k1", ownIDs: ["m1"])], at: Instant(milliseconds: 0))
            ])
            _ = try await store.sendAll(at: clocks(0))

            #expect(try await store.pruneRound(Self.all(before: at(0))).total == 0)
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]))
            #expect(try await store.state(of: key("c1"), cooldowns: []).version == 1)
        }
    }

    /// A conversation that is forgotten begins anew, also with what of it is retried.
    @Test(arguments: StoreKind.allCases)
    func retriesInAForgottenConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b")])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .dead(.refused, message: "400"), at: at(1))
            #expect(try await store.pruneRound(Retention(conversations: at(9))).conversations == 1)
            #expect(try await store.retryDeadLetter(.effect(entry.id), at: clocks(20)) == 2)
            #expect(try await store.pruneRound(Retention(conversations: at(99))).conversations == 0)
            try await store.decide("e2", effects: [draft("c", event: "e2")])

            #expect(try await store.sendAll(at: clocks(20)) == ["a", "b", "c"])
            #expect(try await store.pruneRound(Retention(conversations: at(9))).conversations == 1)
        }
    }
}
