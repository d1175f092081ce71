import JSON
import Model
import Mustache
import Zones

/// How values are written into a template. The template's own text is never changed.
package enum TemplateEncoding: Sendable, Hashable {
    /// As they are.
    case plain
    /// As one segment of a URL: everything but RFC 3986's unreserved characters is percent-encoded, and so are dots where
    /// there is nothing else, so that no value can step out of its folder.
    case urlSegment
}

/// What one rendering of one template looks at.
///
/// The library is given templates in a normal form whose tags name places in these two tables: `{{{n0}}}` is the name
/// `names[0]`, `{{{t0}}}` the text `texts[0]`. So names may hold any letter and quoted keys, and text may hold anything.
final class TemplateContext {
    let subject: Subject
    let table: TemplateTable
    let encoding: TemplateEncoding
    /// What was written so far, in bytes, and how many elements of lists were stood at.
    private var bytes = 0
    private var elements = 0

    /// More than a template may give: nothing more is written.
    var isOver: Bool { bytes > EventLimits.templateBytes || elements > EventLimits.templateElements }

    init(subject: Subject, table: TemplateTable = TemplateTable(), encoding: TemplateEncoding) {
        self.subject = subject
        self.table = table
        self.encoding = encoding
    }

    /// What the tag `key` leads to from `value`: nil when its first part is not there, so that the library looks further
    /// out; null when only a later one is missing.
    func child(of value: Value, tag key: String) -> Any? {
        switch table[key] {
        case .text(let text): return TemplateText(renderText: written(text))
        case .name(let name):
            guard let first = name.path.first, let member = value[first] else { return nil }
            return scope(name.path.dropFirst().reduce(member) { $0[$1] ?? .null })
        case nil: return nil
        }
    }

    /// The same from the outermost level, the event.
    func child(ofEvent key: String) -> Any? {
        switch table[key] {
        case .text(let text): TemplateText(renderText: written(text))
        case .name(let name): subject.templateValue(at: name.path).map(scope)
        case nil: nil
        }
    }

    /// Parts that are no sections, as the library would write them at the outermost level.
    func text(of parts: [TemplatePart]) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += written(piece)
            case .value(let name): if let value = subject.templateValue(at: name.path) { text += self.text(of: value) }
            case .section: break
            }
        }
        return text
    }

    func scope(_ value: Value) -> Any {
        if case .array(let elements) = value { return TemplateList(elements: elements, context: self) }
        return TemplateScope(value: value, context: self)
    }

    func text(of value: Value) -> String {
        let text = value.templateText
        return written(encoding == .plain ? text : URLSegment.encoded(text))
    }

    /// The text, unless that is too much.
    private func written(_ text: String) -> String {
        bytes += text.utf8.count
        return isOver ? "" : text
    }

    /// Whether there is room for another element of a list.
    func goesOn() -> Bool {
        elements += 1
        return !isOver
    }
}

/// Texts and names of a template in its normal form, by the tags that stand for them.
struct TemplateTable: Sendable {
    enum Entry { case text(String), name(TemplateName) }

    private var texts: [String] = []
    private var names: [TemplateName] = []

    /// The tag for a piece of text.
    mutating func tag(for text: String) -> String {
        texts.append(text)
        return "t\(texts.count - 1)"
    }

    /// The tag for a name; `.` is the library's own.
    mutating func tag(for name: TemplateName) -> String {
        if name.path.isEmpty { return "." }
        names.append(name)
        return "n\(names.count - 1)"
    }

    subscript(tag: String) -> Entry? {
        guard let index = Int(tag.dropFirst()) else { return nil }
        return switch tag.utf8.first {
        case UInt8(ascii: "t"): texts.indices.contains(index) ? .text(texts[index]) : nil
        case UInt8(ascii: "n"): names.indices.contains(index) ? .name(names[index]) : nil
        default: nil
        }
    }
}

/// The outermost level: the event and what is known with it.
struct TemplateRoot: MustacheParent {
    let context: TemplateContext

    func child(named key: String) -> Any? { context.child(ofEvent: key) }
}

/// A value that is no list. False, null and empty text are false in a section.
private struct TemplateScope: MustacheParent, MustacheCustomRenderable {
    let value: Value
    let context: TemplateContext

    func child(named key: String) -> Any? { context.child(of: value, tag: key) }
    var renderText: String { context.text(of: value) }

    var isNull: Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .bool(true), .integer, .number, .array, .object: false
        }
    }
}

/// A list: a section stands at each of its elements in turn.
private struct TemplateList: MustacheSequence, MustacheParent, MustacheCustomRenderable {
    let elements: [Value]
    let context: TemplateContext

    func makeIterator() -> some IteratorProtocol {
        elements.lazy.prefix { _ in context.goesOn() }.map(context.scope).makeIterator()
    }
    func child(named key: String) -> Any? { context.child(of: .array(elements), tag: key) }
    var renderText: String { context.text(of: .array(elements)) }
    var isNull: Bool { elements.isEmpty }
}

/// A piece of the template's own text.
private struct TemplateText: MustacheCustomRenderable {
    let renderText: String
    var isNull: Bool { false }
}

extension Subject {
    /// The value of a name: null where it is known and empty, nil where there is nothing.
    func templateValue(at path: [String]) -> Value? {
        guard let first = path.first else { return nil }
        let rest = path.dropFirst()
        switch first {
        case "raw":
            let value = raw(at: Array(rest))
            seek(path, found: value)
            return value
        case "vars": return Value.object(state.variables).member(rest)
        case "match": return Value.object(captures.values).member(rest)
        case "rule": return (["id": .string(rule)] as Value).member(rest)
        case "now": return clock.member(rest)
        default:
            let value = member(first)?.member(rest)
            seek(path, found: value)
            return value
        }
    }

    private var clock: Value {
        let time = zone.localTime(at: now)
        return ["date": .string(time.date.iso8601), "time": .string(time.timeText)]
    }
}

extension Value {
    fileprivate func member(_ path: ArraySlice<String>) -> Value? {
        path.reduce(self as Value?) { $0?[$1] }
    }

    /// As a template inserts it: text and numbers as they are, nothing for null, JSON for lists and objects.
    var templateText: String {
        switch self {
        case .null: ""
        case .bool, .integer, .number, .string: text ?? ""
        case .array, .object: JSONWriter.string(self)
        }
    }
}

private enum URLSegment {
    private static let hex = Array("0123456789ABCDEF".utf8)

    static func encoded(_ text: String) -> String {
        let isDots = text.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte), !isDots {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
