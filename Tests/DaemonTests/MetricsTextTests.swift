import Daemon
import Delivery
import Model
import Rules
import TestSupport
import Testing
import Vendors

/// The whole page, as Prometheus reads it.
@Suite struct MetricsTextTests {
    private let accounts = [
        Metrics.AccountStanding(account: "hg", vendor: .huggy), Metrics.AccountStanding(account: "rc", vendor: .rocketchat),
    ]

    private func page(_ metrics: Metrics, accounts: [Metrics.AccountStanding]? = nil) -> MetricsText {
        let facts = ProcessFacts(
            residentBytes: 1 << 20, openDescriptors: 9, descriptorLimit: 1024, cpuSeconds: 0.25, startSeconds: 1_700_000_000.5)
        return MetricsText(
            metrics.text(
                Metrics.Backlog(inbox: 1, oldestAge: .seconds(2), outbox: [.huggy: 3], dead: 4),
                accounts: accounts ?? self.accounts,
                program: Metrics.ProgramStanding(version: "1.2.3", progressAge: .milliseconds(1500), facts: facts)))
    }

    /// Rule ids and accounts are the only texts of other people in it.
    @Test func isReadWithoutAFault() {
        let metrics = Metrics()
        let rules = ["greet", "with \"quotes\"", "back\\slash", "two\nlines", "", "żółć", "e\u{301}", "é"]
        metrics.noteRules(rules, revision: "0123\"\\", at: Instant(seconds: 7))
        metrics.countWebhook(.huggy, .accepted)
        metrics.count(report(.throttled, .retry, .rateLimited))
        metrics.count(AccountNotice(account: "hg", change: .throttled(for: .seconds(Int64.max))))
        let text = page(metrics)
        #expect(text.faults == [])
        #expect(text.values(of: "rule", in: "bellhop_rule_matches_total").contains("with \"quotes\""))
    }

    @Test func beginsWithEveryValueOfEveryLabelAtZero() {
        let text = page(Metrics())
        let vendors = Set(VendorCatalog.ids.map(\.rawValue))
        let reasons = Set(FailureReason.allCases.map(\.rawValue))
        for (family, label, values) in [
            ("bellhop_webhook_requests_total", "vendor", vendors),
            ("bellhop_webhook_requests_total", "result", Set(Telemetry.WebhookResult.allCases.map(\.rawValue))),
            ("bellhop_outbox_depth", "vendor", vendors), ("bellhop_outbox_oldest_age_seconds", "vendor", vendors),
            ("bellhop_deliveries_total", "vendor", vendors), ("bellhop_deliveries_total", "result", ["done", "retry", "dead"]),
            ("bellhop_deliveries_total", "reason", reasons.union([""])),
            ("bellhop_delivery_duration_seconds", "vendor", vendors),
            ("bellhop_dead_letters_total", "vendor", vendors), ("bellhop_dead_letters_total", "reason", reasons),
            ("bellhop_circuit_state", "account", ["hg", "rc"]), ("bellhop_account_paused", "account", ["hg", "rc"]),
            ("bellhop_effects_suppressed_total", "reason", Set(SuppressionReason.allCases.map(\.rawValue))),
        ] { #expect(text.values(of: label, in: family) == values, "\(family) \(label)") }
        let counters = text.families.filter { $0.type != "gauge" }
        #expect(counters.flatMap(\.samples).filter { $0.value != 0 && !$0.name.hasPrefix("process_") } == [])
    }

    /// Those that dashboards and alarms are built on.
    @Test func hasTheFamiliesThatArePromised() {
        let types = Dictionary(uniqueKeysWithValues: page(Metrics()).families.map { ($0.name, $0.type) })
        for (name, type) in [
            ("bellhop_webhook_requests_total", "counter"), ("bellhop_inbox_depth", "gauge"),
            ("bellhop_inbox_oldest_age_seconds", "gauge"), ("bellhop_decision_duration_seconds", "histogram"),
            ("bellhop_rule_matches_total", "counter"), ("bellhop_outbox_depth", "gauge"),
            ("bellhop_deliveries_total", "counter"), ("bellhop_delivery_duration_seconds", "histogram"),
            ("bellhop_dead_letters_total", "counter"), ("bellhop_circuit_state", "gauge"),
            ("bellhop_rules_reload_failed", "gauge"), ("bellhop_build_info", "gauge"),
            ("bellhop_progress_age_seconds", "gauge"), ("process_resident_memory_bytes", "gauge"),
            ("process_open_fds", "gauge"), ("process_start_time_seconds", "gauge"), ("process_cpu_seconds_total", "counter"),
        ] { #expect(types[name] == type, "\(name)") }
    }

    @Test func showsTheProgram() {
        let text = page(Metrics())
        #expect(text.value("bellhop_build_info", ["version": "1.2.3"]) == 1)
        #expect(text.value("bellhop_progress_age_seconds") == 1.5)
        #expect(text.value("process_cpu_seconds_total") == 0.25)
        #expect(text.value("process_start_time_seconds") == 1_700_000_000.5)
    }

    @Test func readsThisProcess() throws {
        let facts = try #require(ProcessFacts.current)
        #expect(facts.residentBytes > 1 << 20)
        #expect(facts.openDescriptors >= 3 && facts.openDescriptors <= facts.descriptorLimit)
        #expect(facts.cpuSeconds > 0)
        #expect(facts.startSeconds > 1_700_000_000)
    }

    /// The reader finds what is wrong with a page.
    @Test(arguments: [
        "bellhop_x 1\n", "# HELP a_total x\n# TYPE a_total counter\na_total 1",
        "# HELP a x\n# TYPE a counter\na 1\n", "# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total 2\n",
        "# HELP a_total x\n# TYPE a_total counter\na_total{b=\"c} 1\n", "# HELP a x\n# TYPE a gauge\na 1 2 3\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"c\"} 1\na 2\n", "# TYPE a gauge\na 1\n", "# HELP a x\n\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
    ])
    func findsFaults(page: String) { #expect(!MetricsText(page).faults.isEmpty, "\(page)") }

    private func report(
        _ outcome: DeliveryReport.OutcomeClass, _ result: DeliveryReport.Result, _ reason: FailureReason?
    ) -> DeliveryReport {
        DeliveryReport(
            outboxID: 1, effectKey: "k", eventID: "e", rule: "greet", account: "hg", vendor: .huggy, action: .reply, attempt: 1,
            outcome: outcome, result: result, reason: reason, status: 429, duration: .milliseconds(20))
    }
}
