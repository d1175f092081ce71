import Model
import Storage
import Testing

@Suite(.serialized) struct CommitTests {
    /// Every member away from its default.
    private static let state = ConversationState(
        handler: .human, humanUntil: at(60_000),
        variables: [
            "plan": "gold", "id": 9_007_199_254_740_993, "ratio": .number(0.25), "none": .null, "list": [1, "two", true],
            "nested": ["a": ["b": "é \u{1F600} \0"]], "big": .number(.infinity),
        ],
        tags: ["vip", "new"], hasCustomerMessage: true, customerMessages: [at(1), at(2)], automaticReplies: [at(3)],
        repliesSinceCustomer: 4)

    @Test(arguments: StoreKind.allCases)
    func knowsNothingOfANewConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let stored = try await store.state(of: key("c1"), cooldowns: [])

            #expect(stored == StoredState(state: DecisionState(), version: 0))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func givesBackTheStateThatWasCommitted(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var state = Self.state
            // JSON has no infinity: it is kept as text, by the stores that write JSON.
            state.variables["big"] = .integer(.max)
            let entry = try await store.arrival("a")
            try await store.commit([
                Evaluation(inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: state, at: at(9))
            ])

            let stored = try await store.state(of: key("c1"), cooldowns: [])
            #expect(stored == StoredState(state: DecisionState(conversation: state), version: 1))
            #expect(try await store.undecided(limit: 10) == [])
            #expect(try await store.state(of: key("c1", account: "other"), cooldowns: []).version == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func takesNumbersThatJSONCannotWrite(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("a")
            try await store.commit([
                Evaluation(inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: Self.state, at: at(9))
            ])

            #expect(try await store.state(of: key("c1"), cooldowns: []).version == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func chainsEvaluationsOfOneConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entries = [try await store.arrival("a"), try await store.arrival("b"), try await store.arrival("c")]
            try await store.commit([
                evaluation(entries[0], basedOn: 0, tags: ["one"]),
                evaluation(entries[1], basedOn: 1, tags: nil),
                evaluation(entries[2], basedOn: 1, tags: ["one", "three"]),
            ])

            let stored = try await store.state(of: key("c1"), cooldowns: [])
            #expect(stored.version == 2)
            #expect(stored.state.conversation.tags == ["one", "three"])
            #expect(try await store.undecided(limit: 10) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func leavesStateAndVersionWithoutANewState(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = try await store.arrival("a")
            try await store.commit([evaluation(first, basedOn: 0, tags: ["vip"])])
            let second = try await store.arrival("b")
            var plain = evaluation(second, basedOn: 1, tags: nil)
            plain.effects = [draft("k1")]
            try await store.commit([plain])

            let stored = try await store.state(of: key("c1"), cooldowns: [])
            #expect(stored.version == 1)
            #expect(stored.state.conversation.tags == ["vip"])
            #expect(try await store.claimOne().state.tags == ["vip"])
        }
    }

    /// What a stale commit brings along, and what must be left of it: nothing.
    @Test(arguments: StoreKind.allCases, [-1, 0, 2, 3] as [Int64])
    func changesNothingOnAStaleVersion(kind: StoreKind, basedOn: Int64) async throws {
        try await kind.withStore { store in
            let first = try await store.arrival("a")
            try await store.commit([evaluation(first, basedOn: 0, tags: ["old"])])
            let entries = [try await store.arrival("b", in: "c2"), try await store.arrival("c")]
            var good = evaluation(entries[0], basedOn: 0, tags: ["new"])
            good.effects = [draft("k1", ownIDs: ["m1"])]
            good.cooldowns = [CooldownKey(account: "shop", scope: .account, subject: "", rule: "greet")]
            let stale = evaluation(entries[1], basedOn: basedOn, tags: ["new"])

            await #expect(throws: StoreError.conflict) { try await store.commit([good, stale]) }

            #expect(try await store.undecided(limit: 10) == entries)
            #expect(try await store.claimKeys() == [])
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m1"]) == false)
            let untouched = try await store.state(of: key("c2"), cooldowns: good.cooldowns)
            #expect(untouched == StoredState(state: DecisionState(), version: 0))
            #expect(try await store.state(of: key("c1"), cooldowns: []).state.conversation.tags == ["old"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func refusesAStaleVersionAlsoWithoutANewState(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = try await store.arrival("a")
            try await store.commit([evaluation(first, basedOn: 0, tags: ["vip"])])
            let second = try await store.arrival("b")

            await #expect(throws: StoreError.conflict) {
                try await store.commit([evaluation(second, basedOn: 0, tags: nil)])
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func decidesAnEventOnce(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("a")
            let decision = evaluation(entry, basedOn: 0, tags: nil)
            await #expect(throws: StoreError.conflict) { try await store.commit([decision, decision]) }
            try await store.commit([decision])

            await #expect(throws: StoreError.conflict) { try await store.commit([decision]) }
            var unknown = decision
            unknown.inboxID = 999
            await #expect(throws: StoreError.conflict) { try await store.commit([unknown]) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func letsOneOfManyRacingCommitsWin(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var entries: [InboxEntry] = []
            for number in 0..<20 { entries.append(try await store.arrival("e\(number)")) }
            let wins = await withTaskGroup(of: Bool.self) { group in
                for entry in entries {
                    group.addTask {
                        do throws(StoreError) {
                            try await store.commit([evaluation(entry, basedOn: 0, tags: [entry.event.id])])
                            return true
                        } catch {
                            return error != .conflict
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }

            #expect(wins == 1)
            #expect(try await store.state(of: key("c1"), cooldowns: []).version == 1)
            #expect(try await store.undecided(limit: 100).count == 19)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func keepsADeadEventOutOfTheWay(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let entry = try await store.arrival("a")
            var dead = evaluation(entry, basedOn: 0, tags: nil)
            dead.end = .dead("the payload is not JSON")
            try await store.commit([dead])

            #expect(try await store.undecided(limit: 10) == [])
            #expect(try await store.counts().dead == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func readsOnlyTheCooldownsAskedFor(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let asked = CooldownKey(account: "shop", scope: .contact, subject: "p1", rule: "greet")
            let others = [
                CooldownKey(account: "shop", scope: .conversation, subject: "p1", rule: "greet"),
                CooldownKey(account: "shop", scope: .contact, subject: "p2", rule: "greet"),
                CooldownKey(account: "shop", scope: .contact, subject: "p1", rule: "bye"),
                CooldownKey(account: "other", scope: .contact, subject: "p1", rule: "greet"),
            ]
            let first = try await store.arrival("a")
            var decision = evaluation(first, basedOn: 0, tags: nil)
            decision.cooldowns = others
            try await store.commit([decision])
            #expect(try await store.state(of: key("c1"), cooldowns: [asked]).state.cooldowns == [:])

            for (id, instant) in [("b", at(10)), ("c", at(20))] {
                let entry = try await store.arrival(id)
                var later = evaluation(entry, basedOn: 0, tags: nil)
                later.cooldowns = [asked]
                later.at = instant
                try await store.commit([later])
            }
            let wanted = [asked: at(20), others[2]: at(9)]
            #expect(try await store.state(of: key("c9"), cooldowns: [asked, others[2]]).state.cooldowns == wanted)
            #expect(try await store.state(of: key("c1"), cooldowns: []).state.cooldowns == [:])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func takesAnEmptyCommit(kind: StoreKind) async throws {
        try await kind.withStore { store in try await store.commit([]) }
    }

    private func evaluation(_ entry: InboxEntry, basedOn: Int64, tags: [String]?) -> Evaluation {
        Evaluation(
            inboxID: entry.id, conversation: entry.event.conversation, basedOn: basedOn,
            state: tags.map { ConversationState(tags: $0) }, at: at(9))
    }
}
