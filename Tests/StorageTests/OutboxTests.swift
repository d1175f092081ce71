import Model
import Storage
import Testing

@Suite(.serialized) struct OutboxTests {
    @Test(arguments: StoreKind.allCases)
    func givesBackTheEffectThatWasCommitted(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let entry = try await store.claimOne(now: at(3))

            let wanted = OutboxEntry(
                id: entry.id, effect: effect("k1"), attempt: 1, createdAt: at(0), state: ConversationState(),
                isUncertain: false)
            #expect(entry == wanted)
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            .note("a ‘note’ \0 \u{1F600}"), .route(.department("Sales")), .route(.queue), .tag(["a", "b"], of: .contact),
            .untag([], of: .conversation), .close(Closing(comment: nil, tags: ["done"])),
            .contact(["age": 30, "address": ["city": "Köln"]]),
            .http(
                HTTPCall(
                    method: "POST", url: "https://example.org/a/b?c=d", headers: ["X-B": "1", "X-A": "2"],
                    body: .json(["n": .number(1.5), "list": [.null, true]]), timeoutMilliseconds: 500, save: "answer")),
            .call(VendorCall(method: "PUT", path: "/v1/x", json: nil)),
        ] as [Action])
    func keepsEveryKindOfAction(kind: StoreKind, action: Action) async throws {
        try await kind.withStore { store in
            var planned = draft("k1")
            planned.effect.action = action
            planned.effect.status = .planned
            planned.effect.actsBesideHuman = true
            try await store.decide("e1", effects: [planned])

            #expect(try await store.claimOne().effect == planned.effect)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func makesAnEffectOnce(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1"), draft("k1"), draft("k2")])
            try await store.decide("e2", effects: [draft("k2"), draft("k3")])

            for wanted in ["k1", "k2", "k3"] {
                let entry = try await store.claimOne()
                #expect(entry.effect.key == wanted)
                try await store.settle(entry.id, as: .done(remoteID: nil), at: at(1))
            }
            try await store.decide("e3", effects: [draft("k1")])
            #expect(try await store.claimKeys() == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func claimsOnlyTheFirstOpenEffectOfAConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", in: "c1", effects: [draft("a1"), draft("a2")])
            try await store.decide("e2", in: "c2", effects: [draft("b1")])
            try await store.decide("e3", in: "c1", effects: [draft("a3")])
            try await store.decide("e4", in: "c1", account: "other", effects: [draft("x1", account: "other")])

            let first = try await store.claimEffects(now: at(0), limit: 10)
            #expect(first.map(\.effect.key) == ["a1", "b1", "x1"])
            #expect(try await store.claimKeys() == [])

            for entry in first { try await store.settle(entry.id, as: .done(remoteID: nil), at: at(1)) }
            #expect(try await store.claimKeys() == ["a2"])
            #expect(try await store.claimKeys() == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func claimsUpToTheLimit(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 1...5 { try await store.decide("e\(number)", in: "c\(number)", effects: [draft("k\(number)")]) }

            #expect(try await store.claimKeys(limit: 0) == [])
            #expect(try await store.claimKeys(limit: 2) == ["k1", "k2"])
            #expect(try await store.claimKeys(limit: 2) == ["k3", "k4"])
            #expect(try await store.claimKeys(limit: 2) == ["k5"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func claimsWhatWaitsLongestFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", in: "c1", effects: [draft("late", notBefore: at(20))])
            try await store.decide("e2", in: "c2", effects: [draft("early", notBefore: at(10))])
            try await store.decide("e3", in: "c3", effects: [draft("also early", notBefore: at(10))])

            #expect(try await store.claimKeys(now: at(30)) == ["early", "also early", "late"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func givesAnEffectToOneOfManyClaims(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 0..<40 { try await store.decide("e\(number)", in: "c\(number)", effects: [draft("k\(number)")]) }
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<20 { group.addTask { try await store.claimKeys(limit: 5) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }

            #expect(claimed.sorted() == (0..<40).map { "k\($0)" }.sorted())
        }
    }

    @Test(arguments: StoreKind.allCases)
    func holdsADelayedEffectAndWhatComesAfterIt(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("slow", notBefore: at(1000)), draft("next")])

            #expect(try await store.nextEffectDue() == at(1000))
            #expect(try await store.claimKeys(now: at(999)) == [])
            let slow = try await store.claimOne(now: at(1000))
            #expect(slow.effect.key == "slow")
            #expect(try await store.nextEffectDue() == nil)
            try await store.settle(slow.id, as: .done(remoteID: nil), at: at(1001))
            #expect(try await store.nextEffectDue() == at(0))
            #expect(try await store.claimKeys(now: at(1001)) == ["next"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func triesAgainWhenItIsTime(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1"), draft("k2")])
            let first = try await store.claimOne()
            try await store.settle(first.id, as: .retry(at: at(500), .serverError, uncertain: false), at: at(1))

            #expect(try await store.nextEffectDue() == at(500))
            #expect(try await store.claimKeys(now: at(499)) == [])
            let second = try await store.claimOne(now: at(500))
            #expect(second.id == first.id)
            #expect(second.attempt == 2)
            #expect(second.isUncertain == false)

            try await store.settle(first.id, as: .retry(at: at(600), .timeout, uncertain: true), at: at(501))
            #expect(try await store.claimOne(now: at(600)).isUncertain == true)
            // Once a request may have arrived, a later refusal does not take that back.
            try await store.settle(first.id, as: .retry(at: at(700), .notSent, uncertain: false), at: at(601))
            let fourth = try await store.claimOne(now: at(700))
            #expect(fourth.attempt == 4)
            #expect(fourth.isUncertain == true)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func cancelsTheRestOfTheSameRuleOnTheSameEventOnly(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide(
                "e1",
                effects: [
                    draft("greet 1"), draft("greet 2"), draft("route 1", rule: "route"),
                    draft("greet 3", notBefore: at(900)),
                ])
            try await store.decide("e2", effects: [draft("greet again", event: "e2")])
            try await store.decide("e3", in: "c2", effects: [draft("elsewhere", event: "e3")])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .dead(.refused, message: "400 no such chat"), at: at(1))

            #expect(
                try await store.counts()
                    == StoreCounts(
                        undecided: 0, oldestUndecided: nil, open: ["shop": 3], oldestOpen: ["shop": at(0)], dead: 3))
            var order: [String] = []
            while let entry = try await store.claimEffects(now: at(2), limit: 1).first {
                order.append(entry.effect.key)
                try await store.settle(entry.id, as: .done(remoteID: nil), at: at(3))
            }
            #expect(order.filter { $0 != "elsewhere" } == ["route 1", "greet again"])
            #expect(order.count == 3)
            #expect(try await store.counts().open == [:])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func letsTheFirstSettlementStand(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1"), draft("k2")])
            let entry = try await store.claimOne()
            try await store.settle(entry.id, as: .done(remoteID: "m1"), at: at(1))
            try await store.settle(entry.id, as: .dead(.timeout, message: "late"), at: at(2))
            try await store.settle(entry.id, as: .retry(at: at(3), .timeout, uncertain: true), at: at(2))
            try await store.settle(entry.id + 1, as: .dead(.timeout, message: "not claimed"), at: at(2))
            try await store.settle(999, as: .done(remoteID: "m2"), at: at(2))

            #expect(
                try await store.counts()
                    == StoreCounts(
                        undecided: 0, oldestUndecided: nil, open: ["shop": 1], oldestOpen: ["shop": at(0)], dead: 0))
            #expect(try await store.isOwnMessage(account: "shop", ids: ["m2"]) == false)
            #expect(try await store.claimKeys(now: at(5)) == ["k2"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func recoversWhatWasBeingSent(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", in: "c1", effects: [draft("k1"), draft("k2")])
            try await store.decide("e2", in: "c2", effects: [draft("k3", notBefore: at(50))])
            _ = try await store.claimOne()

            #expect(try await store.recover() == 1)
            #expect(try await store.recover() == 0)
            let again = try await store.claimOne()
            #expect(again.effect.key == "k1")
            #expect(again.attempt == 2)
            #expect(again.isUncertain == true)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func knowsItsOwnMessages(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1", ownIDs: ["chosen 1", "chosen 2"])])
            #expect(try await store.isOwnMessage(account: "shop", ids: ["chosen 2"]) == true)

            let entry = try await store.claimOne()
            #expect(try await store.isOwnMessage(account: "shop", ids: ["theirs"]) == false)
            try await store.settle(entry.id, as: .done(remoteID: "theirs"), at: at(1))
            #expect(try await store.isOwnMessage(account: "shop", ids: ["unknown", "theirs"]) == true)
            #expect(try await store.isOwnMessage(account: "other", ids: ["theirs", "chosen 1"]) == false)
            #expect(try await store.isOwnMessage(account: "shop", ids: ["unknown"]) == false)
            #expect(try await store.isOwnMessage(account: "shop", ids: []) == false)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func showsTheConversationAsItIsNow(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1")])
            let later = try await store.arrival("e2")
            let state = ConversationState(handler: .human, humanUntil: at(9000))
            try await store.commit([
                Evaluation(inboxID: later.id, conversation: key("c1"), basedOn: 0, state: state, at: at(1))
            ])

            #expect(try await store.claimOne().state == state)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func countsWhatIsOpenByAccount(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", effects: [draft("k1"), draft("k2")])
            try await store.decide("e2", account: "other", effects: [draft("k3", account: "other")])
            _ = try await store.claimKeys(limit: 1)
            _ = try await store.accept(webhook([header("e3"), header("e4")], at: at(77)))
            _ = try await store.accept(webhook([header("e5")], at: at(78)))

            #expect(
                try await store.counts()
                    == StoreCounts(
                        undecided: 3, oldestUndecided: at(77), open: ["shop": 2, "other": 1],
                        oldestOpen: ["shop": at(0), "other": at(0)], dead: 0))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func tellsTheOldestThatIsOpen(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var late = draft("k1")
            late.createdAt = at(40)
            var later = draft("k2", event: "e2")
            later.createdAt = at(60)
            try await store.decide("e1", effects: [late, draft("held", heldUntil: deadline(1000))])
            try await store.decide("e2", in: "c2", effects: [later])
            #expect(try await store.counts().oldestOpen == ["shop": at(40)])
            let entry = try await store.claimOne()
            #expect(try await store.counts().oldestOpen == ["shop": at(40)])
            try await store.settle(entry.id, as: .done(remoteID: nil), at: at(70))
            #expect(try await store.counts().oldestOpen == ["shop": at(60)])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func hasNothingDueWhenEmpty(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let claimed = try await store.claimKeys()
            #expect(claimed == [])
            #expect(try await store.nextEffectDue() == nil)
            #expect(try await store.recover() == 0)
        }
    }
}
