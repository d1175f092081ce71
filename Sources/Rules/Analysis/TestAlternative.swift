import Matching
import Model

/// One of the ways in which a test can hold.
enum TestAlternative {
    case word(FoldedText)
    case keyword(Keyword)
    case whole(FoldedText, Folding)
    case start(FoldedText, Folding)
    case end(FoldedText, Folding)
    case part(FoldedText, Folding)
    case match(PatternSource)
    case length(ClosedRange<Int>)
    case empty
    case exists
    case above(Double, orEqual: Bool)
    case below(Double, orEqual: Bool)

    static func all(of test: EventDemand.Test) -> [TestAlternative] {
        switch test {
        case .words(let words): words.map(TestAlternative.word)
        case .keywords(let keywords): keywords.map(TestAlternative.keyword)
        case .equals(let texts, let folding): texts.map { .whole($0, folding) }
        case .starts(let texts, let folding): texts.map { .start($0, folding) }
        case .ends(let texts, let folding): texts.map { .end($0, folding) }
        case .substring(let texts, let folding): texts.map { .part($0, folding) }
        case .regex(let patterns): patterns.map(TestAlternative.match)
        case .length(let range): [.length(range)]
        case .empty: [.empty]
        case .exists: [.exists]
        case .greater(let bound, let orEqual): [.above(bound, orEqual: orEqual)]
        case .less(let bound, let orEqual): [.below(bound, orEqual: orEqual)]
        case .inside, .firstMessage, .repeated: []
        }
    }
}

// MARK: - What follows

extension TestAlternative {
    /// True when the test is proven to hold wherever this does.
    func entails(_ test: EventDemand.Test) -> Bool {
        if case .match(let pattern) = self, let literals = pattern.pattern.requiredLiterals?.literals, !literals.isEmpty {
            // One of them is there, and it is not known which.
            let parts = literals.map { TestAlternative.part(FoldedText(String(decoding: $0, as: UTF8.self)), .full) }
            if parts.allSatisfy({ $0.entails(test) }) { return true }
        }
        return switch test {
        case .exists: isSomething
        case .empty: if case .empty = self { true } else { isEmptyWhole }
        case .words(let words): entails(words)
        case .keywords(let keywords): isOne(of: keywords) || keywords.contains { entails($0) }
        case .equals(let texts, let folding): texts.contains { isWhole($0, folding) }
        case .starts(let texts, let folding): texts.contains { starts(with: $0, folding) }
        case .ends(let texts, let folding): texts.contains { ends(with: $0, folding) }
        case .substring(let texts, let folding): texts.contains { holds($0, folding) }
        case .regex(let patterns): patterns.contains { entails($0) }
        case .length(let range): entails(length: range)
        case .greater(let bound, let orEqual): isAbove(bound, orEqual: orEqual)
        case .less(let bound, let orEqual): isBelow(bound, orEqual: orEqual)
        case .inside, .firstMessage, .repeated: false
        }
    }

    private func entails(_ pattern: PatternSource) -> Bool {
        if pattern.matchesAnyText || pattern.matchesAnyWord && frames.contains(where: \.hasWord) { return true }
        guard case .match(let own) = self else { return false }
        return own == pattern || own.entails(literalsOf: pattern)
    }

    private func isAbove(_ bound: Double, orEqual: Bool) -> Bool {
        switch self {
        case .above(let own, let ownOrEqual): own > bound || own == bound && (orEqual || !ownOrEqual)
        case .word(let text): Double(text.string).map { $0 > bound || orEqual && $0 == bound } ?? false
        default: false
        }
    }

    private func isBelow(_ bound: Double, orEqual: Bool) -> Bool {
        switch self {
        case .below(let own, let ownOrEqual): own < bound || own == bound && (orEqual || !ownOrEqual)
        case .word(let text): Double(text.string).map { $0 < bound || orEqual && $0 == bound } ?? false
        default: false
        }
    }

    private var isSomething: Bool { if case .empty = self { false } else { true } }

    private var isEmptyWhole: Bool { if case .whole(let text, .full) = self { text.isEmpty } else { false } }

    private func entails(_ words: Set<FoldedText>) -> Bool {
        switch self {
        case .word(let word): words.contains(word)
        case .whole(let text, .full): words.contains(text)
        default: false
        }
    }

    private func entails(length range: ClosedRange<Int>) -> Bool {
        if case .length(let own) = self { return range.lowerBound <= own.lowerBound && own.upperBound <= range.upperBound }
        return range.lowerBound <= 1 && range.upperBound == .max && hasText
    }

    /// True when the text is not empty, also as it is written.
    private var hasText: Bool {
        switch self {
        case .keyword, .start, .end, .part: true
        case .whole(let text, _), .word(let text): !text.isEmpty
        default: false
        }
    }

    private func isOne(of keywords: [Keyword]) -> Bool {
        if case .keyword(let keyword) = self { keywords.contains(keyword) } else { false }
    }

    private func entails(_ keyword: Keyword) -> Bool {
        frames.contains { frame in
            guard let seen = frame.refolded(keyword.folding) else { return false }
            if !frame.isOpenBefore, !frame.isOpenAfter { return keyword.occurs(in: seen) }
            // Whatever stands around it: a keyword that is found beside two different letters does not need either.
            return frame.surroundings.allSatisfy { around in
                keyword.occurs(in: FoldedText(around.before + seen.string + around.after, keyword.folding))
            }
        }
    }

    /// A text that is proven to be in the message, and what may stand beside it.
    private struct Frame {
        var text: FoldedText
        var folding: Folding
        var isOpenBefore: Bool
        var isOpenAfter: Bool

        /// A letter or a digit is in it.
        var hasWord: Bool {
            text.string.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
        }

        /// Folded on; nil where the other folding keeps what this one has lost.
        func refolded(_ other: Folding) -> FoldedText? {
            if other == folding { return text }
            return other == .full ? FoldedText(text.string) : nil
        }

        /// Letters and digits join words; a space does not.
        var surroundings: [(before: String, after: String)] {
            let beside = ["", "q", "w", "7", " "]
            return (isOpenBefore ? beside : [""]).flatMap { before in (isOpenAfter ? beside : [""]).map { (before, $0) } }
        }
    }

    /// One for each text of which it is certain that it is there.
    private var frames: [Frame] {
        switch self {
        case .word(let text): [Frame(text: text, folding: .full, isOpenBefore: false, isOpenAfter: false)]
        case .whole(let text, let folding): [Frame(text: text, folding: folding, isOpenBefore: false, isOpenAfter: false)]
        case .keyword(let keyword):
            // At its ends a keyword has what any keyword with the same ends needs: nothing that joins.
            [Frame(text: keyword.literal, folding: keyword.folding, isOpenBefore: false, isOpenAfter: keyword.isPrefix)]
        case .start(let text, let folding): [Frame(text: text, folding: folding, isOpenBefore: false, isOpenAfter: true)]
        case .end(let text, let folding): [Frame(text: text, folding: folding, isOpenBefore: true, isOpenAfter: false)]
        case .part(let text, let folding): [Frame(text: text, folding: folding, isOpenBefore: true, isOpenAfter: true)]
        case .match, .length, .empty, .exists, .above, .below: []
        }
    }

    private func isWhole(_ text: FoldedText, _ folding: Folding) -> Bool {
        switch self {
        case .whole(let own, let ownFolding): refolded(own, ownFolding, folding) == text
        case .word(let own): folding == .full && own == text
        case .empty: text.isEmpty
        default: false
        }
    }

    private func starts(with text: FoldedText, _ folding: Folding) -> Bool {
        switch self {
        case .whole(let own, let ownFolding), .start(let own, let ownFolding):
            refolded(own, ownFolding, folding)?.utf8.starts(with: text.utf8) ?? false
        case .word(let own): folding == .full && own.utf8.starts(with: text.utf8)
        default: false
        }
    }

    private func ends(with text: FoldedText, _ folding: Folding) -> Bool {
        switch self {
        case .whole(let own, let ownFolding), .end(let own, let ownFolding):
            refolded(own, ownFolding, folding)?.utf8.reversed().starts(with: text.utf8.reversed()) ?? false
        case .word(let own): folding == .full && own.utf8.reversed().starts(with: text.utf8.reversed())
        default: false
        }
    }

    private func holds(_ text: FoldedText, _ folding: Folding) -> Bool {
        let part = PatternSet([LiteralSet([text.utf8])])
        return frames.contains { frame in
            frame.refolded(folding).map { !part.candidates(in: $0).isEmpty } ?? false
        }
    }

    private func refolded(_ text: FoldedText, _ folding: Folding, _ other: Folding) -> FoldedText? {
        if folding == other { return text }
        return other == .full ? FoldedText(text.string) : nil
    }
}

// MARK: - What cannot be together

extension TestAlternative {
    /// True when both cannot be of one text.
    func clashes(with test: EventDemand.Test) -> Bool {
        let others = TestAlternative.all(of: test)
        return !others.isEmpty && others.allSatisfy { clashes(with: $0) }
    }

    private func clashes(with other: TestAlternative) -> Bool {
        clashes(secondWith: other) || other.clashes(secondWith: self)
    }

    private func clashes(secondWith other: TestAlternative) -> Bool {
        switch (self, other) {
        case (.word(let own), .word(let other)): own != other
        case (.whole(let own, .full), .whole(let other, .full)): own != other
        case (.whole(let own, .full), _): !other.canBe(own)
        case (.word(let own), _): !other.canBe(own)
        case (.start(let own, let folding), .start(let other, let otherFolding)):
            folding == otherFolding && !Self.agree(own.utf8, other.utf8)
        case (.end(let own, let folding), .end(let other, let otherFolding)):
            folding == otherFolding && !Self.agree(own.utf8.reversed(), other.utf8.reversed())
        case (.empty, let other): other.hasText
        case (.length(let own), .length(let other)): !own.overlaps(other)
        case (.length(let own), let other): other.leastLength > own.upperBound
        case (.above(let low, let orEqual), .below(let high, let highOrEqual)):
            low > high || low == high && !(orEqual && highOrEqual)
        default: false
        }
    }

    /// One is the beginning of the other.
    private static func agree(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count < right.count ? right.starts(with: left) : left.starts(with: right)
    }

    /// Whether a text that folds to this can pass. True where that is not known.
    private func canBe(_ text: FoldedText) -> Bool {
        switch self {
        case .keyword(let keyword): keyword.folding != .full || keyword.occurs(in: text)
        case .start(let part, .full): text.utf8.starts(with: part.utf8)
        case .end(let part, .full): text.utf8.reversed().starts(with: part.utf8.reversed())
        case .part(let part, .full): !PatternSet([LiteralSet([part.utf8])]).candidates(in: text).isEmpty
        case .empty: text.isEmpty
        case .above(let bound, let orEqual): Double(text.string).map { $0 > bound || orEqual && $0 == bound } ?? false
        case .below(let bound, let orEqual): Double(text.string).map { $0 < bound || orEqual && $0 == bound } ?? false
        default: true
        }
    }

    /// In code points as written. A ligature counts for the letters that it folds to, so this is what people write and not
    /// the last word of Unicode.
    private var leastLength: Int {
        switch self {
        case .keyword(let keyword): Self.leastLength(of: keyword.literal)
        case .whole(let text, _), .word(let text), .start(let text, _), .end(let text, _), .part(let text, _):
            Self.leastLength(of: text)
        default: 0
        }
    }

    /// `ss` may be written as one letter, `ß`.
    private static func leastLength(of text: FoldedText) -> Int {
        let scalars = Array(text.string.unicodeScalars)
        let sharp = zip(scalars, scalars.dropFirst()).count { $0 == ("s", "s") }
        return scalars.count - sharp
    }
}
