package import Rules

/// What codes mean, for people: the sections of docs/lint.md, and what `check --explain` prints.
package enum LintGuide {
    /// A section for each code of lint.
    package static func markdown() -> String { LintCatalog.references.map(markdown).joined(separator: "\n\n") }

    static func markdown(_ reference: LintReference) -> String {
        """
        ## \(reference.code.rawValue)

        *\(reference.code.summary)*

        \(body(reference))
        """
    }

    /// Without a heading. Of a code that is no lint's there is a line.
    static func markdownHelp(_ code: DiagnosticCode) -> String {
        LintCatalog.reference(code).map(body) ?? code.summary
    }

    private static func body(_ reference: LintReference) -> String {
        """
        \(reference.meaning)

        \(block(reference.example))

        \(reference.mending)

        \(block(reference.mended))
        """
    }

    /// For a terminal. Of a code that is no lint's there is a line.
    package static func text(_ code: DiagnosticCode) -> String {
        guard let reference = LintCatalog.reference(code) else { return "\(code.rawValue): \(code.summary)" }
        return """
            \(code.rawValue): \(code.summary)

            \(wrapped(reference.meaning))

            \(indented(reference.example))

            \(wrapped(reference.mending))

            \(indented(reference.mended))

            To keep it as it is, write above the rule:  # bellhop: allow \(code.rawValue) because …
            """
    }

    private static func block(_ example: LintExample) -> String {
        let configuration = example.configuration.map { "# in the configuration\n\($0)" }
        let parts = [example.rules] + [example.tests, configuration].compactMap(\.self)
        return parts.map { "```yaml\n\(shortened($0))\n```" }.joined(separator: "\n\n")
    }

    private static func indented(_ example: LintExample) -> String {
        let tests = example.tests.map { ["", "# in a test file", $0] } ?? []
        let configuration = example.configuration.map { ["", "# in the configuration", $0] } ?? []
        let lines = ([example.rules] + tests + configuration).flatMap {
            shortened($0).split(separator: "\n", omittingEmptySubsequences: false)
        }
        return lines.map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
    }

    /// Long lines, and many of them, say nothing more by being shown whole.
    private static func shortened(_ yaml: String) -> String {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.count > 160 ? String($0.prefix(100)) + " …" : String($0) }
        let shown = lines.count > 20 ? Array(lines.prefix(4)) + ["  # … and so on"] : lines
        return shown.joined(separator: "\n")
    }

    private static func wrapped(_ text: String) -> String {
        var lines: [String] = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + word.count < 100 {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n")
    }
}
