import Model
import Storage
import Testing
import Vendors

@Suite struct ImportedCaptureTests {
    private static func told(_ id: String, _ kind: EventKind = .messageReceived, account: String = "shop") -> EventHeader {
        EventHeader(id: id, kind: kind, conversation: key("c1", account: account))
    }

    @Test(arguments: StoreKind.allCases)
    func areKeptAsTheyCame(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var incoming = webhook([Self.told("a"), Self.told("b", .conversationClosed)], at: at(-5), body: #"{"é":1}"#)
            incoming.headers = [WebhookHeader(name: "x-a", value: "\0 é")]
            #expect(try await store.importCaptures([incoming]) == [true])

            let capture = try #require(try await store.captures(CaptureQuery()).captures.first)
            let wanted = Capture(
                webhookID: capture.webhookID, account: "shop", vendor: .huggy, receivedAt: at(-5), headers: incoming.headers,
                body: incoming.body, events: incoming.events)
            #expect(capture == wanted)
            #expect(try await store.capture(wanted.webhookID) == wanted)
        }
    }

    /// Nothing follows from an import: a webhook with the same events that really comes in is new.
    @Test(arguments: StoreKind.allCases)
    func decideNothingAndMarkNothing(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let before = try await store.counts()
            let incoming = webhook([Self.told("a")], at: at(5))
            _ = try await store.importCaptures([incoming])
            #expect(try await store.undecided(limit: 9) == [])
            #expect(try await store.counts() == before)
            #expect(try await store.event("a") == nil)
            #expect(try await store.ledger(for: .event("a"), limit: 9) == [])
            #expect(try await store.state(of: key("c1"), cooldowns: []).version == 0)

            #expect(try await store.accept(incoming) == AcceptResult(accepted: 1, duplicates: 0))
            #expect(try await store.undecided(limit: 9).map(\.event.id) == ["a"])
            #expect(try await store.captures(CaptureQuery()).captures.count == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func areAddedOnce(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = webhook([Self.told("a")], at: at(5), body: "1")
            let others = [
                webhook([Self.told("a")], at: at(6), body: "1"), webhook([Self.told("a")], at: at(5), body: "2"),
                webhook([Self.told("a", account: "other")], at: at(5), body: "1", account: "other"),
                webhook([], at: at(5), body: "3"),
            ]
            let added = try await store.importCaptures([first, first] + others)
            let again = try await store.importCaptures(others + [first])
            let count = try await store.captures(CaptureQuery()).captures.count
            #expect(added == [true, false, true, true, true, true])
            #expect(again == [false, false, false, false, false])
            #expect(count == 5)
        }
    }

    /// What is exported differs from what came in by white space and secrets: the events tell that it is the same.
    @Test(arguments: StoreKind.allCases)
    func areNotAddedBesideTheWebhookItself(kind: StoreKind) async throws {
        try await kind.withStore { store in
            _ = try await store.accept(webhook([Self.told("a")], at: at(5), body: "{ }"))
            _ = try await store.accept(webhook([Self.told("a"), Self.told("b")], at: at(7), body: "{ }"))
            let same = webhook([Self.told("a"), Self.told("b")], at: at(7), body: "{}")
            #expect(try await store.importCaptures([webhook([Self.told("a")], at: at(5)), same]) == [false, false])
            // A redelivery of what is known left nothing.
            #expect(try await store.importCaptures([webhook([Self.told("a")], at: at(6))]) == [true])

            for entry in try await store.undecided(limit: 9) {
                try await store.commit([
                    Evaluation(inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: nil, at: at(8))
                ])
            }
            _ = try await store.pruneRound(Retention(captures: at(6)))
            // Its body is gone: here it is again.
            #expect(try await store.importCaptures([webhook([Self.told("a")], at: at(5))]) == [true])
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (CaptureQuery(), ["a", "b", "c"]), (CaptureQuery(since: at(20)), ["b", "c"]), (CaptureQuery(until: at(20)), ["a"]),
            (CaptureQuery(account: "other"), ["c"]), (CaptureQuery(kind: .conversationClosed), ["b"]),
            (CaptureQuery(kind: .other), []), (CaptureQuery(limit: 2), ["a", "b"]),
        ] as [(CaptureQuery, [String])])
    func areFoundAsOthers(kind: StoreKind, sample: (CaptureQuery, [String])) async throws {
        try await kind.withStore { store in
            _ = try await store.importCaptures([
                webhook([Self.told("c", account: "other")], at: at(30), account: "other"),
                webhook([Self.told("b"), Self.told("b2", .conversationClosed)], at: at(20)),
                webhook([Self.told("a")], at: at(10)),
            ])
            let page = try await store.captures(sample.0)
            #expect(page.captures.map { $0.events.first?.id } == sample.1)
        }
    }

    /// The rule matched when the event was decided, which was another webhook.
    @Test(arguments: StoreKind.allCases)
    func areMatchedByNoRule(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("a", effects: [draft("k1", event: "a")])
            _ = try await store.importCaptures([webhook([Self.told("a")], at: at(99))])
            let matched = try await store.captures(CaptureQuery(matchedRule: "greet")).captures
            #expect(matched.map(\.receivedAt) == [at(0)])
        }
    }

    @Test(arguments: StoreKind.allCases, [1, 500])
    func areRemovedWholeAndTakeNothingWithThem(kind: StoreKind, step: Int) async throws {
        try await kind.withStore { store in
            try await store.decide("a", effects: [draft("k1", event: "a")])
            _ = try await store.importCaptures([
                webhook([Self.told("a")], at: at(-9)), webhook([Self.told("b")], at: at(-8)),
                webhook([Self.told("c")], at: at(9)),
            ])
            var wanted = PruneResult.Removed()
            wanted.bodies = 2
            #expect(try await store.pruneRound(Retention(captures: at(-7), rows: at(-20)), step: step) == wanted)
            #expect(try await store.ledger(for: .event("a"), limit: 9).count == 1)
            wanted.bodies = 1
            #expect(try await store.pruneRound(Retention(rows: at(10)), step: step) == wanted)
            #expect(try await store.captures(CaptureQuery()).captures.map(\.receivedAt) == [at(0)])
            #expect(try await store.importCaptures([webhook([Self.told("c")], at: at(9))]) == [true])
        }
    }
}
