import Daemon
import Delivery
import Model
import Storage
import TestSupport
import Testing
import VendorKit

/// Fields that a webhook lacks and a rule asks for.
@Suite struct EnrichmentTests {
    private static let greet = """
        rules:
          - id: greet
            when: [ { text: oi } ]
            do: [ { reply: "Oi {{contact.first_name}} {{contact.phone}}" } ]
        """

    /// Runs `body` with a bench over a fake of OmniChat's API.
    private func withOmniChat(
        _ kind: StoreKind = .memory, rules: String, enriches: Bool = true, delivery: DeliveryMode = .live,
        limits: LookupBook.Limits = LookupBook.Limits(), schedule: MisbehaviourSchedule = .none,
        prepare: (inout FakeOmniChat) -> Void = { _ in },
        _ body: (EnrichmentBench, FakeVendor<FakeOmniChat>) async throws -> Void
    ) async throws {
        var api = FakeOmniChat(chats: ["c1": Self.chat], users: ["u1"], teams: ["t1"])
        prepare(&api)
        let vendor = try FakeVendor(api, schedule: schedule)
        let transport = try CurlTransport(version: "test")
        try await kind.withStore { store in
            let bench = try await EnrichmentBench(
                store, rules: rules, calls: LookupCalls(send: { await transport.send($0, secrets: $1.secrets) }),
                settings: enrichmentSettings(baseURL: vendor.baseURL, delivery: delivery, enriches: enriches),
                limits: limits)
            try await body(bench, vendor)
        }
        await transport.close(within: .seconds(0))
        #expect(vendor.complaints == [])
        vendor.stop()
    }

    private static var chat: FakeOmniChat.Chat {
        var chat = FakeOmniChat.Chat(status: "WAITING")
        chat.name = "Ana Souza"
        chat.phone = FakeOmniChat.Phone(countryCode: "55", areaCode: "11", phoneNumber: "987654321")
        chat.platformID = "5511987654321"
        chat.email = "ana@example.org"
        chat.labels = ["vip"]
        chat.updatedAt = "2023-11-14T22:13:20.000Z"
        return chat
    }

    @Test(arguments: StoreKind.allCases)
    func fetchesTheChatOfAMessageOnce(_ kind: StoreKind) async throws {
        try await withOmniChat(kind, rules: Self.greet) { bench, vendor in
            try await bench.post("m1")
            try await bench.post("m2")
            try await bench.settle()
            try await bench.post("m3")
            try await bench.settle()
            #expect(bench.replies == Array(repeating: "Oi Ana 5511987654321", count: 3))
            #expect(vendor.arrivals.map(\.operation) == ["GET chats/{chat}"])
            let source = "fetched from OmniChat (GET /chats/c1)"
            #expect(bench.notes == Array(repeating: ["contact.name: \(source)", "contact.phone: \(source)"], count: 3))
            let ledger = try #require(bench.store as? any Ledger)
            let rows = try await ledger.ledger(for: .conversation("c1", account: "oc"), limit: 1)
            #expect(rows.first?.origin?.fetched == ["contact.name: \(source)", "contact.phone: \(source)"])
        }
    }

    @Test func fetchesNothingThatNoRuleGetsTo() async throws {
        try await withOmniChat(rules: Self.greet) { bench, vendor in
            try await bench.post("m1", "tchau")
            try await bench.settle()
            #expect(bench.replies == [])
            #expect(bench.notes == [[]])
            #expect(vendor.arrivals.count == 0)
        }
    }

    @Test func looksThroughTheListOfChatsWhereASingleOneIsRefused() async throws {
        try await withOmniChat(rules: Self.greet, prepare: { $0.readsSingleObjects = false }) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            #expect(bench.replies == ["Oi Ana 5511987654321"])
            #expect(vendor.arrivals.map(\.operation) == ["GET chats/{chat}", "GET chats"])
            #expect(bench.notes.first?.first == "contact.name: fetched from OmniChat (GET /chats)")
        }
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var misbehaviour: Misbehaviour?
        var why: String
        var calls = 1
        var testDescription: String { why }
    }

    @Test(arguments: [
        Failure(misbehaviour: .unauthorized, why: "OmniChat answered 401"),
        Failure(misbehaviour: .serverError, why: "OmniChat answered 500"),
        Failure(misbehaviour: .tooManyRequests, why: "OmniChat answered 429"),
        Failure(misbehaviour: .garbage, why: "OmniChat gave no answer that can be read"),
        Failure(misbehaviour: .truncatedBody, why: "OmniChat's answer cannot be read"),
        Failure(misbehaviour: .hang, why: "OmniChat did not answer within 300 ms"),
        Failure(misbehaviour: .badRequest, why: "OmniChat answered 400, then OmniChat answered 400", calls: 2),
        Failure(misbehaviour: nil, why: "OmniChat answered 404, then OmniChat does not list it", calls: 2),
    ])
    func decidesWithoutAFieldThatCannotBeHad(_ failure: Failure) async throws {
        let rules = """
            rules:
              - id: call-back
                when: [ { field: { contact.phone: { exists: true } } } ]
                do: [ { reply: "calling {{contact.phone}}" } ]
              - id: ask
                when: [ { field: { contact.phone: { exists: false } } } ]
                do: [ { reply: "which number?" } ]
            """
        var limits = LookupBook.Limits()
        if failure.misbehaviour == .hang { limits.timeout = .milliseconds(300) }
        try await withOmniChat(
            rules: rules, limits: limits, schedule: failure.misbehaviour.map { .always($0) } ?? .none,
            prepare: { if failure.misbehaviour == nil { $0.chats = [:] } }
        ) { bench, vendor in
            try await bench.post("m1")
            try await bench.post("m2")
            try await bench.settle()
            #expect(bench.replies == ["which number?", "which number?"])
            let note = "contact.phone: absent, \(failure.why)"
            #expect(bench.notes == [[note], [note]])
            #expect(vendor.arrivals.count == failure.calls)
            let held = bench.decisions.all.first?.matched.first?.held.first
            #expect(held?.hint == "the event has nothing at `contact.phone`; \(note)")
        }
    }

    @Test func tellsOfAFieldThatTheChatHasNotGot() async throws {
        try await withOmniChat(
            rules: Self.greet,
            prepare: {
                $0.chats["c1"]?.phone = nil
                $0.chats["c1"]?.platformID = nil
            }
        ) { bench, _ in
            try await bench.post("m1")
            try await bench.settle()
            #expect(bench.replies == ["Oi Ana "])
            #expect(
                bench.notes == [
                    [
                        "contact.name: fetched from OmniChat (GET /chats/c1)",
                        "contact.phone: absent, OmniChat (GET /chats/c1) has none",
                    ]
                ])
        }
    }

    @Test(arguments: [(true, DeliveryMode.print, "the account only prints"), (false, .live, "the account says `enrich: false`")])
    func asksNobodyForAnAccountThatMustNot(_ enriches: Bool, _ delivery: DeliveryMode, _ why: String) async throws {
        try await withOmniChat(rules: Self.greet, enriches: enriches, delivery: delivery) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            #expect(bench.replies == ["Oi  "])
            #expect(bench.notes == [["contact.name: not fetched: \(why)", "contact.phone: not fetched: \(why)"]])
            #expect(vendor.arrivals.count == 0)
        }
    }

    @Test func fetchesWhatConditionsAskOfTheConversation() async throws {
        let rules = """
            rules:
              - id: labelled
                when: [ { tags: vip }, { team: t1 }, { handler: queue }, { field: { conversation.status: WAITING } } ]
                do: [ { reply: "{{conversation.tags.0}}" } ]
            """
        try await withOmniChat(rules: rules, prepare: { $0.chats["c1"]?.team = "t1" }) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            #expect(bench.replies == ["vip"])
            #expect(vendor.arrivals.count == 1)
        }
    }

    @Test func asksWhoHasTheConversationOnlyWhenNobodyTold() async throws {
        let rules = """
            rules:
              - { id: human, when: [ { handler: human } ], human: act, do: [ { reply: "{{agent.name}}" } ] }
              - { id: bot, do: [ { reply: bot } ] }
            """
        try await withOmniChat(rules: rules, prepare: { $0.chats["c1"]?.user = "u1" }) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            vendor.change { $0.chats["c1"]?.user = nil }
            try await bench.post("m2")
            try await bench.settle()
            #expect(bench.replies == ["User u1", "User u1"])
            #expect(vendor.arrivals.count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func answersAnInteractionInItsChat(_ kind: StoreKind) async throws {
        let rules = """
            rules:
              - id: waiting
                on: interaction.changed
                when: [ { field: { raw.payload.status: WAITING } } ]
                do: [ { set: { seen: "{{raw.payload.botFowardedToTeam}}" } }, { reply: "{{contact.name}} {{contact.email}}" } ]
              - id: after
                when: [ { field: { vars.seen: t1 } } ]
                do: [ { reply: "seen" } ]
            """
        try await withOmniChat(
            kind, rules: rules,
            prepare: { $0.interactions["i1"] = FakeOmniChat.Interaction(status: "WAITING", chat: "c1", team: "t1") }
        ) { bench, vendor in
            try await bench.post(resource: "Interaction", "i1")
            try await bench.settle()
            try await bench.post("m1")
            try await bench.settle()
            #expect(bench.replies == ["Ana Souza ana@example.org", "seen"])
            #expect(vendor.arrivals.map(\.operation) == ["GET interactions/{interaction}", "GET chats/{chat}"])
            #expect(bench.decisions.all.first?.effects.first?.target.conversationID == "c1")
            #expect(bench.decisions.all.first?.event.details["status"] == nil)
        }
    }

    @Test func decidesAnOrderByWhatTheVendorTellsOfIt() async throws {
        let rules = """
            rules:
              - id: large
                on: order.changed
                when: [ { field: { raw.payload.total: { gt: 100 } } }, { field: { details.status: PAID } } ]
                do: [ { reply: "obrigado" } ]
            """
        try await withOmniChat(
            rules: rules,
            prepare: {
                $0.orders["o1"] = ["total": 250, "status": "PAID", "chat": ["objectId": "c1"]]
                $0.orders["o2"] = ["total": 250, "status": "PAID"]
                $0.orders["o3"] = ["total": 20, "status": "PAID"]
            }
        ) { bench, _ in
            // One after the other: among conversations, decisions come as the answers do.
            for order in ["o1", "o2", "o3", "o4"] {
                try await bench.post(resource: "Order", order)
                try await bench.settle()
            }
            #expect(bench.replies == ["obrigado"])
            #expect(
                bench.decisions.all.flatMap(\.effects).map(\.status) == [
                    .planned, .unsupported("the event belongs to no conversation"),
                ])
            #expect(bench.notes.last == ["raw.payload: absent, OmniChat answered 404"])
        }
    }

    @Test func fetchesForATimerWhatItsRuleAsks() async throws {
        let rules = """
            rules:
              - { id: silent, on: { idle: 1m, since: customer }, do: [ { reply: "{{contact.first_name}}?" } ] }
            """
        try await withOmniChat(rules: rules) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            #expect(vendor.arrivals.count == 0)
            _ = try await bench.store.fireTimers(at: .endOfTime, limits: TimerLimits(ofThisBoot: 10, ofEarlierBoots: 10))
            try await bench.settle()
            #expect(bench.replies == ["Ana?"])
        }
    }

    @Test func countsACooldownByWhatTheWebhookTells() async throws {
        let rules = """
            rules:
              - { id: once, once_per: { contact: ever }, do: [ { reply: "{{contact.id}} {{contact.name}}" } ] }
            """
        try await withOmniChat(
            rules: rules, prepare: { $0.chats["c1"]?.customer = ["objectId": "k1"] }
        ) { bench, vendor in
            try await bench.post("m1")
            try await bench.settle()
            vendor.change { $0.chats["c1"]?.customer = ["objectId": "k2"] }
            bench.book.forgetFailures()
            try await bench.post("m2")
            try await bench.settle()
            #expect(bench.replies == ["k1 Ana Souza"])
        }
    }
}
