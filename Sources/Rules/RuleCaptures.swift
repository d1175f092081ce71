package import Model

/// What the regular expressions of the rule being tried have captured.
package struct RuleCaptures: Sendable, Hashable {
    /// By name and by number: what `match.*` reads.
    package private(set) var values = Value.Object()
    /// Numbers of the last match whose groups have names.
    private var named: Set<String> = []

    package init() {}

    /// As they were when a flow began to wait for an answer.
    package init(_ values: Value.Object) { self.values = values }

    /// The same as people see it: a group with a name is shown by its name alone.
    package var shown: Value.Object {
        Value.Object(values.entries.filter { !named.contains($0.key) }.map { ($0.key, $0.value) })
    }

    /// Takes over a match: its numbers replace all earlier ones, its names those of the same name. A group that took no
    /// part has no value.
    package mutating func take(numbered: [String?], names: [(name: String, text: String?)], namedGroups: [Int]) {
        for key in values.keys where key.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { values[key] = nil }
        for (number, text) in numbered.enumerated().dropFirst() {
            if let text { values[String(number)] = .string(text) }
        }
        for (name, text) in names { values[name] = text.map(Value.string) }
        named = Set(namedGroups.map { String($0) })
    }
}
