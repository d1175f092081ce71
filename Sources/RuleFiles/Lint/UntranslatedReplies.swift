import Matching
import Model
import Rules

/// The one reply of a file, or of a flow, that has no text but one where all others are translated.
///
/// Two such replies are a habit, and none of them is told.
struct UntranslatedReplies {
    let findings: [Diagnostic]

    private static let leastTranslated = 2

    init(_ subject: LintSubject) {
        // One that is observed says nothing yet.
        let rules = subject.rules.filter { $0.rule.mode == .live }
        let ofRules = rules.map { SpokenReply.replies(ofRule: $0.node) }
        let ofFlows = subject.flows.map { SpokenReply.replies(ofFlow: $0) }
        let files = Dictionary(grouping: (ofRules + ofFlows).joined(), by: \.key.keyAt.file)
        let units = files.sorted { $0.key < $1.key }.map(\.value) + ofFlows
        var told: Set<SourcePosition> = []
        findings = units.compactMap(Self.finding).filter { told.insert($0.at).inserted }
    }

    private static func finding(in replies: [SpokenReply]) -> Diagnostic? {
        let translated = replies.compactMap(\.translated)
        let others = replies.filter { $0.translated == nil }
        guard translated.count >= leastTranslated, others.count == 1, others[0].isForAll, others[0].needsTranslation else {
            return nil
        }
        // A language that a default is written in needs no text.
        let ofDefaults = translated.reduce(into: Set<String>()) { $0.formUnion($1.languagesOfDefault) }
        let common = translated.dropFirst().reduce(translated[0].languages) { $0.intersection($1.languages) }
        let languages = common.subtracting(ofDefaults).sorted().map { "`\($0)`" }
        guard !languages.isEmpty, others[0].isOfOneScript(with: translated) else { return nil }
        return .warning(
            .missingLanguage, "this reply has no text for \(listed(languages, "and")), which all others here have",
            atKeyOf: others[0].key, label: "customers of every language get this one", help: "write it with `by_language`",
            related: [Diagnostic.Related(at: translated[0].key.keyAt, message: "has \(listed(languages, "and"))")])
    }
}

/// What one `reply` or `say` tells the customer.
private struct SpokenReply {
    /// `reply`, `say` or `by_language`.
    let key: RuleNode.Entry
    /// Nil where it has one text for all.
    let translated: LanguageTexts?
    /// False in a rule, or flow, that speaks to some customers only, or asks for their language.
    let isForAll: Bool

    private init(_ entry: RuleNode.Entry, isForAll: Bool) {
        let byLanguage = entry.value.entry("by_language")
        key = byLanguage ?? entry
        translated = byLanguage.flatMap { LanguageTexts($0) }.flatMap { $0.languages.isEmpty ? nil : $0 }
        self.isForAll = isForAll
    }

    static func replies(ofRule rule: RuleNode) -> [SpokenReply] {
        let isForAll = WrittenConditions(rule["when"]).entries.allSatisfy { !narrowing.contains($0.key) }
        return replies(ofActions: rule["do"], isForAll: isForAll)
    }

    static func replies(ofFlow flow: WrittenFlow) -> [SpokenReply] {
        let steps = flow.steps.map(\.value)
        let lines = steps.flatMap(\.linesOfStep).flatMap { WrittenConditions($0).entries }
        let isForAll = lines.allSatisfy { !narrowing.contains($0.key) }
        return steps.flatMap { step in
            [step.entry("say"), step["otherwise"]?.entry("say")].compactMap(\.self)
                .map { SpokenReply($0, isForAll: isForAll) } + replies(ofActions: step["do"], isForAll: isForAll)
        }
    }

    private static func replies(ofActions actions: RuleNode?, isForAll: Bool) -> [SpokenReply] {
        (actions?.sequence ?? []).compactMap { $0.entry("reply") }.map { SpokenReply($0, isForAll: isForAll) }
    }

    /// Lines that may stand for a language.
    private static let narrowing: Set<String> = [
        "channel", "vendor", "account", "department", "team", "agent", "tags", "field",
    ]

    /// False of a word such as `ok`, of names and of links alone.
    var needsTranslation: Bool {
        if key.key == "by_language" { return true }
        return texts.contains { text in
            let spoken = text.replacing(/\{\{.*?\}\}/, with: " ").replacing(/\S+:\/\/\S+/, with: " ")
            return spoken.split { !$0.isLetter }.count { $0.count > 1 } > 1
        }
    }

    /// A text in other letters than theirs is for somebody else.
    func isOfOneScript(with others: [LanguageTexts]) -> Bool {
        let all = others.flatMap(\.entries).flatMap { Self.texts(in: $0.value) }
        return texts.allSatisfy(\.isLatin) == all.allSatisfy(\.isLatin)
    }

    private var texts: [String] { Self.texts(in: key.value) }

    private static func texts(in node: RuleNode) -> [String] {
        let said = node["text"] ?? node["one_of"] ?? node
        var texts: [String] = []
        said.visit { texts += [$0.scalar?.text].compactMap(\.self) }
        return texts
    }
}

extension String {
    /// No letter is of another script, as far as the blocks tell.
    fileprivate var isLatin: Bool {
        unicodeScalars.allSatisfy { $0.value < 0x0370 || !$0.properties.isAlphabetic || (0x1E00...0x1EFF).contains($0.value) }
    }
}
