import Matching
package import Model

/// `tags:`: the conversation's tags.
package struct TagsCondition: Condition {
    private struct Test: Sendable {
        let key: String
        let at: SourcePosition
        let written: [String]
        let folded: Set<FoldedText>

        func holds(_ tags: Set<FoldedText>) -> Bool {
            switch key {
            case "all": folded.isSubset(of: tags)
            case "none": folded.isDisjoint(with: tags)
            default: !folded.isDisjoint(with: tags)
            }
        }
    }

    private let tests: [Test]
    private let at: SourcePosition

    package static let reference = Reference(
        key: "tags", value: "a tag or a list, or a mapping of `any`, `all`, `none`",
        meaning: "the conversation has at least one (`any`), every one (`all`), not one (`none`) of these tags; "
            + "several keys must hold together, and a tag or list alone means `any`",
        example: "tags: { all: [vip], none: [spam, blocked] }")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        var tests: [Test?] = []
        if let entries = value.mapping {
            let keys = ["any", "all", "none"]
            guard let known = scope.mapping(value, known: keys, what: "`tags`") else { return nil }
            for entry in entries where known[entry.key] != nil {
                tests.append(TagsCondition.test(entry.key, entry.value, at: entry.keyAt, scope))
            }
            if known.isEmpty { scope.asksForNothing(value, known, what: "`tags`", keys: "`any`, `all` or `none`") }
        } else {
            tests.append(TagsCondition.test("any", value, at: value.at, scope))
        }
        let readable = tests.compactMap(\.self)
        guard !readable.isEmpty, readable.count == tests.count else { return nil }
        self.tests = readable
        at = key.keyAt
    }

    package var formula: Formula {
        .all(
            tests.map { test in
                func demand(_ tags: Set<FoldedText>) -> EventDemand {
                    EventDemand(.tags, .words(tags), at: at, condition: "tags.\(test.key)")
                }
                return switch test.key {
                case "all": .all(test.folded.map { .demand(demand([$0])) })
                case "none": .demand(demand(test.folded).negated)
                default: .demand(demand(test.folded))
                }
            })
    }

    package var outline: ConditionOutline {
        ConditionOutline(
            key: "tags", at: at, parts: tests.count > 1 ? tests.map { ConditionOutline(key: $0.key, at: $0.at) } : [])
    }

    package func holds(_ subject: Subject) -> Bool {
        subject.seek([.conversationTags])
        let tags = foldedTags(subject)
        return tests.allSatisfy { subject.noted($0.at, $0.holds(tags)) }
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        let tags = foldedTags(subject)
        let test = tests.first { !$0.holds(tags) } ?? tests[0]
        return ConditionTrace(
            condition: "tags.\(test.key)", at: at, wanted: .array(test.written.map(Value.string)),
            actual: .array((subject.event.conversation?.tags ?? []).map(Value.string)),
            hint: [hint(test, tags), subject.absence(of: [.conversationTags])].compactMap(\.self).joinedHints)
    }

    /// What of a failing test is missing, there though it must not be, or nearly there.
    private func hint(_ test: Test, _ tags: Set<FoldedText>) -> String? {
        guard !test.holds(tags) else { return nil }
        switch test.key {
        case "all":
            let missing = test.written.filter { !tags.contains(FoldedText($0)) }
            return "it lacks \(missing.joined(separator: ", "))"
        case "none":
            let there = test.written.filter { tags.contains(FoldedText($0)) }
            return "it has \(there.joined(separator: ", "))"
        default:
            if tags.isEmpty { return "the conversation has no tags" }
            return tags.map(\.string).sorted().lazy.compactMap { NearWord.find(test.written, equal: $0) }.first?.sentence
        }
    }

    private func foldedTags(_ subject: Subject) -> Set<FoldedText> {
        Set((subject.event.conversation?.tags ?? []).map { FoldedText($0) })
    }

    private static func test(_ key: String, _ value: RuleNode, at: SourcePosition, _ scope: DecodingScope) -> Test? {
        guard let words = scope.words(value, mayBeEmpty: key != "any") else { return nil }
        return Test(key: key, at: at, written: words.map(\.text), folded: Set(words.map { FoldedText($0.text) }))
    }
}
