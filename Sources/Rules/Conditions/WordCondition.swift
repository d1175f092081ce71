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

    func formula(of place: EventPlace) -> Formula {
        .demand(EventDemand(place, .words(folded), at: at, condition: condition))
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

    /// Where in an event the words stand, for lint.
    static var place: EventPlace { get }

    /// One more sentence for people, where there is something to say; a word that is one letter off, unless it says otherwise.
    /// - Parameter words: what `words(of:)` gave: something.
    func hint(_ words: [String?], _ subject: Subject) -> String?
}

extension WordCondition {
    package static var fields: [EventField] { [] }

    package var formula: Formula { choice.formula(of: Self.place) }

    package var outline: ConditionOutline { ConditionOutline(key: choice.condition, at: choice.at) }

    package func holds(_ subject: Subject) -> Bool {
        let words = words(of: subject)
        if words.contains(nil) { subject.seek(Self.fields) }
        return choice.contains(words)
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        let words = words(of: subject)
        var trace = choice.trace(words)
        trace.hint = trace.actual.isNull ? subject.absence(of: Self.fields) : hint(words, subject)
        return trace
    }

    package func hint(_ words: [String?], _ subject: Subject) -> String? { nearHint(words) }

    /// A word that is one letter off; nil when one of them is meant.
    func nearHint(_ words: [String?]) -> String? {
        guard !choice.contains(words) else { return nil }
        return words.lazy.compactMap(\.self).compactMap { NearWord.find(choice.written, equal: $0) }.first?.sentence
    }

    /// For a condition on an id with names: where the words are none of the id's names, what the configuration says of them.
    func nameHint(_ words: [String?], _ table: NameTable, _ subject: Subject) -> String? {
        guard !choice.contains(words), let id = words.first ?? nil else { return nil }
        let names = subject.account.names
        for word in choice.written {
            if let other = names.id(of: word, in: table) {
                return "\(word) is \(table.singular) \(other) in account \(subject.account.id)"
            }
        }
        if names[table].names(of: id).isEmpty {
            return nearHint(words)
                ?? "account \(subject.account.id) has no name for \(table.singular) \(id): write one under its `names`"
        }
        return nearHint(words)
    }
}

extension [String: String] {
    /// The names that a table from names to ids has for an id, sorted; none for nil.
    func names(of id: String?) -> [String] {
        guard let id else { return [] }
        return filter { $0.value.utf8.elementsEqual(id.utf8) }.map(\.key).sorted()
    }
}
