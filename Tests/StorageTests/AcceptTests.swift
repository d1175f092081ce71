import Model
import Storage
import Testing
import Vendors

@Suite(.serialized) struct AcceptTests {
    @Test(arguments: StoreKind.allCases)
    func keepsEventsInOrderOfArrivalWithTheirWebhook(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = try await store.accept(
                webhook([header("b"), header("a", in: "c2")], at: at(5), body: #"{"batch":"é"}"#))
            let second = try await store.accept(webhook([header("c")], at: at(7)))
            let entries = try await store.undecided(limit: 10)

            #expect(first == AcceptResult(accepted: 2, duplicates: 0))
            #expect(second == AcceptResult(accepted: 1, duplicates: 0))
            #expect(entries.map(\.event) == [header("b"), header("a", in: "c2"), header("c")])
            #expect(entries.map(\.receivedAt) == [at(5), at(5), at(7)])
            #expect(entries.map(\.body) == [#"{"batch":"é"}"#, #"{"batch":"é"}"#, "{}"].map { Array($0.utf8) })
            #expect(entries.map(\.id) == entries.map(\.id).sorted())
            #expect(entries.allSatisfy { $0.account == "shop" && $0.vendor == .huggy })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func returnsTheOldestUpToTheLimit(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for id in ["a", "b", "c"] { _ = try await store.accept(webhook([header(id)])) }

            #expect(try await store.undecided(limit: 2).map(\.event.id) == ["a", "b"])
            #expect(try await store.undecided(limit: 0) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func countsDuplicatesWithinOneWebhook(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let result = try await store.accept(webhook([header("a"), header("a"), header("b")]))

            #expect(result == AcceptResult(accepted: 2, duplicates: 1))
            #expect(try await store.undecided(limit: 10).map(\.event.id) == ["a", "b"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func storesOnlyWhatIsNewOfALaterWebhook(kind: StoreKind) async throws {
        try await kind.withStore { store in
            _ = try await store.accept(webhook([header("a")], body: "1"))
            let result = try await store.accept(webhook([header("a"), header("b")], body: "2"))

            #expect(result == AcceptResult(accepted: 1, duplicates: 1))
            let entries = try await store.undecided(limit: 10)
            #expect(entries.map(\.event.id) == ["a", "b"])
            #expect(entries.map(\.body) == [Array("1".utf8), Array("2".utf8)])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func remembersAnEventAfterItWasDecided(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("a", effects: [])
            let again = try await store.accept(webhook([header("a")]))

            #expect(again == AcceptResult(accepted: 0, duplicates: 1))
            #expect(try await store.undecided(limit: 10) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func takesAWebhookWithoutEvents(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let result = try await store.accept(webhook([]))
            #expect(result == AcceptResult(accepted: 0, duplicates: 0))
            #expect(try await store.counts() == StoreCounts(undecided: 0, oldestUndecided: nil, open: [:], dead: 0))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func acceptsAnEventOnceFromManyTasks(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let results = try await withThrowingTaskGroup(of: AcceptResult.self) { group in
                for task in 0..<200 {
                    group.addTask { try await store.accept(webhook([header("e\(task % 4)")])) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(results.map(\.accepted).reduce(0, +) == 4)
            #expect(results.map(\.duplicates).reduce(0, +) == 196)
            #expect(try await store.undecided(limit: 1000).map(\.event.id).sorted() == ["e0", "e1", "e2", "e3"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func acceptsDifferentEventsFromManyTasks(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<500 {
                    group.addTask { _ = try await store.accept(webhook([header("e\(task)")])) }
                }
                try await group.waitForAll()
            }

            let ids = try await store.undecided(limit: 1000).map(\.event.id)
            #expect(Set(ids) == Set((0..<500).map { "e\($0)" }))
            #expect(ids.count == 500)
        }
    }

    /// Swift calls the two accents equal, and SQLite ends text at a NUL: neither may make two ids one.
    @Test(
        arguments: StoreKind.allCases,
        [
            ["caf\u{e9}", "cafe\u{301}"], ["a\0b", "a\0c", "a", "a\0"], ["\u{1A}0", "\0", "\u{1A}", "\u{1A}\u{1A}0"],
        ])
    func tellsIdsApartByTheirBytes(kind: StoreKind, ids: [String]) async throws {
        try await kind.withStore { store in
            let result = try await store.accept(webhook(ids.map { header($0, in: $0) }))
            let entries = try await store.undecided(limit: 10)

            #expect(result == AcceptResult(accepted: ids.count, duplicates: 0))
            #expect(entries.map { Array($0.event.id.utf8) } == ids.map { Array($0.utf8) })
            #expect(entries.map { Array($0.event.conversation.conversation.utf8) } == ids.map { Array($0.utf8) })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func keepsEveryByteOfABody(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var incoming = webhook([header("a")])
            incoming.body = Array(0...255) + [0, 0]
            _ = try await store.accept(incoming)
            _ = try await store.accept(
                IncomingWebhook(account: "shop", vendor: .huggy, receivedAt: at(0), body: [], events: [header("b")]))

            #expect(try await store.undecided(limit: 2).map(\.body) == [incoming.body, []])
        }
    }
}
