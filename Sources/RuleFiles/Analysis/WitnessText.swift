import Matching
import Rules

/// Texts that pass tests, made by putting together what the tests ask for.
struct WitnessText {
    private let wanted: [EventDemand.Test]
    private let refused: [EventDemand.Test]
    /// Of each expression that is wanted: made once, for each try takes one of them.
    private let examples: [[String]]
    /// How many choices of words are tried.
    private static let mostTries = 32
    /// Says nothing, in any language.
    private static let filler = "mmm"

    init(_ demands: [EventDemand]) {
        wanted = demands.filter { !$0.isNegated }.map(\.test)
        refused = demands.filter(\.isNegated).map(\.test)
        examples = wanted.compactMap { test in
            guard case .regex(let patterns) = test else { return nil }
            let texts = patterns.flatMap { PatternSamples.matches(of: $0.pattern) }
            return texts.isEmpty ? nil : texts
        }
    }

    /// Distinct texts that pass every test, at most `count`; none where none was found.
    func texts(count: Int = 1) -> [String] {
        var texts: [String] = []
        for variant in 0..<Self.mostTries where texts.count < count {
            for text in candidates(variant) where !texts.contains(text) && passes(text) {
                texts.append(text)
                break
            }
        }
        return texts
    }

    func passes(_ text: String) -> Bool {
        wanted.allSatisfy { $0.holds(text) } && !refused.contains { $0.holds(text) }
    }

    /// The whole text first, then what matches an expression, then words; what stands at an end last.
    private func candidates(_ variant: Int) -> [String] {
        var start = ""
        var middle: [String] = []
        var end = ""
        var whole: String?
        middle += examples.map { $0[variant % $0.count] }
        for (index, test) in wanted.enumerated() {
            // Each test goes through its own words at a pace of its own, so that every pair is met at some time.
            let turn = variant / (index + 1)
            switch test {
            case .keywords(let keywords) where !keywords.isEmpty:
                let word = keywords[turn % keywords.count].literal.string
                if !test.holds(middle.joined(separator: " ")) { middle.append(word) }
            case .substring(let texts, _) where !texts.isEmpty:
                if !test.holds(middle.joined(separator: " ")) { middle.append(texts[turn % texts.count].string) }
            case .starts(let texts, _) where !texts.isEmpty: start = texts[turn % texts.count].string
            case .ends(let texts, _) where !texts.isEmpty: end = texts[turn % texts.count].string
            case .equals(let texts, _) where !texts.isEmpty: whole = texts[turn % texts.count].string
            case .words(let words) where !words.isEmpty:
                whole = words.sorted { $0.string < $1.string }[turn % words.count].string
            default: break
            }
        }
        if let whole { return [whole] }
        let parts = ([start] + middle + [end]).filter { !$0.isEmpty }
        let spaced = parts.joined(separator: " ")
        var texts = [spaced, parts.joined(), ([start, end] + middle).filter { !$0.isEmpty }.joined(separator: " ")]
        if middle.isEmpty, start == end { texts.insert(start, at: 0) }
        if refused.contains(.empty), spaced.isEmpty { texts.insert(Self.filler, at: 0) }
        if end.isEmpty { texts.append(spaced + " " + Self.filler) }
        if start.isEmpty { texts.append(Self.filler + " " + spaced) }
        return texts.flatMap { [$0, lengthened($0)] }
    }

    private func lengthened(_ text: String) -> String {
        let beyond = refused.compactMap { test -> Int? in
            guard case .length(let range) = test, range.lowerBound <= 1, range.upperBound < .max else { return nil }
            return range.upperBound + 1
        }
        let least = (wanted.compactMap { if case .length(let range) = $0 { range.lowerBound } else { nil } } + beyond).max() ?? 0
        let missing = min(least, 10_000) - text.unicodeScalars.count
        guard missing > 0 else { return text }
        return text.isEmpty ? String(repeating: "m", count: missing) : text + " " + String(repeating: "m", count: missing)
    }
}

extension EventDemand.Test {
    /// Whether a text passes; of what asks for no text, true.
    func holds(_ text: String) -> Bool {
        switch self {
        case .words(let words): words.contains(FoldedText(text))
        case .keywords(let keywords): keywords.contains { $0.occurs(in: FoldedText(text, $0.folding)) }
        case .equals(let texts, let folding): texts.contains(FoldedText(text, folding))
        case .starts(let texts, let folding):
            texts.contains { FoldedText(text, folding).utf8.starts(with: $0.utf8) }
        case .ends(let texts, let folding):
            texts.contains { FoldedText(text, folding).utf8.reversed().starts(with: $0.utf8.reversed()) }
        case .substring(let texts, let folding):
            texts.contains { !PatternSet([LiteralSet([$0.utf8])]).candidates(in: FoldedText(text, folding)).isEmpty }
        case .regex(let patterns):
            patterns.contains { if case .match = $0.pattern.firstMatch(in: text) { true } else { false } }
        case .length(let range): range.contains(text.unicodeScalars.count)
        case .empty: FoldedText(text).isEmpty
        case .exists: true
        case .greater(let bound, let orEqual): Double(text).map { $0 > bound || orEqual && $0 == bound } ?? false
        case .less(let bound, let orEqual): Double(text).map { $0 < bound || orEqual && $0 == bound } ?? false
        case .inside, .firstMessage, .repeated: true
        }
    }
}
