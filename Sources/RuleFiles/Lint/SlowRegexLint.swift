import Matching
import Model
import Rules

/// Regular expressions that a message can keep busy until their limit, after which the rule does not hold.
struct SlowRegexLint: Lint {
    static let references = [
        LintReference(
            .slowRegex,
            meaning: """
                A message that somebody could send, of at most 1,000 characters, keeps the regular expression busy until it \
                runs into a limit: the rule then does not hold, whatever the message says. Where it takes a longer message, of \
                up to the 8,192 bytes that are looked at, it is a note: it is shown with `--notes`, and fails nothing, for many \
                good expressions are of that kind; so it is where the work is the square of the text from one start on, as \
                for `^\\S+@\\S+$`. The message was found by repeating what a repeated part of the expression matches, and what \
                stands beside it, and by ending with what fails; it was tried, and the work is counted in steps, so the \
                verdict is the same on every machine. That nothing was found proves nothing. *Exponential*: a few characters \
                more double the work, as where something that repeats is itself repeated, `(a+)+`. Otherwise twice the text \
                is four, eight or more times the work, as where the same characters can be taken by several repetitions in a \
                row, `x*x*y`, or where several `.*` look for words, `a.*b.*c.*d`.
                """,
            example: """
                rules:
                  - id: shout
                    when: [ { text: { regex: '^(\\w+\\s?)+!$' } } ]
                    do: [ { tag: shout } ]
                """,
            mending: """
                Say exactly what separates the repetitions, as in `\\w+( \\w+)*`; give them an upper bound, as in `\\d{1,12}`; \
                or make them keep what they took, as in `\\w++`. Often keywords do it.
                """,
            mended: """
                rules:
                  - id: shout
                    when: [ { text: { regex: '^\\w+(\\s\\w+)*!$' } } ]
                    do: [ { tag: shout } ]
                """),
        LintReference(
            .unindexedRegex,
            meaning: """
                In a set of 500 rules and more, this rule's regular expression is run on every message: no word is certain to \
                stand in what it matches, and no other line of the rule asks for one. Rules with a word to look for are passed \
                over without being tried. It is a note: it is shown with `--notes`, and fails nothing.
                """,
            example: LintExample(rules: manyRules(when: "[ { text: { regex: '\\d{4,}' } } ]")),
            mending:
                "If the message always has a certain word, add a line `text: WORD` before it, or write it into the expression.",
            mended: LintExample(rules: manyRules(when: "[ { text: order }, { text: { regex: '\\d{4,}' } } ]"))),
    ]

    private static func manyRules(when: String) -> String {
        let others = (1..<largeSet).map { "  - { id: r\($0), when: [ { text: word\($0) } ], do: [ { tag: a } ] }" }
        return (["rules:", "  - { id: order, when: \(when), do: [ { tag: order } ] }"] + others).joined(separator: "\n")
    }

    private static let largeSet = 500

    func findings(in subject: LintSubject) -> [Diagnostic] {
        subject.regexes.compactMap(slow) + unindexed(subject)
    }

    private func slow(_ regex: WrittenRegex) -> Diagnostic? {
        guard let source = regex.node.scalar?.text, let pattern = try? Pattern(source, caseExact: regex.isCaseExact),
            let growth = PatternGrowth(of: pattern)
        else { return nil }
        let length = growth.text.unicodeScalars.count
        let message: String
        switch growth.kind {
        case .exponential:
            message = "this regular expression can take exponentially long: a few characters more double its work"
        case .polynomial(let factor):
            message =
                "this regular expression can take long: twice the text is \(Int(factor.rounded())) times the work"
        }
        return Diagnostic(
            length <= PatternGrowth.plausibleLength ? .warning : .note, .slowRegex, message, at: regex.node.at,
            length: regex.node.caretLength,
            label: "a text of \(length) characters takes it to its limit, and the rule does not hold",
            help: "bound what repeats, as in `{1,20}`, or keep `\(Self.escaped(growth.pump))` from being taken in two ways",
            witness: Self.witness(growth.text, for: regex))
    }

    /// The whole text in the value; no text of an event where the expression is for another field.
    private static func witness(_ text: String, for regex: WrittenRegex) -> Diagnostic.Witness {
        let place: Value.Object = [regex.field ?? "text": .string(text)]
        let value: Value.Object = [regex.field == nil ? "event" : "field": .object(place)]
        return Diagnostic.Witness(text: "\(regex.field ?? "text")=\(shown(text))", value: .object(value))
    }

    /// `'aaaaaaaaaaaa…aaaa!'`
    private static func shown(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard scalars.count > 28 else { return "'\(escaped(text))'" }
        func part(_ scalars: ArraySlice<Unicode.Scalar>) -> String { escaped(String(String.UnicodeScalarView(scalars))) }
        return "'\(part(scalars.prefix(14)))…\(part(scalars.suffix(6)))'"
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\n" ? "\\n" : $0 == "\t" ? "\\t" : $0 == "\r\n" ? "\\r\\n" : String($0) }.joined()
    }

    private func unindexed(_ subject: LintSubject) -> [Diagnostic] {
        guard subject.rules.count >= Self.largeSet else { return [] }
        return subject.rules.filter { $0.rule.mode != .off && $0.rule.when.allSatisfy(\.demand.sets.isEmpty) }
            .compactMap { written in
                let tests = WrittenConditions(written.node["when"]).entries.filter { $0.key == "text" }
                    .flatMap { WrittenMatcher(text: $0.value).tests }
                guard let regex = tests.first(where: { $0.key == "regex" })?.words.first else { return nil }
                return Diagnostic(
                    .note, .unindexedRegex, "this regular expression is run on every message", at: regex.at,
                    length: regex.caretLength, help: "add a line with a word that the message must have")
            }
    }
}
