/// A template taken apart: what is checked when loading, and what the Mustache library is given in a normal form.
indirect enum TemplatePart: Sendable, Hashable {
    case text(String)
    /// `{{name}}`, `{{{name}}}` and `{{&name}}` are the same: nothing is ever escaped for HTML.
    case value(TemplateName)
    /// `{{#name}}…{{/name}}`, or `{{^name}}…{{/name}}` when inverted.
    case section(TemplateName, inverted: Bool, parts: [TemplatePart])
}

/// Why a text is no template; the message is in lower case, without a full stop.
struct TemplateError: Error, Sendable, Hashable {
    var message: String
    var help: String?

    init(_ message: String, help: String? = nil) {
        self.message = message
        self.help = help
    }
}

enum TemplateSyntax {
    /// Sections deeper than this are an error: reading and rendering go down the stack with them.
    static let maximumDepth = 32

    /// Reads Mustache: values, sections, inverted sections and comments. A line that holds nothing but one tag of a
    /// section or a comment leaves no line behind, as the Mustache specification asks.
    static func parts(of source: String) throws(TemplateError) -> [TemplatePart] {
        var builder = PartBuilder()
        for token in standaloneLinesRemoved(try tokens(of: source)) {
            switch token {
            case .text(let text): builder.append(text)
            case .tag(let tag): try builder.append(tag)
            }
        }
        return try builder.finished()
    }

    private static func tokens(of source: String) throws(TemplateError) -> [TemplateToken] {
        var scanner = TagScanner(source)
        var tokens: [TemplateToken] = []
        while let token = try scanner.next() { tokens.append(token) }
        return tokens
    }

    private static func standaloneLinesRemoved(_ tokens: [TemplateToken]) -> [TemplateToken] {
        let standalone = tokens.indices.map { isStandalone(at: $0, of: tokens) }
        return tokens.indices.map { index in
            guard case .text(var text) = tokens[index] else { return tokens[index] }
            if index + 1 < tokens.count, standalone[index + 1] { text = text.withoutLastLine }
            if index > 0, standalone[index - 1] { text = text.withoutFirstLine }
            return .text(text)
        }
    }

    /// True for a tag that may stand alone, with only blanks before and behind it on its line.
    private static func isStandalone(at index: Int, of tokens: [TemplateToken]) -> Bool {
        guard case .tag(let tag) = tokens[index], tag.mayStandAlone else { return false }
        if index > 0 {
            guard case .text(let before) = tokens[index - 1], before.endsWithBlankLine(isWhole: index == 1) else { return false }
        }
        if index + 1 < tokens.count {
            guard case .text(let after) = tokens[index + 1],
                after.beginsWithBlankLine(isWhole: index + 2 == tokens.count)
            else { return false }
        }
        return true
    }
}

enum TemplateToken {
    case text(String)
    case tag(TemplateTag)
}

/// One tag as it is written.
struct TemplateTag {
    enum Kind { case value, section, inverted, close, comment }

    var kind: Kind
    /// Behind the sign, blanks trimmed.
    var content: String
    /// With its braces, for messages.
    var source: String

    var mayStandAlone: Bool { kind != .value }
}

/// Cuts a template into text and tags.
private struct TagScanner {
    /// Braces are ASCII, which no byte of another letter is.
    private let bytes: [UInt8]
    private var index = 0

    init(_ source: String) { bytes = Array(source.utf8) }

    mutating func next() throws(TemplateError) -> TemplateToken? {
        guard index < bytes.count else { return nil }
        guard stand(TagScanner.opening, 2) else { return .text(text()) }
        return .tag(try tag())
    }

    private mutating func text() -> String {
        let start = index
        while index < bytes.count, !stand(TagScanner.opening, 2) { index += 1 }
        return string(start..<index)
    }

    private mutating func tag() throws(TemplateError) -> TemplateTag {
        let start = index
        let isTriple = stand(TagScanner.opening, 3)
        let braces = isTriple ? 3 : 2
        index += braces
        let contentStart = index
        while index < bytes.count, !stand(TagScanner.closing, braces) { index += 1 }
        guard index < bytes.count else {
            throw TemplateError(
                "the tag `\(shortened(start))` is not closed", help: "close it with `\(isTriple ? "}}}" : "}}")`")
        }
        let content = string(contentStart..<index).trimmingBlanks
        index += braces
        let source = string(start..<index)
        return isTriple
            ? TemplateTag(kind: .value, content: content, source: source) : try TagScanner.tag(content, source: source)
    }

    private static func tag(_ content: String, source: String) throws(TemplateError) -> TemplateTag {
        guard let sign = content.unicodeScalars.first else {
            throw TemplateError("the tag `\(source)` is empty", help: "write a name between the braces: `{{contact.first_name}}`")
        }
        let rest = String(content.unicodeScalars.dropFirst()).trimmingBlanks
        switch sign {
        case "#": return TemplateTag(kind: .section, content: rest, source: source)
        case "^": return TemplateTag(kind: .inverted, content: rest, source: source)
        case "/": return TemplateTag(kind: .close, content: rest, source: source)
        case "!": return TemplateTag(kind: .comment, content: rest, source: source)
        case "&": return TemplateTag(kind: .value, content: rest, source: source)
        case ">":
            throw TemplateError("a template cannot hold a partial, found `\(source)`", help: "write the text out in its place")
        case "<", "$":
            throw TemplateError(
                "a template cannot hold a parent or a block, found `\(source)`", help: "write the text out in its place")
        case "=":
            throw TemplateError(
                "the delimiters of a template cannot be changed, found `\(source)`", help: "tags are always written `{{…}}`")
        case "%":
            throw TemplateError(
                "a template cannot hold a pragma, found `\(source)`", help: "leave it out: text is never escaped")
        default: return TemplateTag(kind: .value, content: content, source: source)
        }
    }

    private static let opening = UInt8(ascii: "{")
    private static let closing = UInt8(ascii: "}")

    /// True where so many of the brace stand next.
    private func stand(_ brace: UInt8, _ count: Int) -> Bool {
        bytes.count - index >= count && bytes[index..<index + count].allSatisfy { $0 == brace }
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The beginning of an unclosed tag, for a message.
    private func shortened(_ start: Int) -> String {
        let line = string(start..<bytes.count).unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
        return String(line.prefix(30)) + (line.count > 30 ? "…" : "")
    }
}

/// Puts tokens together to parts, section by section.
private struct PartBuilder {
    /// What stands outside of all sections, then inside of each open one, the innermost last. Never empty.
    private var levels: [[TemplatePart]] = [[]]
    private var open: [(tag: TemplateTag, name: TemplateName)] = []

    mutating func append(_ text: String) {
        guard !text.isEmpty else { return }
        if case .text(let before)? = levels.last?.last {
            levels[levels.count - 1].removeLast()
            append(.text(before + text))
        } else {
            append(.text(text))
        }
    }

    mutating func append(_ tag: TemplateTag) throws(TemplateError) {
        switch tag.kind {
        case .comment: break
        case .value: append(.value(try TemplateName(tag)))
        case .section, .inverted: try begin(tag)
        case .close: try end(tag)
        }
    }

    func finished() throws(TemplateError) -> [TemplatePart] {
        if let last = open.last {
            throw TemplateError(
                "the section `\(last.tag.source)` is not closed", help: "close it with `{{/\(last.tag.content)}}`")
        }
        return levels[0]
    }

    private mutating func append(_ part: TemplatePart) { levels[levels.count - 1].append(part) }

    private mutating func begin(_ tag: TemplateTag) throws(TemplateError) {
        guard open.count < TemplateSyntax.maximumDepth else {
            throw TemplateError(
                "more than \(TemplateSyntax.maximumDepth) sections stand inside each other", help: "close some of them earlier")
        }
        open.append((tag, try TemplateName(tag)))
        levels.append([])
    }

    private mutating func end(_ tag: TemplateTag) throws(TemplateError) {
        guard let opening = open.popLast() else {
            throw TemplateError("`\(tag.source)` closes a section that is not open", help: "open it with `{{#\(tag.content)}}`")
        }
        guard try TemplateName(tag).path == opening.name.path else {
            throw TemplateError(
                "`\(tag.source)` cannot close `\(opening.tag.source)`",
                help: "sections end in the reverse order of their beginnings: write `{{/\(opening.tag.content)}}` first")
        }
        let parts = levels.removeLast()
        append(.section(opening.name, inverted: opening.tag.kind == .inverted, parts: parts))
    }
}

extension String {
    fileprivate static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    fileprivate var trimmingBlanks: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// True when nothing but blanks stands behind its last line break; `isWhole`: its beginning counts as one.
    fileprivate func endsWithBlankLine(isWhole: Bool) -> Bool {
        let rest = unicodeScalars.reversed().drop(while: String.isBlank)
        return rest.first.map { $0 == "\n" } ?? isWhole
    }

    /// True when nothing but blanks stands before its first line break; `isWhole`: its end counts as one.
    fileprivate func beginsWithBlankLine(isWhole: Bool) -> Bool {
        var rest = unicodeScalars.drop(while: String.isBlank)
        if rest.first == "\r" { rest = rest.dropFirst() }
        return rest.first.map { $0 == "\n" } ?? isWhole
    }

    /// Without the blanks behind its last line break.
    fileprivate var withoutLastLine: String {
        String(String.UnicodeScalarView(unicodeScalars.reversed().drop(while: String.isBlank).reversed()))
    }

    /// Without everything up to its first line break, that included.
    fileprivate var withoutFirstLine: String {
        var rest = unicodeScalars.drop(while: String.isBlank)
        if rest.first == "\r" { rest = rest.dropFirst() }
        return String(rest.dropFirst())
    }
}
