import Matching
package import Model
package import Rules

/// The value that a test expects: a scalar is the whole value, folded; a list that list; a mapping of matcher keys a
/// matcher on its text; any other mapping a part of it.
package indirect enum ExpectedValue: Sendable {
    case whole(String)
    case list([ExpectedValue])
    case matcher(TextMatcher, described: String)
    case part([(key: String, value: ExpectedValue)])

    package init?(_ node: RuleNode, in scope: DecodingScope) {
        switch node.content {
        case .scalar:
            guard let text = scope.text(node) else { return nil }
            self = .whole(text)
        case .sequence(let nodes):
            let elements = nodes.compactMap { ExpectedValue($0, in: scope) }
            guard elements.count == nodes.count else { return nil }
            self = .list(elements)
        case .mapping(let entries):
            let asked = entries.filter { !$0.isAuthorsOwn }
            if !asked.isEmpty, asked.allSatisfy({ TextMatcher.keys.contains($0.key) }) {
                guard let matcher = TextMatcher(node, in: scope) else { return nil }
                self = .matcher(matcher, described: Self.described(node))
                return
            }
            var part: [(key: String, value: ExpectedValue)] = []
            for entry in entries {
                guard let value = ExpectedValue(entry.value, in: scope) else { return nil }
                part.append((entry.key, value))
            }
            self = .part(part)
        }
    }

    /// True when `actual` is what is expected. `text` is what stands for the whole of an object or list.
    package func matches(_ actual: Value, text: String?) -> Bool {
        switch self {
        case .whole(let expected):
            switch actual {
            case .array(let elements) where elements.count == 1: matches(elements[0], text: nil)
            case .null: expected == "null"
            default: (actual.text ?? text).map { FoldedText($0) == FoldedText(expected) } ?? false
            }
        case .list(let expected):
            switch actual {
            case .array(let elements):
                elements.count == expected.count
                    && zip(expected, elements).allSatisfy { $0.matches($1, text: nil) }
            default: expected.count == 1 && actual.text != nil && expected[0].matches(actual, text: text)
            }
        case .matcher(let matcher, _): (actual.text ?? text ?? actual.joinedText).map { matcher.holds($0) } ?? false
        case .part(let members):
            members.allSatisfy { member in actual[member.key].map { member.value.matches($0, text: nil) } ?? false }
        }
    }

    /// As it is written in the test, for messages.
    package var described: String {
        switch self {
        case .whole(let text): text
        case .list(let elements): "[\(elements.map(\.described).joined(separator: ", "))]"
        case .matcher(_, let described): described
        case .part(let members): "{ \(members.map { "\($0.key): \($0.value.described)" }.joined(separator: ", ")) }"
        }
    }

    private static func described(_ node: RuleNode) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.text
        case .sequence(let nodes): "[\(nodes.map(described).joined(separator: ", "))]"
        case .mapping(let entries): "{ \(entries.map { "\($0.key): \(described($0.value))" }.joined(separator: ", ")) }"
        }
    }
}

extension Value {
    /// The texts of a list, with a comma between; nil for an object.
    fileprivate var joinedText: String? {
        array.map { $0.compactMap(\.text).joined(separator: ", ") }
    }
}

extension Action {
    /// The value as a test compares it, and the text that stands for the whole of it.
    var compared: (value: Value, text: String?) {
        switch self {
        case .reply(let reply): (value, reply.text)
        case .note(let text): (value, text)
        case .route(.queue): ("queue", "queue")
        case .route(.department(let name)), .route(.team(let name)), .route(.agent(let name)): (value, name)
        case .tag(let tags, of: .conversation), .untag(let tags, of: .conversation):
            (.array(tags.map(Value.string)), nil)
        case .close(let closing):
            closing.comment == nil && closing.tags.isEmpty ? ("true", nil) : (value, closing.comment)
        case .http(let call): (value, call.url)
        case .call(let call): (value, call.path)
        case .tag, .untag, .set, .contact, .start, .stopFlow: (value, nil)
        }
    }
}
