import Model
import Storage
import StorageSQLite
import Testing

/// What the stores know of events over which the process died (R6).
@Suite(.serialized) struct CrashCountTests {
    @Test(arguments: StoreKind.allCases)
    func countsForEachEventThatIsNotDecidedYet(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = try await store.arrival("e1")
            let second = try await store.arrival("e2")
            #expect(first.crashes == 0)

            #expect(try await store.countCrash(of: [first.id, first.id, 99], upTo: 9) == [first.id: 1])
            #expect(try await store.countCrash(of: [first.id, second.id], upTo: 9) == [first.id: 2, second.id: 1])
            #expect(try await store.countCrash(of: [], upTo: 9) == [:])
            #expect(try await store.undecided(limit: 9).map(\.crashes) == [2, 1])

            #expect(try await store.countCrash(of: [first.id, second.id], upTo: 2) == [first.id: 2, second.id: 2])
            #expect(try await store.countCrash(of: [first.id], upTo: 1) == [first.id: 2])

            try await store.commit([evaluation(of: first, end: .done)])
            #expect(try await store.countCrash(of: [first.id, second.id], upTo: 9) == [second.id: 3])
            #expect(try await store.event("e1")?.state == .decided)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func tellsWhyAnEventDiedAndBeginsAnewWhenItIsRetried(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("e1")
            for _ in 1...3 { _ = try await store.countCrash(of: [entry.id], upTo: 9) }
            try await store.commit([evaluation(of: entry, end: .dead("the process died over it", reason: .crash))])

            let letter = try #require(try await store.deadLetter(.event(entry.id)))
            #expect(letter.message == "the process died over it")
            #expect(letter.event?.reason == .crash)
            let filter = DeadLetterFilter(reason: .event(.crash))
            #expect(try await store.deadLetters(filter, limit: 9, after: nil) == [letter])
            #expect(try await store.counts().dead == 1)
            #expect(try await store.counts().crashed == 1)

            #expect(try await store.retryDeadLetter(.event(entry.id), at: clocks(9)) == 1)
            #expect(try await store.undecided(limit: 9) == [entry])
            #expect(try await store.event("e1")?.reason == nil)
            #expect(try await store.counts().crashed == 0)
        }
    }

    @Test func outlivesTheProcess() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let before = try SQLiteStore.open(path: path)
            let entry = try await before.arrival("e1")
            _ = try await before.countCrash(of: [entry.id], upTo: 9)
            try await before.close()
            let after = try SQLiteStore.open(path: path)
            #expect(try await after.undecided(limit: 9).map(\.crashes) == [1])
            #expect(try await after.countCrash(of: [entry.id], upTo: 9) == [entry.id: 2])
            try await after.close()
        }
    }

    /// What a crash in the making of rows is blamed on, and what only waits for the disk is not.
    @Test(arguments: StoreKind.allCases)
    func tellsWhenOnlyTheDiskIsWaitedFor(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("e1")
            await confirmation { prepared in
                do { try await store.commit([evaluation(of: entry, end: .done)], prepared: { prepared() }) } catch {
                    Issue.record(error)
                }
            }
            #expect(try await store.undecided(limit: 9) == [])
        }
    }

    private func evaluation(of entry: InboxEntry, end: InboxEnd) -> Evaluation {
        Evaluation(inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: nil, end: end, at: at(5))
    }
}
