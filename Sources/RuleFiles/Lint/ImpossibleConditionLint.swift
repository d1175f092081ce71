import Matching
import Model
import Rules

/// Conditions that contradict each other, the language or the calendar.
struct ImpossibleConditionLint: Lint {
    static let references = [
        LintReference(
            .impossibleCondition,
            meaning: """
                No event can be all that is asked: two lines exclude each other (`channel: whatsapp` and `channel: email`), a \
                line excludes itself (`is: yes` with `starts: no`), the rule does not listen to what it asks for, or a schedule \
                is never open (never closed) at the times that are left. The rule, or this part of it, can never hold. A \
                contact's attribute is taken to be one value here, though a vendor may tell a list; other open paths \
                (`raw.…`, `vars.x.…`) only where numbers exclude each other.
                """,
            example: """
                rules:
                  - id: vip
                    when: [ { tags: { all: [vip], none: [vip] } } ]
                    do: [ { tag: seen } ]
                """,
            mending: "Take one of the two away; where one of several may hold, put them under `any:`.",
            mended: """
                rules:
                  - id: vip
                    when: [ { tags: { all: [vip], none: [spam] } } ]
                    do: [ { tag: seen } ]
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let reach = subject.reach
        let expected = subject.expectedRules
        let inRules = subject.rules.filter { !expected.contains($0.rule.id) }.flatMap { written -> [Diagnostic] in
            let rule = written.rule
            return findings(in: rule.when, within: rule.formulas.map { [$0[0]] } ?? [.demand(.silence(rule.at))], reach.times)
        }
        let inFlows = subject.flows.flatMap { $0.flow.steps.values }.flatMap { step in
            step.expectations.flatMap { expectation in
                findings(in: expectation.when, within: [.demand(.customersMessage(expectation.at))], reach.times)
            } + step.next.flatMap { findings(in: $0.when, within: [], reach.times) }
        }
        return inRules + inFlows
    }

    /// - Parameters:
    ///   - lines: of which every one must hold.
    ///   - context: what must hold besides.
    private func findings(
        in lines: [any Condition], within context: [Formula], _ times: ScheduleTimes
    ) -> [Diagnostic] {
        let all = context + lines.map(\.formula)
        if let core = contradiction(in: all, times) { return [diagnostic(core)].compactMap(\.self) }
        // One of several that may hold, though the others can.
        return lines.indices.flatMap { index -> [Diagnostic] in
            guard let group = lines[index] as? GroupCondition, group.quantifier != .none else { return [] }
            let besides = context + lines.indices.filter { $0 != index }.map { lines[$0].formula }
            return group.quantifier == .all
                ? findings(in: group.lines, within: besides, times)
                : group.lines.flatMap { findings(in: [$0], within: besides, times) }
        }
    }

    /// Demands that exclude each other where all of these cannot hold together; nil where they may.
    private func contradiction(in formulas: [Formula], _ times: ScheduleTimes) -> [EventDemand]? {
        let ways = Conjunction.ways(.all(formulas), times: times)?.map { $0.isContradictory ? $0 : $0.withSingleAttributes }
        guard let ways, let first = ways.first, ways.allSatisfy(\.isContradictory) else { return nil }
        return first.contradiction
    }

    /// At the last of the demands that exclude each other.
    private func diagnostic(_ core: [EventDemand]) -> Diagnostic? {
        let sorted = core.filter { $0.at.line > 0 && $0.condition != "answer" }.sorted { $0.at < $1.at }
        guard let last = sorted.last(where: { $0.condition != "on" }) ?? sorted.last else { return nil }
        var others: [Diagnostic.Related] = []
        for demand in sorted where demand.at != last.at && !others.contains(where: { $0.at == demand.at }) {
            others.append(
                Diagnostic.Related(at: demand.at, message: demand.condition == "on" ? "listens to something else" : "excludes it")
            )
        }
        return Diagnostic(
            .warning, .impossibleCondition, "condition can never hold", at: last.at, length: last.key.count,
            label: label(last, core), help: "take one of them away, or put those of which one is to hold under `any:`",
            related: others)
    }

    private func label(_ last: EventDemand, _ core: [EventDemand]) -> String {
        if core.contains(where: { $0.condition == "on" }) { return "no event that the rule listens to is like this" }
        if core.contains(where: { $0.condition == "answer" }) { return "no message of a customer is like this" }
        if last.place == .time {
            return core.count == 1
                ? "the schedule is \(last.isNegated ? "always" : "never") open" : "there is no such time in any week of a year"
        }
        let names = core.reduce(into: [String]()) { names, demand in
            if !names.contains(demand.condition) { names.append(demand.condition) }
        }
        return names.count > 1
            ? "no event passes \(listed(names.map { "`\($0)`" }, "and")) together" : "no event can be both"
    }
}

extension EventDemand {
    /// A rule that listens to silence has no message to look at.
    fileprivate static func silence(_ at: SourcePosition) -> EventDemand {
        EventDemand(.text, .exists, at: at, condition: "on").negated
    }

    /// As it is written in the file: `text` of `text.any`.
    fileprivate var key: String { condition.split(separator: ".").first.map(String.init) ?? condition }
}
