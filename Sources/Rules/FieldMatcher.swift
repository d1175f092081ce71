import Matching
import Model

/// What is asked of any field of an event. All keys must hold.
///
/// A list passes `equals` and a text matcher's key when one of its elements does, and `none` when none of them does.
indirect enum FieldMatcher: Sendable {
    /// One of the texts, folded.
    case equals(Set<FoldedText>, written: [String])
    case tests([FieldTest])
}

struct FieldTest: Sendable {
    let key: String
    /// Of the key.
    let at: SourcePosition
    let wanted: Value
    let demand: Demand

    enum Demand: Sendable {
        case text(TextTest)
        case greater(than: Double, orEqual: Bool)
        case less(than: Double, orEqual: Bool)
        case exists(Bool)
        case not(FieldMatcher)
    }
}

/// A field's value with the texts that matchers see in it.
struct FieldValue {
    /// Nil for a missing field; null counts as missing.
    let value: Value?
    /// The value's own text, or those of a list's elements; none of an object.
    let texts: [TextUnderTest]

    init(_ value: Value?) {
        self.value = value
        let elements = value?.array ?? value.map { [$0] } ?? []
        texts = elements.compactMap { $0.text.map { TextUnderTest($0) } }
    }

    var isEmpty: Bool {
        switch value {
        case nil, .null: true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        case .string, .bool, .integer, .number: texts.allSatisfy { $0.folded(.full).isEmpty }
        }
    }

    /// The numbers among the texts.
    var numbers: [Double] {
        (value?.array ?? value.map { [$0] } ?? []).compactMap { value in
            switch value {
            case .string(let text): decimalNumber(text)
            default: value.double
            }
        }
    }
}

// MARK: - Matching

extension FieldMatcher {
    func holds(_ field: FieldValue, _ subject: Subject) -> Bool {
        switch self {
        case .equals(let wanted, _): field.texts.contains { wanted.contains($0.folded(.full)) }
        case .tests(let tests): tests.allSatisfy { subject.noted($0.at, $0.holds(field, subject)) }
        }
    }

    var captures: DecodingScope.CaptureNames {
        guard case .tests(let tests) = self else { return DecodingScope.CaptureNames() }
        return tests.reduce(into: DecodingScope.CaptureNames()) { $0.formUnion($1.captures) }
    }
}

extension FieldTest {
    func holds(_ field: FieldValue, _ subject: Subject) -> Bool {
        switch demand {
        case .text(let test): return holds(test, field, subject)
        case .greater(let bound, true): return field.numbers.contains { $0 >= bound }
        case .greater(let bound, false): return field.numbers.contains { $0 > bound }
        case .less(let bound, true): return field.numbers.contains { $0 <= bound }
        case .less(let bound, false): return field.numbers.contains { $0 < bound }
        case .exists(let exists): return (field.value != nil) == exists
        case .not(let matcher):
            let before = subject.captures
            let holds = matcher.holds(field, subject)
            subject.captures = before
            return !holds && !subject.isLimited
        }
    }

    private func holds(_ test: TextTest, _ field: FieldValue, _ subject: Subject) -> Bool {
        switch test.demand {
        case .empty(true): return field.isEmpty
        case .empty(false): return field.value != nil && !field.isEmpty
        case .none: return field.texts.allSatisfy { test.holds($0, subject) }
        case .all(let keywords):
            return !field.texts.isEmpty
                && keywords.allSatisfy { keyword in field.texts.contains { keyword.occurs(in: $0.folded(test.folding)) } }
        case .length where field.value?.array != nil: return false
        default: return field.texts.contains { test.holds($0, subject) }
        }
    }

    var captures: DecodingScope.CaptureNames {
        if case .text(let test) = demand { test.captures } else { DecodingScope.CaptureNames() }
    }
}

// MARK: - Reading

extension FieldMatcher {
    private static let ownKeys = ["gt", "gte", "lt", "lte", "exists", "not"]
    static let keys = TextMatcher.keys + ownKeys

    /// Reads a scalar, a list or a mapping. Reports what is wrong and gives nil.
    init?(_ node: RuleNode, in scope: DecodingScope) {
        guard node.mapping != nil else {
            guard let words = scope.words(node) else { return nil }
            self = .equals(Set(words.map { FoldedText($0.text) }), written: words.map(\.text))
            return
        }
        guard let entries = scope.mapping(node, known: FieldMatcher.keys, what: "a field matcher") else { return nil }
        let text = TextMatcher(entries, of: node, in: scope)
        let own = (node.mapping ?? []).filter { entries[$0.key] != nil && FieldMatcher.ownKeys.contains($0.key) }
            .map { FieldTest($0, in: scope) }
        let readable = own.compactMap(\.self)
        guard let text, readable.count == own.count else { return nil }
        let tests = readable + text.tests.map { FieldTest(key: $0.key, at: $0.at, wanted: $0.wanted, demand: .text($0)) }
        guard !tests.isEmpty else {
            scope.asksForNothing(node, entries, what: "the matcher", keys: "`any`, `is`, `gt` or `exists`")
            return nil
        }
        self = .tests(tests)
    }
}

extension FieldTest {
    /// Reads one of the keys that a text matcher does not have.
    fileprivate init?(_ entry: RuleNode.Entry, in scope: DecodingScope) {
        let demand: Demand
        let wanted: Value
        switch entry.key {
        case "exists":
            guard let exists = scope.flag(entry.value) else { return nil }
            demand = .exists(exists)
            wanted = .bool(exists)
        case "not":
            guard let matcher = FieldMatcher(entry.value, in: scope) else { return nil }
            demand = .not(matcher)
            wanted = matcher.wanted
        default:
            guard let bound = scope.number(entry.value) else { return nil }
            wanted = Int64(exactly: bound).map(Value.integer) ?? .number(bound)
            demand =
                entry.key.hasPrefix("g")
                ? .greater(than: bound, orEqual: entry.key == "gte") : .less(than: bound, orEqual: entry.key == "lte")
        }
        self.init(key: entry.key, at: entry.keyAt, wanted: wanted, demand: demand)
    }
}

extension FieldMatcher {
    /// What it asks, for explaining.
    var wanted: Value {
        switch self {
        case .equals(_, let written): .array(written.map(Value.string))
        case .tests(let tests): .object(Value.Object(tests.map { ($0.key, $0.wanted) }))
        }
    }
}
