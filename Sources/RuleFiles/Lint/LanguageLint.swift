import Model
import Rules

/// Replies in several languages that do not say the same: a language is missing, or fills in other names.
struct LanguageLint: Lint {
    static let references = [
        LintReference(
            .missingLanguage,
            meaning: """
                Most replies with `by_language` have a text for a language, and this one has not: customers of that language \
                get its `default` here. It is told where more than half of the other replies have the language, and this one \
                shares another language with them. A language that the default of another reply is written in needs no text. Told too is \
                the one reply of a file or flow that is not translated at all, where all others, two or more, are; but not where \
                it is a single word, nor where its rule or flow speaks only to some customers.
                """,
            example: """
                rules:
                  - id: hello
                    when: [ { text: hello } ]
                    do: [ { reply: { by_language: { pt: Olá, es: Hola, default: Hello } } } ]
                  - id: bye
                    when: [ { text: bye } ]
                    do: [ { reply: { by_language: { pt: Tchau, default: Bye } } } ]
                """,
            mending: "Add the text.",
            mended: """
                rules:
                  - id: hello
                    when: [ { text: hello } ]
                    do: [ { reply: { by_language: { pt: Olá, es: Hola, default: Hello } } } ]
                  - id: bye
                    when: [ { text: bye } ]
                    do: [ { reply: { by_language: { pt: Tchau, es: Adiós, default: Bye } } } ]
                """),
        LintReference(
            .differingPlaceholders,
            meaning: """
                The languages of one reply are the same message, and some of them fill in a name that others do not: most often \
                it was forgotten, or misspelt, in one text. A name that every text which has it asks for with a section \
                (`{{#name}}…{{/name}}`) is told only where a single language is without it: the author thought of its absence.
                """,
            example: """
                rules:
                  - id: found
                    when: [ { text: { regex: '(?<order>\\d{4,})' } } ]
                    do:
                      - reply:
                          by_language:
                            pt: "O pedido {{match.order}} foi enviado."
                            default: "The order was sent."
                """,
            mending: "Write the name in every language.",
            mended: """
                rules:
                  - id: found
                    when: [ { text: { regex: '(?<order>\\d{4,})' } } ]
                    do:
                      - reply:
                          by_language:
                            pt: "O pedido {{match.order}} foi enviado."
                            default: "The order {{match.order}} was sent."
                """),
    ]

    func findings(in subject: LintSubject) -> [Diagnostic] {
        let texts = subject.languageTexts
        return missing(texts) + texts.flatMap(differing) + UntranslatedReplies(subject).findings
    }

    // MARK: Missing

    private func missing(_ texts: [LanguageTexts]) -> [Diagnostic] {
        let defaults = texts.reduce(into: Set<String>()) { $0.formUnion($1.languagesOfDefault) }
        let languages = texts.reduce(into: Set<String>()) { $0.formUnion($1.languages) }.subtracting(defaults).sorted()
        return texts.flatMap { text in
            languages.filter { !text.has($0) && isExpected($0, of: text, among: texts) }.map { finding($0, text, texts) }
        }
    }

    private func isExpected(_ language: String, of text: LanguageTexts, among texts: [LanguageTexts]) -> Bool {
        let others = texts.filter { $0.key.keyAt != text.key.keyAt }
        let having = others.filter { $0.has(language) }
        return having.count * 2 > others.count && having.contains { !$0.languages.isDisjoint(with: text.languages) }
    }

    private func finding(_ language: String, _ text: LanguageTexts, _ texts: [LanguageTexts]) -> Diagnostic {
        let having = texts.filter { $0.has(language) }
        return .warning(
            .missingLanguage, "this reply has no text for `\(language)`, which most others have", atKeyOf: text.key,
            label: "its `default` goes out instead", help: "add `\(language): …`",
            related: having.prefix(1).map { Diagnostic.Related(at: $0.key.keyAt, message: "has `\(language)`") })
    }

    // MARK: Differing

    /// Names that some of the texts fill in.
    private func differing(_ text: LanguageTexts) -> [Diagnostic] {
        let entries = text.entries
        let names = entries.map { Self.names(in: $0.value) }
        let all = names.reduce(into: Set<String>()) { $0.formUnion($1.keys) }
        return all.sorted().compactMap { name in
            let having = entries.indices.filter { names[$0][name] != nil }
            let lacking = entries.indices.filter { names[$0][name] == nil }
            let isCertain = having.contains { names[$0][name] == false }
            guard !lacking.isEmpty, lacking.count == 1 || isCertain else { return nil }
            return finding(name, having.map { entries[$0] }, lacking.map { entries[$0] })
        }
    }

    /// At the texts that are fewer; where they are as many, at those without the name.
    private func finding(_ name: String, _ having: [RuleNode.Entry], _ lacking: [RuleNode.Entry]) -> Diagnostic {
        func texts(_ entries: [RuleNode.Entry]) -> String {
            "the text\(entries.count == 1 ? "" : "s") for \(listed(entries.map { "`\($0.key)`" }, "and"))"
        }
        let isExtra = having.count < lacking.count
        return .warning(
            .differingPlaceholders, "`{{\(name)}}` is \(isExtra ? "only" : "missing") in \(texts(isExtra ? having : lacking))",
            atKeyOf: isExtra ? having[0] : lacking[0],
            help: isExtra
                ? "write it in the others too, or take it out here" : "write it there too, or take it out of the others",
            related: [
                Diagnostic.Related(
                    at: (isExtra ? lacking[0] : having[0]).keyAt,
                    message: isExtra ? "the others do without it" : "the others fill it in")
            ])
    }

    /// With whether each place of it is guarded by a section.
    private static func names(in node: RuleNode) -> [String: Bool] {
        var names: [String: Bool] = [:]
        node.visit { inner in
            for name in TemplateReadings.names(in: inner.scalar?.text ?? "") where !name.path.isEmpty {
                let path = name.path.joined(separator: ".")
                names[path] = names[path] != false && name.isGuarded
            }
        }
        return names
    }
}

/// The value of one `by_language`.
struct LanguageTexts {
    /// The key `by_language`.
    let key: RuleNode.Entry
    let entries: [RuleNode.Entry]
    /// `pt-br`, without `default`.
    let languages: Set<String>

    init?(_ key: RuleNode.Entry) {
        guard let entries = key.value.mapping else { return nil }
        self.key = key
        self.entries = entries
        languages = Set(entries.map { Self.normal($0.key) }.filter { $0 != "default" })
    }

    /// Its own, or the one that a customer of this language would get: `pt` for `pt-br`, and any `pt-…` will do for `pt`.
    func has(_ language: String) -> Bool {
        let base = language.prefix { $0 != "-" }
        return languages.contains(language) || languages.contains { $0.prefix { $0 != "-" } == base }
    }

    /// Those that say the same as `default`.
    var languagesOfDefault: Set<String> {
        guard let standard = entries.first(where: { $0.key == "default" })?.value else { return [] }
        return Set(entries.filter { $0.key != "default" && $0.value.content == standard.content }.map { Self.normal($0.key) })
    }

    private static func normal(_ key: String) -> String { String(key.lowercased().map { $0 == "_" ? "-" : $0 }) }
}

extension LintSubject {
    /// Of rules that are not off, and of flows.
    fileprivate var languageTexts: [LanguageTexts] {
        let nodes = rules.filter { $0.rule.mode != .off }.compactMap { $0.node["do"] } + flows.compactMap { $0.node["steps"] }
        var known: Set<SourcePosition> = []
        var texts: [LanguageTexts] = []
        for node in nodes {
            node.visit { inner in
                guard let entry = inner.entry("by_language"), let text = LanguageTexts(entry) else { return }
                if known.insert(entry.keyAt).inserted { texts.append(text) }
            }
        }
        return texts
    }
}
