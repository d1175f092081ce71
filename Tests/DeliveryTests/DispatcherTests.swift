import Delivery
import Model
import Storage
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct DispatcherTests {
    @Test func sendsEffectsOfOneConversationInOrder() async throws {
        let world = World { key, _ in .status(200, headers: ["x-id": "remote-\(key)"]) }
        try await world.plan(reply("k1", "a"), reply("k2", "b"), effect("k3", .close(Closing())))
        await world.running { _ = await world.nextReports(3) }
        #expect(world.transport.keys == ["k1", "k2", "k3"])
        #expect(
            world.store.settlements == [
                "k1": [.done(remoteID: "remote-k1")], "k2": [.done(remoteID: "remote-k2")],
                "k3": [.done(remoteID: "remote-k3")],
            ])
    }

    @Test func aSuccessorWaitsUntilItsPredecessorIsSettled() async throws {
        let world = World { key, _ in key == "k1" ? nil : .status(200) }
        try await world.plan(reply("k1", "a"), reply("k2", "b"))
        try await world.plan(reply("other", "x", conversation: "c2"))
        await world.running {
            await world.transport.arrivals(2)
            _ = await world.nextReports(1)
            #expect(Set(world.transport.keys) == ["k1", "other"])
            world.transport.answer("k1", .status(200))
            _ = await world.nextReports(2)
        }
        #expect(world.transport.keys.last == "k2")
    }

    @Test func aRetryHoldsUpItsConversationOnly() async throws {
        let world = World { key, earlier in key == "k1" && earlier == 0 ? .status(500) : .status(200) }
        try await world.plan(reply("k1", "a"), reply("k2", "b"))
        try await world.plan(reply("o1", "x", conversation: "c2"), reply("o2", "y", conversation: "c2"))
        await world.running {
            _ = await world.nextReports(3)
            #expect(Set(world.transport.keys) == ["k1", "o1", "o2"])
            await world.time.sleeper(for: .milliseconds(500))
            world.time.advance(by: .milliseconds(500))
            _ = await world.nextReports(2)
        }
        #expect(world.transport.keys.suffix(2) == ["k1", "k2"])
        #expect(
            world.store.settlements["k1"] == [
                .retry(at: Instant(milliseconds: 1_000_000_500), .serverError, uncertain: false), .done(remoteID: nil),
            ])
    }

    @Test func aFailureForGoodCancelsTheRestOfItsRule() async throws {
        let world = World { key, _ in key == "a1" ? .status(400, body: "bad") : .status(200) }
        try await world.plan(reply("a1", "a"), reply("a2", "b"), reply("b1", "c", rule: "other"))
        await world.running { _ = await world.nextReports(2) }
        #expect(world.transport.keys == ["a1", "b1"])
        #expect(world.store.settlements["a1"] == [.dead(.refused, message: "bad")])
    }

    @Test func aWakeIsEnoughToSendWhatWasPlannedMeanwhile() async throws {
        let world = World()
        try await world.running {
            try await world.plan(reply("k1", "a"))
            world.dispatcher.wake()
            _ = await world.nextReports(1)
            try await world.plan(reply("k2", "b"))
            world.dispatcher.wake()
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys == ["k1", "k2"])
    }

    @Test func aDelayedEffectGoesOutWhenItIsDue() async throws {
        let world = World()
        var later = reply("k1", "a")
        later.delayMilliseconds = 60_000
        try await world.plan(later)
        await world.running {
            await world.time.sleeper(for: .seconds(60))
            #expect(world.transport.keys == [])
            world.time.advance(by: .seconds(60))
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys == ["k1"])
    }

    @Test func reportsAnAttempt() async throws {
        let world = World { _, _ in nil }
        try await world.plan(reply("k1", "a"))
        await world.running {
            await world.transport.arrivals(1)
            world.time.advance(by: .milliseconds(250))
            world.transport.answer("k1", .status(429, headers: ["retry-after": "7"]))
            let expected = DeliveryReport(
                outboxID: 1, effectKey: "k1", eventID: "event-1", rule: "greet", account: "main", vendor: .any,
                action: .reply, attempt: 1, outcome: .throttled, result: .retry, reason: .rateLimited, status: 429,
                duration: .milliseconds(250))
            #expect(await world.nextReports(1) == [expected])
        }
        #expect(
            world.store.settlements["k1"]
                == [.retry(at: Instant(milliseconds: 1_000_007_250), .rateLimited, uncertain: false)])
    }

    @Test func secretsReachTheTransportOfTheirAccountOnly() async throws {
        let world = World()
        try await world.plan(reply("k1", "a"))
        try await world.plan(reply("k2", "a", conversation: "c2", account: "other"))
        await world.running { _ = await world.nextReports(2) }
        let secrets = Dictionary(uniqueKeysWithValues: world.transport.calls.map { ($0.key, $0.secrets) })
        #expect(secrets == ["k1": ["token": "s3cret-main"], "k2": ["token": "s3cret-other"]])
    }

    @Test func aVendorsWordsAreStoredShortAndWithoutSecrets() async throws {
        let world = World { _, _ in .status(400, body: "no s3cret-main" + String(repeating: "x", count: 500)) }
        try await world.plan(reply("k1", "a"))
        await world.running { _ = await world.nextReports(1) }
        let message = "no [redacted]" + String(repeating: "x", count: 187)
        #expect(world.store.settlements["k1"] == [.dead(.refused, message: message)])
    }
}

// What is not sent.
extension DispatcherTests {
    @Test func printedDeliveriesAreShownAndNeverSent() async throws {
        var destinations = FixedDestinations()
        destinations.list[0].mode = .print
        let world = World(destinations: destinations)
        let effect = reply("k1", "a")
        try await world.plan(effect)
        await world.running {
            let report = await world.nextReports(1).first
            #expect(report?.outcome == .printed)
            #expect(report?.result == .done)
        }
        let request = try PlainVendor().request(for: effect, account: Account(id: "main", vendor: .any))
        #expect(await world.printed.take(1) == [PrintedDelivery(effect: effect, request: request)])
        #expect(world.transport.keys == [])
        #expect(world.store.settlements["k1"] == [.done(remoteID: nil)])
        // What would have been sent is in the ledger too.
        #expect(world.store.attempts["k1"]?.first?.request?.contains(#""json":{"text":"a"}"#) == true)
    }

    @Test(arguments: [
        (Action.reply(Reply(text: "a")), false), (.route(.queue), false), (.close(Closing()), false), (.note("a"), true),
        (.tag(["a"], of: .conversation), true), (.contact(["a": 1]), true), (.call(VendorCall(method: "POST", path: "/")), true),
    ])
    func aHumanWhoHasTheConversationIsNotSpokenOver(action: Action, isSent: Bool) async throws {
        let world = World()
        try await world.plan(effect("k1", action), state: ConversationState(handler: .human))
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == (isSent ? ["k1"] : []))
        let withheld = Settlement.dead(.human, message: "a human agent has the conversation")
        #expect(world.store.settlements["k1"] == [isSent ? .done(remoteID: nil) : withheld])
    }

    @Test(arguments: [
        (ConversationState(handler: .bot, humanUntil: Instant(seconds: 1_000_001)), false, false),
        (ConversationState(handler: .bot, humanUntil: Instant(seconds: 1_000_000)), false, true),
        (ConversationState(handler: .closed, humanUntil: Instant(seconds: 1_000_001)), false, true),
        (ConversationState(handler: .queue), false, true),
        (ConversationState(handler: .human), true, true),
        (ConversationState(handler: .bot, humanUntil: Instant(seconds: 1_000_001)), true, true),
    ])
    func aTakeoverHoldsForItsTime(state: ConversationState, actsBesideHuman: Bool, isSent: Bool) async throws {
        let world = World()
        try await world.plan(
            effect("k1", .reply(Reply(text: "a")), actsBesideHuman: actsBesideHuman), state: state)
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == (isSent ? ["k1"] : []))
    }

    @Test(arguments: [
        (
            effect("k1", .note("a"), account: "gone"),
            Settlement.dead(.unbuildable, message: "account gone is not configured")
        ),
        (effect("k1", .note("unbuildable")), .dead(.unbuildable, message: "there is no contact to note")),
        (
            effect("k1", .http(HTTPCall(method: "POST", url: "https://evil.net/x"))),
            .dead(.refused, message: "evil.net:443 is not on http_actions.allow")
        ),
        (
            effect("k1", .http(HTTPCall(method: "P T", url: "https://erp.example.org/x"))),
            .dead(.unbuildable, message: "the method is no word")
        ),
    ])
    func whatCannotBeSentFailsForGood(effect: Effect, settlement: Settlement) async throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(["erp.example.org"])
        let world = World(destinations: destinations)
        try await world.plan(effect)
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == [])
        #expect(world.store.settlements["k1"] == [settlement])
    }

    @Test func aUsersSystemIsCalledWithoutTheAccountsSecrets() async throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(["erp.example.org"])
        let world = World(destinations: destinations) { _, _ in .status(404) }
        let call = HTTPCall(method: "POST", url: "https://erp.example.org/k1", body: .json(["n": 1]))
        try await world.plan(effect("k1", .http(call)))
        await world.running { _ = await world.nextReports(1) }
        let request = VendorRequest(
            method: "POST", url: "https://erp.example.org/k1", body: .json(["n": 1]), addressGuard: AddressGuard())
        #expect(world.transport.calls == [.init(key: "k1", request: request, secrets: [:], at: world.time.now)])
        #expect(world.store.settlements["k1"] == [.dead(.refused, message: "answered 404")])
    }

    @Test(arguments: [
        ("timed out", FailureReason.timeout), ("reset", .uncertain),
    ])
    func aLostAnswerIsADoubt(text: String, reason: FailureReason) async throws {
        let world = World { key, earlier in earlier == 0 ? .lost(text) : .status(200) }
        try await world.plan(reply("k1", "a"))
        try await world.plan(effect("k2", .route(.queue), conversation: "c2"))
        await world.running {
            _ = await world.nextReports(2)
            await world.time.sleeper(for: .milliseconds(500))
            world.time.advance(by: .milliseconds(500))
            _ = await world.nextReports(1)
        }
        #expect(
            world.store.settlements == [
                "k1": [.retry(at: Instant(milliseconds: 1_000_000_500), reason, uncertain: true), .done(remoteID: nil)],
                "k2": [.dead(.uncertain, message: "an attempt may have been processed, and a repeat could do it twice")],
            ])
    }

    @Test func whatWasBeingSentInACrashIsNotRepeatedWhereTwiceIsWorse() async throws {
        let world = World()
        try await world.plan(effect("k1", .route(.queue)))
        try await world.plan(reply("k2", "a", conversation: "c2"))
        _ = try await world.store.claimEffects(at: world.time.clocks, limit: 10)
        _ = try await world.store.recover()
        await world.running { _ = await world.nextReports(2) }
        #expect(world.transport.keys == ["k2"])
    }
}

// Limits, stopping, and a store that fails.
extension DispatcherTests {
    @Test func aSlowAccountDoesNotHoldUpAnother() async throws {
        let world = World(limits: DispatchLimits(inFlight: 4, inFlightPerAccount: 2)) { key, _ in
            key.hasPrefix("slow") ? nil : .status(200)
        }
        for index in 1...5 { try await world.plan(reply("slow\(index)", "a", conversation: "s\(index)")) }
        for index in 1...3 {
            try await world.plan(reply("fast\(index)", "a", conversation: "f\(index)", account: "other"))
        }
        await world.running {
            _ = await world.nextReports(3)
            #expect(Set(world.transport.keys) == ["slow1", "slow2", "fast1", "fast2", "fast3"])
            for index in 1...5 {
                await world.transport.arrivals(min(index, 4) + 4)
                world.transport.answer("slow\(index)", .status(200))
            }
            _ = await world.nextReports(5)
        }
    }

    @Test func whatWaitedForItsTurnIsCheckedAgain() async throws {
        let world = World(limits: DispatchLimits(inFlight: 1, inFlightPerAccount: 1)) { key, _ in
            key == "k1" ? nil : .status(200)
        }
        try await world.plan(reply("k1", "a"))
        try await world.plan(reply("k2", "b", conversation: "c2"))
        try await world.running {
            await world.transport.arrivals(1)
            try await world.plan(
                effect("k3", .note("x"), conversation: "c2", rule: "other"), state: ConversationState(handler: .human))
            world.time.advance(by: .seconds(5))
            world.transport.answer("k1", .status(200))
            _ = await world.nextReports(3)
        }
        #expect(world.transport.keys == ["k1", "k3"])
    }

    @Test func aStopLetsRunningCallsEndAndBeginsNoMore() async throws {
        let world = World(limits: DispatchLimits(inFlight: 2, inFlightPerAccount: 1)) { _, _ in nil }
        try await world.plan(reply("k1", "a"), reply("k2", "b"))
        try await world.plan(reply("k3", "c", conversation: "c2"))
        async let run: Void = world.dispatcher.run()
        await world.transport.arrivals(1)
        world.dispatcher.requestStop()
        let first = world.transport.keys[0]
        world.transport.answer(first, .status(200))
        await world.dispatcher.stop()
        await run
        #expect(world.transport.keys == [first])
        #expect(world.store.settlements == [first: [.done(remoteID: nil)]])
        world.dispatcher.wake()
        await world.dispatcher.run()
        #expect(world.transport.keys == [first])
    }

    @Test func cancellingIsStopping() async throws {
        let world = World { _, _ in nil }
        try await world.plan(reply("k1", "a"))
        let run = Task { await world.dispatcher.run() }
        await world.transport.arrivals(1)
        run.cancel()
        world.transport.answer("k1", .status(200))
        await run.value
        #expect(world.store.settlements == ["k1": [.done(remoteID: nil)]])
    }

    @Test func aSettlementIsTriedUntilTheStoreTakesIt() async throws {
        let world = World()
        try await world.plan(reply("k1", "a"))
        world.store.fail(settlements: 3)
        await world.running {
            for _ in 1...3 {
                await world.time.sleeper(for: .seconds(1))
                world.time.advance(by: .seconds(1))
            }
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys == ["k1"])
        #expect(world.store.settlements["k1"] == [.done(remoteID: nil)])
    }

    @Test func aClockThatIsSetDuringACallDoesNotPutItsRetryOff() async throws {
        let world = World { _, earlier in earlier == 0 ? nil : .status(200) }
        try await world.plan(reply("k1", "a"))
        await world.runningThroughTime {
            await world.transport.arrivals(1)
            world.time.setWallClock(by: .seconds(-86_400))
            world.dispatcher.wake()
            while !world.log.lines.contains("info: wall clock was set") { await Task.yield() }
            world.transport.answer("k1", .status(500))
            _ = await world.nextReports(2)
        }
        #expect(world.secondCallAfterFirst == .milliseconds(500))
    }

    @Test func aClockThatIsSetWhileASettlementIsWrittenDoesNotPutItOff() async throws {
        let (writing, gate) = (Mailbox<Void>(), Gate())
        let store = ObservedStore(settling: {
            writing.put(())
            await gate.pass()
        })
        let world = World(store: store) { _, earlier in .status(earlier == 0 ? 500 : 200) }
        try await world.plan(reply("k1", "a"))
        await world.runningThroughTime {
            _ = await writing.take(1)
            world.time.setWallClock(by: .seconds(-86_400))
            world.dispatcher.wake()
            for _ in 0..<200 { await Task.yield() }
            gate.open()
            _ = await world.nextReports(2)
        }
        #expect(world.secondCallAfterFirst == .milliseconds(500))
    }

    @Test func aFailingStoreIsLeftAloneForASecondAndToldOfOnce() async throws {
        let world = World()
        try await world.plan(reply("k1", "a"))
        world.store.fail(claims: 3)
        await world.running {
            for claims in 1...3 {
                await world.time.sleeper(for: .seconds(1))
                #expect(world.store.claims == claims)
                world.time.advance(by: .seconds(1))
            }
            _ = await world.nextReports(1)
        }
        #expect(world.log.lines == ["error: store failed", "info: store works again"])
    }

    @Test func aClosedStoreEndsTheRun() async throws {
        let world = World()
        try await world.store.close()
        await world.dispatcher.run()
        #expect(world.transport.keys == [])
    }
}

extension World {
    fileprivate var secondCallAfterFirst: Duration? {
        let calls = transport.calls
        return calls.count == 2 ? calls[1].at.since(calls[0].at) : nil
    }
}
