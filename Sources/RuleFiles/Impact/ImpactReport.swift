import JSON
package import Model
package import Rules

/// What a change of rules changes on captured traffic, as it is told.
package struct ImpactReport: Sendable {
    package var old: Side
    package var new: Side
    package var traffic: TrafficCount
    package var tally: ImpactTally
    package var budget: ImpactBudget
    /// True when the user ended the run: what is told is of the traffic until then.
    package var isInterrupted: Bool

    /// One rule set, as far as a report speaks of it.
    package struct Side: Sendable {
        /// As it was named: a folder, or `HEAD~1:rules`.
        package var name: String
        package var revision: String
        package var rules: [String: SourcePosition]

        package init(name: String, ruleSet: RuleSet) {
            self.name = name
            revision = ruleSet.revision
            rules = Dictionary(ruleSet.rules.map { ($0.id, $0.at) }) { first, _ in first }
        }
    }

    package init(
        old: Side, new: Side, traffic: TrafficCount, tally: ImpactTally, budget: ImpactBudget, isInterrupted: Bool = false
    ) {
        self.old = old
        self.new = new
        self.traffic = traffic
        self.tally = tally
        self.budget = budget
        self.isInterrupted = isInterrupted
    }

    package var excesses: [String] { budget.excesses(of: tally) }

    /// `0.42 %`
    static func percent(_ tally: ImpactTally) -> String { "\(hundredths(tally.changed, of: tally.compared)) %" }

    private static func hundredths(_ count: Int, of whole: Int) -> String {
        guard whole > 0 else { return "0" }
        let hundredths = Int((Double(count) * 10_000 / Double(whole)).rounded())
        // What is not nothing is not told as nothing.
        if hundredths == 0, count > 0 { return "under 0.01" }
        let fraction = hundredths % 100
        return fraction == 0 ? "\(hundredths / 100)" : "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// Most affected first.
    var rows: [(row: DecisionDifference.Row, counts: ImpactTally.Row)] {
        tally.rows.map { (row: $0.key, counts: $0.value) }.sorted { left, right in
            let (some, others) = (left.counts.total, right.counts.total)
            if some != others { return some > others }
            return (left.row.rule, left.row.action.rawValue) < (right.row.rule, right.row.action.rawValue)
        }
    }

    var renamings: [(renaming: DecisionDifference.Renaming, count: Int)] {
        tally.renamed.map { (renaming: $0.key, count: $0.value) }.sorted { left, right in
            if left.count != right.count { return left.count > right.count }
            return (left.renaming.before, left.renaming.after) < (right.renaming.before, right.renaming.after)
        }
    }

    /// Where a rule stands, in the newer set if it is there.
    func place(of rule: String) -> SourcePosition? { new.rules[rule] ?? old.rules[rule] }

    /// Ids of rules that only one side has.
    var added: [String] { new.rules.keys.filter { old.rules[$0] == nil }.sorted() }
    var removed: [String] { old.rules.keys.filter { new.rules[$0] == nil }.sorted() }

    // MARK: JSON

    package var value: Value {
        var object: Value.Object = [
            "schema": 1,
            "old": ["rules": .string(old.name), "revision": .string(old.revision)],
            "new": ["rules": .string(new.name), "revision": .string(new.revision)],
        ]
        for entry in traffic.members.entries { object[entry.key] = entry.value }
        object["timers"] = .integer(Int64(tally.timers))
        object["changed"] = .integer(Int64(tally.changed))
        object["changed_percent"] = .number(
            tally.compared == 0 ? 0 : (Double(tally.changed) * 1e6 / Double(tally.compared)).rounded() / 1e4)
        object["same_effects"] = .integer(Int64(tally.sameEffects))
        object["order_only"] = .integer(Int64(tally.orderOnly))
        object["rules"] = .array(rows.map(rowValue))
        object["renamed"] = .array(
            renamings.map {
                [
                    "from": .string($0.renaming.before), "to": .string($0.renaming.after), "events": .integer(Int64($0.count)),
                    "at": .optional(place(of: $0.renaming.after)?.text),
                ]
            })
        object["rules_added"] = .array(added.map { ["rule": .string($0), "at": .optional(new.rules[$0]?.text)] })
        object["rules_removed"] = .array(removed.map { ["rule": .string($0), "at": .optional(old.rules[$0]?.text)] })
        for consequence in ImpactTally.Consequence.allCases {
            let conversations = tally.consequences[consequence] ?? ImpactTally.Conversations()
            object[consequence.rawValue] = [
                "events": .integer(Int64(conversations.events)),
                "conversations": .integer(Int64(conversations.conversations.count)),
                "examples": .array(conversations.examples.map(\.value)),
            ]
        }
        object["newly_planned"] = .object(
            Value.Object(
                ActionKind.allCases.compactMap { kind in
                    tally.newlyPlanned[kind].map { (kind.rawValue, .integer(Int64($0))) }
                }))
        if !tally.otherExamples.isEmpty { object["other_examples"] = .array(tally.otherExamples.map(\.value)) }
        object["budget"] = [
            "max_changed": .optional(budget.maxChanged?.text), "forbid": .array(budget.forbidden.map { .string($0.rawValue) }),
            "within": .bool(excesses.isEmpty), "excesses": .array(excesses.map(Value.string)),
        ]
        object["interrupted"] = .bool(isInterrupted)
        return .object(object)
    }

    private func rowValue(_ row: DecisionDifference.Row, _ counts: ImpactTally.Row) -> Value {
        [
            "rule": .string(row.rule), "action": .string(row.action.rawValue), "at": .optional(place(of: row.rule)?.text),
            "gained": .integer(Int64(counts.gained)), "lost": .integer(Int64(counts.lost)),
            "changed": .integer(Int64(counts.changed)), "held_back": .integer(Int64(counts.heldBack)),
            "examples": .array(counts.examples.map(\.value)),
        ]
    }
}

extension ImpactTally.Row {
    var total: Int { gained + lost + changed + heldBack }
}

extension ImpactTally.Consequence {
    /// `newly closed`
    var words: String {
        switch self {
        case .closed: "newly closed"
        case .routed: "newly routed"
        case .unanswered: "newly left unanswered"
        }
    }
}

extension ImpactExample {
    var value: Value {
        [
            "source": .string(place.source), "line": .integer(Int64(place.line)), "event": .string(eventID),
            "occurred_at": .string(occurredAt.iso8601), "conversation": .optional(conversation),
            "text": .optional(text), "before": .array(before.map(\.value)), "after": .array(after.map(\.value)),
        ]
    }
}

extension ImpactExample.Step {
    fileprivate var value: Value {
        var object: Value.Object = [
            "rule": .string(rule), "at": .string(at.text), "action": .string(action.kind.rawValue),
            "status": .string(status.word),
            "reason": .optional(status.reason), "value": action.value,
        ]
        if delayMilliseconds > 0 { object["delay_ms"] = .integer(delayMilliseconds) }
        return .object(object)
    }

    /// `refund reply {"text":"Hello"}  rules/a.yaml:3:5`
    var line: String { "\(words)  \(at.text)" }

    /// The same without the place.
    var words: String {
        let delay = delayMilliseconds > 0 ? " after \(delayMilliseconds) ms" : ""
        let held = status == .planned ? "" : " (\(status.word)\(status.reason.map { ": \($0)" } ?? ""))"
        let value = TrafficText.line(JSONWriter.string(action.value))
        return "\(rule) \(action.kind.rawValue) \(value)\(delay)\(held)"
    }
}

extension EffectStatus {
    fileprivate var word: String {
        switch self {
        case .planned: "planned"
        case .suppressed: "suppressed"
        case .unsupported: "unsupported"
        }
    }

    fileprivate var reason: String? {
        switch self {
        case .planned: nil
        case .suppressed(let reason): reason.rawValue
        case .unsupported(let why): why
        }
    }
}
