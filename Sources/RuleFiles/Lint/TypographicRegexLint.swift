import Matching
import Model
import Rules

/// Typographic quotes and dashes in regular expressions, as word processors put them in.
struct TypographicRegexLint: Lint {
    static let references = [
        LintReference(
            .typographicRegex,
            meaning: """
                Keywords are folded, so that `’` and `'` are the same there. A regular expression is not: it is run on the \
                message as it was written, and finds a typographic quote or dash only where the customer typed that very \
                character. Most keyboards type the plain one.
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

    private static let plain: [Unicode.Scalar: Unicode.Scalar] = [
        "\u{2018}": "'", "\u{2019}": "'", "\u{201B}": "'", "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"",
        "\u{201F}": "\"", "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-", "\u{2014}": "-",
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        subject.regexes.compactMap { regex in
            let scalars = regex.node.scalar?.text.unicodeScalars ?? "".unicodeScalars
            // Who wrote the plain one too, or listed it in brackets, knows the difference.
            let found = Self.outsideBrackets(scalars).first { scalar in
                guard let plain = Self.plain[scalar], !scalars.contains(plain) else { return false }
                // Nor is an escape such as `\u2019` written by mistake.
                return regex.node.scalar?.style != .doubleQuoted
                    || subject.line(at: regex.node.at)?.unicodeScalars.contains(scalar) == true
            }
            return found.flatMap { scalar in
                Self.plain[scalar].map { plain in
                    .warning(
                        .typographicRegex, "the regular expression holds the typographic character `\(scalar)`", at: regex.node,
                        label: "it is run on the message as written, where `\(plain)` is more likely",
                        help: "write `\(plain)`, or `[\(plain)\(scalar)]` for both")
                }
            }
        }
    }

    private static func outsideBrackets(_ scalars: String.UnicodeScalarView) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var isInside = false
        var isEscaped = false
        for scalar in scalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "[" {
                isInside = true
            } else if scalar == "]" {
                isInside = false
            } else if !isInside {
                result.append(scalar)
            }
        }
        return result
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
