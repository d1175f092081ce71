package import Model

/// A JSON value with templates in its texts: the body of a call, or the value of a variable.
///
/// What stands in quotes, and all text with a tag in it, is text. A plain `true`, `false`, `null` or JSON number is that
/// value; everything else plain (`no`, `007`, `+5511…`, `2026-01-01`) is text.
package indirect enum ValueTemplate: Sendable {
    case constant(Value)
    case text(Template)
    case list([ValueTemplate])
    case object([Member])

    package struct Member: Sendable {
        var key: String
        var value: ValueTemplate
    }

    /// Which plain texts are numbers.
    package enum Numbers: Sendable {
        /// Every number of JSON's notation: for bodies.
        case json
        /// Those that are printed just as they are written, so that a variable never changes its text: `5`, not `5.00`.
        case unchanged
    }

    /// Reports everything that is wrong, and gives nil.
    package init?(_ node: RuleNode, numbers: Numbers, in scope: DecodingScope) {
        switch node.content {
        case .scalar(let scalar):
            if scalar.style == .plain, let value = Value(plain: scalar.text, numbers: numbers) {
                self = .constant(value)
            } else if let template = Template(node, in: scope, context: .value) {
                self = template.isConstant ? .constant(.string(template.source)) : .text(template)
            } else {
                return nil
            }
        case .sequence(let nodes):
            let values = nodes.map { ValueTemplate($0, numbers: numbers, in: scope) }
            guard let readable = values.allReadable else { return nil }
            self = .list(readable)
        case .mapping(let entries):
            let values = entries.map { ValueTemplate($0.value, numbers: numbers, in: scope) }
            guard let readable = values.allReadable else { return nil }
            self = .object(zip(entries, readable).map { Member(key: $0.key, value: $1) })
        }
    }

    package func rendered(_ subject: Subject) -> Value { filled { $0.rendered(subject) } }

    /// With the templates as they are written.
    package var outline: Value { filled(\.source) }

    private func filled(_ text: (Template) -> String) -> Value {
        switch self {
        case .constant(let value): value
        case .text(let template): .string(text(template))
        case .list(let elements): .array(elements.map { $0.filled(text) })
        case .object(let members): .object(Value.Object(members.map { ($0.key, $0.value.filled(text)) }))
        }
    }
}

extension Value {
    /// What a plain scalar is where any JSON value may stand; nil for text.
    package init?(plain text: String, numbers: ValueTemplate.Numbers) {
        switch text {
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        case "null": self = .null
        default:
            guard Value.isJSONNumber(text) else { return nil }
            let number: Value? = Int64(text).map(Value.integer) ?? Double(text).flatMap { $0.isFinite ? .number($0) : nil }
            guard let number, numbers == .json || number.text == text else { return nil }
            self = number
        }
    }

    /// RFC 8259, section 6.
    private static func isJSONNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func takeDigits() -> Substring.UTF8View {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            return digits
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = takeDigits()
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard !takeDigits().isEmpty else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !takeDigits().isEmpty else { return false }
        }
        return rest.isEmpty
    }
}

extension [ValueTemplate?] {
    /// All of them, or nil when one could not be read.
    fileprivate var allReadable: [ValueTemplate]? {
        let readable = compactMap(\.self)
        return readable.count == count ? readable : nil
    }
}
