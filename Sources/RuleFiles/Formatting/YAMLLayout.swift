/// Writes a YAML text anew, token by token, with what stands between them: line breaks as they are, blanks as they should be,
/// comments kept.
struct YAMLLayout {
    typealias Text = [Unicode.Scalar]

    private let source: Text
    private let tokens: [YAMLToken]
    private let lineStarts: [Int]
    private var out = Text()

    /// The block collections that are open, with the columns where they stand and where they will.
    private var stack: [Collection] = []
    /// Those that were open at the last token: comments may belong to what ends behind them.
    private var stackBefore: [Collection] = []
    private var flows: [Flow] = []
    private var previous: YAMLToken?
    /// Behind the previous token.
    private var place = 0
    private var isKey = false
    /// The previous token is a text to which the empty lines behind it belong.
    private var takesBlanks = false
    /// The last key of the file's own mapping.
    private var section = ""

    private struct Collection {
        var isSequence: Bool
        /// A list at the column of its key, of which the scanner says nothing.
        var isUnannounced = false
        var old: Int
        var new: Int
        var entries = 0
        /// The last entry stands on one line.
        var isSingleLine = false
    }

    private struct Flow {
        var isMapping: Bool
        var isSpaced: Bool
    }

    private static let sections: Set<String> = ["rules", "flows", "tests"]

    init(_ text: String, _ tokens: [YAMLToken]) {
        let source = Array(text.unicodeScalars)
        self.source = source
        self.tokens = tokens
        lineStarts = [0] + source.indices.filter { source[$0] == "\n" }.map { $0 + 1 }
    }

    mutating func run() -> String {
        for index in tokens.indices {
            let token = tokens[index]
            if token.kind == .end { break }
            if token.isVirtual { follow(token) } else { write(index) }
        }
        finish()
        var text = String.UnicodeScalarView()
        text.append(contentsOf: out)
        return String(text)
    }

    // MARK: Structure

    private mutating func follow(_ token: YAMLToken) {
        guard flows.isEmpty else { return }
        switch token.kind {
        case .blockMappingStart: open(isSequence: false, at: token.start)
        case .blockSequenceStart: open(isSequence: true, at: token.start)
        case .blockEnd:
            leaveUnannounced()
            if !stack.isEmpty { stack.removeLast() }
        case .key:
            leaveUnannounced()
            isKey = true
        default: break
        }
    }

    private mutating func leaveUnannounced() {
        if stack.last?.isUnannounced == true { stack.removeLast() }
    }

    private mutating func open(isSequence: Bool, isUnannounced: Bool = false, at start: Int) {
        let new = stack.last.map { $0.new + 2 } ?? 0
        stack.append(Collection(isSequence: isSequence, isUnannounced: isUnannounced, old: column(of: start), new: new))
    }

    private func line(of index: Int) -> Int {
        var range = 0..<lineStarts.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = lineStarts[middle] <= index ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound - 1
    }

    private func column(of index: Int) -> Int { index - lineStarts[max(0, line(of: index))] }

    /// How far things within the innermost block collection move.
    private var shift: Int { stack.last.map { $0.new - $0.old } ?? 0 }

    // MARK: Tokens

    private mutating func write(_ index: Int) {
        let token = tokens[index]
        if token.kind == .entry, flows.isEmpty {
            if stack.last?.isSequence != true { open(isSequence: true, isUnannounced: true, at: token.start) }
            stack[stack.count - 1].entries += 1
        }
        let gap = Gap(source[place..<token.start], isBeginning: previous == nil)
        if let previous, !gap.hasBreak {
            out += Text(separator(previous, token).unicodeScalars)
        } else {
            breakLine(gap, before: index)
        }
        if token.closesFlow, !flows.isEmpty { flows.removeLast() }
        if token.opensFlow { flows.append(flow(at: index)) }
        if isKey, stack.count == 1, flows.isEmpty, !stack[0].isSequence { section = text(token) }
        isKey = false
        writeText(token)
        previous = token
        stackBefore = stack
    }

    private func text(_ token: YAMLToken) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: source[token.start..<token.end])
        return String(text)
    }

    private func flow(at index: Int) -> Flow {
        let token = tokens[index]
        guard token.kind == .flowSequenceStart else { return Flow(isMapping: true, isSpaced: true) }
        let next = tokens[(index + 1)...].first { !$0.isVirtual }
        let opensMapping = next.map { $0.kind == .flowMappingStart && line(of: $0.start) == line(of: token.start) } ?? false
        return Flow(isMapping: false, isSpaced: opensMapping)
    }

    private mutating func writeText(_ token: YAMLToken) {
        place = token.end
        takesBlanks = false
        switch token.kind {
        case .blockScalar: writeBlock(token)
        case .plainScalar, .quotedScalar: writeLines(token)
        default: out += source[token.start..<token.end]
        }
    }

    /// What stands between two tokens of one line.
    private func separator(_ left: YAMLToken, _ right: YAMLToken) -> String {
        // A bracket right behind a colon would be taken for text.
        if left.kind == .value { return " " }
        if left.opensFlow { return right.closesFlow ? "" : flows.last?.isSpaced == true ? " " : "" }
        if right.closesFlow { return flows.last?.isSpaced == true ? " " : "" }
        switch right.kind {
        case .flowEntry: return ""
        // An alias would take the colon for a part of its name.
        case .value: return left.kind == .alias ? " " : ""
        default: return " "
        }
    }

    // MARK: Lines

    private mutating func breakLine(_ gap: Gap, before index: Int) {
        let token = tokens[index]
        let old = column(of: token.start)
        let new = indentation(of: token, old: old)
        writeTrailing(gap)
        for line in lines(gap, before: index, old: old) {
            if out.isEmpty, line.isBlank { continue }
            if previous != nil || !out.isEmpty { out.append("\n") }
            write(line, next: (old, new))
        }
        if previous != nil || !out.isEmpty { out.append("\n") }
        out += Text(repeating: " ", count: new)
    }

    private func indentation(of token: YAMLToken, old: Int) -> Int {
        if token.kind == .mark { return 0 }
        guard flows.isEmpty else { return max(0, old + shift) }
        if token.kind == .entry || isKey { return stack.last?.new ?? 0 }
        return stack.last.map { $0.new + 2 } ?? 0
    }

    private mutating func writeTrailing(_ gap: Gap) {
        guard let comment = gap.trailing else { return }
        out += Text(repeating: " ", count: max(1, gap.trailingBlanks))
        // Behind unquoted text it may be a part of it that was cut off: that is for `check` to say.
        write(comment, isText: previous?.kind == .plainScalar)
    }

    private mutating func write(_ line: Gap.Line, next: (old: Int, new: Int)?) {
        guard case .comment(let column, let text) = line else { return }
        var new = moved(column, next: next)
        // Behind a literal text it would be a line of it if it stood as deep.
        if previous?.kind == .blockScalar { new = min(new, stackBefore.last?.new ?? 0) }
        out += Text(repeating: " ", count: new)
        write(text, isText: false)
    }

    private mutating func write(_ comment: Text, isText: Bool) {
        var comment = comment
        if !isText, comment.count > 1, comment[1].isOfWord { comment.insert(" ", at: 1) }
        out += comment
    }

    /// Where a comment goes that stands at a column: along with what follows, else with what it stands in.
    private func moved(_ column: Int, next: (old: Int, new: Int)?) -> Int {
        guard flows.isEmpty else { return max(0, column + shift) }
        if let next, next.old == column { return next.new }
        if next == nil, column == 0 { return 0 }
        var best = (stackBefore + stack).filter { $0.old <= column }.map { (old: $0.old, new: $0.new) }.max { $0.old < $1.old }
        if let next, next.old <= column, next.old > best?.old ?? -1 { best = next }
        return best.map { $0.new + column - $0.old } ?? column
    }

    /// One empty line where there were several; between entries of a section exactly one, but for entries of one line.
    private mutating func lines(_ gap: Gap, before index: Int, old: Int) -> [Gap.Line] {
        var lines: [Gap.Line] = []
        for line in gap.lines where !line.isBlank || lines.last?.isBlank != true { lines.append(line) }
        guard tokens[index].kind == .entry, flows.isEmpty, stack.count == 2, Self.sections.contains(section) else { return lines }
        let isFirst = stack[1].entries == 1
        let wasSingle = stack[1].isSingleLine
        stack[1].isSingleLine = isSingleLine(index)
        if isFirst {
            while lines.first?.isBlank == true { lines.removeFirst() }
        } else if !takesBlanks, !lines.contains(where: \.isBlank), !(wasSingle && stack[1].isSingleLine) {
            let own = lines.firstIndex { line in
                if case .comment(let column, _) = line { column <= old } else { false }
            }
            lines.insert(.blank, at: own ?? lines.endIndex)
        }
        return lines
    }

    /// Whether an entry of a list stands on one line.
    private func isSingleLine(_ index: Int) -> Bool {
        let (first, dash) = (line(of: tokens[index].start), column(of: tokens[index].start))
        for token in tokens[(index + 1)...] where !token.isVirtual {
            if line(of: token.start) > first { return column(of: token.start) <= dash }
            if line(of: max(token.start, token.end - 1)) > first { return false }
        }
        return true
    }

    private mutating func finish() {
        let gap = Gap(source[place...], isBeginning: previous == nil)
        flows = []
        writeTrailing(gap)
        var lines: [Gap.Line] = []
        for line in gap.lines where !line.isBlank || lines.last?.isBlank != true { lines.append(line) }
        while lines.last?.isBlank == true { lines.removeLast() }
        for line in lines {
            if out.isEmpty, line.isBlank { continue }
            if !out.isEmpty { out.append("\n") }
            write(line, next: nil)
        }
        if !out.isEmpty { out.append("\n") }
    }

    // MARK: Scalars of several lines

    /// Blanks around the line breaks of such a scalar mean nothing; they must only be deeper than what they stand in.
    private mutating func writeLines(_ token: YAMLToken) {
        let lines = source[token.start..<token.end].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1 else { return out += source[token.start..<token.end] }
        let least = stack.last.map { $0.new + 1 } ?? 0
        for (number, line) in lines.enumerated() {
            let blanks = line.prefix { $0 == " " }.count
            var text = Text(number == 0 ? line[...] : line.dropFirst(blanks))
            if number < lines.count - 1 { text.dropBlanks(isEscaping: token.kind == .quotedScalar) }
            if number > 0 { out.append("\n") }
            if number > 0, !text.isEmpty { out += Text(repeating: " ", count: max(least, blanks + shift)) }
            out += text
        }
    }

    /// A literal or folded text: every line of it moves by as much.
    private mutating func writeBlock(_ token: YAMLToken) {
        var header = source[token.start...].prefix { $0 != "\n" }.map(\.self)
        let isAtEnd = token.start + header.count == source.count
        place = token.start + header.count
        header.dropBlanks(isEscaping: false)
        let scalar = BlockScalar(header, source[place...], parent: announcedColumn)
        // Without a line end behind it the text has none either, and it will get one.
        if scalar.endsText, !isAtEnd { header = BlockScalar.stripping(header) }
        out += header
        takesBlanks = scalar.keepsBlanks
        let inner = scalar.step.map { (stack.last?.new ?? 0) + $0 } ?? stack.last.map { $0.new + 2 } ?? 2
        for line in scalar.lines {
            out.append("\n")
            if let line { out += Text(repeating: " ", count: inner) + line }
        }
        place = scalar.end
    }

    /// That of the innermost collection which the scanner knows: what an indentation in digits counts from.
    private var announcedColumn: Int { stack.last { !$0.isUnannounced }?.old ?? (stack.isEmpty ? -1 : 0) }
}

extension Unicode.Scalar {
    /// Of the beginning of a comment that is words.
    fileprivate var isOfWord: Bool { properties.isAlphabetic || properties.numericType != nil || self == "\"" || self == "'" }
}

extension [Unicode.Scalar] {
    /// Takes the blanks at the end away; the one behind a backslash is text.
    fileprivate mutating func dropBlanks(isEscaping: Bool) {
        var count = self.count
        while count > 0, self[count - 1] == " " || self[count - 1] == "\t" { count -= 1 }
        guard count < self.count else { return }
        if isEscaping, self[..<count].reversed().prefix(while: { $0 == "\\" }).count % 2 == 1 { return }
        removeLast(self.count - count)
    }
}

// MARK: - Between tokens

/// What stands between two tokens: blanks, line breaks and comments.
private struct Gap {
    enum Line {
        case blank
        case comment(column: Int, [Unicode.Scalar])

        var isBlank: Bool { if case .blank = self { true } else { false } }
    }

    var hasBreak: Bool
    /// A comment behind the token before, and the blanks in front of it.
    var trailing: [Unicode.Scalar]?
    var trailingBlanks = 0
    /// Whole lines.
    var lines: [Line] = []

    /// - Parameter isBeginning: it begins the file, so that its first line is a whole one.
    init(_ text: ArraySlice<Unicode.Scalar>, isBeginning: Bool) {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        hasBreak = parts.count > 1 || isBeginning
        for (number, part) in parts.enumerated() {
            let blanks = part.prefix { $0 == " " || $0 == "\t" }.count
            var comment = Array(part.dropFirst(blanks))
            while let last = comment.last, last == " " || last == "\t" { comment.removeLast() }
            let isWhole = number > 0 || isBeginning
            if !isWhole {
                if comment.first == "#" { (trailing, trailingBlanks) = (comment, blanks) }
            } else if comment.first == "#" {
                lines.append(.comment(column: blanks, comment))
            } else if number < parts.count - 1 {
                lines.append(.blank)
            }
        }
    }
}

// MARK: - Block scalars

/// The lines of a literal or folded text, without their indentation.
private struct BlockScalar {
    /// Nil for an empty one.
    var lines: [[Unicode.Scalar]?] = []
    /// The indentation that its header tells in digits.
    var step: Int?
    /// Behind its last line, before the line break.
    var end: Int
    /// True where the empty lines behind it belong to it.
    var keepsBlanks: Bool
    /// True where the file ends with its last line.
    var endsText = false

    /// - Parameters:
    ///   - header: `|`, `>-`, `|2+ # why`.
    ///   - rest: from behind the header on.
    ///   - parent: the column of what it stands in; -1 for nothing.
    init(_ header: [Unicode.Scalar], _ rest: ArraySlice<Unicode.Scalar>, parent: Int) {
        let indicators = header.dropFirst().prefix { $0 != " " && $0 != "#" }
        step = indicators.lazy.compactMap { $0.properties.numericType == .decimal ? Int(String($0)) : nil }.first
        keepsBlanks = indicators.contains("+")
        end = rest.startIndex
        guard rest.first == "\n" else { return }
        var indentation = step.map { max(parent, 0) + $0 }
        if parent < 0, let step { indentation = step }
        var waiting: [[Unicode.Scalar]?] = []
        var place = rest.startIndex + 1
        while place < rest.endIndex {
            let line = rest[place...].prefix { $0 != "\n" }
            let blanks = line.prefix { $0 == " " }.count
            let isEmpty = blanks == line.count
            if !isEmpty, indentation == nil {
                guard blanks > parent else { break }
                indentation = blanks
            }
            if isEmpty, blanks <= indentation ?? .max {
                waiting.append(nil)
            } else if let indentation, blanks >= indentation {
                lines += waiting + [Array(line.dropFirst(indentation))]
                waiting = []
                end = line.endIndex
            } else {
                break
            }
            // The line behind the last line break is none.
            if line.endIndex == rest.endIndex { break }
            place = line.endIndex + 1
            if keepsBlanks, waiting.isEmpty == false, !lines.isEmpty || indentation == nil {
                lines += waiting
                waiting = []
                end = line.endIndex
            }
        }
        endsText = end == rest.endIndex && !lines.isEmpty
    }

    /// The same header, of a text without a line end at its end.
    static func stripping(_ header: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let indicators = header.prefix { $0 != " " && $0 != "#" }
        guard !indicators.contains("-") else { return header }
        return indicators.filter { $0 != "+" } + ["-"] + header.dropFirst(indicators.count)
    }
}
