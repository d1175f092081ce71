import Matching
import Model
import Rules

/// Rules that answer the same words differently, so that one of them is not heard where its author meant it to be.
struct OverlapLint: Lint {
    static let references = [
        LintReference(
            .overlappingRules,
            meaning: """
                Two rules with different replies hold for the same message, and only the first of them answers. Told where it \
                was hardly meant: a word of the later rule is taken by the earlier one whatever else the message says, or both \
                wait for the same word and each asks for something more that the other does not ask for. A narrow rule before \
                a wide one is no finding, and neither are rules of different `priority`.
                """,
            example: """
                rules:
                  - id: refund
                    when: [ { text: [refund, money back] } ]
                    do: [ { reply: "We handle refunds within a day." } ]
                  - id: exchange
                    when: [ { text: [exchange, money back] } ]
                    do: [ { reply: "You can exchange it in every shop." } ]
                """,
            mending: """
                Take the word out of one of the rules, ask for more in the first, or give one a `priority` to say that its \
                coming first is meant.
                """,
            mended: """
                rules:
                  - id: refund
                    when: [ { text: [refund, money back] } ]
                    do: [ { reply: "We handle refunds within a day." } ]
                  - id: exchange
                    when: [ { text: [exchange, swap] } ]
                    do: [ { reply: "You can exchange it in every shop." } ]
                """)
    ]

    /// Of words of one rule: longer lists are compared as far as this.
    private static let mostWords = 500

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let reach = subject.reach
        let written = Dictionary(subject.rules.map { ($0.rule.id, $0) }) { first, _ in first }
        return subject.rules.flatMap { rule -> [Diagnostic] in
            guard rule.rule.mode == .live, !rule.rule.replies.isEmpty, let ways = reach.ways(of: rule.rule) else { return [] }
            // One that is never heard at all has a finding of its own.
            if !ways.isEmpty, ways.allSatisfy({ reach.thefts(of: $0, from: rule.rule) != nil }) { return [] }
            return overlaps(of: rule, ways, reach).compactMap { overlap in
                written[overlap.taker.id].flatMap { diagnostic(overlap, rule, $0) }
            }
        }
    }

    private struct Overlap {
        var taker: Rule
        var words: [String]
        var witness: Witness
        /// The words are taken whatever else the message says.
        var isWhole: Bool
    }

    /// One for each earlier rule.
    private func overlaps(of rule: WrittenRule, _ ways: [Conjunction], _ reach: RuleReach) -> [Overlap] {
        var overlaps: [Overlap] = []
        func note(_ overlap: Overlap) {
            if let index = overlaps.firstIndex(where: { $0.taker.id == overlap.taker.id }) {
                guard overlaps[index].isWhole || !overlap.isWhole else { return overlaps[index] = overlap }
                if overlap.isWhole, !overlaps[index].words.contains(overlap.words[0]) { overlaps[index].words += overlap.words }
            } else {
                overlaps.append(overlap)
            }
        }
        for way in ways {
            for (word, narrowed) in narrowed(way).prefix(Self.mostWords) {
                if let theft = wholeTheft(of: narrowed, from: rule.rule, reach) {
                    note(Overlap(taker: theft.taker, words: [word], witness: theft.witness, isWhole: true))
                } else {
                    for (taker, witness) in meetings(of: narrowed, word, rule.rule, reach) {
                        note(Overlap(taker: taker, words: [word], witness: witness, isWhole: false))
                    }
                }
            }
        }
        return overlaps
    }

    /// The way with one of its words alone, for each of the words that a message may have.
    private func narrowed(_ way: Conjunction) -> [(word: String, way: Conjunction)] {
        way.demands.indices.flatMap { index -> [(String, Conjunction)] in
            let demand = way.demands[index]
            guard demand.place == .text, !demand.isNegated else { return [] }
            func with(_ test: EventDemand.Test) -> Conjunction {
                var narrowed = way
                narrowed.demands[index].test = test
                return narrowed
            }
            switch demand.test {
            case .keywords(let keywords): return keywords.map { ($0.literal.string, with(.keywords([$0]))) }
            case .equals(let texts, let folding): return texts.map { ($0.string, with(.equals([$0], folding))) }
            default: return []
            }
        }
    }

    private func wholeTheft(of way: Conjunction, from rule: Rule, _ reach: RuleReach) -> RuleReach.Theft? {
        guard let thefts = reach.thefts(of: way, from: rule), let first = thefts.first,
            thefts.allSatisfy({ $0.taker.id == first.taker.id }), Self.differ(first.taker, rule)
        else { return nil }
        return first
    }

    /// Earlier rules that hold for the same word and for something more, which the rule does not ask for, while it asks for
    /// something more that they do not.
    private func meetings(of way: Conjunction, _ word: String, _ rule: Rule, _ reach: RuleReach) -> [(Rule, Witness)] {
        reach.neighbours(of: rule, on: word).filter { Self.differ($0, rule) }.compactMap { taker -> (Rule, Witness)? in
            guard taker.interruptsFlow == rule.interruptsFlow, let takersWays = reach.ways(of: taker) else { return nil }
            for other in takersWays {
                let words = other.demands.filter { $0.place == .text }
                // The word itself must be what the other waits for, and each must ask for more than the other does.
                guard words.contains(where: { !$0.isNegated && $0.test != .exists }),
                    words.allSatisfy({ way.implies(.demand($0)) }), asksMore(other, than: way), asksMore(way, than: other)
                else { continue }
                let both = way.adding(other.demands)
                guard !both.isContradictory, let witness = reach.witness(of: both, for: rule) else { continue }
                let running = reach.running(on: witness)
                if running.contains(taker.id), !running.contains(rule.id) { return (taker, witness) }
            }
            return nil
        }
    }

    private func asksMore(_ way: Conjunction, than other: Conjunction) -> Bool {
        way.demands.contains { $0.place != .text && !other.implies(.demand($0)) }
    }

    /// True where the order of the two was hardly thought about, and they say different things.
    private static func differ(_ taker: Rule, _ rule: Rule) -> Bool {
        taker.priority == rule.priority && !taker.replies.isEmpty && taker.replies != rule.replies
    }

    private func diagnostic(_ overlap: Overlap, _ rule: WrittenRule, _ taker: WrittenRule) -> Diagnostic {
        let words = listed(overlap.words.prefix(3).map { "'\($0)'" } + (overlap.words.count > 3 ? ["others"] : []), "and")
        let name = taker.rule.id
        let label =
            overlap.isWhole
            ? "\(words) \(overlap.words.count == 1 ? "is" : "are") always answered by \(name), never by this"
            : "where both hold for \(words), \(name) answers and this does not"
        return Diagnostic(
            .warning, .overlappingRules, "two rules answer the same message differently", at: rule.idNode.at,
            length: rule.idNode.caretLength, label: label,
            help: overlap.isWhole
                ? "take \(words) out of one of the two, or move this rule above \(name)"
                : "ask for more in one of the two, or give the one that is to answer a higher `priority`",
            related: [Diagnostic.Related(at: taker.idNode.at, message: "answers first")],
            witness: Diagnostic.Witness(overlap.witness))
    }
}

extension Rule {
    fileprivate var replies: [Action] { actions.map(\.template.outline).filter { $0.kind == .reply } }
}
