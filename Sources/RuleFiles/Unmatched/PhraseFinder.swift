import Matching
import Model

/// Finds the words and phrases that explain most of many texts, none of which tells the same texts as another.
struct PhraseFinder {
    struct Text: Sendable {
        var text: FoldedText
        /// How many messages have it.
        var unanswered: Int
        var answered: Int
    }

    struct Phrase: Sendable, Hashable {
        /// As it stands in the folded texts.
        var text: String
        /// Messages with it that no phrase before it explains.
        var count: Int
        /// Places of their texts.
        var texts: [Int]
    }

    private let texts: [Text]
    private let minCount: Int
    private var candidates: [IDDigest: Candidate] = [:]
    private let unanswered: Int
    private let answered: Int

    /// A phrase that occurs often enough to be looked at.
    private struct Candidate {
        var bytes: [UInt8]
        var atoms: Int
        var kind: TextAtoms.Kind
        /// Messages that nobody answered.
        var count = 0
        var answered = 0
        var words: [[UInt8]] = []
        var texts: [Int] = []
    }

    private static let longestWords = 4
    private static let longestCharacters = 8
    /// A longer phrase takes a shorter one's place when it explains so many of its messages and adds a word that says something,
    private static let shareWithContent = 0.8
    /// or when it explains nearly all of them.
    private static let shareWithout = 0.95

    init(_ texts: [Text], minCount: Int) {
        self.texts = texts
        self.minCount = max(1, minCount)
        unanswered = texts.reduce(0) { $0 + $1.unanswered }
        answered = texts.reduce(0) { $0 + $1.answered }
    }

    // MARK: Counting

    /// The most telling first.
    mutating func phrases(atMost limit: Int) -> [Phrase] {
        countPhrases()
        return chosen(atMost: limit)
    }

    /// A phrase is counted only when its parts without the first and the last atom are frequent themselves: so that room is
    /// taken by what may be told, not by every chain of words that somebody ever wrote.
    private mutating func countPhrases() {
        // A text without a frequent phrase of so many atoms has none of more.
        var places = texts.indices.filter { texts[$0].unanswered > 0 }
        var longest = 0
        for length in 1...Self.longestCharacters where !places.isEmpty {
            var counts: [IDDigest: Int] = [:]
            for place in places {
                for window in windows(of: texts[place].text, length) {
                    counts[window.digest, default: 0] += texts[place].unanswered
                }
            }
            let frequent = Set(counts.filter { $0.value >= minCount }.keys)
            places = places.filter { note(frequent, length, at: $0) }
            if !frequent.isEmpty { longest = length }
        }
        guard longest > 0 else { return }
        for text in texts where text.answered > 0 {
            for length in 1...longest {
                let found = windows(of: text.text, length)
                for window in found { candidates[window.digest]?.answered += text.answered }
                if length > 1, found.isEmpty { break }
            }
        }
    }

    /// Notes the frequent phrases of a text; false when there is none.
    private mutating func note(_ frequent: Set<IDDigest>, _ length: Int, at place: Int) -> Bool {
        let text = texts[place]
        var hasSome = false
        for window in windows(of: text.text, length) where frequent.contains(window.digest) {
            note(window, of: text.text, place, weight: text.unanswered)
            hasSome = true
        }
        return hasSome
    }

    private struct Window {
        var digest: IDDigest
        var range: Range<Int>
        var kind: TextAtoms.Kind
        var atoms: ArraySlice<TextAtoms.Atom>
    }

    private mutating func note(_ window: Window, of text: FoldedText, _ place: Int, weight: Int) {
        var candidate =
            candidates.removeValue(forKey: window.digest)
            ?? Candidate(
                bytes: Array(text.utf8[window.range]), atoms: window.atoms.count, kind: window.kind,
                words: window.atoms.map { Array(text.utf8[$0.range]) })
        candidate.count += weight
        candidate.texts.append(place)
        candidates[window.digest] = candidate
    }

    /// Each phrase of so many atoms once.
    private func windows(of text: FoldedText, _ length: Int) -> [Window] {
        let atoms = TextAtoms(text).atoms
        guard atoms.count >= length else { return [] }
        // Messages are short: looking through a few costs less than a set.
        var few: [IDDigest] = []
        var many: Set<IDDigest>? = atoms.count > 64 ? [] : nil
        return (0...(atoms.count - length)).compactMap { start in
            let part = atoms[start..<(start + length)]
            guard let first = part.first, let last = part.last, first.kind != .number,
                length <= (first.kind == .word ? Self.longestWords : Self.longestCharacters),
                part.dropFirst().allSatisfy({ $0.joinsBack && $0.kind == first.kind })
            else { return nil }
            let range = first.range.lowerBound..<last.range.upperBound
            if length > 1 {
                guard isCandidate(text.utf8[range.lowerBound..<part[part.endIndex - 2].range.upperBound]),
                    isCandidate(text.utf8[part[part.startIndex + 1].range.lowerBound..<range.upperBound])
                else { return nil }
            }
            let digest = IDDigest(bytes: text.utf8[range])
            if many != nil {
                guard many?.insert(digest).inserted ?? false else { return nil }
            } else {
                guard !few.contains(digest) else { return nil }
                few.append(digest)
            }
            return Window(digest: digest, range: range, kind: first.kind, atoms: part)
        }
    }

    private func isCandidate(_ bytes: ArraySlice<UInt8>) -> Bool { candidates[IDDigest(bytes: bytes)] != nil }

    // MARK: Choosing

    private struct Ranked: Comparable {
        var count: Int
        var key: IDDigest
        var bytes: [UInt8]
        var atoms: Int

        static func < (left: Ranked, right: Ranked) -> Bool {
            if left.count != right.count { return left.count > right.count }
            if left.atoms != right.atoms { return left.atoms > right.atoms }
            return left.bytes.lexicographicallyPrecedes(right.bytes)
        }
    }

    /// Takes the phrase that explains most of what is left, as long as there is one. What is left of a phrase only shrinks: one
    /// that is still in front after counting anew is in front of all.
    private func chosen(atMost limit: Int) -> [Phrase] {
        var ranked = candidates.compactMap { key, candidate -> Ranked? in
            guard saysSomething(candidate) else { return nil }
            return Ranked(count: candidate.count, key: key, bytes: candidate.bytes, atoms: candidate.atoms)
        }.sorted()[...]
        var told: Set<Int> = []
        var phrases: [Phrase] = []
        while phrases.count < limit, var first = ranked.popFirst() {
            guard let candidate = candidates[first.key] else { continue }
            let left = candidate.texts.filter { !told.contains($0) }
            let count = left.reduce(0) { $0 + texts[$1].unanswered }
            guard count >= minCount else { continue }
            if count < first.count {
                first.count = count
                let place = ranked.partitioningIndex { !($0 < first) }
                ranked.insert(first, at: place)
                continue
            }
            let best = longer(than: candidate, count, told) ?? candidate
            let explained = best.texts.filter { !told.contains($0) }
            told.formUnion(explained)
            phrases.append(
                Phrase(
                    text: String(decoding: best.bytes, as: UTF8.self), count: explained.reduce(0) { $0 + texts[$1].unanswered },
                    texts: explained))
        }
        return phrases
    }

    /// The longest phrase around a shorter one that explains most of its messages.
    private func longer(than candidate: Candidate, _ count: Int, _ told: Set<Int>) -> Candidate? {
        var counts: [IDDigest: Int] = [:]
        let own = Set(candidate.words)
        for place in candidate.texts where !told.contains(place) {
            let text = texts[place]
            for length in (candidate.atoms + 1)...max(candidate.atoms + 1, Self.longestCharacters) {
                for window in windows(of: text.text, length) where window.kind == candidate.kind {
                    guard text.text.utf8[window.range].containsPhrase(candidate.bytes) else { continue }
                    counts[window.digest, default: 0] += text.unanswered
                }
            }
        }
        let good = counts.compactMap { digest, shared -> (candidate: Candidate, count: Int)? in
            guard let longer = candidates[digest] else { return nil }
            let addsContent =
                longer.kind == .character || longer.words.contains { !own.contains($0) && !isCommon($0) }
            let share = addsContent ? Self.shareWithContent : Self.shareWithout
            return Double(shared) >= share * Double(count) ? (longer, shared) : nil
        }
        return good.max { isWorse($0, than: $1) }?.candidate
    }

    private func isWorse(
        _ left: (candidate: Candidate, count: Int), than right: (candidate: Candidate, count: Int)
    ) -> Bool {
        if left.candidate.atoms != right.candidate.atoms { return left.candidate.atoms < right.candidate.atoms }
        let (some, others) = (commonEdges(left.candidate), commonEdges(right.candidate))
        if some != others { return some > others }
        if left.count != right.count { return left.count < right.count }
        return right.candidate.bytes.lexicographicallyPrecedes(left.candidate.bytes)
    }

    /// A phrase of common words alone is none, and a single character of a script without spaces neither.
    private func saysSomething(_ candidate: Candidate) -> Bool {
        switch candidate.kind {
        case .character: candidate.atoms > 1 && !isEverywhere(candidate)
        case .word, .number: candidate.words.contains { !isCommon($0) }
        }
    }

    private func commonEdges(_ candidate: Candidate) -> Int {
        [candidate.words.first, candidate.words.last].count { $0.map(isCommon) ?? false }
    }

    private func isCommon(_ word: [UInt8]) -> Bool {
        if CommonWords.contains(String(decoding: word, as: UTF8.self)) { return true }
        return candidates[IDDigest(bytes: word[...])].map(isEverywhere) ?? false
    }

    /// As frequent in what is answered as in what is not: it does not tell them apart.
    private func isEverywhere(_ candidate: Candidate) -> Bool {
        guard candidate.answered >= 20, unanswered > 0, answered > 0 else { return false }
        let share = Double(candidate.count) / Double(unanswered)
        let answeredShare = Double(candidate.answered) / Double(answered)
        return share >= 0.01 && answeredShare >= 0.01 && share < 3 * answeredShare
    }
}

extension ArraySlice<UInt8> {
    /// Whether the bytes stand somewhere in it.
    fileprivate func containsPhrase(_ phrase: [UInt8]) -> Bool {
        guard let first = phrase.first, count >= phrase.count else { return false }
        return indices.dropLast(phrase.count - 1).contains { self[$0] == first && self[$0...].starts(with: phrase) }
    }
}

extension ArraySlice {
    /// The first place of a sorted slice from which on `belongs` holds.
    fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
