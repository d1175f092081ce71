import Delivery
import JSON
import Model
import Storage
import Testing
import VendorKit

/// A vendor that reads before it tags, and can be asked whether a reply or a transfer was carried out.
private struct AskingVendor: Vendor {
    static let profile = VendorProfile.any

    private let plain = PlainVendor()

    func recognizes(_ body: JSONElement) -> Bool { false }
    func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] { [] }
    func events(in body: JSONElement, context: DecodingContext) -> [Event] { [] }

    func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try plain.request(for: effect, account: account)
    }

    func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        plain.outcome(of: response, to: request)
    }

    func rateLimit(told response: VendorResponse) -> RateLimit? { plain.rateLimit(told: response) }

    func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        guard case .tag = effect.action else { return nil }
        return VendorRequest(method: "GET", url: "https://vendor.invalid/read-\(effect.key)")
    }

    func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        switch String(decoding: prepared.body, as: UTF8.self) {
        case "same": return nil
        case "junk": throw ActionError("the tags could not be read")
        case let text:
            var request = try plain.request(for: effect, account: account)
            request.body = .text(text)
            return request
        }
    }

    func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        switch effect.action {
        case .reply, .route: return VendorRequest(method: "GET", url: "https://vendor.invalid/back-\(effect.key)")
        case .close: throw ActionError("there is no room to look into")
        default: return nil
        }
    }

    func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? {
        ["there": true, "missing": false][String(decoding: readBack.body, as: UTF8.self)]
    }
}

@Suite(.timeLimit(.minutes(15))) struct ReadFirstTests {
    private static let soon = Instant(milliseconds: 1_000_000_500)

    private func destinations(_ mode: DeliveryMode = .live) -> FixedDestinations {
        FixedDestinations(list: [
            Destination(
                account: Account(id: "main", vendor: .any), vendor: AskingVendor(), secrets: ["token": "s3cret-main"], mode: mode)
        ])
    }

    private func world(
        _ mode: DeliveryMode = .live, _ script: @escaping @Sendable (String, Int) -> TransportResult?
    ) -> World {
        World(destinations: destinations(mode), script)
    }

    // MARK: Reads that a call needs

    @Test(arguments: [
        (
            TransportResult.status(200, body: "vip,new"), ["read-k1", "k1"], Settlement.done(remoteID: nil),
            DeliveryReport.OutcomeClass.done
        ),
        (.status(404, body: "known"), ["read-k1", "k1"], .done(remoteID: nil), .done),
        (.status(200, body: "same"), ["read-k1"], .done(remoteID: nil), .done),
        (.status(200, body: "junk"), ["read-k1"], .dead(.unbuildable, message: "the tags could not be read"), .withheld),
        (.status(403), ["read-k1"], .dead(.unauthorized, message: "HTTP 403"), .refused),
        (
            .status(429, headers: ["retry-after": "9"]), ["read-k1"],
            .retry(at: Instant(milliseconds: 1_000_009_000), .rateLimited, uncertain: false), .throttled
        ),
        (.status(500), ["read-k1"], .retry(at: soon, .serverError, uncertain: false), .retry),
        (.status(502), ["read-k1"], .retry(at: soon, .serverError, uncertain: false), .retry),
        (.lost("timed out"), ["read-k1"], .retry(at: soon, .timeout, uncertain: false), .retry),
        (.notSent("refused"), ["read-k1"], .retry(at: soon, .notSent, uncertain: false), .notSent),
    ])
    func aCallIsMadeByWhatItsReadTells(
        read: TransportResult, calls: [String], settlement: Settlement, outcome: DeliveryReport.OutcomeClass
    ) async throws {
        let world = world { key, _ in key == "read-k1" ? read : .status(200) }
        try await world.plan(effect("k1", .tag(["vip"], of: .conversation)))
        await world.running {
            #expect(await world.nextReports(1).map(\.outcome) == [outcome])
        }
        #expect(world.transport.keys == calls)
        #expect(world.store.settlements["k1"] == [settlement])
        #expect(world.transport.calls.allSatisfy { $0.secrets == ["token": "s3cret-main"] })
    }

    @Test func theCallIsWhatTheReadMadeOfIt() async throws {
        let world = world { _, _ in .status(200, body: "vip,new") }
        try await world.plan(effect("k1", .tag(["vip"], of: .conversation)))
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.calls.last?.request.body == .text("vip,new"))
    }

    @Test func whatIsPrintedIsNotReadFor() async throws {
        let world = world(.print) { _, _ in .status(200) }
        try await world.plan(effect("k1", .tag(["vip"], of: .conversation)))
        await world.running {
            #expect(await world.nextReports(1).map(\.outcome) == [.printed])
        }
        #expect(world.transport.keys == [])
    }

    @Test func aReadCountsAgainstTheLimitAsACallDoes() async throws {
        let world = world { key, _ in
            key.hasPrefix("read")
                ? .status(200, headers: ["x-remaining": "1", "x-reset": "1000060000"], body: "x") : .status(200)
        }
        try await world.plan(effect("k1", .tag(["vip"], of: .conversation)))
        try await world.running {
            _ = await world.nextReports(1)
            try await world.plan(reply("k2", "x", conversation: "c2"))
            world.dispatcher.wake()
            await world.time.sleeper(for: .seconds(60))
            #expect(world.transport.keys == ["read-k1", "k1"])
        }
    }

    // MARK: Doubts

    /// An effect that was being sent when the process died.
    private func doubtful(_ action: Action, in world: World) async throws {
        try await world.plan(effect("k1", action))
        _ = try await world.store.claimEffects(at: world.time.clocks, limit: 1)
        _ = try await world.store.recover()
    }

    private static let skipped = Settlement.dead(
        .uncertain, message: "an attempt may have been processed, and a repeat could do it twice")

    @Test(arguments: [
        (Action.reply(Reply(text: "x")), TransportResult.status(200, body: "there"), ["back-k1"], Settlement.done(remoteID: nil)),
        (.reply(Reply(text: "x")), .status(200, body: "missing"), ["back-k1", "k1"], .done(remoteID: nil)),
        (.reply(Reply(text: "x")), .status(400, body: "?"), ["back-k1", "k1"], .done(remoteID: nil)),
        (.route(.queue), .status(200, body: "there"), ["back-k1"], .done(remoteID: nil)),
        (.route(.queue), .status(200, body: "missing"), ["back-k1", "k1"], .done(remoteID: nil)),
        (.route(.queue), .status(400, body: "?"), ["back-k1"], skipped),
        (.route(.queue), .status(500, body: "?"), ["back-k1"], .retry(at: soon2, .serverError, uncertain: true)),
        (.route(.queue), .status(502, body: "?"), ["back-k1"], .retry(at: soon2, .serverError, uncertain: true)),
        (.reply(Reply(text: "x")), .status(502, body: "?"), ["back-k1"], .retry(at: soon2, .serverError, uncertain: true)),
        (.route(.queue), .notSent("refused"), ["back-k1"], .retry(at: soon2, .notSent, uncertain: true)),
        (.route(.queue), .lost("reset"), ["back-k1"], .retry(at: soon2, .uncertain, uncertain: true)),
        (.reply(Reply(text: "x")), .status(429), ["back-k1"], .retry(at: soon2, .rateLimited, uncertain: true)),
        (.close(Closing()), .status(200), [], skipped),
        (.note("x"), .status(200), ["k1"], .done(remoteID: nil)),
    ])
    func aDoubtIsSettledByAskingTheVendor(
        action: Action, answer: TransportResult, calls: [String], settlement: Settlement
    ) async throws {
        let world = world { key, _ in key == "back-k1" ? answer : .status(200) }
        try await doubtful(action, in: world)
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == calls)
        #expect(world.store.settlements["k1"] == [settlement])
    }

    /// After the second attempt.
    private static let soon2 = Instant(milliseconds: 1_000_001_000)

    @Test func whatIsNotThereIsNoDoubtAnyMore() async throws {
        let world = world { key, _ in key == "back-k1" ? .status(200, body: "missing") : .lost("reset") }
        try await doubtful(.route(.queue), in: world)
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == ["back-k1", "k1"])
        #expect(world.store.settlements["k1"] == [Self.skipped])
    }

    @Test func credentialsThatAReadBackIsRefusedForPauseTheAccount() async throws {
        let world = world { _, _ in .status(401) }
        try await doubtful(.route(.queue), in: world)
        await world.running { _ = await world.nextReports(1) }
        #expect(world.transport.keys == ["back-k1"])
        #expect(world.log.lines == ["error: account paused, its credentials were refused"])
    }

    // MARK: Right before the call

    @Test(arguments: [("read-k1", Action.tag(["a"], of: .conversation), true), ("back-k1", .reply(Reply(text: "x")), false)])
    func aHumanMayTakeOverWhileItReads(held: String, action: Action, isSent: Bool) async throws {
        let world = world { key, _ in key == held ? nil : .status(200) }
        if held == "back-k1" { try await doubtful(action, in: world) } else { try await world.plan(effect("k1", action)) }
        try await world.running {
            await world.transport.arrivals(1)
            try await world.plan(
                effect("k2", .note("x"), rule: "other"), state: ConversationState(handler: .human))
            world.transport.answer(held, .status(200, body: held == "back-k1" ? "missing" : "x"))
            _ = await world.nextReports(2)
        }
        #expect(world.transport.keys == [held] + (isSent ? ["k1", "k2"] : ["k2"]))
        let withheld = Settlement.dead(.human, message: "a human agent has the conversation")
        #expect(world.store.settlements["k1"] == [isSent ? .done(remoteID: nil) : withheld])
    }

    @Test func itMayGrowTooOldWhileItReads() async throws {
        let world = world { key, _ in key == "back-k1" ? nil : .status(200) }
        try await doubtful(.reply(Reply(text: "x")), in: world)
        await world.running {
            await world.transport.arrivals(1)
            world.time.advance(by: .seconds(900))
            world.transport.answer("back-k1", .status(200, body: "missing"))
            _ = await world.nextReports(1)
        }
        #expect(world.transport.keys == ["back-k1"])
        #expect(
            world.store.settlements["k1"] == [.dead(.expired, message: "it could not be sent within 15 minutes")])
    }
}
