import CYAML
package import Model
package import Rules

/// Reads one YAML file into `RuleNode`s with places, over libyaml's events.
///
/// Events, not a ready tree, because limits must hold before a tree is built (aliases multiply), because a repeated key
/// must be shown where it is repeated, and because the end of a plain scalar shows what a comment cut off.
package struct YAMLDocument: Sendable {
    package static let byteLimit = 1 << 20
    static let nestingLimit = 64
    static let aliasLimit = 100
    static let nodeLimit = 100_000
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Nil for an empty file, or when an error was reported.
    package let root: RuleNode?
    package let diagnostics: [Diagnostic]
    /// Without line ends; for snippets.
    package let lines: [String]

    /// Where scalars and what stands in brackets end, by where they begin; empty unless asked for.
    private let ends: [SourcePosition: SourcePosition]

    /// - Parameters:
    ///   - file: the path as it is shown to people.
    ///   - notesEnds: for who wants to change the file.
    package init(_ written: [UInt8], file: String, notesEnds: Bool = false) {
        let start = SourcePosition(file: file, line: 1, column: 1)
        // A byte order mark counts in no column, and would keep a `%YAML` line from being one.
        let bytes = written.starts(with: YAMLDocument.byteOrderMark) ? Array(written.dropFirst(3)) : written
        guard written.count <= YAMLDocument.byteLimit else {
            root = nil
            ends = [:]
            lines = []
            diagnostics = [
                Diagnostic(
                    .error, .tooLarge, "the file is larger than 1 MiB", at: start, help: "split it into several files")
            ]
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            root = nil
            ends = [:]
            lines = []
            diagnostics = [
                Diagnostic(
                    .error, .unreadableFile, "the file is not UTF-8 text", at: YAMLDocument.invalidPlace(bytes, file: file),
                    help: "save it as UTF-8")
            ]
            return
        }
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(String.init)
        let tabs = TabFinder.findings(in: lines, file: file)
        guard tabs.isEmpty else {
            root = nil
            ends = [:]
            diagnostics = tabs
            return
        }
        var reader = YAMLEventReader(file: file, lines: lines)
        reader.ends = notesEnds ? [:] : nil
        root = reader.read(bytes)
        diagnostics = reader.diagnostics
        ends = reader.ends ?? [:]
    }

    /// Behind the last character of a scalar, or of what stands in brackets; nil for what is written as a block.
    package func end(of node: RuleNode) -> SourcePosition? { ends[node.at] }

    /// The same, and for a block behind the last of what it holds. Nil where that cannot be told: an alias stands there.
    package func textEnd(of node: RuleNode) -> SourcePosition? {
        switch node.content {
        case .scalar: return end(of: node)
        case .sequence(let nodes):
            if let end = end(of: node) { return end }
            return nodes.last.flatMap { $0.at < node.at ? nil : textEnd(of: $0) }
        case .mapping(let entries):
            // A block begins with its first key, whose end is not its own.
            if let first = entries.first, first.keyAt == node.at {
                return entries.last.flatMap { $0.value.at < node.at ? nil : textEnd(of: $0.value) }
            }
            return end(of: node)
        }
    }

    private static func invalidPlace(_ bytes: [UInt8], file: String) -> SourcePosition {
        var line = 1
        var column = 1
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return SourcePosition(file: file, line: line, column: column)
    }
}

/// Tabs where YAML wants spaces: at the beginning of a line, and behind `:` or `-`.
private enum TabFinder {
    static func findings(in lines: [String], file: String) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for (index, line) in lines.enumerated() {
            guard let column = tabColumn(in: line) else { continue }
            findings.append(
                Diagnostic(
                    .error, .syntax, "a tab stands where YAML wants spaces",
                    at: SourcePosition(file: file, line: index + 1, column: column), help: "indent with spaces"))
        }
        return findings
    }

    private static func tabColumn(in line: String) -> Int? {
        guard line.utf8.contains(9) else { return nil }
        var column = 0
        var previous: Character?
        for character in line {
            column += 1
            switch character {
            case "\t": return previous == nil || previous == ":" || previous == "-" ? column : nil
            case " ": continue
            case "#", "'", "\"", "|", ">": return nil
            default: previous = character
            }
        }
        return nil
    }
}

/// Builds nodes from libyaml's events, keeping count.
private struct YAMLEventReader {
    let file: String
    let lines: [String]
    private(set) var diagnostics: [Diagnostic] = []
    /// Nil when nobody asks.
    var ends: [SourcePosition: SourcePosition]?
    private var anchors: [String: (node: RuleNode, count: Int)] = [:]
    private var aliasCount = 0
    private var nodeCount = 0
    private var lastLine: (number: Int, characters: [Unicode.Scalar]) = (0, [])

    /// Where each line begins, in characters; nil when libyaml's own lines are ours. It also breaks lines at U+0085, U+2028
    /// and U+2029, which text from chats may hold and no editor counts.
    private let lineStarts: [Int]?

    init(file: String, lines: [String]) {
        self.file = file
        self.lines = lines
        let hasOtherBreaks = lines.contains { line in
            line.unicodeScalars.contains { $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }
        }
        lineStarts = hasOtherBreaks ? lines.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.unicodeScalars.count + 1) } : nil
    }

    /// Thrown when reading cannot go on; the diagnostic is already noted.
    private struct Stop: Error {}

    mutating func read(_ bytes: [UInt8]) -> RuleNode? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return nil }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        return bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            let root = try? document(&parser)
            return diagnostics.contains { $0.severity == .error } ? nil : root ?? nil
        }
    }

    private mutating func document(_ parser: inout yaml_parser_t) throws(Stop) -> RuleNode? {
        var root: RuleNode?
        var documents = 0
        while true {
            var event = try next(&parser)
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                if documents > 1 {
                    report(
                        .syntax, "a second document begins here", at: place(event.start_mark),
                        help: "one document a file: take the `---` away, or split the file")
                    throw Stop()
                }
            case YAML_SCALAR_EVENT, YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT, YAML_ALIAS_EVENT:
                root = try node(event, &parser, depth: 1)
            default: break
            }
        }
    }

    /// The next event, which the caller deletes.
    private mutating func next(_ parser: inout yaml_parser_t) throws(Stop) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            reportSyntax(parser)
            throw Stop()
        }
        return event
    }

    private mutating func node(
        _ event: yaml_event_t, _ parser: inout yaml_parser_t, depth: Int
    ) throws(Stop) -> RuleNode {
        let at = place(event.start_mark)
        nodeCount += 1
        if nodeCount > YAMLDocument.nodeLimit {
            report(.tooLarge, "the file holds more than 100,000 values", at: at, help: "split it into several files")
            throw Stop()
        }
        let isNesting = event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT
        if isNesting, depth > YAMLDocument.nestingLimit {
            report(.tooLarge, "the file is nested more than 64 deep", at: at, help: "take some levels away")
            throw Stop()
        }
        switch event.type {
        case YAML_ALIAS_EVENT: return try alias(event, at: at)
        case YAML_SCALAR_EVENT: return scalar(event, at: at)
        case YAML_SEQUENCE_START_EVENT: return try sequence(event, &parser, at: at, depth: depth)
        default: return try mapping(event, &parser, at: at, depth: depth)
        }
    }

    private mutating func alias(_ event: yaml_event_t, at: SourcePosition) throws(Stop) -> RuleNode {
        aliasCount += 1
        if aliasCount > YAMLDocument.aliasLimit {
            report(.tooLarge, "the file uses more than 100 aliases", at: at, help: "write a `lists:` entry instead")
            throw Stop()
        }
        let name = text(event.data.alias.anchor)
        guard let known = anchors[name] else {
            report(
                .syntax, "the alias `*\(name)` has no anchor before it", at: at,
                help: "quote the text if the star is part of it")
            throw Stop()
        }
        nodeCount += known.count
        if nodeCount > YAMLDocument.nodeLimit {
            report(
                .tooLarge, "the aliases make more than 100,000 values of the file", at: at,
                help: "write a `lists:` entry instead")
            throw Stop()
        }
        return known.node
    }

    private mutating func scalar(_ event: yaml_event_t, at: SourcePosition) -> RuleNode {
        let data = event.data.scalar
        let value = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let style: RuleNode.Scalar.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .plain
            }
        if data.tag != nil { reportTag(text(data.tag), at: at) }
        let node = RuleNode(.scalar(RuleNode.Scalar(text: value, style: style)), at: at)
        note(end: event.end_mark, of: at)
        if style == .plain, !value.isEmpty { warnOfCut(event.end_mark, node: node) }
        register(data.anchor, node, count: 1)
        return node
    }

    private mutating func sequence(
        _ event: yaml_event_t, _ parser: inout yaml_parser_t, at: SourcePosition, depth: Int
    ) throws(Stop) -> RuleNode {
        let before = nodeCount
        if event.data.sequence_start.tag != nil { reportTag(text(event.data.sequence_start.tag), at: at) }
        var nodes: [RuleNode] = []
        while true {
            var inner = try next(&parser)
            defer { yaml_event_delete(&inner) }
            if inner.type == YAML_SEQUENCE_END_EVENT {
                if event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE { note(end: inner.end_mark, of: at) }
                break
            }
            nodes.append(try node(inner, &parser, depth: depth + 1))
        }
        let result = RuleNode(.sequence(nodes), at: at)
        register(event.data.sequence_start.anchor, result, count: nodeCount - before + 1)
        return result
    }

    private mutating func mapping(
        _ event: yaml_event_t, _ parser: inout yaml_parser_t, at: SourcePosition, depth: Int
    ) throws(Stop) -> RuleNode {
        let before = nodeCount
        if event.data.mapping_start.tag != nil { reportTag(text(event.data.mapping_start.tag), at: at) }
        var entries: [RuleNode.Entry] = []
        var known: [String: SourcePosition] = [:]
        let isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        while let key = try mappingKey(&parser, depth: depth, endOf: isFlow ? at : nil) {
            var inner = try next(&parser)
            defer { yaml_event_delete(&inner) }
            let value = try node(inner, &parser, depth: depth + 1)
            guard let name = key.scalar?.text else { continue }
            if let first = known[name] {
                diagnostics.append(
                    Diagnostic(
                        .error, .duplicateKey, "the key `\(name)` stands here a second time", at: key.at,
                        length: name.count, help: "keep one of the two",
                        related: [Diagnostic.Related(at: first, message: "the first `\(name)`")]))
                continue
            }
            known[name] = key.at
            entries.append(RuleNode.Entry(key: name, keyAt: key.at, value: value))
        }
        let result = RuleNode(.mapping(entries), at: at)
        register(event.data.mapping_start.anchor, result, count: nodeCount - before + 1)
        return result
    }

    /// Nil at the mapping's end. What cannot be a key is reported, and read past.
    /// - Parameter start: of a mapping in braces.
    private mutating func mappingKey(
        _ parser: inout yaml_parser_t, depth: Int, endOf start: SourcePosition?
    ) throws(Stop) -> RuleNode? {
        var event = try next(&parser)
        defer { yaml_event_delete(&event) }
        if event.type == YAML_MAPPING_END_EVENT {
            if let start { note(end: event.end_mark, of: start) }
            return nil
        }
        let key = try node(event, &parser, depth: depth + 1)
        if key.mapping != nil, let start, key.at.line == start.line, key.at.column == start.column + 1 {
            report(
                .syntax, "a text that begins with `{{` is read as a mapping", at: start, length: 2,
                help: "put it in quotes, as in '{{contact.name}}'")
        } else if key.scalar == nil {
            report(.syntax, "\(key.kindName) cannot be a key", at: key.at, help: "keys are plain words")
        } else if event.type == YAML_SCALAR_EVENT, key.scalar?.text == "<<", key.scalar?.style == .plain {
            report(
                .syntax, "merge keys (`<<`) are not supported", at: key.at, length: 2,
                help: "write the keys out; lists can be shared under `lists:`")
        }
        return key
    }

    private mutating func note(end: yaml_mark_t, of start: SourcePosition) {
        guard ends != nil else { return }
        let end = place(end)
        ends?[start] = end
    }

    private mutating func register(_ anchor: UnsafeMutablePointer<UInt8>?, _ node: RuleNode, count: Int) {
        guard anchor != nil else { return }
        anchors[text(anchor)] = (node, count)
    }

    // MARK: Reporting

    private func place(_ mark: yaml_mark_t) -> SourcePosition {
        if let lineStarts {
            let line = YAMLEventReader.count(of: lineStarts, upTo: Int(mark.index)) - 1
            return SourcePosition(file: file, line: line + 1, column: Int(mark.index) - lineStarts[max(0, line)] + 1)
        }
        return SourcePosition(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// How many of the sorted numbers are no greater.
    private static func count(of numbers: [Int], upTo number: Int) -> Int {
        var range = 0..<numbers.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = numbers[middle] <= number ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    private func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, at: SourcePosition, length: Int = 1, help: String?
    ) {
        diagnostics.append(Diagnostic(.error, code, message, at: at, length: length, help: help))
    }

    private mutating func reportTag(_ tag: String, at: SourcePosition) {
        report(
            .syntax, "tags (`\(tag.replacingPrefix("tag:yaml.org,2002:", with: "!!"))`) are not supported", at: at,
            help: "take the tag away; quote the text if the `!` is part of it")
    }

    /// Text that goes on behind ` #` without a blank was probably meant: YAML takes it for a comment.
    private mutating func warnOfCut(_ end: yaml_mark_t, node: RuleNode) {
        let end = place(end)
        guard lines.indices.contains(end.line - 1) else { return }
        let rest = characters(ofLine: end.line).dropFirst(end.column - 1)
        guard rest.first == " " || end.column == 1 else { return }
        let comment = rest.drop { $0 == " " }
        guard comment.first == "#", let next = comment.dropFirst().first,
            next != " "
        else { return }
        diagnostics.append(
            Diagnostic(
                .warning, .cutComment, "YAML cuts this text at ` #`: what follows is a comment",
                at: SourcePosition(file: file, line: end.line, column: end.column + rest.count - comment.count),
                length: comment.count, help: "quote the whole text, or write a blank behind the `#`",
                related: [Diagnostic.Related(at: node.at, message: "the text begins here")]))
    }

    /// Kept for the next value of the line: a line may hold a hundred thousand of them, and be a million long.
    private mutating func characters(ofLine line: Int) -> [Unicode.Scalar] {
        if lastLine.number != line { lastLine = (line, Array(lines[line - 1].unicodeScalars)) }
        return lastLine.characters
    }

    private mutating func reportSyntax(_ parser: yaml_parser_t) {
        let problem = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
        let isReader = parser.error == YAML_READER_ERROR
        let context = isReader ? nil : parser.context.map { String(cString: $0) }
        // What is never closed is noticed at the file's end, and to be mended where it begins.
        let isUnclosed = context != nil && problem == "found unexpected end of stream"
        let at =
            isReader
            ? SourcePosition(file: file, line: readerLine(parser), column: 1)
            : place(isUnclosed ? parser.context_mark : parser.problem_mark)
        let related =
            isUnclosed
            ? [] : context.map { [Diagnostic.Related(at: place(parser.context_mark), message: $0)] } ?? []
        diagnostics.append(
            Diagnostic(
                .error, .syntax, "this is no YAML: \(problem)", at: at, help: YAMLEventReader.help(for: problem),
                related: related))
    }

    /// A reader error knows only how many bytes were read.
    private func readerLine(_ parser: yaml_parser_t) -> Int {
        var remaining = Int(parser.problem_offset)
        for (index, line) in lines.enumerated() {
            remaining -= line.utf8.count + 1
            if remaining < 0 { return index + 1 }
        }
        return max(1, lines.count)
    }

    private static func help(for problem: String) -> String? {
        switch problem {
        case "mapping values are not allowed in this context": "quote text that holds `: `, or mend the indentation"
        case "did not find expected key", "did not find expected '-' indicator": "check the indentation of this line"
        case "found character that cannot start any token": "quote the text"
        case "could not find expected ':'": "a key needs a `:` behind it"
        case "did not find expected ',' or ']'": "close the list with `]`, and quote text that holds `,` or `]`"
        case "did not find expected ',' or '}'": "close the mapping with `}`, and quote text that holds `,` or `}`"
        case "found unexpected end of stream": "a quote is not closed"
        case "control characters are not allowed": "take the control character away"
        default: nil
        }
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
        hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
    }
}
