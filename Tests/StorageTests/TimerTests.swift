import Model
import Storage
import Testing
import Vendors

@Suite(.serialized) struct TimerTests {
    private static let hour: Int64 = 3_600_000
    private static let year: Int64 = 365 * 24 * 3_600_000

    @Test(arguments: StoreKind.allCases)
    func becomesAnEventOfItsConversation(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let drafts = [timer(idle(900), due: 1000, vendor: .omnichat), timer(.timeout, due: 1000)]
            try await store.decide("e1", in: "caf\u{e9}", timers: drafts)
            let sweep = try await store.fireAll(at: clocks(1500))

            #expect(sweep == TimerSweep(fired: 2, next: nil))
            let entries = try await store.undecided(limit: 10)
            let wanted = [drafts[1], drafts[0]].map { draft in
                InternalEvent(conversation: key("caf\u{e9}"), vendor: draft.vendor, cause: .timer(draft.timer))
            }
            #expect(
                entries
                    == zip(entries, wanted).map { entry, event in
                        InboxEntry(
                            id: entry.id, account: "shop", vendor: event.vendor,
                            event: EventHeader(id: event.id, kind: event.kind, conversation: event.conversation),
                            receivedAt: at(1500), body: [], internalEvent: event)
                    })
            #expect(entries.map(\.event.kind) == [.other, .conversationIdle])
            #expect(entries.map(\.id) == entries.map(\.id).sorted())
            #expect(try await store.counts().undecided == 2)
        }
    }

    /// R12: a timer is due by the clock of the boot in which it was set, and after another boot by the wall clock.
    @Test(
        arguments: StoreKind.allCases,
        [
            (clocks(999), 1), (clocks(1000), nil), (clocks(0), 1000),
            (clocks(999, jump: hour), 1), (clocks(1000, jump: hour), nil),
            (clocks(999, jump: -hour), 1), (clocks(1000, jump: -hour), nil),
            (clocks(999, jump: 10 * year), 1), (clocks(1000, jump: 10 * year), nil),
            (clocks(999, jump: -50 * year), 1), (clocks(1000, jump: -50 * year), nil),
            (clocks(999, boot: "boot 2"), 1), (clocks(1000, boot: "boot 2"), nil),
            (ClockReading(wall: at(999), bootID: "boot 0", sinceBoot: .max), 1),
            (ClockReading(wall: at(1000), bootID: "boot 0", sinceBoot: .min), nil),
            (clocks(1000, jump: -hour, boot: "boot 2"), hour), (clocks(0, jump: hour, boot: "boot 2"), nil),
            (clocks(0, jump: 10 * year, boot: "boot 2"), nil), (clocks(0, jump: -10 * year, boot: "boot 0"), 10 * year + 1000),
        ] as [(ClockReading, Int64?)])
    func firesByTheClockOfItsBoot(kind: StoreKind, sample: (ClockReading, Int64?)) async throws {
        let (now, remaining) = sample
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 1000)])
            let sweep = try await store.fireAll(at: now)

            #expect(
                sweep == TimerSweep(fired: remaining == nil ? 1 : 0, next: remaining.map { .milliseconds($0) }))
            let receivedAt = try await store.undecided(limit: 10).map(\.receivedAt)
            #expect(receivedAt == (remaining == nil ? [max(at(1000), now.wall)] : []))
            let again = try await store.fireAll(at: now)
            #expect(again == TimerSweep(fired: 0, next: sweep.next))
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (nil, ["timeout", "expiry"]), ([], []), ([timer(.expiry, due: 30)], ["expiry"]),
            ([timer(.timeout, due: 40), timer(idle(1), due: 10)], ["idle:customer:1000", "timeout"]),
            ([timer(.timeout, due: 20), timer(.timeout, due: 30)], ["timeout"]),
        ] as [([TimerDraft]?, [String])])
    func replacesAllOfAConversationOrNone(kind: StoreKind, sample: ([TimerDraft]?, [String])) async throws {
        let (timers, names) = sample
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 10), timer(.expiry, due: 20)])
            try await store.decide("e2", in: "c2", timers: [timer(idle(5), due: 50)])
            try await store.decide("e3", in: "c1", account: "other", timers: [timer(idle(6), due: 60)])
            try await store.decide("e4", timers: timers)
            _ = try await store.fireAll(at: clocks(100))

            #expect(try await store.firedNames() == names + ["idle:customer:5000", "idle:customer:6000"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func keepsTheLaterOfTwoWithOneName(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 30), timer(.timeout, due: 20)])

            #expect(try await store.fireAll(at: clocks(29)) == TimerSweep(fired: 0, next: .milliseconds(1)))
            #expect(try await store.fireAll(at: clocks(30)) == TimerSweep(fired: 1, next: nil))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func changesNoTimerOnAConflict(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 10)])
            let entry = try await store.arrival("e2")
            await #expect(throws: StoreError.conflict) {
                try await store.commit([
                    Evaluation(
                        inboxID: entry.id, conversation: key("c1"), basedOn: 7, state: nil, timers: [], at: at(1))
                ])
            }

            #expect(try await store.fireAll(at: clocks(10)).fired == 1)
        }
    }

    /// The identity of a timer's event is its name and when it was due: setting it again does not make it happen again.
    @Test(arguments: StoreKind.allCases)
    func happensOnceHoweverOftenItIsSet(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 10)])
            #expect(try await store.fireAll(at: clocks(10)).fired == 1)
            try await store.decide("e2", timers: [timer(.timeout, due: 10), timer(.expiry, due: 10)])
            #expect(try await store.fireAll(at: clocks(20)) == TimerSweep(fired: 1, next: nil))
            try await store.decide("e3", timers: [timer(.timeout, due: 11)])
            #expect(try await store.fireAll(at: clocks(20)) == TimerSweep(fired: 1, next: nil))

            #expect(try await store.firedNames() == ["timeout", "expiry", "timeout"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func remembersItsEventAfterThatWasDecided(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.decide("e1", timers: [timer(.timeout, due: 10)])
            _ = try await store.fireAll(at: clocks(10))
            let entry = try #require(try await store.undecided(limit: 1).first)
            try await store.commit([
                Evaluation(
                    inboxID: entry.id, conversation: key("c1"), basedOn: 0, state: nil,
                    timers: [timer(.timeout, due: 10)], at: at(10))
            ])

            #expect(try await store.fireAll(at: clocks(20)) == TimerSweep(fired: 0, next: nil))
            #expect(try await store.undecided(limit: 10) == [])
        }
    }

    /// Timers of one conversation that come up together do so in their own order, whatever is between them.
    @Test(arguments: StoreKind.allCases)
    func firesWhatWaitsLongestFirst(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let together = [timer(idle(10), due: 50), timer(.expiry, due: 50), timer(idle(9, since: .agent), due: 50)]
            try await store.decide("e1", timers: together + [timer(.timeout, due: 50)])
            try await store.decide("e2", in: "c2", timers: [timer(idle(7), due: 40), timer(.expiry, due: 70)])
            #expect(try await store.fireAll(at: clocks(60)) == TimerSweep(fired: 5, next: .milliseconds(10)))

            #expect(
                try await store.firedNames()
                    == ["idle:customer:7000", "timeout", "expiry", "idle:agent:9000", "idle:customer:10000"])
        }
    }

    @Test(
        arguments: StoreKind.allCases,
        [
            (TimerLimits(ofThisBoot: 0, ofEarlierBoots: 0), [], 0), (TimerLimits(ofThisBoot: -1, ofEarlierBoots: -1), [], 0),
            (TimerLimits(ofThisBoot: 1, ofEarlierBoots: 0), ["new 1"], 0),
            (TimerLimits(ofThisBoot: 0, ofEarlierBoots: 2), ["old 1", "older 1"], 0),
            (TimerLimits(ofThisBoot: 1, ofEarlierBoots: 3), ["new 1", "old 1", "older 1", "old 2"], 0),
            (TimerLimits(ofThisBoot: 2, ofEarlierBoots: 4), ["new 1", "old 1", "older 1", "new 2", "old 2", "older 2"], 40),
        ] as [(TimerLimits, [String], Int64)])
    func firesAsManyAsTheLimitsLetThrough(kind: StoreKind, sample: (TimerLimits, [String], Int64)) async throws {
        let (limits, conversations, next) = sample
        try await kind.withStore { store in
            let now = clocks(100)
            let waiting: [(String, String, Int64)] = [
                ("older 2", "boot 0", 45), ("old 2", "boot 9", 40), ("new 2", "boot 1", 30), ("older 1", "boot 0", 25),
                ("old 1", "boot 9", 20), ("new 1", "boot 1", 10), ("new 3", "boot 1", 140), ("old 3", "boot 9", 150),
            ]
            for (name, boot, due) in waiting {
                var draft = timer(.timeout, due: due)
                draft.deadline = Deadline(at(due), clocks: clocks(0, boot: boot))
                try await store.decide("e \(name)", in: name, timers: [draft])
            }
            let sweep = try await store.fireTimers(at: now, limits: limits)

            #expect(sweep == TimerSweep(fired: conversations.count, next: .milliseconds(next)))
            #expect(try await store.internalEvents().map(\.conversation.conversation) == conversations)
        }
    }

    /// T19: one that waits for what the wall clock says now is not held up by others that were set in another boot.
    @Test(arguments: StoreKind.allCases)
    func measuresWhatIsNextByTheClockOfEach(kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.fireAll(at: clocks(0)) == TimerSweep(fired: 0, next: nil))
            try await store.decide("e1", in: "c1", timers: [timer(.timeout, due: 5000)])
            #expect(try await store.fireAll(at: clocks(0)).next == .seconds(5))
            var draft = timer(.timeout, due: 3000)
            draft.deadline = Deadline(at(3000), clocks: clocks(0, boot: "boot 0"))
            try await store.decide("e2", in: "c2", timers: [draft])

            #expect(try await store.fireAll(at: clocks(0)).next == .seconds(3))
            #expect(try await store.fireAll(at: clocks(0, jump: -Self.hour)).next == .seconds(5))
            #expect(try await store.fireAll(at: clocks(0, jump: -Self.hour, boot: "boot 0")).next == .seconds(3))
            #expect(try await store.fireAll(at: clocks(0, boot: "boot 2")).next == .seconds(3))
        }
    }

    /// R12: whatever is done to the wall clock meanwhile, each of a hundred fires once, in the millisecond in which it is due.
    @Test(arguments: StoreKind.allCases)
    func firesOnceThroughAHundredJumps(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let jumps = [0, Self.hour, -Self.hour, 10 * Self.year, -50 * Self.year]
            for number in 0..<100 {
                let jump = jumps[number % jumps.count]
                let now = clocks(Int64(number), jump: jump)
                let due = now.wall.adding(.milliseconds(1000))
                let draft = TimerDraft(
                    timer: ConversationTimer(.timeout, due: due), vendor: .huggy, deadline: Deadline(due, clocks: now))
                try await store.decide("e\(number)", in: "c\(number)", timers: [draft])
            }
            var fired: [Int] = []
            for number in -1...101 {
                let now = clocks(1000 + Int64(number), jump: jumps[(number + 3) % jumps.count])
                fired.append(try await store.fireAll(at: now).fired)
            }

            #expect(fired == [0] + Array(repeating: 1, count: 100) + [0, 0])
            let order = try await store.internalEvents().map(\.conversation.conversation)
            #expect(order == (0..<100).map { "c\($0)" })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func firesOnceForManyWhoLook(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for number in 0..<30 {
                try await store.decide("e\(number)", in: "c\(number)", timers: [timer(.timeout, due: 10)])
            }
            let fired = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await store.fireTimers(at: clocks(10), limits: TimerLimits(ofThisBoot: 4, ofEarlierBoots: 0)).fired
                    }
                }
                return try await group.reduce(0, +)
            }

            #expect(fired == 30)
            #expect(Set(try await store.internalEvents().map(\.id)).count == 30)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func takesDeadlinesAtTheEndsOfTime(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for (name, milliseconds) in [("never", Int64.max), ("always", Int64.min)] {
                let due = Instant(milliseconds: milliseconds)
                let draft = TimerDraft(
                    timer: ConversationTimer(.timeout, due: due), vendor: .huggy, deadline: Deadline(due, clocks: clocks(0)))
                try await store.decide("e \(name)", in: name, timers: [draft])
            }

            #expect(try await store.fireAll(at: clocks(0)).fired == 1)
            #expect(try await store.fireAll(at: clocks(0, boot: "boot 2")).fired == 0)
            #expect(try await store.internalEvents().map(\.conversation.conversation) == ["always"])
        }
    }
}

extension Store {
    fileprivate func firedNames() async throws -> [String] {
        try await internalEvents().compactMap {
            if case .timer(let timer) = $0.cause { timer.name } else { nil }
        }
    }
}
