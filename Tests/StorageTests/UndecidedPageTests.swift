import Model
import Storage
import Testing

@Suite(.serialized) struct UndecidedPageTests {
    private let all = PageSize(events: 100, rows: 100, bytes: 1 << 20)

    /// e1 in c1 with a body of 10 bytes, e2 in c2, e3 in c1 …
    private func store(_ kind: StoreKind, events: Int, _ body: (any Store & Ledger) async throws -> Void) async throws {
        try await kind.withStore { store in
            for number in 1...events {
                _ = try await store.accept(
                    webhook([header("e\(number)", in: "c\(2 - number % 2)")], body: String(repeating: "x", count: 10)))
            }
            try await body(store)
        }
    }

    private func ids(_ page: UndecidedPage) -> [String] { page.entries.map(\.event.id) }

    @Test(arguments: StoreKind.allCases)
    func goesOnWhereThePageBeforeEnded(kind: StoreKind) async throws {
        try await store(kind, events: 5) { store in
            var place = Int64.min
            var pages: [[String]] = []
            while true {
                let page = try await store.undecided(
                    after: place, size: PageSize(events: 2, rows: 100, bytes: 1 << 20), passing: [])
                pages.append(ids(page))
                guard !page.isLast, let last = page.last else { break }
                place = last
            }
            #expect(pages.filter { !$0.isEmpty } == [["e1", "e2"], ["e3", "e4"], ["e5"]])
        }
    }

    /// R8: bodies may be large.
    @Test(arguments: StoreKind.allCases)
    func endsWithTheBodyThatFillsIt(kind: StoreKind) async throws {
        try await store(kind, events: 4) { store in
            let page = try await store.undecided(after: .min, size: PageSize(events: 9, rows: 9, bytes: 11), passing: [])
            #expect(ids(page) == ["e1", "e2"])
            #expect(!page.isLast)
            // There is always one, however large.
            let one = try await store.undecided(after: .min, size: PageSize(events: 9, rows: 9, bytes: 1), passing: [])
            #expect(ids(one) == ["e1"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func passesOverConversationsWithoutTheirBodies(kind: StoreKind) async throws {
        try await store(kind, events: 5) { store in
            let page = try await store.undecided(after: .min, size: all, passing: [key("c1")])
            #expect(ids(page) == ["e2", "e4"])
            #expect(page.passedOver == 3)
            #expect(page.rows == 5)
            #expect(page.isLast)
            let near = try await store.undecided(
                after: .min, size: PageSize(events: 9, rows: 3, bytes: 1 << 20), passing: [key("c1")])
            #expect(ids(near) == ["e2"])
            #expect(near.rows == 3 && !near.isLast)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isEmptyWhereNothingWaits(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let page = try await store.undecided(after: .min, size: all, passing: [])
            #expect(page.entries.isEmpty && page.isLast && page.last == nil)
            #expect(try await store.undecidedCount() == 0)
            try await store.decide("e1")
            _ = try await store.accept(webhook([header("e2"), header("e3")]))
            #expect(try await store.undecidedCount() == 2)
        }
    }
}
