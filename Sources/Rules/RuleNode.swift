package import Model

/// A piece of a rules, tests or configuration file with its place: what decoders read.
///
/// Scalars are text and the way they were written; what a text means is decided by who reads it, never by YAML's guessing.
package struct RuleNode: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case scalar(Scalar)
        case sequence([RuleNode])
        /// In the order written; keys are unique.
        case mapping([Entry])
    }

    package struct Scalar: Sendable, Hashable {
        package var text: String
        package var style: Style

        package enum Style: Sendable, Hashable {
            case plain, singleQuoted, doubleQuoted, block
        }

        package init(text: String, style: Style) {
            self.text = text
            self.style = style
        }
    }

    package struct Entry: Sendable, Hashable {
        package var key: String
        package var keyAt: SourcePosition
        package var value: RuleNode

        package init(key: String, keyAt: SourcePosition, value: RuleNode) {
            self.key = key
            self.keyAt = keyAt
            self.value = value
        }
    }

    package var content: Content
    package var at: SourcePosition

    package init(_ content: Content, at: SourcePosition) {
        self.content = content
        self.at = at
    }

    /// True for a value that was left out: `key:` with nothing behind it. A quoted empty text is not blank.
    package var isBlank: Bool {
        if case .scalar(let scalar) = content { scalar.text.isEmpty && scalar.style == .plain } else { false }
    }

    /// `text`, `a list`, `a mapping` or `nothing`: for messages about a wrong type.
    package var kindName: String {
        switch content {
        case .scalar: isBlank ? "nothing" : "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    package var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    package var sequence: [RuleNode]? { if case .sequence(let nodes) = content { nodes } else { nil } }
    package var mapping: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// The value of a key, byte for byte; nil in anything but a mapping.
    package subscript(key: String) -> RuleNode? { entry(key)?.value }

    /// The key, byte for byte, with its value; nil in anything but a mapping.
    package func entry(_ key: String) -> Entry? { mapping?.first { $0.key.utf8.elementsEqual(key.utf8) } }
}
