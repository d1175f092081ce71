import Model
import Storage
import Testing
import Vendors

@Suite struct CaptureTests {
    @Test(arguments: StoreKind.allCases)
    func keepsAWebhookAsItCame(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var incoming = webhook([header("a"), header("b", in: "c2")], at: at(5), body: #"{"é":1}"#)
            incoming.headers = [WebhookHeader(name: "x-a", value: "1 \0 é"), WebhookHeader(name: "x-a", value: "")]
            _ = try await store.accept(incoming)
            _ = try await store.accept(webhook([header("c")], at: at(6), account: "other"))

            let page = try await store.captures(CaptureQuery())
            let wanted = Capture(
                webhookID: page.captures.first?.webhookID ?? 0, account: "shop", vendor: .huggy, receivedAt: at(5),
                headers: incoming.headers, body: incoming.body, events: incoming.events)
            #expect(page.captures.first == wanted)
            #expect(page.captures.map(\.account) == ["shop", "other"])
            #expect(page.captures.last?.headers == [])
            #expect(page.next == nil)
            #expect(try await store.capture(wanted.webhookID) == wanted)
            #expect(try await store.undecided(limit: 9).map(\.headers) == [incoming.headers, incoming.headers, []])
        }
    }

    /// What was told before is told again by no capture; what no vendor told is none.
    @Test(arguments: StoreKind.allCases)
    func leavesOutWhatIsNotNew(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("a", timers: [timer(.timeout, due: 1)])
            _ = try await store.accept(webhook([header("a")], body: "again"))
            _ = try await store.accept(webhook([header("a"), header("b")], body: "both"))
            _ = try await store.fireAll(at: clocks(1))

            let captures = try await store.captures(CaptureQuery()).captures
            #expect(captures.map { $0.events.map(\.id) } == [["a"], ["b"]])
            #expect(captures.map(\.body) == ["{}", "both"].map { Array($0.utf8) })
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (CaptureQuery(), ["a", "b", "c", "d"]), (CaptureQuery(since: at(20)), ["b", "c", "d"]),
            (CaptureQuery(until: at(20)), ["a"]), (CaptureQuery(since: at(20), until: at(30)), ["b", "c"]),
            (CaptureQuery(account: "other"), ["c"]), (CaptureQuery(kind: .conversationClosed), ["d"]),
            (CaptureQuery(kind: .other), []), (CaptureQuery(matchedRule: "greet"), ["a", "c"]),
            (CaptureQuery(matchedRule: "watch"), ["b"]), (CaptureQuery(matchedRule: "none"), []),
            (CaptureQuery(since: at(20), account: "shop", kind: .messageReceived, matchedRule: "watch"), ["b"]),
            (CaptureQuery(since: at(99)), []), (CaptureQuery(limit: 0), []),
        ] as [(CaptureQuery, [String])])
    func filters(kind: StoreKind, sample: (CaptureQuery, [String])) async throws {
        try await kind.withStore { store in
            try await Self.fill(store)
            let page = try await store.captures(sample.0)

            #expect(page.captures.map { $0.events.first?.id } == sample.1)
        }
    }

    @Test(arguments: StoreKind.allCases, 1...5)
    func pagesInOrderOfArrival(kind: StoreKind, size: Int) async throws {
        try await kind.withStore { store in
            try await Self.fill(store)
            _ = try await store.accept(webhook([header("late")], at: at(15)))
            var query = CaptureQuery(since: at(10), limit: size)
            var ids: [String] = []
            repeat {
                let page = try await store.captures(query)
                #expect(page.captures.count <= size)
                ids += page.captures.flatMap { $0.events.map(\.id) }
                query.after = page.next
            } while query.after != nil

            #expect(ids == ["a", "a2", "late", "b", "c", "d"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func endsAPageWhenItsBodiesAreLarge(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let body = String(repeating: "x", count: CapturePage.bodyBytes / 2)
            for number in 0..<5 { _ = try await store.accept(webhook([header("e\(number)")], at: at(Int64(number)), body: body)) }
            let first = try await store.captures(CaptureQuery())
            let second = try await store.captures(CaptureQuery(after: first.next))

            #expect(first.captures.map { $0.events.map(\.id) } == [["e0"], ["e1"]])
            #expect(second.captures.map { $0.events.map(\.id) } == [["e2"], ["e3"]])
        }
    }

    /// The walk past what is not asked for is bounded too, and arrives.
    @Test(arguments: StoreKind.allCases)
    func findsWhatIsRare(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for part in 0..<CapturePage.looks / 500 + 1 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in part * 500..<(part + 1) * 500 {
                        group.addTask { _ = try await store.accept(webhook([header("e\(number)")], at: at(Int64(number)))) }
                    }
                    try await group.waitForAll()
                }
            }
            _ = try await store.accept(webhook([header("rare", account: "other")], at: at(99_999), account: "other"))
            var query = CaptureQuery(account: "other")
            var found: [Capture] = []
            repeat {
                let page = try await store.captures(query)
                found += page.captures
                query.after = page.next
            } while query.after != nil

            #expect(found.map { $0.events.map(\.id) } == [["rare"]])
        }
    }

    /// `a` and `c` match `greet`; `watch` only observes `b`.
    private static func fill(_ store: any Store & Ledger) async throws {
        _ = try await store.accept(webhook([header("a"), header("a2")], at: at(10)))
        _ = try await store.accept(webhook([header("b")], at: at(20)))
        _ = try await store.accept(webhook([header("c", account: "other")], at: at(20), account: "other"))
        var closed = header("d")
        closed.kind = .conversationClosed
        _ = try await store.accept(webhook([closed], at: at(30)))
        var observed = draft("k2", event: "b", rule: "watch")
        observed.effect.status = .suppressed(.observe)
        let effects = ["a2": draft("k1", event: "a2"), "b": observed, "c": draft("k3", event: "c", account: "other")]
        try await store.commit(
            try await store.undecided(limit: 9).map { entry in
                Evaluation(
                    inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: nil,
                    effects: [effects[entry.event.id]].compactMap(\.self), at: at(40))
            })
    }
}
