import JSON
package import Model

/// A place in an event, as `field` conditions and templates name it: `contact.attributes.plan`, `vars.order`,
/// `raw.context."SYSTEM.CHAT_ID"`, `message.attachments.0.url`.
///
/// Segments are separated by dots; one that holds a dot stands in double quotes, in which `\"` and `\\` are the character.
/// In an array a segment of digits is an index, which counts from 0. A path that no event can have is refused.
package struct EventPath: Sendable, Hashable {
    /// As it is written.
    package let text: String
    /// Not empty; without quotes.
    package let segments: [String]

    package init(_ text: String) throws(EventPathError) {
        let segments = try EventPath.split(text)
        try EventPath.check(segments, text)
        self.text = text
        self.segments = segments
    }

    /// The variable that the path reads: `order` of `vars.order.state`.
    package var variable: String? { segments.count > 1 && segments[0] == "vars" ? segments[1] : nil }
}

/// Why a text is no event path.
package struct EventPathError: Error, Sendable, Hashable {
    package let message: String
    package let help: String?
}

// MARK: - Reading an event

extension Subject {
    /// What stands at a path; nil where nothing does, and for null.
    package func value(at path: EventPath) -> Value? {
        let value: Value?
        switch path.segments[0] {
        case "raw":
            value = raw(at: Array(path.segments.dropFirst()))
            seek(path.segments, found: value)
        case "vars": value = member(of: .object(state.variables), path.segments.dropFirst())
        default:
            value = member(path.segments[0]).flatMap { member(of: $0, path.segments.dropFirst()) }
            seek(path.segments, found: value)
        }
        return value?.isNull == true ? nil : value
    }

    private func member(of value: Value, _ keys: ArraySlice<String>) -> Value? {
        var value = value
        for key in keys {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }
}

// MARK: - Paths that exist

extension EventPath {
    /// What may stand below a place in an event.
    private indirect enum Shape: Sendable {
        /// Text or a number: nothing.
        case scalar
        /// Names that the payload or an author chose.
        case open
        case object([(name: String, shape: Shape)])
        case list(Shape)
    }

    /// Every path whose names are fixed, containers included, in the order of the event's members.
    package static let known: [String] = paths(of: event, prefix: "")

    private static func paths(of shape: Shape, prefix: String) -> [String] {
        switch shape {
        case .scalar, .open, .list: []
        case .object(let members):
            members.flatMap { member in
                [prefix + member.name] + paths(of: member.shape, prefix: "\(prefix)\(member.name).")
            }
        }
    }

    private static func object(_ names: String...) -> Shape { .object(names.map { ($0, .scalar) }) }

    private static let event: Shape = .object([
        ("id", .scalar), ("vendor", .scalar), ("account", .scalar), ("kind", .scalar), ("test", .scalar),
        ("occurred_at", .scalar), ("conversation", conversation), ("message", message),
        ("sender", object("role", "id", "name")), ("contact", contact),
        ("agent", object("id", "name", "username", "email")), ("details", details), ("vars", .open), ("raw", .open),
    ])

    private static let conversation: Shape = .object([
        ("id", .scalar), ("channel", .scalar), ("status", .scalar), ("handler", .scalar), ("department", .scalar),
        ("team", .scalar), ("tags", .list(.scalar)), ("topic", .scalar),
    ])

    private static let message: Shape = .object([
        ("id", .scalar), ("text", .scalar), ("type", .scalar),
        ("attachments", .list(object("type", "name", "url", "size"))), ("in_reply_to", .scalar),
    ])

    private static let contact: Shape = .object([
        ("id", .scalar), ("name", .scalar), ("first_name", .scalar), ("email", .scalar), ("phone", .scalar),
        ("attributes", .open),
    ])

    private static let details: Shape = .object([
        ("from", object("department", "team", "agent")), ("to", object("department", "team", "agent")),
        ("closed_by", object("role", "id")), ("flow", .scalar), ("status", .scalar), ("context", .open),
        ("answers", .open), ("reason", .open), ("changes", .open),
    ])

    private static func check(_ segments: [String], _ text: String) throws(EventPathError) {
        var shape = event
        for (index, segment) in segments.enumerated() {
            switch shape {
            case .open: return
            case .object(let members):
                guard let member = members.first(where: { $0.name.utf8.elementsEqual(segment.utf8) }) else {
                    throw unknown(text, segments, at: index, siblings: members.map(\.name))
                }
                shape = member.shape
            case .list(let element):
                guard segment.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    throw EventPathError(
                        message: "'\(joined(segments[..<index]))' is a list, and '\(segment)' is no index",
                        help: "write `\(joined(segments[..<index])).0` for the first")
                }
                shape = element
            case .scalar:
                let place = joined(segments[..<index])
                throw EventPathError(message: "nothing stands below '\(place)' in an event", help: "write `\(place)`")
            }
        }
    }

    private static func unknown(
        _ text: String, _ segments: [String], at index: Int, siblings: [String]
    ) -> EventPathError {
        let message = "no event has '\(text)'"
        let parent = segments[..<index]
        if let near = nearest(to: segments[index], among: siblings) {
            return EventPathError(message: message, help: "did you mean '\(joined(parent + [near] + segments[(index + 1)...]))'?")
        }
        let last = segments[segments.count - 1]
        let namesakes = known.filter { $0.hasSuffix(".\(last)") }
        if !namesakes.isEmpty {
            return EventPathError(message: message, help: "did you mean \(listed(namesakes.map { "'\($0)'" }))?")
        }
        let place = parent.isEmpty ? "an event" : "'\(joined(parent))'"
        return EventPathError(message: message, help: "\(place) has \(listed(siblings.map { "`\($0)`" }, "and"))")
    }

    private static func joined(_ segments: some Sequence<String>) -> String {
        segments.map { segment in
            guard segment.isEmpty || segment.contains(where: { ".\"\\".contains($0) }) else { return segment }
            return "\"\(segment.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined())\""
        }
        .joined(separator: ".")
    }
}

// MARK: - Notation

extension EventPath {
    private static func split(_ text: String) throws(EventPathError) -> [String] {
        var segments: [String] = []
        var rest = text.unicodeScalars[...]
        repeat {
            segments.append(rest.first == "\"" ? try quoted(&rest, text) : try plain(&rest, text))
        } while rest.popFirst() != nil
        return segments
    }

    /// Takes a segment up to the next dot or the end.
    private static func plain(_ rest: inout Substring.UnicodeScalarView, _ text: String) throws(EventPathError) -> String {
        let segment = rest.prefix { $0 != "." }
        rest = rest[segment.endIndex...]
        guard !segment.isEmpty else {
            throw EventPathError(
                message: text.isEmpty ? "the path is empty" : "the path '\(text)' has an empty segment",
                help: "separate the segments by single dots, as in `contact.attributes.plan`")
        }
        guard !segment.contains("\"") else {
            throw EventPathError(
                message: "a quote stands inside a segment of the path '\(text)'",
                help: "put the whole segment in quotes: `raw.context.\"SYSTEM.CHAT_ID\"`")
        }
        return String(segment)
    }

    private static func quoted(_ rest: inout Substring.UnicodeScalarView, _ text: String) throws(EventPathError) -> String {
        var segment = String.UnicodeScalarView()
        rest.removeFirst()
        while let scalar = rest.popFirst() {
            if scalar == "\\", let escaped = rest.first, escaped == "\"" || escaped == "\\" {
                segment.append(escaped)
                rest.removeFirst()
            } else if scalar == "\"" {
                guard rest.first == nil || rest.first == "." else {
                    throw EventPathError(
                        message: "something stands behind a quoted segment of the path '\(text)'",
                        help: "a dot follows the closing quote")
                }
                return String(segment)
            } else {
                segment.append(scalar)
            }
        }
        throw EventPathError(message: "a quote is never closed in the path '\(text)'", help: "close it with `\"`")
    }
}
