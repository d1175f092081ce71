import Matching
import Model

/// One more sentence for people on why a test of a text holds or fails.
extension TextTest {
    /// Nil where wanted and actual say it all.
    /// - Parameter isThorough: also looks for what was nearly so, which takes a while.
    func hint(_ text: TextUnderTest, holds: Bool, isThorough: Bool) -> String? {
        switch demand {
        case .any(let keywords):
            holds ? found(keywords, text, isThorough) : miss(keywords.keywords, text, isThorough)
        case .all(let keywords):
            holds ? nil : miss(keywords.filter { !$0.occurs(in: text.folded(folding)) }, text, isThorough)
        case .none(let keywords): holds ? nil : found(keywords, text, isThorough)
        case .length(let range): lengthHint(range, text, holds: holds)
        case .regex(let patterns): holds ? nil : limits(patterns, text) ?? (isThorough ? foldedMatch(patterns, text) : nil)
        case .equals, .starts, .ends, .substring:
            holds ? isThorough ? equality(text) : nil : nearEquality(text, isThorough)
        case .empty: nil
        }
    }

    // MARK: What holds

    /// Which keyword it is, and what in the text it matches where only folding made it so.
    private func found(_ keywords: KeywordSet, _ text: TextUnderTest, _ isThorough: Bool) -> String? {
        let folded = text.folded(folding)
        guard let place = keywords.anyOccurs(in: folded) else { return nil }
        let keyword = keywords.keywords[place]
        let source = written(at: place) ?? keyword.literal.string
        func stands(_ folding: Folding) -> Bool {
            guard let keyword = try? Keyword(source, folding: folding) else { return true }
            return keyword.occurs(in: text.folded(folding))
        }
        if !isThorough, !stands(Folding(caseExact: true, accentsExact: true)) { return "\(source) is in it by folding" }
        let fold = isThorough ? neededFolding(stands) : nil
        guard let fold else { return "'\(source)' is in it" }
        let piece = keyword.firstOccurrence(in: folded).flatMap { text.piece(folding, at: $0, holding: keyword.literal) }
        return piece.map { "\($0) matches \(source) by \(fold)" } ?? "\(source) is in it by \(fold)"
    }

    /// The text of `is`, `starts`, `ends` or `substring` that it has, where only folding made it so.
    private func equality(_ text: TextUnderTest) -> String? {
        let sources = (wanted.array ?? []).compactMap { $0.string.map(Keyword.unescapingDollars) }
        guard let source = sources.first(where: { has($0, text, folding) }) else { return nil }
        guard let fold = neededFolding({ has(source, text, $0) }) else { return nil }
        return "it matches \(source) by \(fold)"
    }

    /// As written at a place of the list of words.
    private func written(at place: Int) -> String? {
        guard let words = wanted.array, words.indices.contains(place) else { return nil }
        return words[place].string
    }

    /// The foldings without which it would not hold; nil when it holds without any.
    private func neededFolding(_ holds: (Folding) -> Bool) -> String? {
        if holds(Folding(caseExact: true, accentsExact: true)) { return nil }
        if !folding.accentsExact, holds(Folding(caseExact: true, accentsExact: false)) { return "accent folding" }
        if !folding.caseExact, holds(Folding(caseExact: false, accentsExact: true)) { return "case folding" }
        return "case and accent folding"
    }

    private func has(_ source: String, _ text: TextUnderTest, _ folding: Folding) -> Bool {
        let (part, whole) = (FoldedText(source, folding).utf8, text.folded(folding).utf8)
        return switch demand {
        case .equals: whole == part
        case .starts: whole.starts(with: part)
        case .ends: whole.count >= part.count && whole.suffix(part.count).elementsEqual(part)
        default: occurs(part, in: text.folded(folding))
        }
    }

    // MARK: What fails

    private func miss(_ keywords: [Keyword], _ text: TextUnderTest, _ isThorough: Bool) -> String? {
        let folded = text.folded(folding)
        if let keyword = keywords.first(where: { occurs($0.literal.utf8, in: folded) }) {
            return insideWord(keyword, text)
        }
        if folding != .full {
            let folded = text.folded(.full)
            let keyword = keywords.first { occurs(FoldedText($0.literal.string).utf8, in: folded) }
            if let keyword { return "'\(keyword.literal.string)' is in it \(difference(keyword, text)), and that counts here" }
        }
        guard isThorough else { return nil }
        return NearWord.find(keywords.map(\.literal.string), in: text.written, folding)?.sentence
    }

    /// In what the text is otherwise than the keyword, where a folding is switched off.
    private func difference(_ keyword: Keyword, _ text: TextUnderTest) -> String {
        func isIt(_ folding: Folding) -> Bool {
            occurs(FoldedText(keyword.literal.string, folding).utf8, in: text.folded(folding))
        }
        if isIt(Folding(caseExact: false, accentsExact: folding.accentsExact)) { return "in other case" }
        if isIt(Folding(caseExact: folding.caseExact, accentsExact: false)) { return "with other accents" }
        return "in other case and with other accents"
    }

    private func insideWord(_ keyword: Keyword, _ text: TextUnderTest) -> String {
        let literal = keyword.literal.string
        let around = WrittenWords(text.written).first { occurs(keyword.literal.utf8, in: FoldedText($0, folding)) }
        guard let around else { return "'\(literal)' is in it only inside a longer word" }
        let starts = FoldedText(around, folding).utf8.starts(with: keyword.literal.utf8)
        return "'\(literal)' is in it only inside a longer word, \(around): "
            + (starts ? "write '\(literal)*' to take it" : "write it under `substring` to take it")
    }

    private func nearEquality(_ text: TextUnderTest, _ isThorough: Bool) -> String? {
        let sources = (wanted.array ?? []).compactMap { $0.string.map(Keyword.unescapingDollars) }
        if folding != .full, let source = sources.first(where: { has($0, text, .full) }) {
            return "it would match \(source) without `case` and `accents`"
        }
        let folded = text.folded(folding)
        switch demand {
        case .substring: break
        default:
            if let source = sources.first(where: { occurs(FoldedText($0, folding).utf8, in: folded) }) {
                return "\(source) is in it, but not as \(position)"
            }
        }
        return isThorough ? NearWord.find(sources, in: text.written, folding)?.sentence : nil
    }

    private var position: String {
        switch demand {
        case .starts: "its beginning"
        case .ends: "its end"
        default: "the whole text"
        }
    }

    private func lengthHint(_ range: ClosedRange<Int>, _ text: TextUnderTest, holds: Bool) -> String {
        let count = text.written.unicodeScalars.count
        let has = "it has \(count) code point\(count == 1 ? "" : "s")"
        if holds { return has }
        return count < range.lowerBound
            ? "\(has), \(range.lowerBound - count) too few" : "\(has), \(count - range.upperBound) too many"
    }

    private func limits(_ patterns: [Pattern], _ text: TextUnderTest) -> String? {
        for pattern in patterns {
            if case .limitExceeded(let kind) = pattern.firstMatch(in: text.written) {
                return "the regular expression ran into its \(kind.rawValue) limit"
            }
        }
        return nil
    }

    /// Authors who know that keywords are folded expect it of regular expressions too.
    private func foldedMatch(_ patterns: [Pattern], _ text: TextUnderTest) -> String? {
        let folded = text.folded(Folding(caseExact: true, accentsExact: false)).string
        guard !folded.utf8.elementsEqual(text.written.utf8) else { return nil }
        for pattern in patterns {
            if case .match = pattern.firstMatch(in: folded) {
                return "it would match '\(folded.beginning)': a regular expression sees the message as written, not folded"
            }
        }
        return nil
    }

    private func occurs(_ literal: [UInt8], in text: FoldedText) -> Bool {
        !literal.isEmpty && !PatternSet([LiteralSet([literal])]).candidates(in: text).isEmpty
    }
}

extension TextUnderTest {
    /// Longer texts are not searched for what a match looks like in them.
    private static let longest = 4096

    /// What stands in the text as written at a range of its folded bytes, whole words without the punctuation around them; nil
    /// where it cannot be told.
    fileprivate func piece(_ folding: Folding, at range: Range<Int>, holding literal: FoldedText) -> String? {
        guard written.utf8.count <= Self.longest else { return nil }
        var offset = 0
        var found: Range<String.Index>?
        for word in written.split(whereSeparator: \.isWhitespace) {
            let count = FoldedText(String(word), folding).utf8.count
            guard count > 0 else { continue }
            if (offset..<offset + count).overlaps(range) {
                found = (found?.lowerBound ?? word.startIndex)..<word.endIndex
            }
            offset += count + 1
        }
        guard let found else { return nil }
        func holds(_ piece: Substring) -> Bool {
            !PatternSet([LiteralSet([literal.utf8])]).candidates(in: FoldedText(String(piece), folding)).isEmpty
        }
        var piece = written[found]
        guard holds(piece) else { return nil }
        while let first = piece.first, !first.isOfWord, holds(piece.dropFirst()) { piece.removeFirst() }
        while let last = piece.last, !last.isOfWord, holds(piece.dropLast()) { piece.removeLast() }
        return String(piece)
    }
}

extension String {
    /// At most 60 characters of it.
    fileprivate var beginning: String { count > 60 ? prefix(60) + "…" : self }
}
