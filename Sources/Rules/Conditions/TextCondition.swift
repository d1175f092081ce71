package import Matching
package import Model

/// `text:`: what the message says.
package struct TextCondition: Condition {
    private let matcher: TextMatcher
    private let at: SourcePosition

    package static let reference = Reference(
        key: "text",
        value: "a word, a list or `$list`, or a mapping of `any`, `all`, `none`, `is`, `starts`, `ends`, `substring`, `regex`, "
            + "`length`, `empty`, `case`, `accents`",
        meaning: "the message's text passes every key of the matcher; a word or list alone means `any`. "
            + "An event without a message never passes",
        example: "text: { any: [refund, reembolso], none: 'no refund' }")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let matcher = TextMatcher(value, in: scope) else { return nil }
        self.matcher = matcher
        at = key.keyAt
    }

    package var demand: LiteralDemand { matcher.literals }

    package var captures: DecodingScope.CaptureNames { matcher.captures }

    package var formula: Formula { matcher.formula(of: .text, at: at, condition: "text") }

    package var outline: ConditionOutline { ConditionOutline(key: "text", at: at, parts: matcher.parts) }

    package func holds(_ subject: Subject) -> Bool {
        guard let text = TextUnderTest(messageOf: subject) else { return false }
        return matcher.holds(text, subject)
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        guard let text = TextUnderTest(messageOf: subject) else {
            return trace(of: matcher.tests.first, actual: .null, hint: "the event has no message")
        }
        let failing = matcher.tests.first { test in !subject.probe { test.holds(text, subject) } }
        let test = failing ?? matcher.tests.first
        return trace(
            of: test, actual: .string(text.written),
            hint: test?.hint(text, holds: failing == nil, isThorough: subject.isExplaining))
    }

    private func trace(of test: TextTest?, actual: Value, hint: String?) -> ConditionTrace {
        ConditionTrace(
            condition: test.map { "text.\($0.key)" } ?? "text", at: at, wanted: test?.wanted ?? .null, actual: actual, hint: hint)
    }
}
