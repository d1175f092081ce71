package import Matching
package import Model

/// One line of a `when`: a key of the rule language and what it asks of an event.
///
/// To add one: a file in `Conditions/`, and its line in `ConditionCatalog`. Reading, matching, explaining, the index and
/// the reference table all come from that file.
package protocol Condition: Sendable {
    /// Its row in the reference.
    static var reference: Reference { get }

    /// Reads the value of the key; reports what is wrong and gives nil.
    init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope)

    /// What is proven of the fully folded message text. Must never leave out a text on which the condition holds.
    var demand: LiteralDemand { get }

    /// Captures may be added to `subject` while this holds; what a failing condition adds is taken back by its caller.
    func holds(_ subject: Subject) -> Bool

    /// What it wanted and what it met. Called for explaining, whether it holds or not.
    func trace(_ subject: Subject) -> ConditionTrace

    /// Captures that it can give.
    var captures: DecodingScope.CaptureNames { get }

    /// What it asks, for lint.
    var formula: Formula { get }

    /// Its line, and what is inside of it.
    var outline: ConditionOutline { get }
}

extension Condition {
    package var demand: LiteralDemand { LiteralDemand([]) }
    package var captures: DecodingScope.CaptureNames { DecodingScope.CaptureNames() }
    package var formula: Formula { .unknown }
}

extension [String] {
    /// Several hints as one; nil for none.
    var joinedHints: String? { isEmpty ? nil : joined(separator: "; ") }
}

/// A row of a generated reference table.
package struct Reference: Sendable, Hashable {
    /// `text`, `channel`, …
    package let key: String
    /// What may stand behind the key.
    package let value: String
    /// When it holds, or what it does.
    package let meaning: String
    /// One line of YAML.
    package let example: String

    package init(key: String, value: String, meaning: String, example: String) {
        self.key = key
        self.value = value
        self.meaning = meaning
        self.example = example
    }
}
