import Delivery
import JSON
import Model
import Storage
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct DeliveryOrderTests {
    /// What an effect meets before it is done or refused for good.
    private struct Fate {
        var failures: [TransportResult] = []
        var isDead = false

        /// One in ten fails 1 to 5 times, one in a hundred for good.
        init(_ random: inout SplitMix64) {
            let kinds: [TransportResult] = [.status(500), .status(502), .status(429), .lost("reset"), .notSent("refused")]
            if Int.random(in: 0..<10, using: &random) == 0 {
                failures = (1...Int.random(in: 1...5, using: &random)).map { _ in
                    kinds[Int.random(in: 0..<kinds.count, using: &random)]
                }
            }
            isDead = Int.random(in: 0..<100, using: &random) == 0
        }
    }

    /// T12 in small.
    @Test(arguments: [1, 7, 42] as [UInt64])
    func everyConversationKeepsItsOrderWhateverFails(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var fates: [String: Fate] = [:]
        let (conversations, actions) = (30, 15)
        for conversation in 0..<conversations {
            for action in 0..<actions { fates["c\(conversation)-\(action)"] = Fate(&random) }
        }
        let known = fates
        let world = World { key, earlier in
            guard let fate = known[key] else { return .status(200) }
            return fate.failures.dropFirst(earlier).first ?? .status(fate.isDead ? 400 : 200)
        }
        for conversation in 0..<conversations {
            for action in 0..<actions {
                // Of rules of their own, so that one that fails does not take the others with it.
                try await world.plan(
                    effect(
                        "c\(conversation)-\(action)", .note("x"), conversation: "c\(conversation)",
                        account: conversation < 20 ? "main" : "other", rule: "r\(action)", event: "e\(action)"))
            }
        }
        let attempts = fates.values.reduce(0) { $0 + $1.failures.count + 1 }
        let reports = await world.runningThroughTime(attempts)
        #expect(reports.count { $0.result != .retry } == conversations * actions)
        #expect(reports.count { $0.result == .dead } == fates.values.count(where: \.isDead))
        for conversation in 0..<conversations {
            let prefix = "c\(conversation)-"
            let calls = world.transport.keys.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
            #expect(calls == calls.sorted(), "conversation \(conversation) of seed \(seed)")
        }
    }

    /// T9's case: a server that carries out what comes over a kept connection and closes it without an answer. Libcurl would
    /// send that again by itself.
    @Test func exactlyOneRequestArrivesForEachAttempt() async throws {
        let server = try LoopbackServer { $0.number == 1 ? .text(LoopbackServer.ok("{}")) : .textAndClose("") }
        defer { server.stop() }
        let destination = Destination(
            account: Account(id: "main", vendor: .any, baseURL: server.url("")), vendor: LoopbackVendor(),
            secrets: ["token": "s3cret"])
        let world = World(
            destinations: FixedDestinations(list: [destination]), limits: DispatchLimits(inFlightPerAccount: 1),
            calling: try CurlTransport(version: "1.2.3"))
        for index in 1...8 { try await world.plan(effect("k\(index)", .note("x"), conversation: "c\(index)")) }
        let attempts = await world.runningThroughTime {
            var (attempts, done) = (0, 0)
            while done < 8 {
                attempts += 1
                done += await world.nextReports(1).count { $0.result == .done }
            }
            return attempts
        }
        #expect(server.requests.count == attempts)
        #expect(attempts > 8)
        let recorded = world.store.attempts.values.reduce(0) { $0 + $1.count }
        #expect(recorded == attempts)
    }
}

/// As `PlainVendor`, at the account's own address.
private struct LoopbackVendor: Vendor {
    static let profile = VendorProfile.any

    func recognizes(_ body: JSONElement) -> Bool { false }
    func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] { [] }
    func events(in body: JSONElement, context: DecodingContext) -> [Event] { [] }

    func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        var request = try PlainVendor().request(for: effect, account: account)
        request.url = "\(account.baseURL ?? "")/\(effect.key)"
        return request
    }

    func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        PlainVendor().outcome(of: response, to: request)
    }
}
