package import Model

/// Why an effect was decided: what the rules were, and what the lines of the rule's `when` met.
package struct EffectOrigin: Sendable, Hashable {
    /// Of the rules, as `RuleSet.revision` names it.
    package var revision: String
    package var mode: RuleMode
    /// Every line of `when` that held, in order.
    package var conditions: [ConditionTrace]
    /// What was fetched from the vendor for the event, and what could not be: a sentence for each field that a rule asked for.
    package var fetched: [String]
    /// Who had the conversation; nil where nobody knew, and for one of before this was kept.
    package var handler: Handler?

    /// Texts over 1,024 bytes are cut and lists and objects over 50 members shortened, and only the first 50 lines are taken: an
    /// origin is kept with each effect of its rule.
    package init(
        revision: String, mode: RuleMode, conditions: [ConditionTrace] = [], fetched: [String] = [], handler: Handler? = nil
    ) {
        self.handler = handler
        self.fetched = fetched.prefix(Self.mostMembers).map { $0.cut(toBytes: Self.longestText) }
        self.revision = revision
        self.mode = mode
        self.conditions = conditions.prefix(Self.mostMembers).map { line in
            var line = line
            line.wanted = Self.shortened(line.wanted)
            line.actual = Self.shortened(line.actual)
            return line
        }
    }

    private static let longestText = 1024
    private static let mostMembers = 50

    private static func shortened(_ value: Value) -> Value {
        switch value {
        case .null, .bool, .integer, .number: value
        case .string(let text): .string(text.cut(toBytes: longestText))
        case .array(let elements): .array(elements.prefix(mostMembers).map(shortened))
        case .object(let object):
            .object(Value.Object(object.entries.prefix(mostMembers).map { ($0.key, shortened($0.value)) }))
        }
    }
}

/// The stored form. It is read leniently: what a later shape adds is left out, and what an earlier one lacked is empty.
extension EffectOrigin: Codable {
    private enum CodingKeys: String, CodingKey {
        case revision, mode, conditions, fetched, handler
    }

    private struct Line: Codable {
        var condition: String
        var at: SourcePosition
        var wanted: Value?
        var actual: Value?
        var hint: String?
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        revision = try container.decode(String.self, forKey: .revision)
        mode = RuleMode(rawValue: try container.decode(String.self, forKey: .mode)) ?? .live
        fetched = try container.decodeIfPresent([String].self, forKey: .fetched) ?? []
        handler = try container.decodeIfPresent(String.self, forKey: .handler).flatMap(Handler.init)
        let lines = try container.decodeIfPresent([Line].self, forKey: .conditions) ?? []
        conditions = lines.map {
            ConditionTrace(
                condition: $0.condition, at: $0.at, wanted: $0.wanted ?? .null, actual: $0.actual ?? .null, hint: $0.hint)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(revision, forKey: .revision)
        try container.encode(mode.rawValue, forKey: .mode)
        let lines = conditions.map {
            Line(condition: $0.condition, at: $0.at, wanted: $0.wanted, actual: $0.actual, hint: $0.hint)
        }
        try container.encode(lines, forKey: .conditions)
        if !fetched.isEmpty { try container.encode(fetched, forKey: .fetched) }
        try container.encodeIfPresent(handler?.rawValue, forKey: .handler)
    }
}

extension String {
    /// The longest beginning of whole characters that has at most so many bytes with a `…` behind it; the text itself when it
    /// is short enough.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var bytes = "…".utf8.count
        var beginning = ""
        for character in self {
            bytes += character.utf8.count
            guard bytes <= limit else { break }
            beginning.append(character)
        }
        return beginning + "…"
    }
}
