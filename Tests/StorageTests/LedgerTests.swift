import Model
import Storage
import Testing

@Suite struct LedgerTests {
    private static let origin = EffectOrigin(
        revision: "3f2a", mode: .live,
        conditions: [
            ConditionTrace(
                condition: "text.any", at: SourcePosition(file: "rules/greet.yaml", line: 7, column: 9),
                wanted: ["oi", "olá"], actual: "oi \0", hint: "by accent folding"),
            ConditionTrace(
                condition: "field.vars.plan", at: SourcePosition(file: "rules/greet.yaml", line: 8, column: 9),
                wanted: ["gt": .number(1.5)], actual: .null),
        ])

    @Test(arguments: StoreKind.allCases)
    func tellsTheWholeChainOfAnEffect(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var planned = draft("k1", ownIDs: ["chosen"])
            planned.origin = Self.origin
            try await store.decide("e1", effects: [planned])
            let first = try await store.claimOne(now: at(10))
            let failed = AttemptReport(
                at: at(11), outcome: .throttled, status: 429, answer: "slow \0 down", request: #"{"url":"/a"}"#,
                durationMilliseconds: 30)
            try await store.settle(
                first.id, as: .retry(at: at(500), .rateLimited, uncertain: false), answer: nil, attempt: failed, at: at(41))
            _ = try await store.claimOne(now: at(500))
            let sent = AttemptReport(
                at: at(501), outcome: .done, status: 200, answer: "{}", request: #"{"url":"/b"}"#, durationMilliseconds: 7)
            try await store.settle(first.id, as: .done(remoteID: "theirs"), answer: nil, attempt: sent, at: at(508))

            let entry = try #require(try await store.effect(first.id))
            let event = try #require(try await store.event("e1"))
            let wanted = LedgerEntry(
                id: first.id, key: "k1", conversation: key("c1"), eventID: "e1", rule: "greet", effect: planned.effect,
                origin: Self.origin, state: .done, isUncertain: false, reason: nil, message: nil, createdAt: at(0),
                notBefore: at(500), settledAt: at(508), attemptCount: 2,
                attempts: [AttemptRecord(failed, number: 1), AttemptRecord(sent, number: 2)], request: #"{"url":"/b"}"#,
                remoteID: "theirs", cancelledBy: nil, event: event)
            #expect(entry == wanted)
            let webhook = LedgerEvent(
                inboxID: event.inboxID, id: "e1", kind: "message.received", conversation: key("c1"),
                webhookID: event.webhookID, account: "shop", vendor: "huggy", receivedAt: at(0), isInternal: false,
                state: .decided, error: nil)
            #expect(event == webhook)
            let queries: [LedgerQuery] = [
                .event("e1"), .message("theirs"), .message("theirs", account: "shop"), .message("chosen"),
                .conversation("c1"), .conversation("c1", account: "shop"),
            ]
            for query in queries { #expect(try await store.ledger(for: query, limit: 10) == [wanted], "\(query)") }
            #expect(try await store.capture(event.webhookID)?.body == Array("{}".utf8))
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            .event("e2"), .event(""), .message("m9"), .message("m1", account: "other"), .conversation("c1", account: "other"),
            .conversation("c9"), .conversation("caf\u{e9}"),
        ] as [LedgerQuery])
    func findsNothingOfOthers(kind: StoreKind, query: LedgerQuery) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1", ownIDs: ["m1"])])
            try await store.decide("e3", in: "cafe\u{301}", effects: [draft("k3", event: "e3")])

            #expect(try await store.ledger(for: query, limit: 10) == [])
            #expect(try await store.ledger(for: .event("e1"), limit: 0) == [])
            #expect(try await store.effect(999) == nil)
            #expect(try await store.event("e2") == nil)
            #expect(try await store.capture(999) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func showsTheNewestOfAConversationFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 1...4 {
                let account = number == 3 ? "other" : "shop"
                try await store.decide(
                    "e\(number)", account: account,
                    effects: [
                        draft("k\(number)", event: "e\(number)", account: account), draft("l\(number)", event: "e\(number)"),
                    ])
            }

            func keys(_ query: LedgerQuery, limit: Int) async throws -> [String] {
                try await store.ledger(for: query, limit: limit).map(\.key)
            }
            #expect(try await keys(.conversation("c1"), limit: 5) == ["l4", "k4", "l3", "k3", "l2"])
            #expect(try await keys(.conversation("c1", account: "shop"), limit: 3) == ["l4", "k4", "l2"])
            #expect(try await keys(.event("e2"), limit: 9) == ["l2", "k2"])
        }
    }

    /// One id may be a message of two accounts.
    @Test(arguments: StoreKind.allCases)
    func findsAMessageInEveryAccount(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1", ownIDs: ["m1"])])
            try await store.decide("e2", account: "other", effects: [draft("k2", event: "e2", ownIDs: ["m1"], account: "other")])

            #expect(try await store.ledger(for: .message("m1"), limit: 9).map(\.key) == ["k2", "k1"])
            #expect(try await store.ledger(for: .message("m1"), limit: 1).map(\.key) == ["k2"])
            #expect(try await store.ledger(for: .message("m1", account: "shop"), limit: 9).map(\.key) == ["k1"])
        }
    }

    /// An id stays that of the effect that it was first given for.
    @Test(arguments: StoreKind.allCases)
    func keepsTheFirstMakerOfAMessage(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1", ownIDs: ["m1"])])
            try await store.decide("e2", in: "c2", effects: [draft("k1", ownIDs: ["m2"]), draft("k2", event: "e2")])
            for entry in try await store.claimEffects(now: at(0), limit: 2) where entry.effect.key == "k2" {
                try await store.settle(entry.id, as: .done(remoteID: "m1"), at: at(1))
            }

            #expect(try await store.ledger(for: .message("m1"), limit: 9).map(\.key) == ["k1"])
            #expect(try await store.ledger(for: .message("m2"), limit: 9).map(\.key) == ["k1"])
        }
    }

    /// What is not sent is in the ledger and nowhere else.
    @Test(
        arguments: StoreKind.allCases,
        [
            (.reply(Reply(text: "hi")), .suppressed(.observe), .suppressed),
            (.reply(Reply(text: "hi")), .suppressed(.oncePer), .suppressed),
            (.route(.queue), .unsupported("no queues here"), .unsupported), (.set(["a": 1]), .planned, .applied),
            (.start("menu"), .planned, .applied), (.stopFlow, .planned, .applied),
            (.set(["a": 1]), .suppressed(.human), .suppressed),
        ] as [(Action, EffectStatus, LedgerState)])
    func recordsWhatIsNotSent(kind: StoreKind, sample: (Action, EffectStatus, LedgerState)) async throws {
        let (action, status, state) = sample
        try await kind.withStore { store in
            var recorded = draft("k1", heldUntil: deadline(50), ownIDs: ["m1"])
            recorded.effect.action = action
            recorded.effect.status = status
            recorded.origin = Self.origin
            #expect(recorded.ending == state)
            try await store.decide("e1", effects: [recorded, draft("k2")])

            let entry = try #require(try await store.ledger(for: .event("e1"), limit: 9).last)
            #expect(entry.state == state)
            #expect(entry.status == state.rawValue)
            #expect(entry.effect == recorded.effect)
            #expect(entry.origin == Self.origin)
            #expect(entry.settledAt == at(0))
            #expect(try await store.counts().open == ["shop": 1])
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]) == false)
            #expect(try await store.sendAll(at: clocks(99)) == ["k2"])
            #expect(try await store.counts() == StoreCounts(undecided: 0, oldestUndecided: nil, open: [:], dead: 0))
            #expect(try await store.retryDeadLetter(.effect(entry.id), at: clocks(0)) == 0)
            #expect(try await store.discardDeadLetter(.effect(entry.id)) == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func showsEveryStateOfAnEffect(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1", effects: [draft("first"), draft("second"), draft("held", heldUntil: deadline(900))])
            func statuses() async throws -> [String] {
                try await store.ledger(for: .event("e1"), limit: 9).reversed().map(\.status)
            }
            #expect(try await statuses() == ["pending", "pending", "held"])
            let entry = try await store.claimOne()
            #expect(try await statuses() == ["sending", "pending", "held"])
            try await store.settle(entry.id, as: .retry(at: at(5), .serverError, uncertain: false), at: at(1))
            #expect(try await statuses() == ["retrying", "pending", "held"])
            _ = try await store.claimOne(now: at(5))
            try await store.settle(entry.id, as: .retry(at: at(9), .timeout, uncertain: true), at: at(6))
            #expect(try await statuses() == ["uncertain", "pending", "held"])
            _ = try await store.claimOne(now: at(9))
            try await store.settle(entry.id, as: .dead(.refused, message: "400"), at: at(10))
            #expect(try await statuses() == ["uncertain", "cancelled", "cancelled"])
            let states = try await store.ledger(for: .event("e1"), limit: 9).reversed().map(\.state)
            #expect(states == [.dead, .cancelled, .cancelled])
            #expect(try await store.discardDeadLetter(.effect(entry.id)) == 3)
            #expect(try await statuses() == ["uncertain", "discarded", "discarded"])
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (.dead(.uncertain, message: "no answer"), "uncertain"), (.dead(.refused, message: "400"), "dead"),
            (.retry(at: at(9), .uncertain, uncertain: true), "uncertain"), (.done(remoteID: nil), "done"),
        ] as [(Settlement, String)])
    func isUncertainWhereNobodyKnows(kind: StoreKind, sample: (Settlement, String)) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            try await store.settle(try await store.claimOne().id, as: sample.0, at: at(1))

            #expect(try await store.ledger(for: .event("e1"), limit: 1).map(\.status) == [sample.1])
        }
    }

    /// Nobody knows what became of the attempt that was under way.
    @Test(arguments: StoreKind.allCases)
    func showsAnAttemptThatWasCutOff(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let entry = try await store.claimOne(now: at(70))
            _ = try await store.recover()

            let lost = try #require(try await store.effect(entry.id))
            #expect(lost.status == "uncertain")
            let attempt = AttemptRecord(number: 1, at: at(70), outcome: .uncertain, durationMilliseconds: nil)
            #expect(lost.attempts == [attempt])
            _ = try await store.claimOne(now: at(90))
            let report = AttemptReport(at: at(91), outcome: .done, status: 200, durationMilliseconds: 4)
            try await store.settle(entry.id, as: .done(remoteID: nil), answer: nil, attempt: report, at: at(95))
            let sent = try #require(try await store.effect(entry.id))
            #expect(sent.status == "done")
            #expect(sent.attempts == [attempt, AttemptRecord(report, number: 2)])
            #expect(sent.request == nil)
        }
    }

    /// Given back unsent: it was claimed, and there was no attempt.
    @Test(arguments: StoreKind.allCases)
    func keepsNoAttemptThatWasNotMade(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let report = AttemptReport(at: at(1), outcome: .notSent, durationMilliseconds: 1)
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .retry(at: at(2), .notSent, uncertain: false), at: at(1))
            #expect(try await store.effect(entry.id)?.attempts == [])
            _ = try await store.claimOne(now: at(2))
            let settlement = Settlement.retry(at: at(3), .notSent, uncertain: false)
            try await store.settle(entry.id, as: settlement, answer: nil, attempt: report, at: at(2))
            // The first settlement of a claim stands.
            try await store.settle(entry.id, as: settlement, answer: nil, attempt: report, at: at(2))
            try await store.settle(999, as: settlement, answer: nil, attempt: report, at: at(2))

            #expect(try await store.effect(entry.id)?.attempts == [AttemptRecord(report, number: 2)])
            #expect(try await store.effect(entry.id)?.attemptCount == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func knowsEventsWithoutEffects(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let waiting = try await store.arrival("e1")
            #expect(try await store.event("e1")?.state == .undecided)
            try await store.commit([
                Evaluation(
                    inboxID: waiting.id, conversation: key("c1"), basedOn: 0, state: nil, timers: [timer(.timeout, due: 5)],
                    end: .dead("too large \0"), at: at(3))
            ])
            let dead = try #require(try await store.event("e1"))
            #expect(dead.state == .dead)
            #expect(dead.error == "too large \0")
            _ = try await store.fireAll(at: clocks(5))
            let id = try #require(try await store.internalEvents().first).id
            let timer = try #require(try await store.event(id))
            #expect(timer.isInternal)
            #expect(timer.vendor == "huggy")
            #expect(timer.receivedAt == at(5))
            #expect(try await store.capture(timer.webhookID) == nil)
        }
    }

    @Test func keepsWhatIsLongWithinBounds() {
        let long = String(repeating: "é", count: 100_000)
        let report = AttemptReport(
            at: at(0), outcome: .refused, answer: long, request: long, durationMilliseconds: 0)
        #expect(report.answer?.utf8.count == 2047)
        #expect(report.request?.utf8.count == 16_383)
        #expect(report.answer?.hasSuffix("é…") == true)
        let line = ConditionTrace(
            condition: "text.any", at: SourcePosition(file: "a.yaml", line: 1, column: 1),
            wanted: .array(Array(repeating: .string(long), count: 900)), actual: ["text": .string(long)])
        let origin = EffectOrigin(revision: "r", mode: .observe, conditions: Array(repeating: line, count: 900))
        #expect(origin.conditions.count == 50)
        #expect(origin.conditions.first?.wanted.array?.count == 50)
        #expect(origin.conditions.first?.actual["text"]?.string?.utf8.count == 1023)
        let short = AttemptReport(at: at(0), outcome: .done, answer: "{}", request: "", durationMilliseconds: 0)
        #expect(short.answer == "{}")
        #expect(short.request == "")
    }
}
