import JSON
package import Model

/// `field:`: any field of the event, a variable, an attribute of the contact, or the vendor's payload.
package struct FieldCondition: Condition {
    private let path: EventPath
    private let matcher: FieldMatcher
    private let at: SourcePosition

    package static let reference = Reference(
        key: "field",
        value: "`{ path: matcher }`; the matcher is a value or a list, or a mapping of text keys, `gt`, `gte`, `lt`, `lte`, "
            + "`exists`, `not`",
        meaning: "what stands at the path passes the matcher: it equals one of the values, or every key holds. Where nothing "
            + "stands, only `exists: false`, `empty: true`, `none` and `not` can hold",
        example: "field: { contact.attributes.plan: [gold, platinum] }")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let entry = scope.onePath(value) else { return nil }
        let path = scope.eventPath(entry)
        let matcher = FieldMatcher(entry.value, in: scope)
        guard let path, let matcher else { return nil }
        self.path = path
        self.matcher = matcher
        at = key.keyAt
    }

    package var captures: DecodingScope.CaptureNames { matcher.captures }

    package var formula: Formula { matcher.formula(of: EventPlace(path), at: at, condition: "field.\(path.text)") }

    package var outline: ConditionOutline {
        ConditionOutline(key: "field \(path.text)", at: at, parts: matcher.parts)
    }

    package func holds(_ subject: Subject) -> Bool {
        matcher.holds(FieldValue(subject.value(at: path)), subject)
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        let field = FieldValue(subject.value(at: path))
        let failing = matcher.failing(field, subject)
        return ConditionTrace(
            condition: (["field", path.text] + [failing.key].compactMap(\.self)).joined(separator: "."), at: at,
            wanted: failing.wanted, actual: field.value ?? .null,
            hint: field.value == nil
                ? subject.hint(onAbsent: path) : matcher.hint(field, failing.test, subject))
    }
}

extension Subject {
    fileprivate func hint(onAbsent path: EventPath) -> String {
        let notes = EventField.fields(at: path.segments).compactMap { absence(of: [$0]) }
        let near = isExplaining ? neighbour(of: path) : nil
        return (["the event has nothing at `\(path.text)`"] + notes + [near].compactMap(\.self)).joined(separator: "; ")
    }

    /// A member beside the missing one that has nearly its name.
    private func neighbour(of path: EventPath) -> String? {
        guard let name = path.segments.last, let siblings = object(above: path) else { return nil }
        let keys = siblings.entries.filter { !$0.value.isNull }.map(\.key).prefix(1000)
        return nearest(to: name, among: keys).map { "there is `\($0)` beside it: did you mean that?" }
    }

    private func object(above path: EventPath) -> Value.Object? {
        let keys = path.segments.dropLast()
        guard let root = keys.first else { return nil }
        var value: Value?
        switch root {
        case "raw": return (keys.count == 1 ? raw?.value : raw(at: Array(keys.dropFirst())))?.object
        case "vars": value = .object(state.variables)
        default: value = self.value[root]
        }
        for key in keys.dropFirst() { value = value?[key] }
        return value?.object
    }
}

extension DecodingScope {
    /// The one entry of `field`. What is wrong with its value is told even when there are more.
    fileprivate func onePath(_ value: RuleNode) -> RuleNode.Entry? {
        guard let entries = value.mapping?.filter({ !$0.isAuthorsOwn }) else {
            return wrongType("a mapping of a path", value, help: "write `field: { vars.plan: gold }`")
        }
        guard let entry = entries.first else {
            error(.missingKey, "`field` names no path", at: value, help: "write `field: { vars.plan: gold }`")
            return nil
        }
        for extra in entries.dropFirst() {
            error(
                .badValue, "`field` takes one path a line, and '\(entry.key)' stands here already", atKeyOf: extra,
                help: "write a line `- field:` of its own for it")
        }
        return entry
    }

    /// The path that a key is; notes the variable that it reads.
    fileprivate func eventPath(_ entry: RuleNode.Entry) -> EventPath? {
        do throws(EventPathError) {
            let path = try EventPath(entry.key)
            if let variable = path.variable, readVariables[variable] == nil { readVariables[variable] = entry.keyAt }
            return path
        } catch {
            self.error(.unknownPath, error.message, atKeyOf: entry, help: error.help)
            return nil
        }
    }
}

extension FieldMatcher {
    /// The key that fails, or the first when all hold, and what it asks.
    fileprivate func failing(_ field: FieldValue, _ subject: Subject) -> (key: String?, wanted: Value, test: FieldTest?) {
        guard case .tests(let tests) = self else { return (nil, wanted, nil) }
        let failing = tests.first { test in !subject.probe { test.holds(field, subject) } }
        return (failing ?? tests.first).map { ($0.key, $0.wanted, $0) } ?? (nil, wanted, nil)
    }

    /// Why a value that is there passes or fails.
    fileprivate func hint(_ field: FieldValue, _ test: FieldTest?, _ subject: Subject) -> String? {
        switch self {
        case .equals(_, let written):
            guard subject.isExplaining, !holds(field, subject) else { return nil }
            return field.texts.lazy.compactMap { NearWord.find(written, equal: $0.written) }.first?.sentence
        case .tests: return test?.hint(field, subject)
        }
    }
}

extension FieldTest {
    fileprivate func hint(_ field: FieldValue, _ subject: Subject) -> String? {
        let holds = subject.probe { self.holds(field, subject) }
        switch demand {
        case .text(let test):
            guard field.texts.count == 1, let text = field.texts.first else { return nil }
            return test.hint(text, holds: holds, isThorough: subject.isExplaining)
        case .greater(let bound, let orEqual): return holds ? nil : comparison(field, bound, "less", orEqual)
        case .less(let bound, let orEqual): return holds ? nil : comparison(field, bound, "more", orEqual)
        case .exists: return holds ? nil : "something stands there"
        case .not: return holds ? nil : "it is what it must not be"
        }
    }

    /// `42 is less than 50`, of the number that is nearest to the bound.
    private func comparison(_ field: FieldValue, _ bound: Double, _ word: String, _ orEqual: Bool) -> String {
        guard let nearest = field.numbers.min(by: { abs($0 - bound) < abs($1 - bound) }) else { return "it is no number" }
        let (number, limit) = (Self.text(nearest), Self.text(bound))
        if nearest == bound, !orEqual { return "\(number) is \(limit) itself: write `\(key)e` to take it in" }
        return "\(number) is \(word) than \(limit)"
    }

    private static func text(_ number: Double) -> String { Int64(exactly: number).map { "\($0)" } ?? "\(number)" }
}
