import Daemon
import Delivery
import Model
import Testing
import Vendors

@Suite struct MetricsTests {
    private func report(
        _ outcome: DeliveryReport.OutcomeClass, _ result: DeliveryReport.Result, _ reason: FailureReason?,
        account: String = "hg"
    ) -> DeliveryReport {
        DeliveryReport(
            outboxID: 1, effectKey: "k", eventID: "e", rule: "greet", account: account, vendor: .huggy, action: .reply,
            attempt: 1, outcome: outcome, result: result, reason: reason, status: nil, duration: .milliseconds(20))
    }

    private func lines(_ metrics: Metrics, _ condition: AccountCondition? = nil) -> [String] {
        let accounts = [
            Metrics.AccountStanding(account: "hg", vendor: .huggy, condition: condition),
            Metrics.AccountStanding(account: "rc", vendor: .rocketchat),
        ]
        return metrics.text(nil, accounts: accounts).split(separator: "\n").map(String.init)
    }

    @Test func countsAttemptsOfEachAccountByTheirClass() {
        let metrics = Metrics()
        metrics.count(report(.throttled, .retry, .rateLimited))
        metrics.count(report(.throttled, .retry, .rateLimited))
        metrics.count(report(.notSent, .retry, .notSent))
        metrics.count(report(.done, .done, nil))
        let lines = lines(metrics)
        let counts: [(DeliveryReport.OutcomeClass, Int)] = [
            (.done, 1), (.printed, 0), (.retry, 0), (.throttled, 2), (.refused, 0), (.uncertain, 0), (.notSent, 1),
            (.forbidden, 0),
            (.withheld, 0),
        ]
        #expect(counts.map(\.0) == DeliveryReport.OutcomeClass.allCases)
        for (outcome, count) in counts {
            let labels = #"{vendor="huggy",account="hg",outcome="\#(outcome.rawValue)"}"#
            #expect(lines.contains("bellhop_delivery_attempts_total\(labels) \(count)"))
        }
        #expect(lines.contains(#"bellhop_delivery_attempts_total{vendor="rocketchat",account="rc",outcome="done"} 0"#))
    }

    @Test func countsWhatHappensToAnAccount() {
        let metrics = Metrics()
        for change: AccountChange in [
            .paused(status: 401), .resumed, .breakerOpened(for: .seconds(5)), .breakerOpened(for: .seconds(10)), .breakerClosed,
            .throttled(for: .seconds(2)), .throttled(for: .milliseconds(1_500)), .throttled(for: .seconds(-1)),
        ] { metrics.count(AccountNotice(account: "hg", change: change)) }
        let lines = lines(metrics)
        for line in [
            #"bellhop_account_pauses_total{vendor="huggy",account="hg"} 1"#,
            #"bellhop_circuit_openings_total{vendor="huggy",account="hg"} 2"#,
            #"bellhop_throttles_total{vendor="huggy",account="hg"} 3"#,
            #"bellhop_throttled_seconds_total{vendor="huggy",account="hg"} 3.5"#,
            #"bellhop_throttles_total{vendor="rocketchat",account="rc"} 0"#,
            "# TYPE bellhop_throttled_seconds_total counter",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func showsHowAccountsStand() {
        let standing = AccountCondition(
            isPaused: true, isBreakerOpen: true, isThrottled: true, concurrency: 4, inFlight: 3)
        let lines = lines(Metrics(), standing)
        for (name, value) in [
            ("account_paused", 1), ("circuit_state", 1), ("account_throttled", 1), ("deliveries_in_flight", 3),
        ] {
            #expect(lines.contains(#"bellhop_\#(name){vendor="huggy",account="hg"} \#(value)"#))
            #expect(lines.contains(#"bellhop_\#(name){vendor="rocketchat",account="rc"} 0"#))
            #expect(lines.contains("# TYPE bellhop_\(name) gauge"))
        }
    }

    @Test func showsNoAccountThatIsNotConfigured() {
        let metrics = Metrics()
        metrics.count(report(.withheld, .dead, .unbuildable, account: "former"))
        metrics.count(AccountNotice(account: "former", change: .resumed))
        let lines = lines(metrics)
        #expect(!lines.contains { $0.contains("former") })
        #expect(lines.contains(#"bellhop_dead_letters_total{vendor="huggy",reason="unbuildable"} 1"#))
    }

    @Test func showsTheAgeOfTheOldestEffect() {
        let backlog = Metrics.Backlog(
            inbox: 0, oldestAge: .zero, outbox: [.huggy: 2], outboxOldestAge: [.huggy: .milliseconds(2_500)], dead: 0)
        let lines = Metrics().text(backlog).split(separator: "\n")
        #expect(lines.contains(#"bellhop_outbox_oldest_age_seconds{vendor="huggy"} 2.5"#))
        #expect(lines.contains(#"bellhop_outbox_oldest_age_seconds{vendor="omnichat"} 0.0"#))
    }
}
