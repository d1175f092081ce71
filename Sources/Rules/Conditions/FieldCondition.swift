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
            hint: field.value == nil ? subject.hint(onAbsent: path) : nil)
    }
}

extension Subject {
    fileprivate func hint(onAbsent path: EventPath) -> String {
        let nothing = "the event has nothing at `\(path.text)`"
        let notes = EventField.fields(at: path.segments).compactMap { absence(of: [$0]) }
        return notes.isEmpty ? nothing : "\(nothing); \(notes.joined(separator: "; "))"
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
    fileprivate func failing(_ field: FieldValue, _ subject: Subject) -> (key: String?, wanted: Value) {
        guard case .tests(let tests) = self else { return (nil, wanted) }
        let failing = tests.first { test in !subject.probe { test.holds(field, subject) } }
        return (failing ?? tests.first).map { ($0.key, $0.wanted) } ?? (nil, wanted)
    }
}
