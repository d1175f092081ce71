import Model
import Storage
import Testing

@Suite(.serialized) struct RuleUseTests {
    @Test(arguments: StoreKind.allCases)
    func tellsWhatRulesDidNewestFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var observed = draft("k2", event: "e2", rule: "quiet")
            observed.effect.status = .suppressed(.observe)
            try await store.decide("e1", effects: [draft("k1")])
            try await store.decide("e2", effects: [observed, draft("k3", event: "e2")])
            func uses(_ rule: String?, since: Instant = at(0)) async throws -> [String] {
                let page = try await store.ruleUses(of: rule, since: since, before: nil)
                #expect(page.next == nil)
                return page.uses.map { "\($0.eventID) \($0.rule) \($0.isHeldBack)" }
            }
            #expect(try await uses(nil) == ["e2 greet false", "e2 quiet true", "e1 greet false"])
            #expect(try await uses("quiet") == ["e2 quiet true"])
            #expect(try await uses("nobody") == [])
            #expect(try await uses(nil, since: at(1)) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func goesOnBehindAPage(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1"), draft("k2")])
            let last = try #require(try await store.ruleUses(of: nil, since: at(0), before: nil).uses.first)
            let rest = try await store.ruleUses(of: nil, since: at(0), before: last.id)
            #expect(rest.uses.map(\.eventID) == ["e1"])
        }
    }
}
