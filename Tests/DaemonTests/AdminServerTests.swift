import Daemon
import Delivery
import HTTPTypes
import Model
import NIOCore
import Rules
import Storage
import Testing
import Vendors

@Suite struct AdminServerTests {
    private func answer(
        _ uri: String, method: HTTPRequest.Method = .get, store: any Store = MemoryStore(), box: EngineBox = EngineBox(),
        metrics: Metrics = Metrics(), conditions: [String: Delivery.AccountCondition] = [:]
    ) async throws -> WireExchange {
        let server = AdminServer(
            health: Health(store: store, box: box, surroundings: surroundings()), metrics: metrics,
            counter: StoreCounter(store: store, depth: InboxDepth(), surroundings: surroundings()),
            accounts: try exampleAccounts(), surroundings: surroundings(), conditions: { conditions })
        return try await WireExchange(server, uri, method: method)
    }

    private let loaded = EngineBox(Engine(rules: RuleSet([])))

    @Test func livesWhileItRuns() async throws {
        let response = try await answer("/health/live", store: FailingStore(error: .closed))
        #expect(response.status == .ok)
    }

    @Test func isReadyWithAStoreAndRules() async throws {
        let response = try await answer("/health/ready", box: loaded)
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "{\"status\":\"ready\"}\n")
    }

    @Test func isNotReadyWithoutRules() async throws {
        let response = try await answer("/health/ready")
        #expect(response.status == .serviceUnavailable)
        #expect(String(buffer: response.body) == "{\"status\":\"unavailable\",\"reason\":\"rules\"}\n")
    }

    @Test func isNotReadyWhileTheStoreTakesNoWrites() async throws {
        let response = try await answer("/health/ready", store: FailingStore(error: .unavailable("disk full")), box: loaded)
        #expect(response.status == .serviceUnavailable)
        #expect(String(buffer: response.body) == "{\"status\":\"unavailable\",\"reason\":\"store\"}\n")
    }

    @Test(arguments: ["/", "/webhooks/hg", "/health", "/metrics/x"])
    func hasNothingElse(_ uri: String) async throws {
        #expect(try await answer(uri).status == .notFound)
    }

    @Test(
        arguments: ["/metrics", "/health/live", "/health/ready", "/", "/x"],
        [HTTPRequest.Method.post, .put, .delete, .patch, .head, .options, .trace])
    func onlyReads(_ uri: String, _ method: HTTPRequest.Method) async throws {
        let response = try await answer(uri, method: method, box: loaded)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET")
    }

    @Test func showsMetrics() async throws {
        let store = MemoryStore()
        let event = EventHeader(id: "e1", kind: .other, conversation: ConversationKey(account: "hg", conversation: "c"))
        let receivedAt = Instant(seconds: 1_700_000_000 - 5)
        _ = try await store.accept(
            IncomingWebhook(account: "hg", vendor: .huggy, receivedAt: receivedAt, body: [], events: [event]))
        let metrics = Metrics()
        metrics.noteRules(["greet", "re\"fund"], revision: "0123456789abcdef", at: Instant(seconds: 1_700_000_000))
        metrics.noteRefusal()
        metrics.countWebhook(.huggy, .unauthorized)
        metrics.countDeadEvent(.crash)
        metrics.noteCrash()
        var decision = Decision(
            event: Event(id: "e", vendor: .huggy, account: "hg", kind: .other, occurredAt: receivedAt), state: ConversationState()
        )
        decision.matched = [
            MatchedRule(
                id: "greet", at: SourcePosition(file: "a", line: 1, column: 1), mode: .live, then: .stop, match: [:],
                isWhollySuppressed: false)
        ]
        decision.limited = ["re\"fund"]
        metrics.countDecision(decision, duration: .microseconds(60))
        metrics.count(
            DeliveryReport(
                outboxID: 1, effectKey: "k", eventID: "e", rule: "greet", account: "hg", vendor: .huggy, action: .reply,
                attempt: 1,
                outcome: .refused, result: .dead, reason: .refused, status: 400, duration: .milliseconds(20)))
        let response = try await answer("/metrics", store: store, metrics: metrics)
        #expect(response.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
        let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
        for line in [
            #"bellhop_webhook_requests_total{vendor="huggy",result="unauthorized"} 1"#,
            #"bellhop_webhook_requests_total{vendor="omnichat",result="accepted"} 0"#,
            "bellhop_inbox_depth 1", "bellhop_inbox_oldest_age_seconds 5.0", #"bellhop_outbox_depth{vendor="huggy"} 0"#,
            #"bellhop_decision_duration_seconds_bucket{le="0.00005"} 0"#,
            #"bellhop_decision_duration_seconds_bucket{le="0.0001"} 1"#,
            #"bellhop_decision_duration_seconds_bucket{le="+Inf"} 1"#, "bellhop_decision_duration_seconds_count 1",
            #"bellhop_rule_matches_total{rule="greet"} 1"#, #"bellhop_rule_matches_total{rule="re\"fund"} 0"#,
            "bellhop_regex_limits_total 1", #"bellhop_dead_events_total{reason="crash"} 1"#,
            #"bellhop_dead_events_total{reason="limit"} 0"#, "bellhop_last_run_crashed 1",
            #"bellhop_accept_only{reason="rules"} 1"#, #"bellhop_accept_only{reason="crashes"} 0"#,
            "bellhop_rules_reload_failed 1",
            #"bellhop_deliveries_total{vendor="huggy",result="dead",reason="refused"} 1"#,
            #"bellhop_deliveries_total{vendor="huggy",result="done",reason=""} 0"#,
            #"bellhop_delivery_duration_seconds_bucket{vendor="huggy",le="0.05"} 1"#,
            #"bellhop_dead_letters_total{vendor="huggy",reason="refused"} 1"#, "bellhop_dead_letters 0",
            #"bellhop_lookups_total{vendor="omnichat",result="told"} 0"#, "# TYPE bellhop_webhook_requests_total counter",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func showsHowAccountsStandAndHowOldTheOldestEffectIs() async throws {
        let store = MemoryStore()
        let conversation = ConversationKey(account: "hg", conversation: "c")
        let receivedAt = Instant(seconds: 1_700_000_000 - 90)
        _ = try await store.accept(
            IncomingWebhook(
                account: "hg", vendor: .huggy, receivedAt: receivedAt, body: [],
                events: [EventHeader(id: "e1", kind: .other, conversation: conversation)]))
        let entry = try #require(try await store.undecided(limit: 1).first)
        let effect = Effect(
            key: "k", eventID: "e1", rule: "greet", ruleAt: SourcePosition(file: "a", line: 1, column: 1),
            action: .reply(Reply(text: "x")),
            target: EffectTarget(
                account: "hg", vendor: .huggy, conversationID: "c", contactID: nil, channel: nil, tags: []))
        try await store.commit([
            Evaluation(
                inboxID: entry.id, conversation: conversation, basedOn: 0, state: nil,
                effects: [OutboxDraft(effect: effect, createdAt: receivedAt, notBefore: receivedAt)], at: receivedAt)
        ])
        let condition = Delivery.AccountCondition(
            isPaused: true, isBreakerOpen: false, isThrottled: false, concurrency: 2, inFlight: 0)
        let response = try await answer("/metrics", store: store, conditions: ["hg": condition])
        let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
        for line in [
            #"bellhop_outbox_depth{vendor="huggy"} 1"#, #"bellhop_outbox_oldest_age_seconds{vendor="huggy"} 90.0"#,
            #"bellhop_account_paused{vendor="huggy",account="hg"} 1"#,
            #"bellhop_circuit_state{vendor="huggy",account="hg"} 0"#,
            #"bellhop_delivery_attempts_total{vendor="huggy",account="hg",outcome="not_sent"} 0"#,
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func leavesTheStoresNumbersOutWhenItDoesNotAnswer() async throws {
        let response = try await answer("/metrics", store: FailingStore(error: .unavailable("gone")))
        #expect(response.status == .ok)
        #expect(!String(buffer: response.body).contains("bellhop_inbox_depth"))
    }
}
