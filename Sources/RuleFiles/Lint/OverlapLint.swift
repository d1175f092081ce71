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
                was hardly meant: a word of the later rule, or a branch of its expression, is taken by the earlier one whatever \
                else the message says; both wait for the same word and each asks for something more that the other does not ask \
                for; or both wait for a number or a length and neither range is within the other. A narrow rule before a wide \
                one is no finding, and neither are rules of different `priority`.
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
            return overlaps(of: rule.rule, ways, reach).compactMap { overlap in
                written[overlap.taker.id].flatMap { diagnostic(overlap, rule, $0) }
            }
        }
    }

    private struct Overlap {
        var taker: Rule
        /// What both wait for, as a sentence shows it.
        var words: [String]
        var witness: Witness
        /// The words are taken whatever else the message says.
        var isWhole: Bool
    }

    /// One for each earlier rule.
    private func overlaps(of rule: Rule, _ ways: [Conjunction], _ reach: RuleReach) -> [Overlap] {
        var overlaps: [Overlap] = []
        func note(_ overlap: Overlap) {
            guard let index = overlaps.firstIndex(where: { $0.taker.id == overlap.taker.id }) else {
                return overlaps.append(overlap)
            }
            let known = overlaps[index]
            if known.isWhole == overlap.isWhole {
                overlaps[index].words += overlap.words.filter { !known.words.contains($0) }
            } else if overlap.isWhole {
                overlaps[index] = overlap
            }
        }
        for way in ways {
            var partners: [String: [Conjunction]] = [:]
            for narrowed in NarrowedWay.all(of: way).prefix(Self.mostWords) {
                let word = "'\(narrowed.word)'"
                if let (taker, witness) = wholeTheft(of: narrowed.way, from: rule, reach) {
                    note(Overlap(taker: taker, words: [word], witness: witness, isWhole: true))
                    continue
                }
                for meeting in ExpressionMeeting.all(of: narrowed, rule, reach) where Self.differ(meeting.taker, rule) {
                    note(Overlap(taker: meeting.taker, words: ["'\(meeting.text)'"], witness: meeting.witness, isWhole: false))
                }
                for taker in narrowed.text.map({ reach.neighbours(of: rule, on: $0) }) ?? [] where Self.differ(taker, rule) {
                    if overlaps.contains(where: { $0.taker.id == taker.id }) { continue }
                    let waysOfTaker = partners[taker.id] ?? self.partners(of: way, rule, taker, reach)
                    partners[taker.id] = waysOfTaker
                    guard let witness = meeting(of: narrowed.way, rule, taker, waysOfTaker, reach) else { continue }
                    note(Overlap(taker: taker, words: [word], witness: witness, isWhole: false))
                }
            }
            for meeting in RangeMeeting.all(of: way, rule, reach) where Self.differ(meeting.taker, rule) {
                let words = meeting.place == .text ? "some lengths of the text" : "some values of `\(meeting.place.name)`"
                note(Overlap(taker: meeting.taker, words: [words], witness: meeting.witness, isWhole: false))
            }
        }
        return overlaps
    }

    private func wholeTheft(of way: Conjunction, from rule: Rule, _ reach: RuleReach) -> (taker: Rule, witness: Witness)? {
        guard let thefts = reach.thefts(of: way, from: rule), let first = thefts.first, let witness = first.witness,
            thefts.allSatisfy({ $0.taker.id == first.taker.id }), Self.differ(first.taker, rule)
        else { return nil }
        return (first.taker, witness)
    }

    /// The ways of an earlier rule that ask for something more than words, which the rule does not ask for, while it asks for
    /// something more that they do not: told without looking at the words, of which there may be many.
    private func partners(of way: Conjunction, _ rule: Rule, _ taker: Rule, _ reach: RuleReach) -> [Conjunction] {
        guard taker.interruptsFlow == rule.interruptsFlow else { return [] }
        let own = way.besides(.text)
        return (reach.ways(of: taker) ?? []).filter { way in
            let other = way.besides(.text)
            return way.demands.contains { $0.place == .text && !$0.isNegated && $0.test != .exists }
                && asksMore(other, than: own) && asksMore(own, than: other) && !own.adding(other.demands).isContradictory
        }
    }

    /// An event with the word that both wait for.
    private func meeting(
        of way: Conjunction, _ rule: Rule, _ taker: Rule, _ partners: [Conjunction], _ reach: RuleReach
    ) -> Witness? {
        let text = way.only(.text)
        return partners.lazy.compactMap { other -> Witness? in
            guard other.demands.allSatisfy({ $0.place != .text || text.implies(.demand($0)) }) else { return nil }
            let both = way.adding(other.demands)
            guard !both.isContradictory, let witness = reach.witness(of: both, for: rule) else { return nil }
            return reach.stopper(on: witness, of: rule)?.id == taker.id ? witness : nil
        }.first
    }

    private func asksMore(_ way: Conjunction, than other: Conjunction) -> Bool {
        way.demands.contains { !other.implies(.demand($0)) }
    }

    /// True where the order of the two was hardly thought about, and they say different things.
    private static func differ(_ taker: Rule, _ rule: Rule) -> Bool {
        taker.priority == rule.priority && !taker.replies.isEmpty && taker.replies != rule.replies
    }

    private func diagnostic(_ overlap: Overlap, _ rule: WrittenRule, _ taker: WrittenRule) -> Diagnostic {
        let words = listed(overlap.words.prefix(3) + (overlap.words.count > 3 ? ["others"] : []), "and")
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
