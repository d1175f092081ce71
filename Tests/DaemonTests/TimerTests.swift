import Daemon
import Delivery
import Model
import Rules
import Storage
import Synchronization
import Testing
import Vendors

/// Timers in the running daemon: a store, the sweeper, the processor, and clocks that are moved by hand.
@Suite(.timeLimit(.minutes(15))) struct TimerTests {
    private static let rules = """
        rules:
          - id: begin
            when: [ { text: order } ]
            do: [ { start: ask } ]
          - id: silent
            on: { idle: 15m, since: customer }
            do: [ { reply: still there? } ]
        flows:
          - id: ask
            start: number
            expires: 24h
            steps:
              number:
                say: which?
                expect: [ { when: [ { text: { regex: '[0-9]+' } } ], next: thanks } ]
                timeout: { after: 10m, next: bye }
              thanks: { say: thanks, end: true }
              bye: { say: bye, end: true }
        """

    @Test(arguments: StoreKind.allCases)
    func comesUpOnceAtItsTime(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(Self.rules))
            try await bench.post("1", "order")
            #expect(try await bench.decide() == ["which?"])
            bench.clock.advance(by: .milliseconds(599_999))
            #expect(try await bench.sweep() == .milliseconds(1))
            #expect(try await bench.decide() == [])
            bench.clock.advance(by: .milliseconds(1))
            #expect(try await bench.sweep() == .seconds(5))
            #expect(bench.depth.current == 1)
            #expect(try await bench.decide() == ["bye"])
            bench.clock.advance(by: .seconds(100_000))
            // The silence timer, and nothing of the flow that is over.
            _ = try await bench.sweep()
            #expect(try await bench.decide() == ["still there?"])
            bench.clock.advance(by: .seconds(1_000_000))
            #expect(try await bench.sweep() == .seconds(5))
            #expect(try await bench.decide() == [])
            let metrics = bench.metrics.text(nil)
            #expect(metrics.contains("\nbellhop_timers_fired_total 2\n"))
            #expect(metrics.contains("\nbellhop_flow_ends_total{reason=\"end\"} 1\n"))
            #expect(metrics.contains("\nbellhop_flow_ends_total{reason=\"expired\"} 0\n"))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func oneThatWasOvertakenDoesNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(Self.rules))
            try await bench.post("1", "order")
            _ = try await bench.decide()
            bench.clock.advance(by: .seconds(600))
            // The answer is in the inbox before the timer, which does not know of it yet.
            try await bench.post("2", "1234")
            _ = try await bench.sweep()
            #expect(try await bench.decide() == ["thanks"])
            #expect(bench.decisions.all.map { $0.flow?.heard != nil } == [false, true, false])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func survivesARestart(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = try TimerBench(store, try await engine(Self.rules))
            try await first.post("1", "order")
            _ = try await first.decide()
            first.clock.advance(by: .seconds(599))
            let second = try TimerBench(store, try await engine(Self.rules), clock: first.clock)
            _ = try await second.sweep()
            #expect(try await second.decide() == [])
            second.clock.advance(by: .seconds(1))
            _ = try await second.sweep()
            // It is in the inbox when the process dies again.
            let third = try TimerBench(store, try await engine(Self.rules), clock: first.clock)
            _ = try await third.sweep()
            #expect(try await third.decide() == ["bye"])
        }
    }

    @Test(arguments: [
        Duration.seconds(3600), .seconds(-3600), .seconds(10 * 365 * 86_400), .seconds(-50 * 365 * 86_400),
    ])
    func settingTheWallClockNeitherHastensNorDelaysIt(jump: Duration) async throws {
        for kind in StoreKind.allCases {
            try await kind.withStore { store in
                let bench = try TimerBench(store, try await engine(Self.rules))
                try await bench.post("1", "order")
                _ = try await bench.decide()
                bench.clock.advance(by: .seconds(300))
                bench.clock.jump(by: jump)
                _ = try await bench.sweep()
                #expect(try await bench.decide() == [])
                bench.clock.advance(by: .seconds(299))
                #expect(try await bench.sweep() == .seconds(1))
                #expect(try await bench.decide() == [])
                bench.clock.advance(by: .seconds(1))
                _ = try await bench.sweep()
                #expect(try await bench.decide() == ["bye"])
            }
        }
    }

    @Test func afterARebootTheWallClockDecides() async throws {
        let before = try TimerBench(MemoryStore(), try await engine(Self.rules))
        try await before.post("1", "order")
        _ = try await before.decide()
        before.clock.reboot(after: .seconds(599))
        let bench = try TimerBench(before.store, try await engine(Self.rules), clock: before.clock)
        #expect(try await bench.sweepFor(.milliseconds(900)) == 0)
        #expect(try await bench.sweepFor(.seconds(2)) == 1)
        #expect(try await bench.decide() == ["bye"])
    }

    @Test(arguments: StoreKind.allCases)
    func afterARebootOverdueOnesComeUpFiftyASecond(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let before = try TimerBench(store, try await engine(Self.rules))
            for chat in 1...200 { try await before.post("\(chat)", "order", chat: chat) }
            #expect(try await before.decide().count == 200)
            before.clock.reboot(after: .seconds(700))
            let bench = try TimerBench(store, try await engine(Self.rules), clock: before.clock)
            for second in 1...3 {
                let count = try await bench.sweepFor(.seconds(1))
                #expect((40...50).contains(count), "in second \(second)")
            }
            let rest = try await bench.sweepFor(.seconds(3))
            #expect(rest > 0)
            let texts = try await bench.decide()
            #expect(texts.count { $0 == "bye" } == 200)
            #expect(texts.count == 200)
        }
    }

    @Test func manyOfThisBootComeUpAtOnce() async throws {
        let bench = try TimerBench(MemoryStore(), try await engine(Self.rules))
        for chat in 1...600 { try await bench.post("\(chat)", "order", chat: chat) }
        _ = try await bench.decide()
        bench.clock.advance(by: .seconds(600))
        #expect(try await bench.sweep() == .zero)
        #expect(bench.depth.current == 512)
        _ = try await bench.sweep()
        #expect(bench.depth.current == 600)
        #expect(try await bench.decide().count == 600)
    }

    @Test func sleepsUntilTheNextComesUpAndIsWokenForASoonerOne() async throws {
        let bench = try TimerBench(MemoryStore(), try await engine(Self.rules))
        try await bench.post("1", "order")
        _ = try await bench.decide()
        bench.clock.advance(by: .seconds(598))
        let pauses = AsyncStream<Duration>.makeStream()
        var surroundings = surroundings(clock: bench.clock)
        let endlessly = surroundings.pause
        surroundings.pause = { pause in
            pauses.continuation.yield(pause)
            await endlessly(pause)
        }
        let timers = TimerSweeper(
            store: bench.store, depth: bench.depth, metrics: bench.metrics, surroundings: surroundings,
            fired: { bench.fired.raise() })
        async let run: Void = timers.run()
        var seen = pauses.stream.makeAsyncIterator()
        #expect(await seen.next() == .seconds(2))
        // It looks again for a timer before that one, and for no later one.
        timers.note(next: .seconds(3))
        timers.note(next: .seconds(1))
        #expect(await seen.next() == .seconds(2))
        bench.clock.advance(by: .seconds(2))
        timers.wake()
        await bench.fired.wait()
        #expect(await seen.next() == .seconds(5))
        timers.requestStop()
        await run
        #expect(try await bench.decide() == ["bye"])
    }

    @Test func nothingComesUpAfterAStop() async throws {
        let bench = try TimerBench(MemoryStore(), try await engine(Self.rules))
        try await bench.post("1", "order")
        _ = try await bench.decide()
        bench.clock.advance(by: .seconds(600))
        bench.timers.requestStop()
        await bench.timers.run()
        #expect(try await bench.decide() == [])
    }

    @Test func stopsWithItsTaskAndWithTheStore() async throws {
        let bench = try TimerBench(MemoryStore(), try await engine(Self.rules))
        let task = Task { await bench.timers.run() }
        task.cancel()
        await task.value
        try await bench.store.close()
        await bench.timers.run()
    }

    @Test func aFailingStoreIsToldOfOnce() async throws {
        let log = Lines()
        var surroundings = surroundings(log: log)
        let pauses = AsyncStream<Duration>.makeStream()
        surroundings.pause = { pauses.continuation.yield($0) }
        let timers = TimerSweeper(
            store: FailingStore(error: .unavailable("disk")), depth: InboxDepth(), metrics: Metrics(),
            surroundings: surroundings, fired: {})
        async let run: Void = timers.run()
        var seen: [Duration] = []
        for await pause in pauses.stream {
            seen.append(pause)
            if seen.count == 3 { break }
        }
        timers.requestStop()
        await run
        #expect(seen == [.seconds(1), .seconds(1), .seconds(1)])
        #expect(log.all.filter { $0.hasPrefix("level=error") }.count == 1)
    }
}

/// A store with a processor and a sweeper over it, and clocks to move.
struct TimerBench: Sendable {
    let store: any Store
    let clock: ManualClock
    let decisions: Decisions
    let depth = InboxDepth()
    let metrics = Metrics()
    let timers: TimerSweeper
    /// Raised when timers came up.
    let fired = WakeSignal()
    let processor: Processor

    init(_ store: any Store, _ engine: Engine, clock: ManualClock = ManualClock()) throws {
        self.store = store
        self.clock = clock
        let decisions = Decisions()
        self.decisions = decisions
        let (fired, surroundings) = (fired, surroundings(clock: clock))
        let timers = TimerSweeper(
            store: store, depth: depth, metrics: metrics, surroundings: surroundings, fired: { fired.raise() })
        self.timers = timers
        processor = Processor(
            store: store, box: EngineBox(engine), accounts: try exampleAccounts(), depth: depth, metrics: metrics,
            surroundings: surroundings,
            sinks: Processor.Sinks(
                decided: { decision, _ in decisions.add(decision) }, committed: {}, timersSet: { timers.note(next: $0) }))
    }

    /// A customer's message that arrives now. The vendor's clock is years behind.
    func post(_ id: String, _ text: String, chat: Int = 7) async throws {
        let second = Int(clock.reading.wall.milliseconds / 1000) - 1_700_000_000
        let body = huggyMessage(id, text, chat: chat, second: second)
        let header = EventHeader(
            id: "huggy:hg:message:\(id)", kind: .messageReceived,
            conversation: ConversationKey(account: "hg", conversation: "\(chat)"))
        _ = try await store.accept(
            IncomingWebhook(
                account: "hg", vendor: .huggy, receivedAt: clock.reading.wall, body: Array(body.utf8), events: [header]))
    }

    /// Decides all that waits. Returns the texts of the replies that may go out now, and sends them.
    /// - Parameter answer: what calls of the shop's systems are answered with.
    func decide(answering answer: (HTTPCall) -> Value = { _ in [:] }) async throws -> [String] {
        while try await processor.decideWaiting() > 0 {}
        var texts: [String] = []
        while true {
            let claimed = try await store.claimEffects(at: clock.reading, limit: 100)
            guard !claimed.isEmpty else { return texts }
            for entry in claimed {
                if case .reply(let reply) = entry.effect.action { texts.append(reply.text) }
                var answered: HTTPAnswer?
                if case .http(let call) = entry.effect.action, let variable = call.save {
                    answered = HTTPAnswer(effectKey: entry.effect.key, variable: variable, value: answer(call))
                }
                try await store.settle(entry.id, as: .done(remoteID: nil), answer: answered, at: clock.reading.wall)
            }
        }
    }

    /// One sweep.
    func sweep() async throws -> Duration { try await timers.sweep() }

    /// Sweeps as often as the sweeper would in that time. Returns how many came up.
    func sweepFor(_ duration: Duration) async throws -> Int {
        let before = try await store.counts().undecided
        var left = duration
        while left > .zero {
            let pause = min(max(try await timers.sweep(), .milliseconds(1)), left)
            clock.advance(by: pause)
            left -= pause
        }
        return try await store.counts().undecided - before
    }
}
