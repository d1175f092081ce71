import Matching
package import Model

/// The texts that a condition such as `channel:` compares with: one must be equal, folded.
package struct WordChoice: Sendable {
    private let folded: Set<FoldedText>
    /// As the author wrote them.
    package let written: [String]
    /// With a fixed vocabulary, the words of it that are meant; events hold no other words.
    private let meant: Set<String>?
    let condition: String
    /// Of the condition's key.
    package let at: SourcePosition

    /// Reads a word or a list of words. With `known`, only those words; `what` names them in the message.
    init?(
        _ value: RuleNode, key: RuleNode.Entry, known: [String]? = nil, what: String = "", in scope: DecodingScope
    ) {
        guard let words = scope.words(value) else { return nil }
        if let known {
            let folded = Set(known.map { FoldedText($0) })
            let unknown = words.filter { !folded.contains(FoldedText($0.text)) }
            for word in unknown {
                scope.error(
                    .unknownWord, "there is no \(what) '\(word.text)'", at: word.node,
                    help: scope.suggestion(for: word.text, among: known))
            }
            guard unknown.isEmpty else { return nil }
        }
        let folded = Set(words.map { FoldedText($0.text) })
        self.folded = folded
        meant = known.map { Set($0.filter { folded.contains(FoldedText($0)) }) }
        written = words.map(\.text)
        condition = key.key
        at = key.keyAt
    }

    /// True when one of the texts is among the words.
    package func contains(_ texts: [String?]) -> Bool {
        texts.contains { text in
            guard let text else { return false }
            return meant?.contains(text) ?? folded.contains(FoldedText(text))
        }
    }

    /// `actual` is what the event has, most telling first.
    func trace(_ actual: [String?]) -> ConditionTrace {
        let texts = actual.compactMap(\.self)
        let value: Value = texts.count > 1 ? .array(texts.map(Value.string)) : .optional(texts.first)
        return ConditionTrace(condition: condition, at: at, wanted: .array(written.map(Value.string)), actual: value)
    }
}

/// A condition that one of an event's words equals one of the rule's.
package protocol WordCondition: Condition {
    var choice: WordChoice { get }

    /// The fields that the words come from, as far as a vendor may be asked for them; none unless it says otherwise.
    static var fields: [EventField] { get }

    /// What the event has: an id and its names; nil or empty where it has nothing.
    func words(of subject: Subject) -> [String?]
}

extension WordCondition {
    package static var fields: [EventField] { [] }

    package var outline: ConditionOutline { ConditionOutline(key: choice.condition, at: choice.at) }

    package func holds(_ subject: Subject) -> Bool {
        let words = words(of: subject)
        if words.contains(nil) { subject.seek(Self.fields) }
        return choice.contains(words)
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        var trace = choice.trace(words(of: subject))
        if trace.actual.isNull { trace.hint = subject.absence(of: Self.fields) }
        return trace
    }
}

extension [String: String] {
    /// The names that a table from names to ids has for an id, sorted; none for nil.
    func names(of id: String?) -> [String] {
        guard let id else { return [] }
        return filter { $0.value.utf8.elementsEqual(id.utf8) }.map(\.key).sorted()
    }
}
