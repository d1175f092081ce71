import Model
import Storage
import Testing

@Suite(.serialized) struct HeldEffectTests {
    private static let hour: Int64 = 3_600_000

    @Test(arguments: StoreKind.allCases)
    func holdsUpNothingOfOthers(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("held", heldUntil: deadline(1000)), draft("same event")])
            try await store.decide("e2", effects: [draft("later", event: "e2")])

            #expect(try await store.counts().open == ["shop": 3])
            #expect(try await store.sendAll(at: clocks(0)) == ["same event", "later"])
            #expect(try await store.counts().open == ["shop": 1])
            #expect(try await store.nextEffectDue(at: clocks(0)) == at(1000))
            #expect(try await store.sendAll(at: clocks(999)) == [])
            #expect(try await store.sendAll(at: clocks(1000)) == ["held"])
            #expect(try await store.counts().open == [:])
            #expect(try await store.nextEffectDue(at: clocks(1000)) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func joinsTheEndOfTheLineInOrder(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1", effects: [draft("a", heldUntil: deadline(1000)), draft("b", heldUntil: deadline(1000)), draft("c")])
            try await store.decide("e2", effects: [draft("d", event: "e2", heldUntil: deadline(900)), draft("e", event: "e2")])
            let first = try await store.claimOne()
            #expect(first.effect.key == "c")
            // All three join behind "e", which was in line before their time came.
            #expect(try await store.claimKeys(now: at(1000)) == [])
            try await store.decide("e3", effects: [draft("f", event: "e3")])
            try await store.settle(first.id, as: .done(remoteID: nil), at: at(1000))

            #expect(try await store.sendAll(at: clocks(1000)) == ["e", "a", "b", "d", "f"])
        }
    }

    /// What comes due between two claims joins before what comes due later.
    @Test(arguments: StoreKind.allCases)
    func joinsWhenItsTimeHasCome(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1", effects: [draft("late", heldUntil: deadline(50)), draft("early", heldUntil: deadline(20))])
            let early = try await store.claimOne(now: at(20))
            #expect(early.effect.key == "early")
            #expect(try await store.nextEffectDue(at: clocks(20)) == at(50))
            #expect(try await store.claimKeys(now: at(60)) == [])
            #expect(try await store.nextEffectDue(at: clocks(60)) == nil)
            try await store.settle(early.id, as: .retry(at: at(90), .timeout, uncertain: false), at: at(60))
            #expect(try await store.claimKeys(now: at(80)) == [])
            #expect(try await store.sendAll(at: clocks(90)) == ["early", "late"])
        }
    }

    /// R12: by the clock of the boot in which it was decided; in another boot by the wall clock.
    @Test(
        arguments: StoreKind.allCases,
        [
            (clocks(999), at(1000)), (clocks(1000), nil),
            (clocks(999, jump: hour), at(1000 + hour)), (clocks(1000, jump: hour), nil),
            (clocks(999, jump: -hour), at(1000 - hour)), (clocks(1000, jump: -hour), nil),
            (clocks(999, jump: 87_600 * hour), at(1000 + 87_600 * hour)), (clocks(1000, jump: 87_600 * hour), nil),
            (clocks(0, jump: 999, boot: "boot 2"), at(1000)), (clocks(0, jump: 1000, boot: "boot 2"), nil),
            (ClockReading(wall: at(999), bootID: "boot 0", sinceBoot: .max), at(1000)),
            (ClockReading(wall: at(1000), bootID: "boot 0", sinceBoot: .min), nil),
        ] as [(ClockReading, Instant?)])
    func isReleasedByTheClockOfItsBoot(kind: StoreKind, sample: (ClockReading, Instant?)) async throws {
        let (now, due) = sample
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("held", notBefore: at(1000), heldUntil: deadline(1000))])

            #expect(try await store.nextEffectDue(at: now) == due ?? now.wall)
            #expect(try await store.claimEffects(at: now, limit: 10).map(\.effect.key) == (due == nil ? ["held"] : []))
            #expect(try await store.nextEffectDue(at: now) == due)
        }
    }

    /// The life of a reply counts from the moment when it was to go out, on the wall clock as it is then.
    @Test(
        arguments: StoreKind.allCases,
        [
            (clocks(hour), at(hour)), (clocks(hour + 5), at(hour)), (clocks(3 * hour), at(hour)),
            (clocks(hour, jump: -hour), at(0)), (clocks(hour + 5, jump: 9 * hour), at(10 * hour)),
            (clocks(0, jump: 4 * hour, boot: "boot 2"), at(hour)),
        ] as [(ClockReading, Instant)])
    func beginsItsLifeWhenItIsReleased(kind: StoreKind, sample: (ClockReading, Instant)) async throws {
        let (now, created) = sample
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("held", heldUntil: deadline(Self.hour))])
            let entry = try #require(try await store.claimEffects(at: now, limit: 1).first)
            #expect(entry.createdAt == created)

            let later = now.wall.adding(.milliseconds(10))
            try await store.settle(entry.id, as: .retry(at: later, .timeout, uncertain: false), at: now.wall)
            let again = ClockReading(wall: later, bootID: now.bootID, sinceBoot: now.sinceBoot + 10)
            #expect(try await store.claimEffects(at: again, limit: 1).map(\.createdAt) == [created])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isCancelledWithItsRule(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1",
                effects: [
                    draft("first"), draft("held", heldUntil: deadline(1000)), draft("other rule", rule: "route"),
                    draft("held other", rule: "route", heldUntil: deadline(1000)),
                ])
            try await store.decide("e2", in: "c2", effects: [draft("elsewhere", heldUntil: deadline(1000))])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .dead(.refused, message: "400"), at: at(1))

            #expect(
                try await store.counts()
                    == StoreCounts(
                        undecided: 0, oldestUndecided: nil, open: ["shop": 3], oldestOpen: ["shop": at(0)], dead: 2))
            #expect(try await store.sendAll(at: clocks(2)) == ["other rule"])
            #expect(try await store.sendAll(at: clocks(1000)) == ["held other", "elsewhere"])
            #expect(try await store.counts().dead == 2)
        }
    }

    /// One that died after it was released takes those with it that are still held.
    @Test(arguments: StoreKind.allCases)
    func cancelsOthersThatAreStillHeld(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1", effects: [draft("soon", heldUntil: deadline(10)), draft("late", heldUntil: deadline(99))])
            let entry = try await store.claimOne(now: at(10))
            try await store.settle(entry.id, as: .dead(.refused, message: "400"), at: at(11))

            #expect(try await store.counts().open == [:])
            #expect(try await store.counts().dead == 2)
            #expect(try await store.nextEffectDue(at: clocks(11)) == nil)
            #expect(try await store.claimKeys(now: at(200)) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func isMadeOnceAndCannotBeSettledBefore(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("sent"), draft("held", heldUntil: deadline(10), ownIDs: ["m1"])])
            try await store.decide("e2", effects: [draft("held", heldUntil: deadline(5)), draft("held")])
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]))
            let sent = try await store.claimOne()
            try await store.settle(sent.id + 1, as: .dead(.refused, message: "not claimed"), at: at(1))
            #expect(try await store.recover() == 1)

            #expect(try await store.sendAll(at: clocks(5)) == ["sent"])
            #expect(try await store.sendAll(at: clocks(10)) == ["held"])
        }
    }

    /// Of many that come due together a share is released with each claim: what has waited longest first, whatever its boot.
    @Test(arguments: StoreKind.allCases)
    func isReleasedInShares(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let count = HeldEffects.releasedAtOnce + 10
            _ = try await store.accept(webhook((0..<count).map { header("e\($0)", in: "c\($0)") }))
            let entries = try await store.undecided(limit: count)
            try await store.commit(
                entries.enumerated().map { number, entry in
                    let boot = number.isMultiple(of: 2) ? "boot 1" : "boot 0"
                    let held = Deadline(at(Int64(count - number)), clocks: clocks(0, boot: boot))
                    return Evaluation(
                        inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: nil,
                        effects: [draft("k\(number)", heldUntil: held)], at: at(0))
                })
            let now = clocks(Int64(count))

            #expect(try await store.nextEffectDue(at: now) == at(1))
            let first = try await store.claimEffects(at: now, limit: 1000).map(\.effect.key)
            #expect(first == (10..<count).reversed().map { "k\($0)" })
            #expect(try await store.nextEffectDue(at: now) == at(Int64(count) - 9))
            let second = try await store.claimEffects(at: now, limit: 1000).map(\.effect.key)
            #expect(second == (0..<10).reversed().map { "k\($0)" })
        }
    }
}
