import Model
import Storage
import Testing

@Suite struct TurnTests {
    /// What waits: conversations of accounts, in the order in which they came.
    private static func plan(_ names: [String], in store: any Store & Ledger) async throws {
        for (number, account) in names.enumerated() {
            let id = "\(account)\(number)"
            try await store.decide(
                id, in: "c\(number)", account: account,
                effects: [draft(id, event: id, notBefore: at(Int64(number)), account: account)])
        }
    }

    /// The fewest being sent first, and among those what waits longest.
    @Test(
        arguments: StoreKind.allCases,
        [
            (AccountLimits(each: 9), 9, ["a0", "b3", "c5", "a1", "b4", "a2"]),
            (AccountLimits(each: 9), 4, ["a0", "b3", "c5", "a1"]), (AccountLimits(each: 1), 9, ["a0", "b3", "c5"]),
            (AccountLimits(each: 2), 9, ["a0", "b3", "c5", "a1", "b4"]), (AccountLimits(each: 0), 9, []),
            (AccountLimits(each: -1), 9, []), (AccountLimits(each: .min), 9, []),
            (AccountLimits(each: .max), 0, []), (AccountLimits(each: .max), 1, ["a0"]),
            (AccountLimits(each: 1, own: ["a": 3]), 9, ["a0", "b3", "c5", "a1", "a2"]),
            (AccountLimits(each: 9, own: ["a": 0, "z": 0]), 9, ["b3", "c5", "b4"]),
        ] as [(AccountLimits, Int, [String])])
    func takesTurns(kind: StoreKind, sample: (AccountLimits, Int, [String])) async throws {
        let (limits, limit, keys) = sample
        try await kind.withStore { store in
            try await Self.plan(["a", "a", "a", "b", "b", "c"], in: store)

            let claimed = try await store.claimEffects(at: clocks(10), limit: limit, accountLimits: limits)
            #expect(claimed.map(\.effect.key) == keys)
            #expect(claimed.map(\.attempt) == keys.map { _ in 1 })
            let left = Set(["a0", "a1", "a2", "b3", "b4", "c5"]).subtracting(keys)
            #expect(Set(try await store.claimKeys(now: at(10))) == left)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func countsWhatIsBeingSent(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await Self.plan(["a", "a", "a", "b", "b", "b"], in: store)
            let limits = AccountLimits(each: 2)
            func claim(_ limit: Int) async throws -> [OutboxEntry] {
                try await store.claimEffects(at: clocks(10), limit: limit, accountLimits: limits)
            }
            let first = try #require(try await claim(1).first)
            #expect(first.effect.key == "a0")
            #expect(try await claim(2).map(\.effect.key) == ["b3", "a1"])
            #expect(try await claim(9).map(\.effect.key) == ["b4"])
            #expect(try await claim(9) == [])
            #expect(try await store.nextEffectDue(at: clocks(10)) == at(2))
            #expect(try await store.nextEffectDue(at: clocks(10), accountLimits: limits) == nil)
            #expect(try await store.nextEffectDue(at: clocks(10), accountLimits: AccountLimits(each: 2, own: ["b": 3])) == at(5))
            try await store.settle(first.id, as: .retry(at: at(50), .timeout, uncertain: false), at: at(10))
            #expect(try await store.nextEffectDue(at: clocks(10), accountLimits: limits) == at(2))
            #expect(try await claim(9).map(\.effect.key) == ["a2"])
        }
    }

    /// A conversation still sends one at a time, in order, and what was held joins before.
    @Test(arguments: StoreKind.allCases)
    func keepsTheOrderOfEachConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("a"), draft("b")])
            try await store.decide("e2", in: "c2", effects: [draft("held", event: "e2", heldUntil: deadline(5))])
            let limits = AccountLimits(each: 9)
            #expect(try await store.nextEffectDue(at: clocks(0), accountLimits: AccountLimits(each: 0)) == at(5))
            let claimed = try await store.claimEffects(at: clocks(5), limit: 9, accountLimits: limits)
            #expect(claimed.map(\.effect.key) == ["a", "held"])
            #expect(try await store.claimEffects(at: clocks(5), limit: 9, accountLimits: limits) == [])
            try await store.settle(claimed[0].id, as: .done(remoteID: nil), at: at(6))
            #expect(try await store.claimEffects(at: clocks(6), limit: 9, accountLimits: limits).map(\.effect.key) == ["b"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func tellsAccountsApartByTheirBytes(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await Self.plan(["caf\u{e9}", "cafe\u{301}", "a\0b", "a"], in: store)
            let limits = AccountLimits(each: 1, own: ["caf\u{e9}": 0])

            let claimed = try await store.claimEffects(at: clocks(10), limit: 9, accountLimits: limits)
            #expect(claimed.map { Array($0.effect.target.account.utf8) } == ["cafe\u{301}", "a\0b", "a"].map { Array($0.utf8) })
        }
    }
}
