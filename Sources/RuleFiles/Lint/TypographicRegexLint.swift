import Matching
import Model
import Rules

/// Typographic quotes, dashes, dots and spaces in regular expressions, as word processors put them in.
struct TypographicRegexLint: Lint {
    static let references = [
        LintReference(
            .typographicRegex,
            meaning: """
                Keywords are folded, so that `’` and `'` are the same there. A regular expression is not: it is run on the \
                message as it was written, and finds a typographic quote, accent, dash, ellipsis or no-break space only where the \
                customer typed that very character. Most keyboards type the plain one. In brackets it is told only where all of \
                several characters are typographic, as in `[“”]`.
                """,
            example: """
                rules:
                  - id: broken
                    when: [ { text: { regex: 'doesn’t (work|open)' } } ]
                    do: [ { tag: broken } ]
                """,
            mending: "Write the plain character, or both as in `['’]`.",
            mended: """
                rules:
                  - id: broken
                    when: [ { text: { regex: 'doesn[''’]t (work|open)' } } ]
                    do: [ { tag: broken } ]
                """)
    ]

    private static let quotes: [Unicode.Scalar: String] = [
        "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{201B}": "'", "\u{2039}": "'", "\u{203A}": "'", "\u{B4}": "'",
        "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{201F}": "\"", "\u{AB}": "\"", "\u{BB}": "\"",
    ]
    private static let dashes = Dictionary(
        uniqueKeysWithValues: (0x2010...0x2015).compactMap { Unicode.Scalar($0) }.map { ($0, "-") })
    private static let ellipsis: Unicode.Scalar = "\u{2026}"
    /// Nobody sees them, so that who wrote a plain one too may not know the difference.
    private static let spaces: Set<Unicode.Scalar> = ["\u{A0}", "\u{202F}"]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        subject.regexes.compactMap { regex in
            let scalars = regex.node.scalar?.text.unicodeScalars ?? "".unicodeScalars
            // An escape such as `\u2019` is not written by mistake.
            func isWritten(_ slip: Unicode.Scalar) -> Bool {
                regex.node.scalar?.style != .doubleQuoted
                    || subject.line(at: regex.node.at)?.unicodeScalars.contains(slip) == true
            }
            let parts = RegexParts(scalars)
            if let slip = Self.slips(outside: parts, in: scalars).first(where: isWritten) {
                return Self.finding(slip, regex.node)
            }
            return Self.slips(inBracketsOf: parts, in: scalars).first(where: isWritten).map {
                Self.finding(inBrackets: $0, regex.node)
            }
        }
    }

    private static func finding(_ slip: Unicode.Scalar, _ node: RuleNode) -> Diagnostic {
        let message = "the regular expression holds "
        let label = "it is run on the message as written, where "
        if spaces.contains(slip) {
            return .warning(
                .typographicRegex, message + "a no-break space", at: node, label: label + "a plain one is more likely",
                help: "write `\\s`, which finds both")
        }
        if slip == ellipsis {
            return .warning(
                .typographicRegex, message + "the typographic character `…`", at: node, label: label + "`...` is more likely",
                help: "write `(?:\\.{3}|…)` for both")
        }
        let plain = quotes[slip] ?? "-"
        return .warning(
            .typographicRegex, message + "the typographic character `\(slip)`", at: node,
            label: label + "`\(plain)` is more likely", help: "write `\(plain)`, or `[\(plain)\(slip)]` for both")
    }

    private static func finding(inBrackets slip: Unicode.Scalar, _ node: RuleNode) -> Diagnostic {
        let plain = quotes[slip] ?? ""
        return .warning(
            .typographicRegex, "brackets in the regular expression hold typographic quotes only", at: node,
            label: "it is run on the message as written, where `\(plain)` is more likely",
            help: "write `\(plain)` into the brackets too")
    }

    /// Who wrote the plain one too, or listed it in brackets, knows the difference.
    private static func slips(outside parts: RegexParts, in scalars: String.UnicodeScalarView) -> [Unicode.Scalar] {
        let isDotted = String(scalars).contains("\\.")
        return parts.outside.filter { scalar in
            spaces.contains(scalar) || scalar == ellipsis && !isDotted || isSlip(scalar, in: scalars)
        }
    }

    private static func slips(inBracketsOf parts: RegexParts, in scalars: String.UnicodeScalarView) -> [Unicode.Scalar] {
        parts.classes.filter { $0.count > 1 && $0.allSatisfy { quotes[$0] != nil && isSlip($0, in: scalars) } }
            .compactMap(\.first)
    }

    /// True for a quote or dash of which the plain one is nowhere.
    private static func isSlip(_ scalar: Unicode.Scalar, in scalars: String.UnicodeScalarView) -> Bool {
        (quotes[scalar] ?? dashes[scalar]).map { plain in !scalars.contains { String($0) == plain } } ?? false
    }
}

/// What a regular expression looks for, roughly: the characters that stand for themselves, and those in brackets.
private struct RegexParts {
    var outside: [Unicode.Scalar] = []
    /// Of each pair of brackets, with the `^` of one that is negated.
    var classes: [[Unicode.Scalar]] = []

    init(_ scalars: String.UnicodeScalarView) {
        var isInside = false
        var isEscaped = false
        for scalar in scalars {
            let wasEscaped = isEscaped
            isEscaped = !wasEscaped && scalar == "\\"
            if isInside, wasEscaped || scalar != "]" {
                classes[classes.count - 1].append(scalar)
            } else if isInside {
                isInside = false
            } else if !wasEscaped, scalar == "[" {
                isInside = true
                classes.append([])
            } else if !wasEscaped, !isEscaped {
                outside.append(scalar)
            }
        }
    }
}

/// A regular expression as it is written.
struct WrittenRegex: Sendable {
    let node: RuleNode
    let isCaseExact: Bool
    /// Whose value it is for; nil for the message's text.
    let field: String?
}

extension LintSubject {
    /// Every one, with those of named lists; each once.
    var regexes: [WrittenRegex] {
        var known: Set<SourcePosition> = []
        return conditions.flatMap(\.matchers).flatMap { matcher in
            matcher.tests.filter { $0.key == "regex" }.flatMap { test in
                test.words.flatMap { words(behind: $0, within: []) }
                    .map { WrittenRegex(node: $0, isCaseExact: matcher.folding.caseExact, field: matcher.field) }
            }
        }.filter { known.insert($0.node.at).inserted }
    }

    private func words(behind word: RuleNode, within: [String]) -> [RuleNode] {
        guard let name = word.listName else { return [word] }
        guard !within.contains(name) else { return [] }
        return (list(name)?.words ?? []).flatMap { words(behind: $0, within: within + [name]) }
    }
}
