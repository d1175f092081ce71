import Model
import Storage
import Testing

@Suite struct DeadLetterTests {
    private static let hour: Int64 = 3_600_000

    @Test(arguments: StoreKind.allCases)
    func showsWhatWasCancelledWithIt(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b"), draft("other", rule: "route"), draft("c")])
            let entry = try await store.claimOne()
            let report = AttemptReport(
                at: at(4), outcome: .refused, status: 400, answer: "no such chat", request: "{}", durationMilliseconds: 1)
            try await store.settle(
                entry.id, as: .dead(.refused, message: "400: no such chat"), answer: nil, attempt: report, at: at(5))

            let letter = try #require(try await store.deadLetter(.effect(entry.id)))
            #expect(letter.id == .effect(entry.id))
            #expect(letter.diedAt == at(5))
            #expect(letter.message == "400: no such chat")
            #expect(letter.effect == (try await store.effect(entry.id)))
            #expect(letter.effect?.attempts == [AttemptRecord(report, number: 1)])
            #expect(letter.effect?.reason == .refused)
            #expect(letter.cancelled.map(\.key) == ["b", "c"])
            #expect(letter.cancelled.map(\.reason) == [.cancelled, .cancelled])
            #expect(letter.cancelled.map(\.cancelledBy) == [entry.id, entry.id])
            #expect(letter.event == (try await store.event("e1")))
            #expect(try await store.deadLetters() == [letter])
            for cancelled in letter.cancelled { #expect(try await store.deadLetter(.effect(cancelled.id)) == letter) }
            #expect(try await store.deadLetter(.event(entry.id)) == nil)
            #expect(try await store.deadLetter(.effect(999)) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func listsPageByPageTheLastFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 1...6 { try await store.bury("e\(number)", in: "c\(number)", at: at(Int64(number / 2))) }
            try await store.buryEvent("bad", at: at(2))
            try await store.buryEvent("worse", at: at(1))

            let all = try await store.deadLetters()
            #expect(all.map { $0.event?.id } == ["e6", "e5", "e4", "bad", "e3", "e2", "worse", "e1"])
            for size in 1...9 {
                var paged: [DeadLetter] = []
                while true {
                    let page = try await store.deadLetters(DeadLetterFilter(), limit: size, after: paged.last?.place)
                    paged += page
                    if page.count < size { break }
                }
                #expect(paged == all, "pages of \(size)")
            }
            #expect(try await store.deadLetters(DeadLetterFilter(), limit: 0, after: nil) == [])
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (DeadLetterFilter(), ["bad", "e3", "e2", "e1"]), (DeadLetterFilter(account: "shop"), ["bad", "e2", "e1"]),
            (DeadLetterFilter(conversation: "c1"), ["bad", "e3", "e1"]),
            (DeadLetterFilter(account: "shop", conversation: "c1"), ["bad", "e1"]), (DeadLetterFilter(rule: "route"), ["e2"]),
            (DeadLetterFilter(reason: .effect(.refused)), ["e3", "e2", "e1"]),
            (DeadLetterFilter(reason: .effect(.timeout)), []), (DeadLetterFilter(account: "nobody"), []),
            (DeadLetterFilter(rule: "greet", reason: .effect(.refused)), ["e3", "e1"]),
            (DeadLetterFilter(reason: .event(.limit)), ["bad"]), (DeadLetterFilter(reason: .event(.crash)), []),
            (DeadLetterFilter(rule: "greet", reason: .event(.limit)), []),
        ] as [(DeadLetterFilter, [String])])
    func filters(kind: StoreKind, sample: (DeadLetterFilter, [String])) async throws {
        try await kind.withStore { store in
            try await store.bury("e1", in: "c1", at: at(1))
            try await store.bury("e2", in: "c2", rule: "route", at: at(2))
            try await store.bury("e3", in: "c1", account: "other", at: at(3))
            try await store.buryEvent("bad", at: at(4))

            let letters = try await store.deadLetters(sample.0, limit: 10, after: nil)
            #expect(letters.map { $0.event?.id } == sample.1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func resumesTheRestInOrderAtTheEndOfTheLine(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b"), draft("c")])
            let dead = try await store.claimOne()
            try await store.settle(dead.id, as: .dead(.timeout, message: "gave up"), at: at(5))
            try await store.decide("e2", effects: [draft("d", event: "e2"), draft("e", event: "e2")])

            #expect(try await store.retryDeadLetter(.effect(dead.id), at: clocks(Self.hour)) == 3)
            let oldest = ["shop": at(0)]
            #expect(
                try await store.counts()
                    == StoreCounts(undecided: 0, oldestUndecided: nil, open: ["shop": 5], oldestOpen: oldest, dead: 0))
            #expect(try await store.deadLetters() == [])
            try await store.decide("e3", effects: [draft("f", event: "e3")])
            #expect(try await store.sendAll(at: clocks(Self.hour)) == ["d", "e", "a", "b", "c", "f"])
            #expect(try await store.counts().open == [:])
            #expect(try await store.retryDeadLetter(.effect(dead.id), at: clocks(Self.hour)) == 0)
        }
    }

    /// By the id of any of its effects.
    @Test(arguments: StoreKind.allCases, [0, 1, 2])
    func goesOutAtOnceWhereNothingWaits(kind: StoreKind, place: Int) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b"), draft("c")])
            let dead = try await store.claimOne()
            try await store.settle(dead.id, as: .dead(.timeout, message: "gave up"), at: at(5))
            let ids = try await store.ledger(for: .event("e1"), limit: 9).reversed().map(\.id)

            #expect(try await store.nextEffectDue() == nil)
            #expect(try await store.retryDeadLetter(.effect(ids[place]), at: clocks(9)) == 3)
            #expect(try await store.nextEffectDue() == at(9))
            #expect(try await store.sendAll(at: clocks(9)) == ["a", "b", "c"])
        }
    }

    /// Its life begins anew, its attempts count on, and a doubt is forgotten.
    @Test(arguments: StoreKind.allCases)
    func beginsANewLife(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a")])
            let first = try await store.claimOne()
            let lost = AttemptReport(at: at(1), outcome: .uncertain, durationMilliseconds: 1)
            try await store.settle(
                first.id, as: .retry(at: at(2), .timeout, uncertain: true), answer: nil, attempt: lost, at: at(1))
            _ = try await store.claimOne(now: at(2))
            try await store.settle(first.id, as: .dead(.uncertain, message: "?"), at: at(3))
            #expect(try await store.retryDeadLetter(.effect(first.id), at: clocks(Self.hour)) == 1)

            let waiting = try #require(try await store.effect(first.id))
            #expect(waiting.status == "pending")
            #expect(waiting.reason == nil)
            #expect(waiting.message == nil)
            #expect(waiting.settledAt == nil)
            #expect(waiting.attempts == [AttemptRecord(lost, number: 1)])
            let again = try await store.claimOne(now: at(Self.hour))
            let wanted = OutboxEntry(
                id: first.id, effect: effect("a"), attempt: 3, attemptOfLife: 1, createdAt: at(Self.hour),
                state: ConversationState(), isUncertain: false)
            #expect(again == wanted)
            let second = AttemptReport(at: at(Self.hour), outcome: .done, durationMilliseconds: 1)
            try await store.settle(first.id, as: .done(remoteID: "m1"), answer: nil, attempt: second, at: at(Self.hour))
            let sent = try #require(try await store.effect(first.id))
            #expect(sent.attempts == [AttemptRecord(lost, number: 1), AttemptRecord(second, number: 3)])
            #expect(sent.status == "done")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func diesAgainAsBefore(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b"), draft("c"), draft("d", heldUntil: deadline(9))])
            let a = try await store.claimOne()
            try await store.settle(a.id, as: .dead(.timeout, message: "first"), at: at(1))
            #expect(try await store.retryDeadLetter(.effect(a.id), at: clocks(20)) == 4)
            let again = try await store.claimOne(now: at(20))
            #expect(again.id == a.id)
            try await store.settle(a.id, as: .done(remoteID: nil), at: at(21))
            let b = try await store.claimOne(now: at(22))
            try await store.settle(b.id, as: .dead(.refused, message: "second"), at: at(23))

            let letter = try #require(try await store.deadLetters().first)
            #expect(letter.id == .effect(b.id))
            #expect(letter.cancelled.map(\.key) == ["c", "d"])
            #expect(try await store.counts().dead == 3)
            #expect(try await store.deadLetter(.effect(a.id)) == nil)
            #expect(try await store.retryDeadLetter(.effect(b.id), at: clocks(30)) == 3)
            #expect(try await store.sendAll(at: clocks(30)) == ["b", "c", "d"])
        }
    }

    /// A delayed one whose time has not come waits for it beside the line, by the clock of its boot.
    @Test(
        arguments: StoreKind.allCases,
        [
            (clocks(99), ["a"], clocks(100)), (clocks(99, jump: 9 * hour), ["a"], clocks(100, jump: 9 * hour)),
            (clocks(100), ["a", "late"], clocks(100)), (clocks(100, jump: -hour), ["a", "late"], clocks(100, jump: -hour)),
            (clocks(0, jump: 99, boot: "boot 2"), ["a"], clocks(0, jump: 100, boot: "boot 2")),
        ] as [(ClockReading, [String], ClockReading)])
    func waitsForTheTimeOfADelayedOne(kind: StoreKind, sample: (ClockReading, [String], ClockReading)) async throws {
        let (now, atOnce, later) = sample
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("late", heldUntil: deadline(100))])
            let dead = try await store.claimOne()
            try await store.settle(dead.id, as: .dead(.timeout, message: "gave up"), at: at(5))
            #expect(try await store.retryDeadLetter(.effect(dead.id), at: now) == 2)

            #expect(try await store.sendAll(at: now) == atOnce)
            #expect(try await store.sendAll(at: later) == (atOnce.count == 1 ? ["late"] : []))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isKeptButNoDeadLetterOnceDiscarded(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b")])
            let dead = try await store.claimOne()
            try await store.settle(dead.id, as: .dead(.refused, message: "400"), at: at(1))
            try await store.buryEvent("bad", at: at(2))
            let event = try #require(try await store.event("bad"))
            #expect(try await store.counts().dead == 3)

            #expect(try await store.discardDeadLetter(.effect(dead.id + 1)) == 2)
            #expect(try await store.discardDeadLetter(.effect(dead.id)) == 0)
            #expect(try await store.discardDeadLetter(.event(event.inboxID)) == 1)
            #expect(try await store.discardDeadLetter(.event(event.inboxID)) == 0)
            #expect(try await store.counts() == StoreCounts(undecided: 0, oldestUndecided: nil, open: [:], dead: 0))
            #expect(try await store.deadLetters() == [])
            #expect(try await store.retryDeadLetter(.effect(dead.id), at: clocks(9)) == 0)
            #expect(try await store.retryDeadLetter(.event(event.inboxID), at: clocks(9)) == 0)
            let entry = try #require(try await store.effect(dead.id))
            #expect(entry.state == .discarded)
            #expect(entry.message == "400")
            #expect(try await store.event("bad")?.state == .discarded)
            #expect(try await store.event("bad")?.error == "no JSON")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func decidesADeadEventAgain(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.buryEvent("bad", at: at(2))
            let later = try await store.arrival("later")
            let letter = try #require(try await store.deadLetters().first)
            #expect(letter.diedAt == at(2))
            #expect(letter.message == "no JSON")
            #expect(letter.effect == nil)
            #expect(letter.event == (try await store.event("bad")))
            #expect(try await store.deadLetter(letter.id) == letter)

            #expect(try await store.retryDeadLetter(letter.id, at: clocks(9)) == 1)
            #expect(try await store.retryDeadLetter(letter.id, at: clocks(9)) == 0)
            #expect(try await store.counts() == StoreCounts(undecided: 2, oldestUndecided: at(0), open: [:], dead: 0))
            let entries = try await store.undecided(limit: 9)
            #expect(entries.map(\.event.id) == ["bad", "later"])
            #expect(entries.map(\.body) == [Array("{}".utf8), Array("{}".utf8)])
            try await store.commit(
                [entries[0], later].map {
                    Evaluation(
                        inboxID: $0.id, conversation: key("c1"), basedOn: 0, state: nil,
                        effects: [draft("k \($0.event.id)", event: $0.event.id)], at: at(10))
                })
            #expect(try await store.sendAll(at: clocks(10)) == ["k bad", "k later"])
            #expect(try await store.event("bad")?.state == .decided)
            #expect(try await store.event("bad")?.error == nil)
        }
    }

    /// The flow was told `cancelled` when it died; what comes of a retry is not told again.
    @Test(arguments: StoreKind.allCases)
    func answersACallOnce(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), call("b", save: "order")])
            let dead = try await store.claimOne()
            try await store.settle(dead.id, as: .dead(.timeout, message: "gave up"), at: at(1))
            let told = try await store.internalEvents()
            #expect(told.count == 1)
            #expect(try await store.retryDeadLetter(.effect(dead.id), at: clocks(9)) == 2)
            try await store.settle(try await store.claimOne(now: at(9)).id, as: .done(remoteID: nil), at: at(9))
            let call = try await store.claimOne(now: at(9))
            let answer = HTTPAnswer(effectKey: "b", variable: "order", value: 1)
            try await store.settle(call.id, as: .done(remoteID: nil), answer: answer, at: at(9))

            #expect(try await store.internalEvents() == told)
        }
    }

    @Test(
        arguments: [
            ("effect-12", .effect(12)), ("event-7", .event(7)), ("effect-0", nil), ("effect--1", nil), ("effect-+1", nil),
            ("effect-01", nil), ("effect", nil), ("12", nil), ("", nil), ("other-1", nil), ("event-99999999999999999999", nil),
            ("event-7 ", nil), ("event-٣", nil),
        ] as [(String, DeadLetterID?)])
    func hasANameThatCanBeTyped(text: String, id: DeadLetterID?) {
        #expect(DeadLetterID(text) == id)
        if let id { #expect(id.text == text) }
    }
}

extension Store where Self: Ledger {
    fileprivate func deadLetters() async throws -> [DeadLetter] {
        try await deadLetters(DeadLetterFilter(), limit: 100, after: nil)
    }

    /// Decides an event with one effect that fails for good.
    func bury(
        _ id: String, in conversation: String = "c1", account: String = "shop", rule: String = "greet", at now: Instant
    ) async throws {
        let planned = draft("k \(id)", event: id, rule: rule, account: account)
        try await decide(id, in: conversation, account: account, effects: [planned])
        let entry = try await claimOne(now: max(now, at(0)))
        try await settle(entry.id, as: .dead(.refused, message: "400"), answer: nil, at: now)
    }

    /// An event that cannot be decided.
    func buryEvent(_ id: String, in conversation: String = "c1", at now: Instant) async throws {
        let entry = try await arrival(id, in: conversation)
        let version = try await state(of: entry.event.conversation, cooldowns: []).version
        try await commit([
            Evaluation(
                inboxID: entry.id, conversation: entry.event.conversation, basedOn: version, state: nil,
                end: .dead("no JSON", reason: .limit), at: now)
        ])
    }
}
