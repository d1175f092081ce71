import JSON
package import Model
package import Rules

/// Which rules of a set did something on captured traffic, and which did not.
package struct ActivityReport: Sendable {
    package var traffic: TrafficCount
    package var activity: RuleActivity
    /// A rule that did not run for so long, back from the newest event, is told.
    package var since: Duration
    package var isInterrupted: Bool
    /// In the order in which they are tried.
    private let rules: [Rule]

    package init(
        _ ruleSet: RuleSet, _ activity: RuleActivity, traffic: TrafficCount, since: Duration, isInterrupted: Bool = false
    ) {
        rules = ruleSet.rules
        self.activity = activity
        self.traffic = traffic
        self.since = since
        self.isInterrupted = isInterrupted
    }

    /// What a person would want to know of a rule.
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Ran live, lately.
        case ran
        /// Ran live, but not for so long.
        case quiet
        /// Observed alone.
        case observed
        /// Held, and was suppressed each time.
        case suppressed
        /// Could have held for some event, and did not, or another rule or a flow was before it.
        case never
        /// No event was of its kind with a text that could match.
        case neverCandidate = "never_candidate"
        case off
    }

    func counts(_ rule: Rule) -> RuleActivity.Counts { activity.rules[rule.id] ?? RuleActivity.Counts() }

    func verdict(of rule: Rule) -> Verdict {
        if rule.mode == .off { return .off }
        let counts = counts(rule)
        if counts.live > 0 { return isQuiet(counts.last) ? .quiet : .ran }
        if counts.observed > 0 { return isQuiet(counts.lastHeld) ? .quiet : .observed }
        if counts.suppressed > 0 { return .suppressed }
        return counts.candidate > 0 ? .never : .neverCandidate
    }

    private func isQuiet(_ last: RuleActivity.Occasion?) -> Bool {
        guard let last, let newest = activity.newest else { return true }
        return newest.since(last.time) >= since
    }

    /// True when the traffic is too short to tell that a rule was quiet for so long.
    package var isShort: Bool {
        guard let oldest = activity.oldest, let newest = activity.newest else { return true }
        return newest.since(oldest) < since
    }

    /// Rules that ran live on exactly the same events, twice at least.
    package var together: [[String]] {
        Dictionary(grouping: rules.filter { counts($0).live > 1 }) { counts($0).events }.values
            .filter { $0.count > 1 }.map { $0.map(\.id) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    // MARK: Telling

    package var value: Value {
        var object: Value.Object = ["schema": 1]
        for entry in traffic.members.entries { object[entry.key] = entry.value }
        object["timers"] = .integer(Int64(activity.timers))
        object["from"] = .optional(activity.oldest?.iso8601)
        object["to"] = .optional(activity.newest?.iso8601)
        object["since_seconds"] = .integer(since.components.seconds)
        object["covers_since"] = .bool(!isShort)
        object["rules"] = .array(rules.map(ruleValue))
        object["together"] = .array(together.map { .array($0.map(Value.string)) })
        object["interrupted"] = .bool(isInterrupted)
        return .object(object)
    }

    private func ruleValue(_ rule: Rule) -> Value {
        let counts = counts(rule)
        return [
            "rule": .string(rule.id), "at": .string(rule.at.text), "mode": .string(rule.mode.rawValue),
            "verdict": .string(verdict(of: rule).rawValue), "live": .integer(Int64(counts.live)),
            "observed": .integer(Int64(counts.observed)), "suppressed": .integer(Int64(counts.suppressed)),
            "suppressed_by": .object(
                Value.Object(
                    SuppressionReason.allCases.compactMap { reason in
                        counts.reasons[reason].map { (reason.rawValue, .integer(Int64($0))) }
                    })),
            "candidate": .integer(Int64(counts.candidate)), "last": .optional(counts.last?.time.iso8601),
            "last_event": counts.last.map {
                ["source": .string($0.place.source), "line": .integer(Int64($0.place.line))]
            } ?? .null,
        ]
    }

    package var text: String {
        var lines = ["read: \(traffic.words(timers: activity.timers))"]
        if isInterrupted { lines.append("interrupted: this is of the traffic until then") }
        if let oldest = activity.oldest, let newest = activity.newest {
            lines.append("from \(oldest.iso8601) to \(newest.iso8601)" + (isShort ? ": shorter than \(sinceText)" : ""))
        }
        let header = ["rule", "live", "observed", "suppressed", "last", "at"]
        let cells = rules.map { rule in
            let counts = counts(rule)
            return [rule.id] + [counts.live, counts.observed, counts.suppressed].map(String.init)
                + [counts.last?.time.iso8601 ?? "-", rule.at.text]
        }
        lines += [""] + ImpactReport.aligned([header] + cells, numbers: 1..<4)
        for verdict in Verdict.allCases where verdict != .ran { lines += section(verdict) }
        if !together.isEmpty {
            lines += ["", "always run together:"] + together.map { "  " + $0.joined(separator: ", ") }
        }
        return lines.joined(separator: "\n")
    }

    private func section(_ verdict: Verdict) -> [String] {
        let found = rules.filter { self.verdict(of: $0) == verdict }
        guard !found.isEmpty else { return [] }
        return ["", title(verdict)]
            + found.map { rule in
                let counts = counts(rule)
                let reasons = SuppressionReason.allCases.compactMap { reason in
                    counts.reasons[reason].map { "\($0) \(reason.rawValue)" }
                }
                let note =
                    switch verdict {
                    case .never: "  could have held for \(counts.candidate) \(counts.candidate == 1 ? "event" : "events")"
                    case .suppressed: "  \(reasons.joined(separator: ", "))"
                    case .quiet: "  last \((counts.last ?? counts.lastHeld)?.time.iso8601 ?? "-")"
                    case .ran, .observed, .neverCandidate, .off: ""
                    }
                return "  \(rule.id)  \(rule.at.text)\(note)"
            }
    }

    private func title(_ verdict: Verdict) -> String {
        switch verdict {
        case .ran: "ran:"
        case .quiet: "did not run in the last \(sinceText):"
        case .observed: "were observed, and would have run:"
        case .suppressed: "held, and were suppressed each time:"
        case .never: "never ran:"
        case .neverCandidate: "never ran, and no event was of their kind with a text that could match:"
        case .off: "are off:"
        }
    }

    private var sinceText: String {
        let seconds = since.components.seconds
        if seconds % 86400 == 0 { return "\(seconds / 86400)d" }
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
