import Model
import Storage
import Testing
import Vendors

@Suite(.serialized) struct AnswerTests {
    private static let answer = HTTPAnswer(
        effectKey: "k1", variable: "order",
        value: ["status": 200, "headers": ["x": "é"], "json": ["total": .number(1.5), "items": [1, .null, "\0"]]])

    @Test(
        arguments: StoreKind.allCases,
        [.done(remoteID: nil), .done(remoteID: "m1"), .dead(.timeout, message: "no answer")] as [Settlement])
    func comesIntoTheInboxWithTheSettlement(kind: StoreKind, settlement: Settlement) async throws {
        try await kind.withStore { store in
            var planned = call("k1", save: "order")
            planned.effect.target.vendor = .channeltalk
            try await store.decide("e1", in: "c7", effects: [planned])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: settlement, answer: Self.answer, at: at(40))

            let event = InternalEvent(conversation: key("c7"), vendor: .channeltalk, cause: .answer(Self.answer))
            let entries = try await store.undecided(limit: 10)
            #expect(
                entries == [
                    InboxEntry(
                        id: entries.first?.id ?? 0, account: "shop", vendor: .channeltalk,
                        event: EventHeader(id: "answer:k1", kind: .other, conversation: key("c7")), receivedAt: at(40),
                        body: [], internalEvent: event)
                ])
        }
    }

    /// Each of these leaves the inbox as it is.
    @Test(arguments: StoreKind.allCases)
    func isNotKeptWhenTheSettlementDoesNotStand(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [call("k1", save: "order"), call("k2", save: "order")])
            try await store.settle(1, as: .done(remoteID: nil), answer: Self.answer, at: at(1))
            try await store.settle(999, as: .done(remoteID: nil), answer: Self.answer, at: at(1))
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .retry(at: at(2), .timeout, uncertain: true), answer: Self.answer, at: at(1))
            #expect(try await store.internalEvents() == [])

            _ = try await store.claimOne(now: at(2))
            try await store.settle(entry.id, as: .done(remoteID: nil), answer: nil, at: at(3))
            try await store.settle(entry.id, as: .done(remoteID: nil), answer: Self.answer, at: at(4))
            #expect(try await store.internalEvents() == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isKeptOnce(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [call("k1", save: "order"), call("k2", save: "order")])
            for value in ["first", "second"] as [Value] {
                let entry = try await store.claimOne()
                let answer = HTTPAnswer(effectKey: "k1", variable: "order", value: value)
                try await store.settle(entry.id, as: .done(remoteID: nil), answer: answer, at: at(1))
            }

            let events = try await store.internalEvents()
            #expect(events.map(\.cause) == [.answer(HTTPAnswer(effectKey: "k1", variable: "order", value: "first"))])
            let decided = try #require(try await store.undecided(limit: 1).first)
            try await store.commit([
                Evaluation(inboxID: decided.id, conversation: key("c1"), basedOn: 0, state: nil, at: at(2))
            ])
            #expect(try await store.undecided(limit: 10) == [])
            #expect(try await store.accept(webhook([header("answer:k1")])).duplicates == 1)
        }
    }

    /// A flow must not wait for a call that is never made.
    @Test(arguments: StoreKind.allCases)
    func isMadeForEveryCancelledCall(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1",
                effects: [
                    call("k1", save: "order"), call("k2", save: nil), draft("k3"),
                    call("k4", save: "held", heldUntil: deadline(9)), call("k5", save: "price"),
                    call("k6", save: "x", rule: "route"),
                ])
            try await store.decide("e2", effects: [call("k7", save: "x", event: "e2")])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .dead(.serverError, message: "500"), answer: Self.answer, at: at(40))

            let cancelled: Value = ["status": 0, "error": "cancelled"]
            let wanted = [
                Self.answer, HTTPAnswer(effectKey: "k4", variable: "held", value: cancelled),
                HTTPAnswer(effectKey: "k5", variable: "price", value: cancelled),
            ]
            #expect(try await store.internalEvents().map(\.cause) == wanted.map { .answer($0) })
            #expect(try await store.undecided(limit: 10).map(\.receivedAt) == [at(40), at(40), at(40)])
            #expect(try await store.counts().dead == 5)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isDecidedLikeAnyEvent(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [call("k1", save: "order")])
            let before = try await store.arrival("e2")
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .done(remoteID: nil), answer: Self.answer, at: at(1))
            let after = try await store.arrival("e3")

            let entries = try await store.undecided(limit: 10)
            #expect(entries.map(\.event.id) == [before.event.id, "answer:k1", after.event.id])
            let state = ConversationState(variables: ["order": Self.answer.value])
            try await store.commit([
                Evaluation(
                    inboxID: entries[1].id, conversation: key("c1"), basedOn: 0, state: state, effects: [draft("k2")],
                    at: at(2))
            ])
            #expect(try await store.undecided(limit: 10) == [before, after])
            #expect(try await store.claimOne(now: at(2)).state == state)
        }
    }
}
