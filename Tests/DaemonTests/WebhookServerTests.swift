import Foundation
import HTTPTypes
import JSON
import Model
import NIOCore
import NIOHTTP1
import Storage
import Synchronization
import TestSupport
import Testing
import VendorKit
import Vendors

@testable import Daemon

@Suite struct WebhookServerTests {
    /// A server over an empty store.
    struct Site: Sendable {
        var store: any Store = MemoryStore()
        var metrics = Metrics()
        var depth = InboxDepth()
        var log = Lines()
        var wakeUps = Lines()
        var limits = Settings.Limits(bodyBytes: 4096, inbox: 10)

        func server() throws -> WebhookServer {
            let wakeUps = wakeUps
            return WebhookServer(
                accounts: try exampleAccounts(), store: store, limits: limits, depth: depth, metrics: metrics,
                surroundings: surroundings(log: log), accepted: { wakeUps.add("accepted") })
        }

        func answer(_ request: Call) async throws -> WireExchange {
            try await WireExchange(
                server(), request.uri, method: request.method, headers: request.headers, body: Array(request.body.utf8))
        }
    }

    struct Call: Sendable, CustomTestStringConvertible {
        var name: String
        var uri: String
        var method = HTTPRequest.Method.post
        var headers: HTTPFields = [:]
        var body = "{}"
        var status: Int
        var testDescription: String { name }

        init(
            _ name: String, _ uri: String, method: HTTPRequest.Method = .post, headers: HTTPFields = [:], body: String = "{}",
            status: Int
        ) {
            self.name = name
            self.uri = uri
            self.method = method
            self.headers = headers
            self.body = body
            self.status = status
        }
    }

    static let token = HTTPField.Name("X-RocketChat-Livechat-Token")

    private static func rocketChat(_ secrets: [String]) -> HTTPFields {
        var fields = HTTPFields()
        guard let token else { return fields }
        for secret in secrets { fields.append(HTTPField(name: token, value: secret)) }
        return fields
    }

    private static let wrong = "0123456789abcdef-secreT"

    static let calls: [Call] = [
        Call("rocketchat: right", "/webhooks/rc", headers: rocketChat([secret]), body: rocketChatMessage, status: 200),
        Call("rocketchat: old", "/webhooks/rc", headers: rocketChat([oldSecret]), body: rocketChatMessage, status: 200),
        Call("rocketchat: none", "/webhooks/rc", body: rocketChatMessage, status: 401),
        Call("rocketchat: empty", "/webhooks/rc", headers: rocketChat([""]), body: rocketChatMessage, status: 401),
        Call("rocketchat: wrong", "/webhooks/rc", headers: rocketChat([wrong]), body: rocketChatMessage, status: 401),
        Call("rocketchat: in the query", "/webhooks/rc?token=\(secret)", body: rocketChatMessage, status: 401),
        Call("rocketchat: wrong and no JSON", "/webhooks/rc", headers: rocketChat([wrong]), body: "no", status: 401),
        Call("rocketchat: no JSON", "/webhooks/rc", headers: rocketChat([secret]), body: "no", status: 400),
        Call("rocketchat: an array", "/webhooks/rc", headers: rocketChat([secret]), body: "[{}]", status: 400),
        Call("huggy: right", "/webhooks/hg", body: huggyMessage("1", "oi"), status: 200),
        Call("huggy: old", "/webhooks/hg/", body: huggyMessage("1", "oi", token: oldSecret), status: 200),
        Call("huggy: wrong", "/webhooks/hg", body: huggyMessage("1", "oi", token: wrong), status: 401),
        Call("huggy: prefix", "/webhooks/hg", body: huggyMessage("1", "oi", token: "0123456789abcdef"), status: 401),
        Call("huggy: none", "/webhooks/hg", body: "{}", status: 401),
        Call("huggy: no JSON", "/webhooks/hg", body: "{", status: 400),
        Call("huggy: empty", "/webhooks/hg", body: "", status: 400),
        Call("omnichat: in the path", "/webhooks/oc/\(secret)", body: omniChatMessage, status: 200),
        Call("omnichat: in the query", "/webhooks/oc?token=\(secret)", body: omniChatMessage, status: 200),
        Call("omnichat: percent-encoded", "/webhooks/oc/%30123456789abcdef-secret", body: omniChatMessage, status: 200),
        Call("omnichat: none", "/webhooks/oc", body: omniChatMessage, status: 401),
        Call("omnichat: one part too many", "/webhooks/oc/\(secret)/x", body: omniChatMessage, status: 401),
        Call("omnichat: wrong", "/webhooks/oc/\(wrong)", body: omniChatMessage, status: 401),
        Call("channeltalk: right", "/webhooks/ct?token=\(secret)", body: channelTalkMessage, status: 200),
        Call("channeltalk: not known", "/webhooks/ct?token=\(secret)", body: #"{"some": "thing"}"#, status: 200),
        Call("channeltalk: in the path", "/webhooks/ct/\(secret)", body: channelTalkMessage, status: 401),
        Call("channeltalk: none", "/webhooks/ct", body: channelTalkMessage, status: 401),
        Call("account without secret", "/webhooks/closed", body: huggyMessage("1", "oi"), status: 503),
        Call("unknown account", "/webhooks/nobody", body: huggyMessage("1", "oi"), status: 404),
        Call("no account", "/webhooks/", status: 404),
        Call("root", "/", status: 404),
        Call("metrics are not here", "/metrics", method: .get, status: 404),
        Call("health is not here", "/health/live", method: .get, status: 404),
        Call("GET", "/webhooks/hg", method: .get, status: 405),
        Call("PUT", "/webhooks/nobody", method: .put, status: 405),
        Call("gzip", "/webhooks/hg", headers: [.contentEncoding: "gzip"], body: huggyMessage("1", "oi"), status: 415),
        Call("identity", "/webhooks/hg", headers: [.contentEncoding: "identity"], body: huggyMessage("1", "oi"), status: 200),
        Call("too large", "/webhooks/hg", body: huggyMessage("1", String(repeating: "o", count: 4096)), status: 413),
    ]

    @Test(arguments: calls)
    func answers(_ call: Call) async throws {
        let site = Site()
        let response = try await site.answer(call)
        #expect(Int(response.status.code) == call.status)
        let stored = try await site.store.undecided(limit: 10)
        #expect(stored.isEmpty == (call.status != 200))
        #expect(site.wakeUps.all.isEmpty == (call.status != 200))
        #expect(!site.log.all.contains { $0.contains(secret) || $0.contains("oi") })
    }

    /// RFC 9110, 5.5: as they come over the wire.
    @Test(arguments: [
        "X-RocketChat-Livechat-Token: \(secret) \t", "X-RocketChat-Livechat-Token:\t \(secret)",
        "X-RocketChat-Livechat-Token: \(secret)\r\nContent-Encoding: identity  ",
    ])
    func blanksAroundAValueAreNoPartOfIt(_ fields: String) async throws {
        let peer = try await IngressPeer(try Site().server())
        let body = rocketChatMessage
        try await peer.send(
            "POST /webhooks/rc HTTP/1.1\r\nHost: a\r\n\(fields)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(IngressPeer.statuses(try await peer.answer()) == [200])
    }

    @Test func answersAllStrangersAlike() async throws {
        var bodies: Set<String> = []
        for call in Self.calls where call.status == 401 { bodies.insert(String(buffer: try await Site().answer(call).body)) }
        #expect(bodies == [#"{"error":"unauthorized"}"#])
        var missing: Set<String> = []
        for call in Self.calls where call.status == 404 { missing.insert(String(buffer: try await Site().answer(call).body)) }
        #expect(missing.count == 1)
    }

    @Test func returnsTheVendorsReplies() async throws {
        let site = Site()
        let plain = try await site.answer(Call("", "/webhooks/hg", body: huggyMessage("1", "oi"), status: 200))
        #expect(String(buffer: plain.body) == "{}")
        let handshake = try await site.answer(
            Call("", "/webhooks/hg", body: #"{"token": "\#(secret)", "validToken": true}"#, status: 200))
        #expect(String(buffer: handshake.body) == secret)
        #expect(handshake.headers[.contentType] == "text/plain")
        let stranger = try await site.answer(
            Call("", "/webhooks/hg", body: #"{"token": "fedcba9876543210-other", "validToken": true}"#, status: 401))
        #expect(stranger.status == .unauthorized)
        #expect(try await site.store.undecided(limit: 10).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func storesARepeatOnce(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let site = Site(store: store)
            let call = Call("", "/webhooks/hg", body: huggyMessage("1", "oi"), status: 200)
            let first = try await site.answer(call)
            let second = try await site.answer(call)
            #expect([first.status, second.status] == [.ok, .ok])
            #expect(first.body == second.body)
            #expect(try await store.undecided(limit: 10).map(\.event.id) == ["huggy:hg:message:1"])
            #expect(site.wakeUps.all.count == 1)
            #expect(site.depth.current == 1)
            let text = site.metrics.text(nil)
            #expect(text.contains(#"bellhop_webhook_requests_total{vendor="huggy",result="accepted"} 1"#))
            #expect(text.contains(#"bellhop_webhook_requests_total{vendor="huggy",result="duplicate"} 1"#))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func storesTheWholeWebhookButItsSecret(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let body = huggyMessage("1", "olá")
            _ = try await Site(store: store).answer(Call("", "/webhooks/hg", body: body, status: 200))
            let entry = try #require(try await store.undecided(limit: 10).first)
            #expect(entry.account == "hg")
            #expect(entry.vendor == .huggy)
            #expect(entry.body == Array(body.replacing(secret, with: "[redacted]").utf8))
            #expect(entry.receivedAt == Instant(seconds: 1_700_000_000))
            #expect(
                entry.event
                    == EventHeader(
                        id: "huggy:hg:message:1", kind: .messageReceived,
                        conversation: ConversationKey(account: "hg", conversation: "7")))
        }
    }

    /// Events whose id is made of the whole body, of bodies of which something is taken out before they are stored.
    @Test(arguments: [
        ("/webhooks/hg", #"{"token":"\#(secret)","messages":{}}"#),
        ("/webhooks/hg", #"{"token":"\#(secret)","messages":{"closedChat":[{"id":5}]}}"#),
        ("/webhooks/hg", #"{"token":"\#(secret)","messages":{"weird":[{"id":5},{"text":"is \#(secret) right?"}]}}"#),
        ("/webhooks/oc/\(secret)", #"{"some":"\#(secret)"}"#), ("/webhooks/ct?token=\(secret)", #"{"some":"\#(secret)"}"#),
        ("/webhooks/ct?token=\(secret)", #"{"event":"push","type":"message","entity":{"plainText":"\#(secret)"}}"#),
    ])
    func whatIsStoredIsFoundAgain(_ uri: String, _ body: String) async throws {
        let site = Site()
        #expect(try await site.answer(Call("", uri, body: body, status: 200)).status == .ok)
        let entries = try await site.store.undecided(limit: 10)
        #expect(!entries.isEmpty)
        for entry in entries {
            let vendor = try #require(VendorCatalog.vendor(entry.vendor))
            let account = Account(id: entry.account, vendor: entry.vendor)
            let webhook = WebhookRequest(body: entry.body, trust: .captured)
            let again = try vendor.receive(webhook, account: account, now: entry.receivedAt).events
            #expect(again.map { EventHeader($0) }.contains(entry.event))
            #expect(!String(decoding: entry.body, as: UTF8.self).contains(secret))
        }
    }

    @Test func asksToComeAgainWhileTheInboxIsFull() async throws {
        let site = Site(limits: Settings.Limits(inbox: 1))
        let first = try await site.answer(Call("", "/webhooks/hg", body: huggyMessage("1", "oi"), status: 200))
        #expect(first.status == .ok)
        let second = try await site.answer(Call("", "/webhooks/hg", body: huggyMessage("2", "oi"), status: 503))
        #expect(second.status == .serviceUnavailable)
        #expect(second.headers[.retryAfter] == "5")
        #expect(try await site.store.undecided(limit: 10).count == 1)
    }

    @Test(arguments: [StoreError.overloaded, .unavailable("disk full"), .closed])
    func asksToComeAgainWhenTheStoreFails(_ error: StoreError) async throws {
        let site = Site(store: FailingStore(error: error))
        let response = try await site.answer(Call("", "/webhooks/hg", body: huggyMessage("1", "oi"), status: 503))
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers[.retryAfter] != nil)
        #expect(site.wakeUps.all.isEmpty)
        #expect(site.log.all.count == 1)
    }
}

/// T31, by HTTP: each text is a member of an object that is otherwise in order, and by itself.
@Suite struct WebhookJSONTests {
    private func body(_ text: JSONSuite.Case) -> [UInt8] { Array(#"{"v":"#.utf8) + text.bytes + Array("}".utf8) }

    @Test func answersWhatIsNoJSONWith400() async throws {
        var site = WebhookServerTests.Site()
        site.limits = Settings.Limits()
        let store = site.store
        let server = try site.server()
        for text in JSONSuite.all {
            let before = try await store.undecided(limit: 1000).count
            let response = try await WireExchange(server, "/webhooks/oc/\(secret)", method: .post, body: body(text))
            switch text.verdict {
            case .y: #expect(response.status == .ok, "\(text)")
            case .n: #expect(response.status == .badRequest, "\(text)")
            case .i: #expect([.ok, .badRequest].contains(response.status), "\(text)")
            }
            let after = try await store.undecided(limit: 1000).count
            #expect(after == before + (response.status == .ok ? 1 : 0), "\(text)")
            guard text.verdict == .n else { continue }
            let alone = try await WireExchange(server, "/webhooks/oc/\(secret)", method: .post, body: text.bytes)
            #expect(alone.status == .badRequest, "\(text), alone")
            #expect(String(buffer: alone.body) == #"{"error":"bad request"}"#)
        }
    }

    @Test func theNumberOfValuesIsOfTheConfiguration() async throws {
        var site = WebhookServerTests.Site()
        site.limits = Settings.Limits(json: JSONLimits(nodes: 4))
        for (body, status) in [("{\"a\":[1,2]}", 200), ("{\"a\":[1,2,3]}", 400)] {
            let call = WebhookServerTests.Call("", "/webhooks/oc/\(secret)", body: body, status: status)
            #expect(Int(try await site.answer(call).status.code) == status)
        }
    }

    /// What was stored before is read on, whatever it holds.
    @Test func capturesAreReadOn() throws {
        let account = Account(id: "oc", vendor: .omnichat)
        let vendor = try #require(VendorCatalog.vendor(.omnichat))
        let body = Array(#"{"a":1,"a":2}"#.utf8)
        let captured = try vendor.receive(
            WebhookRequest(body: body, trust: .captured), account: account, now: Instant(seconds: 1))
        #expect(captured.events.count == 1)
        #expect(throws: WebhookError.notAnObject) {
            try vendor.receive(
                WebhookRequest(body: body, pathSuffix: [secret], trust: .secrets([Array(secret.utf8)])), account: account,
                now: Instant(seconds: 1))
        }
    }
}

/// Takes nothing.
struct FailingStore: Store {
    var error: StoreError

    func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult { throw error }
    func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] { throw error }
    func state(of conversation: ConversationKey, cooldowns: [CooldownKey]) async throws(StoreError) -> StoredState { throw error }
    func commit(_ evaluations: [Evaluation]) async throws(StoreError) { throw error }
    func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep { throw error }
    func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] { throw error }
    func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) { throw error }
    func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? { throw error }
    func recover() async throws(StoreError) -> Int { throw error }
    func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool { throw error }
    func counts() async throws(StoreError) -> StoreCounts { throw error }
    func probe() async throws(StoreError) { throw error }
    func close() async throws(StoreError) {}
}

/// What is turned away by its head alone (R8).
@Suite struct WebhookAdmissionTests {
    private func head(_ path: String, length: Int? = 10) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path,
            headers: HTTPHeaders([("Host", "a")] + (length.map { [("Content-Length", "\($0)")] } ?? [])))
    }

    private func server(_ site: WebhookServerTests.Site = WebhookServerTests.Site()) throws -> WebhookServer {
        try site.server()
    }

    @Test func wantsTheBodyOfAWebhook() throws {
        #expect(try server().admission(of: head("/webhooks/hg")).bodyLimit == 4096)
        #expect(try server().admission(of: head("/webhooks/hg", length: nil)).bodyLimit == 4096)
    }

    @Test(arguments: [
        ("/other", 10, 404), ("/webhooks/nobody", 10, 404), ("/webhooks/closed", 10, 503), ("/webhooks/hg", 4097, 413),
    ])
    func readsNoBodyInVain(path: String, length: Int, status: Int) throws {
        #expect(try server().admission(of: head(path, length: length)).refusal?.status.code == status)
    }

    @Test(arguments: IngressLoad.Limit.allCases.filter { $0 != .connections })
    func turnsWebhooksAwayAtALimit(_ limit: IngressLoad.Limit) throws {
        let site = WebhookServerTests.Site()
        let server = try self.server(site)
        switch limit {
        case .inbox: site.depth.correct(to: 10)
        case .commits: _ = server.load.commits.take(1024)
        case .bodies: _ = server.load.bodies.take((32 << 20) - 9)
        case .connections: break
        }
        let admission = server.admission(of: head("/webhooks/hg"))
        #expect(admission.refusal == Refusal(.serviceUnavailable, [.retryAfter: "5", .connection: "close"]))
        let text = site.metrics.text(nil)
        for other in IngressLoad.Limit.allCases {
            #expect(text.contains(#"bellhop_requests_shed_total{reason="\#(other.rawValue)"} \#(other == limit ? 1 : 0)"#))
        }
        #expect(text.contains(#"bellhop_webhook_requests_total{vendor="huggy",result="overloaded"} 1"#))
    }
}
