import Delivery
import Model
import TestSupport
import Testing
import VendorKit
import Vendors

/// Many calls over the 26 misbehaviours of test T9, by the plainest sender there can be: in order, again while in doubt.
@Suite(.timeLimit(.minutes(5))) struct StormTests {
    @Test(arguments: [UInt64(1), 2]) func rocketChat(seed: UInt64) async throws {
        try await Storm(seed: seed).run(
            on: Scenes.rocketChat(), isFolded: true,
            conversations: { stage, names in
                stage.fake.change { api in
                    for name in names { api.rooms[name] = .init(visitor: "v") }
                }
            })
    }

    @Test(arguments: [UInt64(3)]) func huggy(seed: UInt64) async throws {
        try await Storm(seed: seed).run(
            on: Scenes.huggy(), isFolded: false,
            conversations: { stage, names in
                stage.fake.change { api in
                    for name in names { api.chats[Int64(name) ?? 0] = .init(contact: 1) }
                }
            })
    }
}

struct Storm: Sendable {
    var seed: UInt64
    var conversations = 40
    var ordersEach = 12
    var callMilliseconds: Int64 = 1_000

    func run<API: FakeVendorAPI>(
        on stage: Stage<API>, isFolded: Bool, conversations prepare: (Stage<API>, [String]) -> Void
    ) async throws {
        defer { stage.fake.stop() }
        let names = (1...conversations).map { String(1_000 + $0) }
        prepare(stage, names)
        stage.fake.setSchedule(.random(seed: seed, perMille: 500))
        let logs = try await withThrowingTaskGroup(of: Log.self) { group in
            for name in names {
                group.addTask { try await Sender(stage: stage, storm: self, conversation: name, isFolded: isFolded).log() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        judge(logs, stage)
    }

    private func judge(_ logs: [Log], _ stage: Stage<some FakeVendorAPI>) {
        let limits = DeliveryChecker.Limits(call: callMilliseconds + 4_000)
        let arrivals = DeliveryChecker.Arrival.list(stage.fake.arrivals, mark: \.text)
        let findings = DeliveryChecker(logs.flatMap(\.orders), limits: limits)
            .findings(calls: logs.flatMap(\.calls), arrivals: arrivals)
        #expect(findings == DeliveryChecker.Findings(), "seed \(seed)")
        #expect(stage.fake.complaints == [])
        expectRightClasses(logs, stage.fake.arrivals)
        let seen = Set(stage.fake.arrivals.compactMap(\.misbehaviour))
        #expect(seen == Set(Misbehaviour.t9.filter { !$0.isTLS }), "every kind was met")
        #expect(stage.fake.handshakes > 0)
    }

    /// The calls of a mark that were sent are its arrivals, one for one and in order, since nothing is sent twice. Only a
    /// call that ran out of time, as any may on a busy machine, may have reached nobody or not have seen what it was to see.
    private func expectRightClasses(_ logs: [Log], _ arrivals: [FakeArrival]) {
        let byMark = Dictionary(grouping: arrivals.filter { $0.text != nil }) { $0.text ?? "" }
        for (mark, results) in Dictionary(grouping: logs.flatMap(\.results), by: \.mark) {
            let sent = results.filter { $0.sight != .notSent }[...]
            let arrived = (byMark[mark] ?? [])[...]
            #expect(Self.fit(sent, arrived), "\(mark): \(sent.map(\.sight)), \(arrived.map(\.misbehaviour))")
        }
    }

    private static func fit(_ sent: ArraySlice<Log.Result>, _ arrived: ArraySlice<FakeArrival>) -> Bool {
        guard let call = sent.first else { return arrived.isEmpty }
        if call.hasRunOut, call.sight == .lost, fit(sent.dropFirst(), arrived) { return true }
        guard let arrival = arrived.first else { return false }
        // The vendor's own answer may be its error for an id that it knows.
        let wanted = arrival.misbehaviour?.sight ?? (arrival.status == 400 ? .status(400) : .answer)
        let isRight = call.sight == wanted || (call.sight == .lost && call.hasRunOut)
        return isRight && fit(sent.dropFirst(), arrived.dropFirst())
    }

    struct Log: Sendable {
        var orders: [DeliveryChecker.Order] = []
        var calls: [DeliveryChecker.Call] = []
        var results: [Result] = []

        struct Result: Sendable {
            var mark: String
            var sight: Misbehaviour.Sight
            var hasRunOut: Bool
        }
    }
}

/// One conversation's replies, one after the other.
private struct Sender<API: FakeVendorAPI> {
    let stage: Stage<API>
    let storm: Storm
    let conversation: String
    let isFolded: Bool

    func log() async throws -> Storm.Log {
        var log = Storm.Log()
        var random = SplitMix64(seed: storm.seed ^ (UInt64(conversation) ?? 0))
        for index in 1...storm.ordersEach {
            let mark = "\(conversation)-\(index)"
            var target = stage.target
            target.conversationID = conversation
            let effect = stage.effect(.reply(Reply(text: mark)), key: mark, target: target)
            var ending: Bool?
            while ending == nil { ending = try await attempt(effect, mark, &log, &random) }
            log.orders.append(.init(mark, in: conversation, isDone: ending ?? false, isFolded: isFolded))
        }
        return log
    }

    /// True: done. False: refused for good. Nil: again.
    private func attempt(
        _ effect: Effect, _ mark: String, _ log: inout Storm.Log, _ random: inout SplitMix64
    ) async throws -> Bool? {
        var request = try stage.vendor.request(for: effect, account: stage.account)
        // Three of the 26 are the URL's business.
        if random.next() % 17 == 0 { request.url = "https" + request.url.dropFirst(4) }
        let start = FakeServer.now
        let attempt = await stage.send(request, storm.callMilliseconds)
        let (end, sight) = (FakeServer.now, attempt.result.sight)
        log.calls.append(.init(mark, from: start, to: end, isNotSent: sight == .notSent))
        log.results.append(.init(mark: mark, sight: sight, hasRunOut: end - start >= storm.callMilliseconds))
        switch attempt.outcome {
        case .done: return true
        case .refused: return false
        case .uncertain, nil:
            let isDone = try await stage.isDone(effect, timeoutMilliseconds: storm.callMilliseconds)
            return isDone == true ? true : nil
        case .retry, .throttled: return nil
        }
    }
}
