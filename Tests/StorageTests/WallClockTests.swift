import Model
import Storage
import Testing

/// The wall clock was set while effects wait (R12).
@Suite(.serialized) struct WallClockTests {
    private static let hour = Duration.seconds(3600)

    @Test(arguments: StoreKind.allCases, [hour, .zero - hour, .seconds(315_360_000), .seconds(-1_576_800_000)])
    func whatWaitsForAnotherTryWaitsAsLongAsItWasTo(kind: StoreKind, change: Duration) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let entry = try await store.claimOne(now: at(100))
            try await store.settle(entry.id, as: .retry(at: at(5_000), .serverError, uncertain: false), at: at(200))
            try await store.followWallClock(setBy: change, to: at(1_000).adding(change))

            #expect(try await store.nextEffectDue() == at(5_000).adding(change))
            #expect(try await store.claimKeys(now: at(4_999).adding(change)) == [])
            #expect(try await store.claimKeys(now: at(5_000).adding(change)) == ["k1"])
        }
    }

    @Test(arguments: StoreKind.allCases, [hour, .zero - hour])
    func whatWasNeverTriedIsDueAndNoOlder(kind: StoreKind, change: Duration) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let now = at(1_000).adding(change)
            try await store.followWallClock(setBy: change, to: now)

            let entry = try await store.claimOne(now: now)
            // A second has passed; set back, a time that would be in the future is now.
            #expect(entry.createdAt == (change > .zero ? at(0).adding(change) : now))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasMadeByTheNewTimeKeepsIt(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            try await store.followWallClock(setBy: Self.hour, to: at(10))

            let entry = try await store.claimOne(now: at(10))
            #expect(entry.createdAt == at(10))
        }
    }
}
