import Matching
import Model
import Rules

/// Keywords that say nothing more than another of the same list.
struct CoveredKeywordLint: Lint {
    static let references = [
        LintReference(
            .coveredKeyword,
            meaning: """
                Keywords are whole words or phrases anywhere in a text, folded: each text with `refund now` has the word \
                `refund`, and `Reembolso` is `reembolso`. So in `any` and `none` the longer one changes nothing, and in `all` \
                the shorter one does not. Who reads the list may think that only the longer phrase is meant. A list under \
                `lists:` is judged by itself, where it is used for nothing but `any`, `none` and the keywords of choices; beside \
                another one it is told where all of its words are superfluous. The texts of `is`, `starts`, `ends` and \
                `substring` are judged as well: what starts with `refund now` starts with `refund`.
                """,
            example: """
                rules:
                  - id: refund
                    when: [ { text: [refund, refund now] } ]
                    do: [ { tag: refund } ]
                """,
            mending: "Take the superfluous one away; or the other, if it says too much.",
            mended: """
                rules:
                  - id: refund
                    when: [ { text: [refund] } ]
                    do: [ { tag: refund } ]
                """)
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let uses = KeywordUses(subject)
        return uses.written.flatMap { findings(in: $0, subject) } + coveredLists(uses.written, subject)
            + uses.lists.flatMap(findings)
    }

    /// Of the words that stand in the matcher itself; those of its lists may make them superfluous.
    private func findings(in use: KeywordUse, _ subject: LintSubject) -> [Diagnostic] {
        guard use.words.count > 1 else { return [] }
        let own = use.words.filter { $0.listName == nil }
        let listed = use.words.compactMap(\.listName).flatMap { subject.words(ofList: $0) }
        switch use.key {
        case "all": return implied(own, use.folding)
        case "any", "none": return own.isEmpty ? [] : covered(own, among: listed + own, use.folding)
        default:
            guard !own.isEmpty, let cover = LiteralCover(use.key, listed + own, use.folding) else { return [] }
            return own.compactMap { literal($0, cover) }
        }
    }

    /// Lists that say nothing more than those beside them. The same lists together are looked at once.
    private func coveredLists(_ uses: [KeywordUse], _ subject: LintSubject) -> [Diagnostic] {
        let several = uses.filter { $0.key != "all" && $0.isOfKeywords && $0.lists.count > 1 }
        let groups = Dictionary(grouping: several) { ListGroup(names: $0.lists.compactMap(\.listName), folding: $0.folding) }
        return groups.flatMap { group, uses in
            let places = superfluous(group, subject)
            return uses.flatMap { use in places.map { finding(ofList: use.lists[$0]) } }
        }
    }

    private struct ListGroup: Hashable {
        /// In the order written.
        var names: [String]
        var folding: Folding
    }

    /// Places among the names; of two that say the same, the later one.
    private func superfluous(_ group: ListGroup, _ subject: LintSubject) -> [Int] {
        let words = group.names.map { subject.words(ofList: $0) }
        var superfluous: [Int] = []
        for index in words.indices.reversed() where !words[index].isEmpty {
            let others = words.indices.filter { $0 != index && !superfluous.contains($0) }.flatMap { words[$0] }
            let places = Set(others.map(\.at))
            let cover = KeywordCover(others, group.folding)
            let isCovered = words[index].allSatisfy { places.contains($0.at) || cover.coverer(of: $0) != nil }
            if isCovered { superfluous.append(index) }
        }
        return superfluous
    }

    private func finding(ofList list: RuleNode) -> Diagnostic {
        .warning(
            .coveredKeyword, "the list '\(list.listName ?? "")' is superfluous here", at: list,
            label: "every text with one of its words has a keyword of the others", help: "take it away")
    }

    private func literal(_ word: RuleNode, _ cover: LiteralCover) -> Diagnostic? {
        guard let other = cover.coverer(of: word) else { return nil }
        let (text, otherText) = (word.scalar?.text ?? "", other.node.scalar?.text ?? "")
        return .warning(
            .coveredKeyword, "the text '\(text)' is \(other.isSame ? "the same as '\(otherText)'" : "superfluous")", at: word,
            label: other.isSame ? "once folded" : "every text that \(cover.verb) '\(text)' \(cover.verb) '\(otherText)'",
            help: "take it away",
            related: [Diagnostic.Related(at: other.node.at, message: other.isSame ? "the first one" : "with this one")])
    }

    private func findings(in list: (list: WrittenList, foldings: Set<Folding>)) -> [Diagnostic] {
        let words = list.list.words.filter { $0.listName == nil }
        let found = list.foldings.map { covered(words, among: words, $0) }
        // Superfluous wherever it is used.
        return (found.first ?? []).filter { finding in found.allSatisfy { $0.contains { $0.at == finding.at } } }
    }

    /// Words that another makes superfluous where one of them must hold. Of two that are the same, the later one.
    private func covered(_ words: [RuleNode], among all: [RuleNode], _ folding: Folding) -> [Diagnostic] {
        let cover = KeywordCover(all, folding)
        return words.compactMap { word in
            cover.coverer(of: word).map { coverer in
                finding(
                    word, coverer, isSame: cover.areSame(word, coverer),
                    "every text with '\(word.scalar?.text ?? "")' has the keyword '\(coverer.scalar?.text ?? "")'")
            }
        }
    }

    /// Words that another makes superfluous where all must hold.
    private func implied(_ words: [RuleNode], _ folding: Folding) -> [Diagnostic] {
        let cover = KeywordCover(words, folding)
        var told: Set<SourcePosition> = []
        return words.compactMap { word in
            guard let coverer = cover.coverer(of: word) else { return nil }
            let isSame = cover.areSame(word, coverer)
            let superfluous = isSame ? word : coverer
            guard told.insert(superfluous.at).inserted else { return nil }
            return finding(
                superfluous, isSame ? coverer : word, isSame: isSame,
                "every text with '\(word.scalar?.text ?? "")' has the keyword '\(coverer.scalar?.text ?? "")'")
        }
    }

    private func finding(_ word: RuleNode, _ other: RuleNode, isSame: Bool, _ why: String) -> Diagnostic {
        let (text, otherText) = (word.scalar?.text ?? "", other.scalar?.text ?? "")
        return .warning(
            .coveredKeyword,
            isSame ? "the keyword '\(text)' is the same as '\(otherText)'" : "the keyword '\(text)' is superfluous", at: word,
            label: isSame ? "once folded" : why, help: "take it away",
            related: [Diagnostic.Related(at: other.at, message: isSame ? "the first one" : "with this one")])
    }
}

/// Which keywords of a list hold wherever one of them does.
private struct KeywordCover {
    private let nodes: [RuleNode]
    private let keywords: [Keyword]
    private let literals: PatternSet
    private let folding: Folding

    init(_ words: [RuleNode], _ folding: Folding) {
        let readable = words.compactMap { word in
            word.scalar.flatMap { try? Keyword($0.text, folding: folding) }.map { (word, $0) }
        }
        nodes = readable.map(\.0)
        keywords = readable.map(\.1)
        literals = PatternSet(keywords.map { LiteralSet([$0.literal.utf8]) })
        self.folding = folding
    }

    /// The first other keyword that is in every text with this one.
    func coverer(of word: RuleNode) -> RuleNode? {
        guard let text = word.scalar?.text, let keyword = try? Keyword(text, folding: folding) else { return nil }
        // Any letter may follow a prefix, and it is then not the end of a word.
        let sample = FoldedText(keyword.literal.string + (keyword.isPrefix ? "a" : ""), folding)
        let place = nodes.firstIndex { $0.at == word.at }
        return literals.candidates(in: sample).first { index in
            guard nodes[index].at != word.at, keywords[index].occurs(in: sample) else { return false }
            return keywords[index].isSame(as: keyword) ? place.map { index < $0 } ?? true : true
        }.map { nodes[$0] }
    }

    func areSame(_ left: RuleNode, _ right: RuleNode) -> Bool {
        func keyword(_ node: RuleNode) -> Keyword? { nodes.firstIndex { $0.at == node.at }.map { keywords[$0] } }
        guard let left = keyword(left), let right = keyword(right) else { return false }
        return left.isSame(as: right)
    }
}

/// Which texts of an `is`, `starts`, `ends` or `substring` hold wherever one of them does.
private struct LiteralCover {
    let verb: String
    private let texts: [(node: RuleNode, text: FoldedText)]
    private let covers: (_ longer: [UInt8], _ shorter: [UInt8]) -> Bool

    /// Nil for another key.
    init?(_ key: String, _ words: [RuleNode], _ folding: Folding) {
        switch key {
        case "is":
            verb = "is"
            covers = { $0 == $1 }
        case "starts":
            verb = "starts with"
            covers = { $0.starts(with: $1) }
        case "ends":
            verb = "ends with"
            covers = { $0.reversed().starts(with: $1.reversed()) }
        case "substring":
            verb = "holds"
            covers = { longer, shorter in longer.indices.contains { longer[$0...].starts(with: shorter) } }
        default: return nil
        }
        texts = words.compactMap { word in
            word.scalar.map { (word, FoldedText(Keyword.unescapingDollars($0.text), folding)) }
        }
    }

    /// The first other one that holds wherever this does; of two that are the same, for the later one.
    func coverer(of word: RuleNode) -> (node: RuleNode, isSame: Bool)? {
        guard let place = texts.firstIndex(where: { $0.node.at == word.at }) else { return nil }
        let own = texts[place].text
        let found = texts.indices.first { index in
            let other = texts[index].text
            guard index != place, !other.isEmpty, texts[index].node.at != word.at else { return false }
            return other == own ? index < place : covers(own.utf8, other.utf8)
        }
        return found.map { (texts[$0].node, texts[$0].text == own) }
    }
}

extension Keyword {
    fileprivate func isSame(as other: Keyword) -> Bool { literal == other.literal && isPrefix == other.isPrefix }
}

/// The words of one key of a matcher, or of a choice.
private struct KeywordUse {
    var key: String
    var words: [RuleNode]
    var folding: Folding

    var isOfKeywords: Bool { ["any", "all", "none"].contains(key) }
    /// The words that stand for lists.
    var lists: [RuleNode] { words.filter { $0.listName != nil } }
}

/// Where keywords stand.
private struct KeywordUses {
    var written: [KeywordUse] = []
    /// Those that are used for nothing else, with the foldings of their uses.
    var lists: [(list: WrittenList, foldings: Set<Folding>)] = []

    private static let alternatives: Set<String> = ["any", "none"]
    private static let judged = alternatives.union(["all", "is", "starts", "ends", "substring"])

    init(_ subject: LintSubject) {
        var foldings: [String: Set<Folding>] = [:]
        var otherwise: Set<String> = []
        func note(_ test: WrittenMatcher.Test, _ folding: Folding) {
            let names = subject.lists(in: test.words.compactMap(\.listName))
            if Self.alternatives.contains(test.key) {
                for name in names { foldings[name, default: []].insert(folding) }
            } else {
                otherwise.formUnion(names)
            }
        }
        for matcher in subject.conditions.flatMap(\.matchers) {
            for test in matcher.tests {
                note(test, matcher.folding)
                guard Self.judged.contains(test.key) else { continue }
                written.append(KeywordUse(key: test.key, words: test.words, folding: matcher.folding))
            }
        }
        for keywords in subject.choiceKeywords {
            let test = WrittenMatcher.Test(key: "any", value: keywords)
            note(test, .full)
            written.append(KeywordUse(key: "any", words: test.words, folding: .full))
        }
        lists = subject.lists.compactMap { list in
            guard !otherwise.contains(list.name), let foldings = foldings[list.name] else { return nil }
            return (list, foldings)
        }
    }
}

extension LintSubject {
    /// These lists and all that are in them.
    fileprivate func lists(in names: [String]) -> Set<String> {
        var known = Set(names)
        var open = Array(known)
        while let name = open.popLast() {
            for inner in list(name)?.words.compactMap(\.listName) ?? [] where known.insert(inner).inserted { open.append(inner) }
        }
        return known
    }

    /// All words of a list, those of the lists in it too.
    fileprivate func words(ofList name: String) -> [RuleNode] {
        lists(in: [name]).sorted().flatMap { list($0)?.words ?? [] }.filter { $0.listName == nil }
    }
}
