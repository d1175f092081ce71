import Delivery
import Model
import Storage
import Testing
import VendorKit

/// What one account's trouble means for its own effects, and does not mean for those of others.
@Suite(.timeLimit(.minutes(15))) struct AccountDispatchTests {
    /// Plans that many replies, each in a conversation of its own: `a1`, `a2` …
    private func plan(_ count: Int, _ name: String, account: String, in world: World) async throws {
        for index in 1...count {
            try await world.plan(reply("\(name)\(index)", "x", conversation: "\(name)\(index)", account: account))
        }
    }

    private func calls(_ name: String, in world: World) -> [String] { world.transport.keys.filter { $0.hasPrefix(name) } }

    // MARK: A vendor that is away (T10 in small)

    @Test(arguments: [TransportResult.notSent("refused"), .lost("reset"), .status(502), .status(500)])
    func aDeadAccountHoldsUpNoOther(failure: TransportResult) async throws {
        let world = World { key, _ in key.hasPrefix("dead") ? failure : .status(200) }
        try await plan(40, "dead", account: "main", in: world)
        try await plan(40, "alive", account: "other", in: world)
        await world.running {
            var sent = 0
            while sent < 40 { sent += await world.nextReports(1).count { $0.outcome == .done } }
            // The clock stands still: what failed is not tried again.
            await world.time.sleeper(for: .milliseconds(5_500))
            // Two at a time: one may be under way when the breaker opens.
            #expect((4...7).contains(calls("dead", in: world).count))
            let opened = AccountNotice(account: "main", change: .breakerOpened(for: .milliseconds(5_500)))
            #expect(await world.notices.take(1) == [opened])
        }
        #expect(world.log.lines == ["warning: account does not answer, its breaker opened"])
    }

    @Test func whileTheBreakerIsOpenOneCallIsTriedAtATimeAndNoAttemptIsUsedUp() async throws {
        let world = World { key, _ in key.hasPrefix("back") ? .status(200) : .notSent("refused") }
        try await plan(20, "dead", account: "main", in: world)
        await world.running {
            await world.time.sleeper(for: .milliseconds(5_500))
            let before = calls("dead", in: world).count
            _ = await world.nextReports(before)
            for (trial, wait) in [5_500, 11_000, 22_000, 44_000].enumerated() {
                await world.time.sleeper(for: .milliseconds(wait))
                world.time.advance(by: .milliseconds(wait))
                _ = await world.nextReports(1)
                #expect(calls("dead", in: world).count == before + trial + 1)
            }
        }
        let tried = world.store.settlements.values.reduce(0) { $0 + $1.count }
        #expect(tried == calls("dead", in: world).count)
        #expect(world.log.lines == ["warning: account does not answer, its breaker opened"])
    }

    @Test func aLongOutageDoesNotUseUpTwelveAttempts() async throws {
        // 40 trials, the longest 5.5 minutes apart.
        let world = World(policy: RetryPolicy(replyLife: .seconds(1_000_000))) { _, earlier in
            earlier < 40 ? .notSent("refused") : .status(200)
        }
        try await world.plan(reply("k1", "x"))
        let reports = await world.runningThroughTime(41)
        #expect(reports.map(\.result) == Array(repeating: .retry, count: 40) + [.done])
        #expect(reports.last?.attempt == 41)
        #expect(
            world.log.lines == [
                "warning: account does not answer, its breaker opened", "info: account answers again, its breaker closed",
            ])
        #expect(world.dispatcher.accountConditions["main"]?.isBreakerOpen == false)
    }

    @Test func whatIsUncertainCountsAlsoThen() async throws {
        let world = World(policy: RetryPolicy(replyLife: .seconds(1_000_000))) { _, _ in .lost("reset") }
        try await world.plan(reply("k1", "x"))
        let reports = await world.runningThroughTime(12)
        #expect(reports.last?.result == .dead)
        #expect(world.store.settlements["k1"]?.last == .dead(.uncertain, message: "gave up after 12 attempts"))
    }

    // MARK: Expiry of what is held up

    @Test(arguments: [TransportResult.notSent("refused"), .status(401)])
    func repliesOfAnAccountThatIsHeldUpEndInTime(failure: TransportResult) async throws {
        let world = World { _, _ in failure }
        try await plan(30, "k", account: "main", in: world)
        try await world.plan(effect("note", .note("x"), conversation: "n1"))
        let start = world.time.now
        await world.runningThroughTime {
            while world.store.ends.count < 30 { _ = await world.nextReports(1) }
        }
        let ended = world.store.ends.mapValues { $0.since(start) }
        let untried = ended.filter { world.store.settlements[$0.key]?.count == 1 && !world.transport.keys.contains($0.key) }
        #expect(untried.count > 10)
        #expect(untried.values.filter { $0 < .seconds(900) || $0 > .seconds(930) } == [])
        #expect(
            untried.keys.filter {
                world.store.settlements[$0] != [.dead(.expired, message: "it could not be sent within 15 minutes")]
            } == [])
        // One life later at the latest also those that were tried.
        #expect(ended.values.filter { $0 > .seconds(1_800) } == [])
        #expect(world.store.settlements["note"]?.contains { if case .dead = $0 { true } else { false } } != true)
    }

    // MARK: Refused credentials

    @Test(arguments: [401, 403])
    func refusedCredentialsPauseTheAccountAndSpareItsBacklog(status: Int) async throws {
        let world = World { key, _ in key.hasPrefix("o") ? .status(200) : nil }
        try await plan(10, "k", account: "main", in: world)
        try await plan(3, "o", account: "other", in: world)
        await world.running {
            await world.transport.arrivals(5)
            for key in calls("k", in: world) { world.transport.answer(key, .status(status)) }
            await world.time.sleeper(for: .seconds(300))
            #expect(calls("k", in: world).count == 2)
        }
        // Of the two that were under way together the first is refused for good.
        let settlements = world.store.settlements.filter { $0.key.hasPrefix("k") }.values.flatMap(\.self)
        #expect(
            Set(settlements) == [
                .dead(.unauthorized, message: "HTTP \(status)"),
                .retry(at: world.time.now.adding(.seconds(300)), .unauthorized, uncertain: false),
            ])
        #expect(world.log.lines == ["error: account paused, its credentials were refused"])
        #expect(world.dispatcher.accountConditions["main"]?.isPaused == true)
    }

    @Test func aPausedAccountGoesOnAfterAReload() async throws {
        let world = World { _, earlier in earlier == 0 ? .status(401) : .status(200) }
        try await world.plan(reply("k1", "x"))
        try await world.running {
            _ = await world.nextReports(1)
            try await plan(5, "later", account: "main", in: world)
            world.dispatcher.wake()
            await world.time.sleeper(for: .seconds(300))
            #expect(world.transport.keys == ["k1"])
            world.dispatcher.resumeAccounts()
            _ = await world.notices.take(2)
            world.dispatcher.resumeAccounts()
        }
        #expect(
            world.log.lines == ["error: account paused, its credentials were refused", "info: account resumed"])
    }

    @Test func aPausedAccountIsTriedEveryFiveMinutesByOneEffect() async throws {
        let world = World(limits: DispatchLimits(inFlightPerAccount: 1)) { key, _ in
            key == "k3" ? .status(200) : .status(403)
        }
        try await plan(4, "k", account: "main", in: world)
        await world.running {
            _ = await world.nextReports(1)
            for count in [1, 2] {
                await world.time.sleeper(for: .seconds(300))
                #expect(world.transport.keys.count == count)
                world.time.advance(by: .seconds(300))
                _ = await world.nextReports(1)
            }
            // The second trial was taken: all goes on, and what comes next is refused.
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys == ["k1", "k2", "k3", "k4"])
        #expect(world.store.settlements["k2"]?.count == 1)
        #expect(
            await world.notices.take(3)
                == [.paused(status: 403), .resumed, .paused(status: 403)].map { AccountNotice(account: "main", change: $0) })
    }

    @Test func aUsersSystemPausesNobody() async throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(["erp.example.org"])
        let world = World(destinations: destinations) { key, _ in
            key.hasPrefix("h") ? (key.hasPrefix("h1") ? .status(401) : .notSent("refused")) : .status(200)
        }
        for index in 1...8 {
            let call = HTTPCall(method: "POST", url: "https://erp.example.org/h\(index)", body: .json([:]))
            try await world.plan(effect("h\(index)", .http(call), conversation: "h\(index)"))
        }
        try await plan(8, "k", account: "main", in: world)
        await world.running {
            var sent = 0
            while sent < 8 { sent += await world.nextReports(1).count { $0.outcome == .done } }
        }
        #expect(world.log.lines == [])
    }

    @Test func aUsersSystemThatHangsLeavesRoomForTheVendor() async throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(["erp.example.org"])
        let world = World(destinations: destinations) { key, _ in key.hasPrefix("h") ? nil : .status(200) }
        for index in 1...6 {
            let call = HTTPCall(method: "POST", url: "https://erp.example.org/h\(index)", body: .json([:]))
            try await world.plan(effect("h\(index)", .http(call), conversation: "h\(index)"))
        }
        try await plan(10, "k", account: "main", in: world)
        await world.running {
            #expect(await world.nextReports(10).allSatisfy { $0.outcome == .done })
            #expect(calls("h", in: world).count == 6)
            for index in 1...6 { world.transport.answer("h\(index)", .status(200)) }
        }
    }

    // MARK: Limits of rate

    @Test func throttlingStopsTheWholeAccountAndNoOther() async throws {
        let world = World(limits: DispatchLimits(inFlightPerAccount: 1)) { key, earlier in
            key == "k1" && earlier == 0 ? .status(429, headers: ["retry-after": "30"]) : .status(200)
        }
        try await plan(3, "k", account: "main", in: world)
        try await plan(3, "o", account: "other", in: world)
        await world.running {
            _ = await world.nextReports(4)
            await world.time.sleeper(for: .seconds(30))
            #expect(calls("k", in: world) == ["k1"])
            #expect(calls("o", in: world).count == 3)
            world.time.advance(by: .seconds(30))
            _ = await world.nextReports(3)
        }
        #expect(
            await world.notices.take(1) == [AccountNotice(account: "main", change: .throttled(for: .seconds(30)))])
    }

    /// The store knows sooner than the dispatcher that an effect is not being sent any more: that leaves no room for another.
    @Test func nothingGoesOutWhileARefusalIsBeingRecorded() async throws {
        let (settled, gate) = (Mailbox<Void>(), Gate())
        let store = ObservedStore(settled: {
            settled.put(())
            await gate.pass()
        })
        let world = World(limits: DispatchLimits(inFlightPerAccount: 1), store: store) { _, _ in
            .status(429, headers: ["retry-after": "30"])
        }
        try await plan(3, "k", account: "main", in: world)
        await world.running {
            _ = await settled.take(1)
            let claims = store.claims
            while store.claims < claims + 2 {
                world.dispatcher.wake()
                await Task.yield()
            }
            gate.open()
            await world.time.sleeper(for: .seconds(30))
            #expect(calls("k", in: world) == ["k1"])
        }
    }

    @Test func whatAnAnswerLeavesIsNotExceeded() async throws {
        let start = ManualTime().now
        let world = World { _, _ in
            .status(200, headers: ["x-remaining": "0", "x-reset": "\(start.milliseconds + 20_000)"])
        }
        try await plan(6, "k", account: "main", in: world)
        await world.running {
            _ = await world.nextReports(2)
            await world.time.sleeper(for: .seconds(20))
            #expect(world.transport.keys.count == 2)
        }
        #expect(world.log.lines == [])
    }

    /// The call that ends makes room in the store, and says that none is left: what is claimed then goes back.
    @Test func whatIsClaimedWhileAnAnswerClosesTheAccountGoesBack() async throws {
        let (claiming, settled, gate) = (Mailbox<Void>(), Mailbox<Void>(), Gate())
        let store = ObservedStore(
            claiming: {
                guard $0 == 2 else { return }
                claiming.put(())
                await gate.pass()
            },
            settled: { settled.put(()) })
        let world = World(store: store) { key, _ in key == "k3" ? .status(200) : nil }
        try await plan(3, "k", account: "main", in: world)
        await world.running {
            await world.transport.arrivals(2)
            world.dispatcher.wake()
            _ = await claiming.take(1)
            let reset = world.time.now.adding(.seconds(20)).milliseconds
            world.transport.answer("k1", .status(200, headers: ["x-remaining": "0", "x-reset": "\(reset)"]))
            _ = await settled.take(1)
            gate.open()
            await world.time.sleeper(for: .seconds(20))
            #expect(world.transport.keys.sorted() == ["k1", "k2"])
            world.transport.answer("k2", .status(200))
            _ = await world.nextReports(2)
            world.time.advance(by: .seconds(20))
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys.sorted() == ["k1", "k2", "k3"])
        #expect(world.store.settlements["k3"]?.last == .done(remoteID: nil))
        #expect(world.store.attempts.mapValues(\.count) == ["k1": 1, "k2": 1, "k3": 1])
    }

    /// T11 in small: restarts give no burst.
    @Test func theRateHoldsAcrossRestarts() async throws {
        let (store, time) = (ObservedStore(), ManualTime())
        var sent: [Instant] = []
        for run in 0...5 {
            let world = World(
                limits: DispatchLimits(rate: CallRate(perSecond: 5, burst: 10)), store: store, time: time)
            if run == 0 { try await plan(300, "k", account: "main", in: world) }
            let started = time.now
            await world.runningThroughTime {
                // A stop may find some under way: they end with this run.
                while store.ends.count < (run + 1) * 50 { _ = await world.nextReports(1) }
            }
            let calls = world.transport.calls.map(\.at)
            #expect(calls.first.map { $0.since(started) } == .milliseconds(200))
            sent += calls
        }
        #expect(sent.count == 300)
        let most = sent.map { start in sent.count { $0 >= start && $0 < start.adding(.seconds(10)) } }.max() ?? 0
        #expect((45...60).contains(most))
    }
}
