package import Delivery
package import Model
package import Storage
import Synchronization
import Vendors

/// What is counted and measured, and its text for Prometheus. Safe from any task; nothing here waits.
///
/// Labels come from closed sets, but for rule ids, which the rules in use give, and accounts, which the configuration gives.
/// Every label value is there from the start, at zero.
package final class Metrics: Sendable {
    private let state: Mutex<State>

    private struct State {
        var webhooks: [VendorID: [Telemetry.WebhookResult: UInt64]] = [:]
        var decisions = Histogram()
        var ruleMatches: [String: UInt64] = [:]
        var regexLimits: UInt64 = 0
        var deadEvents: [EventFailure: UInt64] = [:]
        var hasCrashed = false
        var firedTimers: UInt64 = 0
        var suppressed: [SuppressionReason: UInt64] = [:]
        var unsupported: [VendorID: UInt64] = [:]
        var flowEnds: [FlowEndReason: UInt64] = [:]
        var deliveries: [DeliveryLabel: UInt64] = [:]
        var deliveryDurations: [VendorID: Histogram] = [:]
        var deadLetters: [DeadLetterLabel: UInt64] = [:]
        /// By account.
        var accounts: [String: AccountTally] = [:]
        var lookups: [LookupLabel: UInt64] = [:]
        var loads = RuleLoadTally()
        var ingress = IngressTally()
    }

    private struct DeliveryLabel: Hashable {
        var vendor: VendorID
        var result: DeliveryReport.Result
        var reason: FailureReason?
    }

    private struct LookupLabel: Hashable {
        var vendor: VendorID
        var isTold: Bool
    }

    private struct DeadLetterLabel: Hashable {
        var vendor: VendorID
        var reason: FailureReason
    }

    /// What is counted of one account.
    private struct AccountTally {
        var attempts: [DeliveryReport.OutcomeClass: UInt64] = [:]
        var pauses: UInt64 = 0
        var openings: UInt64 = 0
        var throttles: UInt64 = 0
        var throttledWait: Duration = .zero
    }

    /// The vendors that can be configured.
    private static let vendors = VendorCatalog.ids

    package init() {
        state = Mutex(State())
    }

    package func countWebhook(_ vendor: VendorID, _ result: Telemetry.WebhookResult) {
        state.withLock { $0.webhooks[vendor, default: [:]][result, default: 0] += 1 }
    }

    func count(_ event: ConnectionEvent, on listener: ListenerName) {
        state.withLock { $0.ingress.count(event, on: listener) }
    }

    /// A webhook that was answered 503 because this was used up.
    func countShed(_ limit: IngressLoad.Limit) {
        state.withLock { $0.ingress.countShed(limit) }
    }

    /// One decision, its matched rules, the flows that it ended, and the rules that ran into the limits of regular expressions.
    package func countDecision(_ decision: Decision, duration: Duration) {
        state.withLock { state in
            state.decisions.add(duration)
            for rule in decision.matched { state.ruleMatches[rule.id, default: 0] += 1 }
            state.regexLimits += UInt64(decision.limited.count)
            for end in decision.flow?.ended ?? [] { state.flowEnds[end.reason, default: 0] += 1 }
            for effect in decision.effects { Self.count(effect, in: &state) }
        }
    }

    private static func count(_ effect: Effect, in state: inout State) {
        switch effect.status {
        case .planned: break
        case .suppressed(let reason): state.suppressed[reason, default: 0] += 1
        case .unsupported: state.unsupported[effect.target.vendor, default: 0] += 1
        }
    }

    /// An event that could not be decided.
    package func countDeadEvent(_ reason: EventFailure) {
        state.withLock { $0.deadEvents[reason, default: 0] += 1 }
    }

    /// The run before this one ended without being stopped.
    package func noteCrash() {
        state.withLock { $0.hasCrashed = true }
    }

    /// Timers that came up.
    package func countFiredTimers(_ count: Int) {
        state.withLock { $0.firedTimers += UInt64(max(count, 0)) }
    }

    package func count(_ report: DeliveryReport) {
        state.withLock { state in
            let label = DeliveryLabel(vendor: report.vendor, result: report.result, reason: report.reason)
            state.deliveries[label, default: 0] += 1
            state.accounts[report.account, default: AccountTally()].attempts[report.outcome, default: 0] += 1
            if report.outcome != .withheld, report.outcome != .printed {
                state.deliveryDurations[report.vendor, default: Histogram()].add(report.duration)
            }
            if report.result == .dead, let reason = report.reason {
                state.deadLetters[DeadLetterLabel(vendor: report.vendor, reason: reason), default: 0] += 1
            }
        }
    }

    package func count(_ notice: AccountNotice) {
        state.withLock { state in
            var tally = state.accounts[notice.account] ?? AccountTally()
            switch notice.change {
            case .paused: tally.pauses += 1
            case .breakerOpened: tally.openings += 1
            case .throttled(let wait):
                tally.throttles += 1
                tally.throttledWait += min(max(wait, .zero), .seconds(86_400))
            case .resumed, .breakerClosed: break
            }
            state.accounts[notice.account] = tally
        }
    }

    package func count(_ report: LookupReport) {
        state.withLock { $0.lookups[LookupLabel(vendor: report.vendor, isTold: report.isTold), default: 0] += 1 }
    }

    /// Rules that came into use: each is counted from zero, and those that left are shown no more.
    package func noteRules(_ ids: [String], revision: String, at time: Instant) {
        state.withLock { state in
            let known = state.ruleMatches
            state.ruleMatches = Dictionary(ids.map { ($0, known[$0] ?? 0) }) { first, _ in first }
            state.loads.note(revision, at: time)
        }
    }

    /// Rules that were not put in use.
    package func noteRefusal() { state.withLock { $0.loads.noteRefusal() } }

    /// What was refused is again what is in use.
    package func noteRulesMended() { state.withLock { $0.loads.noteMended() } }

    /// What the store knows, taken when the text is made.
    package struct Backlog: Sendable, Hashable {
        package var inbox: Int
        package var oldestAge: Duration
        package var outbox: [VendorID: Int]
        /// Of the oldest effect that is not sent yet.
        package var outboxOldestAge: [VendorID: Duration]
        /// Events and effects that failed for good and are kept.
        package var dead: Int

        package init(
            inbox: Int, oldestAge: Duration, outbox: [VendorID: Int], outboxOldestAge: [VendorID: Duration] = [:], dead: Int
        ) {
            self.inbox = inbox
            self.oldestAge = oldestAge
            self.outbox = outbox
            self.outboxOldestAge = outboxOldestAge
            self.dead = dead
        }
    }

    /// How a configured account stands when the text is made.
    package struct AccountStanding: Sendable, Hashable {
        package var account: String
        package var vendor: VendorID
        /// Nil for one of which no effect was met since the start.
        package var condition: AccountCondition?

        package init(account: String, vendor: VendorID, condition: AccountCondition? = nil) {
            self.account = account
            self.vendor = vendor
            self.condition = condition
        }

        fileprivate var labels: [(String, String)] { [("vendor", vendor.rawValue), ("account", account)] }
    }

    /// The program itself when the text is made.
    package struct ProgramStanding: Sendable, Hashable {
        package var version: String
        /// How long ago all parts of the daemon had last shown that they go on.
        package var progressAge: Duration
        package var facts: ProcessFacts?

        package init(version: String, progressAge: Duration, facts: ProcessFacts?) {
            self.version = version
            self.progressAge = progressAge
            self.facts = facts
        }
    }

    /// The text form of Prometheus, version 0.0.4. Without a backlog (the store does not answer) its lines are left out.
    /// - Parameters:
    ///   - accounts: all that are configured, in the order in which they are shown.
    ///   - program: nil leaves its lines out.
    ///   - acceptOnly: why events are not decided; nil while they are.
    ///   - disk: that of the store, if it has one.
    package func text(
        _ backlog: Backlog?, accounts: [AccountStanding] = [], program: ProgramStanding? = nil, acceptOnly: AcceptOnly? = nil,
        disk: StoreCondition? = nil
    ) -> String {
        var page = PrometheusPage()
        if let program { Self.write(program, &page) }
        state.withLock { state in
            Self.writeWebhooks(state, &page)
            state.ingress.write(to: &page)
            if let backlog { Self.write(backlog, &page) }
            Self.writeDecisions(state, &page)
            Self.writeDeliveries(state, &page)
            Self.writeTallies(of: accounts, state, &page)
            Self.writeConditions(of: accounts, &page)
            if let disk { Self.write(disk, &page) }
            state.loads.write(to: &page)
            page.family("accept_only", "gauge", "1 while events are accepted and not decided, by why")
            for why in AcceptOnly.allCases {
                page.line("accept_only", [("reason", why.rawValue)], why == acceptOnly ? "1" : "0")
            }
            page.family("last_run_crashed", "gauge", "1 when the run before this one ended without being stopped")
            page.line("last_run_crashed", [], state.hasCrashed ? "1" : "0")
        }
        return page.text
    }

    private static func write(_ program: ProgramStanding, _ page: inout PrometheusPage) {
        page.family("build_info", "gauge", "1, with the version as a label")
        page.line("build_info", [("version", program.version)], "1")
        page.family("progress_age_seconds", "gauge", "Time since all parts of the daemon had last shown that they go on")
        page.line("progress_age_seconds", [], program.progressAge.secondsText)
        guard let facts = program.facts else { return }
        page.processValue("cpu_seconds_total", "counter", "Processor time used", "\(facts.cpuSeconds)")
        page.processValue("open_fds", "gauge", "Open file descriptors", "\(facts.openDescriptors)")
        page.processValue("max_fds", "gauge", "File descriptors that may be open", "\(facts.descriptorLimit)")
        page.processValue("resident_memory_bytes", "gauge", "Memory in use", "\(facts.residentBytes)")
        page.processValue("start_time_seconds", "gauge", "When the process began, since 1970", "\(facts.startSeconds)")
    }

    private static func writeWebhooks(_ state: State, _ page: inout PrometheusPage) {
        page.family("webhook_requests_total", "counter", "Webhook requests by what became of them")
        for vendor in vendors {
            for result in Telemetry.WebhookResult.allCases {
                let count = state.webhooks[vendor]?[result] ?? 0
                page.line("webhook_requests_total", [("vendor", vendor.rawValue), ("result", result.rawValue)], "\(count)")
            }
        }
    }

    private static func write(_ backlog: Backlog, _ page: inout PrometheusPage) {
        page.family("inbox_depth", "gauge", "Events that are not decided yet")
        page.line("inbox_depth", [], "\(backlog.inbox)")
        page.family("inbox_oldest_age_seconds", "gauge", "Age of the oldest event that is not decided yet")
        page.line("inbox_oldest_age_seconds", [], backlog.oldestAge.secondsText)
        page.family("outbox_depth", "gauge", "Effects that are not sent yet")
        for vendor in vendors {
            page.line("outbox_depth", [("vendor", vendor.rawValue)], "\(backlog.outbox[vendor] ?? 0)")
        }
        page.family("outbox_oldest_age_seconds", "gauge", "Age of the oldest effect that is not sent yet")
        for vendor in vendors {
            let age = backlog.outboxOldestAge[vendor] ?? .zero
            page.line("outbox_oldest_age_seconds", [("vendor", vendor.rawValue)], age.secondsText)
        }
        page.family("dead_letters", "gauge", "Events and effects that failed for good and are kept")
        page.line("dead_letters", [], "\(backlog.dead)")
    }

    private static func write(_ disk: StoreCondition, _ page: inout PrometheusPage) {
        func gauge(_ name: String, _ help: String, _ value: String) {
            page.family(name, "gauge", help)
            page.line(name, [], value)
        }
        if let free = disk.freeBytes { gauge("store_free_bytes", "Space that the store can still fill", "\(free)") }
        gauge("store_stop_bytes", "Below this much free space no events are taken", "\(disk.stopsBelowBytes)")
        gauge("store_full", "1 while no events are taken because the disk is full", disk.isFull ? "1" : "0")
        gauge("store_wal_bytes", "Size of the store's write-ahead log", "\(disk.logBytes)")
        let isLarge = disk.isLogLarge ? "1" : "0"
        gauge("store_wal_large", "1 while something keeps the log from being moved into the database", isLarge)
        page.family("store_busy_total", "counter", "Transactions that found the database locked: a defect, or another writer")
        page.line("store_busy_total", [], "\(disk.busyTransactions)")
    }

    private static func writeDecisions(_ state: State, _ page: inout PrometheusPage) {
        page.family("decision_duration_seconds", "histogram", "Time that deciding one event took")
        page.histogram("decision_duration_seconds", [], state.decisions)
        page.family("rule_matches_total", "counter", "Events for which a rule's conditions held")
        for (rule, count) in state.ruleMatches.sorted(by: { $0.key < $1.key }) {
            page.line("rule_matches_total", [("rule", rule)], "\(count)")
        }
        page.family("regex_limits_total", "counter", "Rules that did not hold because a regular expression met its limits")
        page.line("regex_limits_total", [], "\(state.regexLimits)")
        page.family("dead_events_total", "counter", "Events that could not be decided, by why")
        for reason in EventFailure.allCases {
            page.line("dead_events_total", [("reason", reason.rawValue)], "\(state.deadEvents[reason] ?? 0)")
        }
        page.family("effects_suppressed_total", "counter", "Effects that were held back when they were decided, by why")
        for reason in SuppressionReason.allCases {
            page.line("effects_suppressed_total", [("reason", reason.rawValue)], "\(state.suppressed[reason] ?? 0)")
        }
        page.family("effects_unsupported_total", "counter", "Effects that the vendor cannot carry out")
        for vendor in vendors {
            page.line("effects_unsupported_total", [("vendor", vendor.rawValue)], "\(state.unsupported[vendor] ?? 0)")
        }
        page.family("timers_fired_total", "counter", "Timers of flows and of silence that came up")
        page.line("timers_fired_total", [], "\(state.firedTimers)")
        page.family("lookups_total", "counter", "Objects that vendors were asked for because rules needed a field of them")
        for vendor in vendors {
            for isTold in [true, false] {
                let count = state.lookups[LookupLabel(vendor: vendor, isTold: isTold)] ?? 0
                let labels = [("vendor", vendor.rawValue), ("result", isTold ? "told" : "failed")]
                page.line("lookups_total", labels, "\(count)")
            }
        }
        page.family("flow_ends_total", "counter", "Flows that ended, by why")
        for reason in FlowEndReason.allCases {
            page.line("flow_ends_total", [("reason", reason.rawValue)], "\(state.flowEnds[reason] ?? 0)")
        }
    }

    private static func writeDeliveries(_ state: State, _ page: inout PrometheusPage) {
        page.family("deliveries_total", "counter", "Attempts to carry out an effect by what became of them")
        for label in deliveryLabels {
            let labels = [
                ("vendor", label.vendor.rawValue), ("result", label.result.rawValue), ("reason", label.reason?.rawValue ?? ""),
            ]
            page.line("deliveries_total", labels, "\(state.deliveries[label] ?? 0)")
        }
        page.family("delivery_duration_seconds", "histogram", "Time of one attempt to carry out an effect")
        for vendor in vendors {
            page.histogram(
                "delivery_duration_seconds", [("vendor", vendor.rawValue)], state.deliveryDurations[vendor] ?? Histogram())
        }
        page.family("dead_letters_total", "counter", "Effects that failed for good")
        for vendor in vendors {
            for reason in FailureReason.allCases {
                let count = state.deadLetters[DeadLetterLabel(vendor: vendor, reason: reason)] ?? 0
                page.line("dead_letters_total", [("vendor", vendor.rawValue), ("reason", reason.rawValue)], "\(count)")
            }
        }
    }

    private static func writeTallies(of accounts: [AccountStanding], _ state: State, _ page: inout PrometheusPage) {
        func lines(_ name: String, _ help: String, _ value: (AccountTally) -> String) {
            page.family(name, "counter", help)
            for account in accounts {
                page.line(name, account.labels, value(state.accounts[account.account] ?? AccountTally()))
            }
        }
        page.family("delivery_attempts_total", "counter", "Attempts to carry out an effect by what came of them")
        for account in accounts {
            let attempts = state.accounts[account.account]?.attempts ?? [:]
            for outcome in DeliveryReport.OutcomeClass.allCases {
                let labels = account.labels + [("outcome", outcome.rawValue)]
                page.line("delivery_attempts_total", labels, "\(attempts[outcome] ?? 0)")
            }
        }
        lines("account_pauses_total", "Times that an account was paused for refused credentials") { "\($0.pauses)" }
        lines("circuit_openings_total", "Times that an account's circuit breaker opened") { "\($0.openings)" }
        lines("throttles_total", "Times that a vendor asked to wait") { "\($0.throttles)" }
        lines("throttled_seconds_total", "Time that vendors asked to wait") { $0.throttledWait.secondsText }
    }

    private static func writeConditions(of accounts: [AccountStanding], _ page: inout PrometheusPage) {
        func lines(_ name: String, _ help: String, _ value: (AccountCondition?) -> Int) {
            page.family(name, "gauge", help)
            for account in accounts { page.line(name, account.labels, "\(value(account.condition))") }
        }
        lines("account_paused", "1 while an account's credentials are refused") { $0?.isPaused == true ? 1 : 0 }
        lines("circuit_state", "1 while an account's circuit breaker is open") { $0?.isBreakerOpen == true ? 1 : 0 }
        lines("account_throttled", "1 while an account waits because its vendor asked to") { $0?.isThrottled == true ? 1 : 0 }
        lines("deliveries_in_flight", "Effects that are being sent, without calls of users' systems") { $0?.inFlight ?? 0 }
    }

    /// What is done has no reason, everything else has one.
    private static let deliveryLabels: [DeliveryLabel] = vendors.flatMap { vendor in
        [DeliveryLabel(vendor: vendor, result: .done, reason: nil)]
            + [DeliveryReport.Result.retry, .dead].flatMap { result in
                FailureReason.allCases.map { DeliveryLabel(vendor: vendor, result: result, reason: $0) }
            }
    }
}

/// Durations counted by upper bounds.
struct Histogram: Sendable, Hashable {
    /// Upper bounds in microseconds, and how they are written in seconds.
    static let bounds: [(microseconds: Int64, text: String)] = [
        (10, "0.00001"), (50, "0.00005"), (100, "0.0001"), (500, "0.0005"), (1000, "0.001"), (5000, "0.005"),
        (10_000, "0.01"), (50_000, "0.05"), (100_000, "0.1"), (500_000, "0.5"), (1_000_000, "1"), (5_000_000, "5"),
        (10_000_000, "10"),
    ]

    /// By the first bound that holds it; what is over the last stands at the end.
    private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private(set) var total: Duration = .zero

    mutating func add(_ duration: Duration) {
        let place = Self.bounds.firstIndex { duration <= .microseconds($0.microseconds) } ?? Self.bounds.count
        counts[place] += 1
        // A hundred years of it: far from where a Duration ends.
        total += min(max(duration, .zero), .seconds(86_400))
    }
}

/// Lines of the text form, names with `bellhop_` in front.
struct PrometheusPage {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP bellhop_\(name) \(help)\n# TYPE bellhop_\(name) \(type)\n"
    }

    /// One of the metrics that every program has, by their usual names.
    mutating func processValue(_ name: String, _ type: String, _ help: String, _ value: String) {
        text += "# HELP process_\(name) \(help)\n# TYPE process_\(name) \(type)\nprocess_\(name) \(value)\n"
    }

    mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        text += "bellhop_\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var sum: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds.map(\.text) + ["+Inf"], histogram.counts) {
            sum += count
            line(name + "_bucket", labels + [("le", bound)], "\(sum)")
        }
        line(name + "_sum", labels, histogram.total.secondsText)
        line(name + "_count", labels, "\(sum)")
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Duration {
    /// `0.00125`
    var secondsText: String {
        let (seconds, attoseconds) = components
        return "\(Double(seconds) + Double(attoseconds) / 1e18)"
    }
}
