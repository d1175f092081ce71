import Model
import Storage
import Testing

@Suite(.serialized) struct ClosingTests {
    @Test(arguments: StoreKind.allCases)
    func takesNothingAfterClose(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("a")
            try await store.close()

            let evaluation = Evaluation(
                inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: nil, at: at(0))
            await #expect(throws: StoreError.closed) { try await store.accept(webhook([header("b")])) }
            await #expect(throws: StoreError.closed) { try await store.undecided(limit: 1) }
            await #expect(throws: StoreError.closed) { try await store.state(of: key("c1"), cooldowns: []) }
            await #expect(throws: StoreError.closed) { try await store.commit([evaluation]) }
            await #expect(throws: StoreError.closed) { try await store.claimEffects(now: at(0), limit: 1) }
            await #expect(throws: StoreError.closed) { try await store.settle(1, as: .done(remoteID: nil), at: at(0)) }
            await #expect(throws: StoreError.closed) { try await store.nextEffectDue() }
            await #expect(throws: StoreError.closed) { try await store.fireAll(at: clocks(0)) }
            await #expect(throws: StoreError.closed) { try await store.recover() }
            await #expect(throws: StoreError.closed) { try await store.isOwnMessage(account: "shop", ids: ["m"]) }
            await #expect(throws: StoreError.closed) { try await store.counts() }
            await #expect(throws: StoreError.closed) { try await store.ledger(for: .event("a"), limit: 1) }
            await #expect(throws: StoreError.closed) { try await store.effect(1) }
            await #expect(throws: StoreError.closed) { try await store.event("a") }
            await #expect(throws: StoreError.closed) { try await store.capture(1) }
            await #expect(throws: StoreError.closed) { try await store.captures(CaptureQuery()) }
            await #expect(throws: StoreError.closed) { try await store.deadLetters(DeadLetterFilter(), limit: 1, after: nil) }
            await #expect(throws: StoreError.closed) { try await store.deadLetter(.effect(1)) }
            await #expect(throws: StoreError.closed) { try await store.retryDeadLetter(.event(1), at: clocks(0)) }
            await #expect(throws: StoreError.closed) { try await store.discardDeadLetter(.event(1)) }
            await #expect(throws: StoreError.closed) { try await store.prune(Retention(), from: nil, limit: 1) }
            await #expect(throws: StoreError.closed) { try await store.probe() }
            await #expect(throws: StoreError.closed) { try await store.close() }
        }
    }

    /// Whoever came before the close is answered, one way or the other, and what was answered with success is kept.
    @Test(arguments: StoreKind.allCases)
    func answersEverybodyWhileClosing(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let answers = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do throws(StoreError) {
                            if number == 100 {
                                try await store.close()
                            } else if number.isMultiple(of: 3) {
                                _ = try await store.counts()
                            } else {
                                _ = try await store.accept(webhook([header("e\(number)")]))
                            }
                            return true
                        } catch {
                            return error == .closed
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers == Array(repeating: true, count: 200))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func probesWithoutATrace(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.probe()
            try await store.probe()

            #expect(try await store.counts() == StoreCounts(undecided: 0, oldestUndecided: nil, open: [:], dead: 0))
        }
    }
}
