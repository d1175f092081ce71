import Matching
import Model

extension TextTest {
    /// Reads the value of one of `keys`. Reports what is wrong and gives nil.
    convenience init?(key: String, at: SourcePosition, _ node: RuleNode, folding: Folding, in scope: DecodingScope) {
        let demand: Demand?
        let wanted: Value
        switch key {
        case "length":
            guard let range = scope.lengthRange(node) else { return nil }
            demand = .length(range)
            var bounds: Value.Object = [:]
            if range.lowerBound > 0 { bounds["min"] = .integer(Int64(range.lowerBound)) }
            if range.upperBound < .max { bounds["max"] = .integer(Int64(range.upperBound)) }
            wanted = .object(bounds)
        case "empty":
            guard let isEmpty = scope.flag(node) else { return nil }
            demand = .empty(isEmpty)
            wanted = .bool(isEmpty)
        default:
            let mayBeEmpty = key == "all" || key == "none"
            guard let words = scope.words(node, allowingLists: true, mayBeEmpty: mayBeEmpty) else { return nil }
            demand = TextTest.demand(key, words, folding, scope)
            wanted = .array(words.map { .string($0.text) })
        }
        guard let demand else { return nil }
        self.init(key: key, at: at, wanted: wanted, demand: demand, folding: folding)
    }

    private static func demand(
        _ key: String, _ words: [WrittenWord], _ folding: Folding, _ scope: DecodingScope
    ) -> Demand? {
        switch key {
        case "any": scope.keywords(words, folding).map { .any(KeywordSet($0)) }
        case "all": scope.keywords(words, folding).map { .all($0) }
        case "none": scope.keywords(words, folding).map { .none(KeywordSet($0)) }
        case "is": .equals(Set(words.map { FoldedText(Keyword.unescapingDollars($0.text), folding) }))
        case "starts": scope.parts(words, folding).map { .starts($0) }
        case "ends": scope.parts(words, folding).map { .ends($0) }
        case "substring":
            scope.parts(words, folding).map { parts in
                .substring(parts, PatternSet(parts.map { LiteralSet([$0.utf8]) }))
            }
        default: scope.patterns(words, caseExact: folding.caseExact).map { .regex($0) }
        }
    }
}

extension DecodingScope {
    fileprivate func keywords(_ words: [WrittenWord], _ folding: Folding) -> [Keyword]? {
        complete(
            words.map { word in
                do throws(KeywordError) {
                    return try Keyword(word.text, folding: folding)
                } catch {
                    badKeyword(error.message, word, help: error.help)
                    return nil
                }
            })
    }

    /// Texts that stand somewhere in another. One of which folding leaves nothing is in every text, and is refused.
    fileprivate func parts(_ words: [WrittenWord], _ folding: Folding) -> [FoldedText]? {
        complete(
            words.map { word in
                let folded = FoldedText(Keyword.unescapingDollars(word.text), folding)
                guard folded.isEmpty else { return folded }
                badKeyword(
                    "nothing is left of the text after folding, so it would be in every message", word,
                    help: "white space and invisible characters alone are no text to look for")
                return nil
            })
    }

    fileprivate func patterns(_ words: [WrittenWord], caseExact: Bool) -> [Pattern]? {
        complete(
            words.map { word in
                do throws(PatternError) {
                    return try Pattern(word.text, caseExact: caseExact)
                } catch {
                    badRegex(error, word)
                    return nil
                }
            })
    }

    private func badKeyword(_ message: String, _ word: WrittenWord, help: String?) {
        reportOnce(
            Diagnostic(
                .error, .badKeyword, message, at: word.node.at, length: DecodingScope.caretLength(of: word.node), help: help))
    }

    /// A word of a `$list` is read again wherever the list is used; what is wrong with it is told once.
    private func reportOnce(_ diagnostic: Diagnostic) {
        if !diagnostics.contains(diagnostic) { report(diagnostic) }
    }

    private func badRegex(_ failure: PatternError, _ word: WrittenWord) {
        let place = word.node.position(ofOffset: failure.offset)
        reportOnce(
            Diagnostic(
                .error, .badRegex, "\(failure.message) at offset \(failure.offset) of the regular expression",
                at: place ?? word.node.at, length: place == nil ? DecodingScope.caretLength(of: word.node) : 1,
                label: "offset \(failure.offset)", help: failure.help))
    }

    /// `{ min, max }`, at least one of them.
    fileprivate func lengthRange(_ node: RuleNode) -> ClosedRange<Int>? {
        guard let entries = mapping(node, known: ["min", "max"], what: "`length`") else { return nil }
        guard !entries.isEmpty else {
            error(.missingKey, "`length` needs `min` or `max`", at: node, help: "write `length: { max: 160 }`")
            return nil
        }
        let bounds = entries.mapValues { integer($0.value, in: 0...Int.max) }
        guard let low = bounds["min"] ?? 0, let high = bounds["max"] ?? Int.max else { return nil }
        guard low <= high else {
            error(.badValue, "`min` is above `max`, so this could never hold", at: entries["min"]?.value ?? node)
            return nil
        }
        return low...high
    }

    /// All, or nil when one is missing.
    private func complete<Element>(_ elements: [Element?]) -> [Element]? {
        let known = elements.compactMap(\.self)
        return known.count == elements.count ? known : nil
    }
}

extension RuleNode {
    /// Where a scalar's text has its character after `offset` code points; nil where the way it is written hides that.
    fileprivate func position(ofOffset offset: Int) -> SourcePosition? {
        guard let scalar, !scalar.text.contains(where: \.isNewline) else { return nil }
        let before = String(String.UnicodeScalarView(scalar.text.unicodeScalars.prefix(offset)))
        let column: Int
        switch scalar.style {
        case .plain: column = at.column + before.count
        case .singleQuoted: column = at.column + 1 + before.count + before.count { $0 == "'" }
        case .doubleQuoted, .block: return nil
        }
        return SourcePosition(file: at.file, line: at.line, column: column)
    }
}
