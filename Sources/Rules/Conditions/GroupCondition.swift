package import Matching
package import Model

/// `any:`, `all:` and `none:`: conditions on conditions.
package struct GroupCondition: Condition, HistoryCondition {
    package enum Quantifier: String, Sendable {
        case any, all, none
    }

    package let quantifier: Quantifier
    package let lines: [any Condition]
    private let at: SourcePosition

    package static let reference = Reference(
        key: "any, all, none", value: "a list of conditions",
        meaning: "at least one (`any`), every one (`all`), not one (`none`) of the conditions holds; "
            + "groups nest freely",
        example: "any: [ { channel: email }, { text: urgent } ]")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let quantifier = Quantifier(rawValue: key.key) else { return nil }
        guard let lines = ConditionCatalog.conditions(value, in: scope) else { return nil }
        guard quantifier != .any || !lines.isEmpty else {
            scope.error(
                .emptyList, "the list is empty, so this could never hold", at: value,
                help: "write at least one condition, or leave the line out")
            return nil
        }
        self.quantifier = quantifier
        self.lines = lines
        at = key.keyAt
    }

    package var demand: LiteralDemand {
        switch quantifier {
        case .any: .any(lines.map(\.demand))
        case .all: .all(lines.map(\.demand))
        case .none: LiteralDemand([])
        }
    }

    package var outline: ConditionOutline {
        ConditionOutline(key: quantifier.rawValue, at: at, parts: lines.map(\.outline))
    }

    package var captures: DecodingScope.CaptureNames {
        guard quantifier != .none else { return DecodingScope.CaptureNames() }
        return lines.reduce(into: DecodingScope.CaptureNames()) { $0.formUnion($1.captures) }
    }

    package var formula: Formula {
        switch quantifier {
        case .any: .any(lines.map(\.formula))
        case .all: .all(lines.map(\.formula))
        case .none: Formula.any(lines.map(\.formula)).negated
        }
    }

    package func demand(_ history: inout MessageHistory) {
        for line in lines { (line as? any HistoryCondition)?.demand(&history) }
    }

    /// Lines are tried in order, up to the one that decides.
    package func holds(_ subject: Subject) -> Bool {
        switch quantifier {
        case .all: lines.allSatisfy { line in subject.attempt { subject.tried(line) } }
        case .any:
            lines.contains { line in
                // Once a limit is reached the rule is lost, and what else it asks does not matter.
                !subject.isLimited && subject.attempt { subject.tried(line) }
            }
        case .none: !subject.withoutCaptures { lines.contains { subject.tried($0) } } && !subject.isLimited
        }
    }

    /// The line that decided: for `all` the first that fails, for `none` the first that holds, for `any` all of them.
    package func trace(_ subject: Subject) -> ConditionTrace {
        switch quantifier {
        case .all: trace(of: lines.first { line in !subject.probe { line.holds(subject) } } ?? lines.first, subject)
        case .none: traceOfNone(subject)
        case .any:
            subject.probe { lines.contains { $0.holds(subject) } }
                ? trace(of: lines.first { line in subject.probe { line.holds(subject) } }, subject) : traceOfAll(subject)
        }
    }

    private func trace(of line: (any Condition)?, _ subject: Subject) -> ConditionTrace {
        guard let line else {
            return ConditionTrace(condition: quantifier.rawValue, at: at, wanted: [], actual: .null)
        }
        var trace = line.trace(subject)
        trace.condition = "\(quantifier.rawValue).\(trace.condition)"
        return trace
    }

    private func traceOfNone(_ subject: Subject) -> ConditionTrace {
        guard let holding = lines.first(where: { line in subject.probe { line.holds(subject) } }) else {
            return trace(of: lines.first, subject)
        }
        var trace = trace(of: holding, subject)
        trace.hint = ["it holds, and must not", trace.hint].compactMap(\.self).joinedHints
        return trace
    }

    private func traceOfAll(_ subject: Subject) -> ConditionTrace {
        let traces = lines.map { $0.trace(subject) }
        return ConditionTrace(
            condition: quantifier.rawValue, at: at,
            wanted: .array(traces.map { .object([$0.condition: $0.wanted]) }),
            actual: .array(traces.map { .object([$0.condition: $0.actual]) }),
            hint: "none of the \(traces.count) conditions holds", parts: traces)
    }
}

extension Subject {
    /// Tries something of which no capture comes out, whether it holds or not.
    func withoutCaptures(_ body: () -> Bool) -> Bool {
        let before = captures
        defer { captures = before }
        return body()
    }

    /// Tries something for explaining only: nothing of it stays, and what ran into a limit does not hold.
    func probe(_ body: () -> Bool) -> Bool {
        let wasLimited = isLimited
        isLimited = false
        let noted = evaluations
        evaluations = nil
        defer { (isLimited, evaluations) = (wasLimited, noted) }
        return withoutCaptures(body) && !isLimited
    }
}
