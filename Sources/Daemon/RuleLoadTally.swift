import Model

/// What is counted of loading rules.
struct RuleLoadTally: Sendable, Hashable {
    private var isFailed = false
    private var loaded: UInt64 = 0
    private var refused: UInt64 = 0
    /// Of the set in use.
    private var revision: String?
    private var loadedAt: Instant?

    mutating func note(_ revision: String, at time: Instant) {
        isFailed = false
        loaded += 1
        self.revision = revision
        loadedAt = time
    }

    mutating func noteRefusal() {
        isFailed = true
        refused += 1
    }

    mutating func noteMended() { isFailed = false }

    func write(to page: inout PrometheusPage) {
        page.family("rules_reload_failed", "gauge", "1 when the last load of the rules failed")
        page.line("rules_reload_failed", [], isFailed ? "1" : "0")
        page.family("rules_reloads_total", "counter", "Loads of the rules by what came of them, that at start included")
        page.line("rules_reloads_total", [("result", "loaded")], "\(loaded)")
        page.line("rules_reloads_total", [("result", "refused")], "\(refused)")
        page.family("rules_loaded_timestamp_seconds", "gauge", "When the rules in use were loaded; 0 when there are none")
        page.line("rules_loaded_timestamp_seconds", [], "\((loadedAt?.milliseconds ?? 0) / 1000)")
        page.family("rules_info", "gauge", "1 for the revision of the rules in use; no line when there are none")
        if let revision { page.line("rules_info", [("revision", revision)], "1") }
    }
}
