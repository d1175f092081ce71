import Daemon
import Delivery
import Model
import Storage
import Testing
import VendorKit

/// What waits for an answer, and what does not.
@Suite struct EnrichmentOrderTests {
    private static let rules = """
        rules:
          - id: phone
            when: [ { text: phone } ]
            do: [ { reply: "{{message.id}} {{contact.first_name}}" } ]
          - id: other
            do: [ { reply: "{{message.id}}" } ]
        """

    @Test(arguments: StoreKind.allCases)
    func holdsUpOnlyTheConversationThatWaits(_ kind: StoreKind) async throws {
        let gate = GatedCalls(GatedCalls.chat)
        try await kind.withStore { store in
            let bench = try await EnrichmentBench(store, rules: Self.rules, calls: gate.calls)
            try await bench.post("a1", "phone", chat: "a")
            try await bench.post("a2", chat: "a")
            try await bench.post("b1", chat: "b")
            try await bench.post("c1", "phone", chat: "c")
            try await bench.post("d1", chat: "d")
            try await bench.post("a3", "phone", chat: "a")
            try await bench.decide()
            #expect(bench.replies == ["b1", "d1"])
            await gate.reach(2)
            #expect(gate.asked.sorted() == ["/chats/a", "/chats/c"])
            gate.open()
            try await bench.settle()
            let ofA = bench.replies.filter { $0.hasPrefix("a") }
            #expect(ofA == ["a1 Ana", "a2", "a3 Ana"])
            #expect(bench.replies.contains("c1 Ana"))
            #expect(bench.replies.count == 6)
            #expect(gate.asked.count == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func goesPastMoreThanABatchThatWaits(_ kind: StoreKind) async throws {
        let gate = GatedCalls(GatedCalls.chat)
        try await kind.withStore { store in
            let bench = try await EnrichmentBench(store, rules: Self.rules, calls: gate.calls)
            let count = 3 * Processor.batchLimit
            for number in 1...count { try await bench.post("a\(number)", number == 1 ? "phone" : "x", chat: "a") }
            try await bench.post("b1", chat: "b")
            try await bench.decide()
            #expect(bench.replies == ["b1"])
            try await bench.post("b2", chat: "b")
            try await bench.decide()
            #expect(bench.replies == ["b1", "b2"])
            gate.open()
            try await bench.settle()
            let decided = bench.decisions.all.compactMap(\.event.message?.id)
            #expect(decided == ["b1", "b2"] + (1...count).map { "a\($0)" })
        }
    }

    /// R8: a page of bodies is in memory at a time, and what waits is not read again with every look.
    @Test func readsOnceWhatWaits() async throws {
        let gate = GatedCalls(GatedCalls.chat)
        let store = HangingStore()
        let bench = try await EnrichmentBench(store, rules: Self.rules, calls: gate.calls)
        try await bench.post("a1", "phone", chat: "a")
        try await bench.decide()
        let before = store.pages.count
        try await bench.post("a2", chat: "a")
        try await bench.post("b1", chat: "b")
        try await bench.decide()
        #expect(bench.replies == ["b1"])
        let pages = store.pages.dropFirst(before)
        #expect(!pages.isEmpty)
        for page in pages {
            #expect(page.passing.contains(ConversationKey(account: "oc", conversation: "a")))
            #expect(page.size.bytes <= 8 << 20)
        }
        gate.open()
        try await bench.settle()
        #expect(bench.replies == ["b1", "a1 Ana", "a2"])
    }

    @Test(arguments: StoreKind.allCases)
    func asksAgainAfterARestart(_ kind: StoreKind) async throws {
        let (before, after) = (GatedCalls(GatedCalls.chat), GatedCalls(isOpen: true, GatedCalls.chat))
        try await kind.withStore { store in
            let first = try await EnrichmentBench(store, rules: Self.rules, calls: before.calls)
            try await first.post("a1", "phone", chat: "a")
            try await first.post("a2", chat: "a")
            try await first.decide()
            #expect(first.replies == [])
            let second = try await EnrichmentBench(store, rules: Self.rules, calls: after.calls)
            try await second.settle()
            #expect(second.replies == ["a1 Ana", "a2"])
            before.open()
        }
    }

    @Test func stopsWithoutWaitingForAnAnswer() async throws {
        let gate = GatedCalls(GatedCalls.chat)
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls)
        try await bench.post("a1", "phone", chat: "a")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bench.processor.run() }
            await gate.reach(1)
            bench.processor.requestStop()
        }
        #expect(bench.replies == [])
        #expect(try await bench.store.undecided(limit: 10).count == 1)
        gate.open()
    }

    @Test func goesOnByItselfWhenTheAnswerComes() async throws {
        let gate = GatedCalls(GatedCalls.chat)
        let decided = Lines()
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, committed: { decided.add("") })
        try await bench.post("a1", "phone", chat: "a")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bench.processor.run() }
            await gate.reach(1)
            gate.open()
            await decided.reach(1)
            bench.processor.requestStop()
        }
        #expect(bench.replies == ["a1 Ana"])
    }

    @Test func keepsAnInteractionBehindWhatItsChatWaitsFor() async throws {
        let rules = """
            rules:
              - { id: phone, do: [ { reply: "{{message.id}} {{contact.first_name}}" } ] }
              - id: changed
                on: interaction.changed
                when: [ { field: { raw.payload.status: WAITING } } ]
                do: [ { reply: changed } ]
            """
        let chats = GatedCalls(GatedCalls.chat)
        let calls = LookupCalls(send: { request, destination in
            guard request.url.contains("/interactions/") else { return await chats.calls.send(request, destination) }
            return GatedCalls.json(#"{"objectId": "i1", "status": "WAITING", "chat": {"objectId": "a"}}"#)
        })
        let bench = try await EnrichmentBench(rules: rules, calls: calls)
        try await bench.post("a1", chat: "a")
        try await bench.post(resource: "Interaction", "i1")
        try await bench.decide()
        await chats.reach(1)
        try await bench.post("b1", chat: "b")
        try await bench.decide()
        #expect(bench.replies == [])
        chats.open()
        try await bench.settle()
        let ofA = bench.decisions.all.filter { $0.event.conversation?.id == "a" }.flatMap(\.matched).map(\.id)
        #expect(ofA == ["phone", "changed"])
    }
}

/// What is kept of answers, and who is asked.
@Suite struct LookupBookTests {
    private static let rules = """
        rules:
          - { id: name, when: [ { text: name } ], do: [ { reply: "{{contact.name}}" } ] }
          - { id: status, when: [ { text: status } ], do: [ { reply: "{{conversation.status}}" } ] }
        """

    @Test func asksAgainForWhatHasGrownOld() async throws {
        let gate = GatedCalls(isOpen: true, GatedCalls.chat)
        let clock = ManualClock()
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, clock: clock)
        func calls(after duration: Duration, _ id: String, _ text: String) async throws -> Int {
            clock.advance(by: duration)
            try await bench.post(id, text)
            try await bench.settle()
            return gate.asked.count
        }
        #expect(try await calls(after: .zero, "m1", "name") == 1)
        #expect(try await calls(after: .seconds(599), "m2", "name") == 1)
        #expect(try await calls(after: .seconds(1), "m3", "name") == 2)
        #expect(try await calls(after: .seconds(29), "m4", "status") == 2)
        #expect(try await calls(after: .seconds(1), "m5", "status") == 3)
        #expect(bench.replies == ["Ana c1", "Ana c1", "Ana c1", "WAITING", "WAITING"])
    }

    @Test func asksAgainAfterAFailureInAWhileOrWhenAsked() async throws {
        let gate = GatedCalls(isOpen: true) { _ in .response(VendorResponse(status: 500)) }
        let clock = ManualClock()
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, clock: clock)
        for (id, wait, calls) in [("m1", 0, 1), ("m2", 29, 1), ("m3", 1, 2)] {
            clock.advance(by: .seconds(wait))
            try await bench.post(id, "name")
            try await bench.settle()
            #expect(gate.asked.count == calls, "\(id)")
        }
        bench.book.forgetFailures()
        try await bench.post("m4", "name")
        try await bench.settle()
        #expect(gate.asked.count == 3)
    }

    @Test func keepsABoundedNumberOfAnswers() async throws {
        let gate = GatedCalls(isOpen: true, GatedCalls.chat)
        var limits = LookupBook.Limits()
        limits.entries = 4
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, limits: limits)
        for number in 1...5 {
            try await bench.post("m\(number)", "name", chat: "chat\(number)")
            try await bench.settle()
        }
        // The latest is still known, the first is not.
        for (id, chat, calls) in [("m6", "chat5", 5), ("m7", "chat1", 6)] {
            try await bench.post(id, "name", chat: chat)
            try await bench.settle()
            #expect(gate.asked.count == calls, "\(chat)")
        }
    }

    @Test func decidesByObjectsOfWhichFewAreKept() async throws {
        let rules = """
            rules:
              - { id: order, on: order.changed, do: [ { reply: "{{raw.payload.objectId}}" } ] }
            """
        let gate = GatedCalls(isOpen: true) { path in
            let id = path.split(separator: "/").last.map(String.init) ?? ""
            return GatedCalls.json(#"{"objectId": "\#(id)", "chatId": "chat-\#(id)"}"#)
        }
        var limits = LookupBook.Limits()
        limits.objects = 2
        let bench = try await EnrichmentBench(rules: rules, calls: gate.calls, limits: limits)
        for number in 1...12 { try await bench.post(resource: "Order", "o\(number)") }
        try await bench.settle()
        #expect(bench.replies.sorted() == (1...12).map { "o\($0)" }.sorted())
    }

    @Test func runsAFewCallsOfAnAccountAtTheSameTime() async throws {
        let gate = GatedCalls(GatedCalls.chat)
        var limits = LookupBook.Limits()
        limits.callsPerAccount = 2
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, limits: limits)
        for number in 1...9 { try await bench.post("m\(number)", "name", chat: "chat\(number)") }
        try await bench.decide()
        await gate.reach(2)
        #expect(gate.asked.count == 2)
        gate.open()
        try await bench.settle()
        #expect(gate.asked.count == 9)
        #expect(bench.replies.sorted() == (1...9).map { "Ana chat\($0)" })
    }

    @Test(arguments: [401, 500])
    func leavesAnAccountAloneThatCannotBeAsked(_ status: Int) async throws {
        let gate = GatedCalls(isOpen: true) { _ in .response(VendorResponse(status: status)) }
        var limits = LookupBook.Limits()
        limits.callsPerAccount = 1
        let bench = try await EnrichmentBench(rules: Self.rules, calls: gate.calls, limits: limits)
        for number in 1...9 { try await bench.post("m\(number)", "name", chat: "chat\(number)") }
        try await bench.settle()
        #expect(bench.replies == Array(repeating: "", count: 9))
        #expect(gate.asked.count == (status == 401 ? 1 : 3))
        // Conversations are decided as their answers come, in no order among them.
        let unasked = status == 401 ? "OmniChat answered 401" : "OmniChat did not answer lately"
        let whys =
            Array(repeating: "OmniChat answered \(status)", count: gate.asked.count)
            + Array(repeating: unasked, count: 9 - gate.asked.count)
        #expect(bench.notes.flatMap(\.self).sorted() == whys.map { "contact.name: absent, \($0)" }.sorted())
    }

    @Test func asksNobodyWhileTheAccountIsHeldUp() async throws {
        let calls = LookupCalls(
            obstacle: { _ in "the account is paused" },
            send: { _, _ in
                Issue.record("a paused account was asked")
                return .notSent("")
            })
        let bench = try await EnrichmentBench(rules: Self.rules, calls: calls)
        try await bench.post("m1", "name")
        try await bench.settle()
        #expect(bench.notes == [["contact.name: absent, the account is paused"]])
    }
}
