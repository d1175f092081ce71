package import Model

/// `reply`: a message to the customer.
package struct ReplyAction: ActionTemplate {
    package static let kind = ActionKind.reply
    package static let reference = Reference(
        key: "reply",
        value: "text, `{ text, buttons: [..], file: url }`, `{ one_of: [..] }` or `{ by_language: { pt: .., default: .. } }`",
        meaning: """
            Sends the customer a message. `buttons` become a numbered list where the vendor has none. `one_of` picks one, \
            always the same for the same event. `by_language` goes by `vars.language`, else by the contact's attribute \
            `language`: `pt-BR` is looked for as `pt-BR`, then as `pt`, then `default` is taken. \
            A text that is too long for one message of the vendor goes out as several.
            """,
        example: #"reply: "Hello {{contact.first_name}}""#)

    private let content: ReplyContent

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let content = ReplyContent(value, in: scope) else { return nil }
        self.content = content
    }

    package func rendered(_ subject: Subject) -> RenderedAction {
        .action(.reply(content.message(for: subject).rendered(subject)))
    }

    /// Everything that some message of it holds: who can send this can send each of them.
    package var outline: Action {
        let messages = content.messages.map(\.outline)
        let text = messages.first?.text ?? ""
        let buttons = messages.first { !$0.buttons.isEmpty }?.buttons ?? []
        return .reply(Reply(text: text, buttons: buttons, file: messages.lazy.compactMap(\.file).first))
    }

    /// Each message that it can come to, as far as that is known before any event.
    package var literalMessages: [LiteralMessage] { content.messages.map(\.literal) }
}

/// What a reply says: one message, or a choice of them.
private indirect enum ReplyContent: Sendable {
    case message(MessageTemplate)
    /// Not empty.
    case oneOf([ReplyContent])
    case byLanguage([LanguageTag: ReplyContent], otherwise: ReplyContent)

    init?(_ node: RuleNode, in scope: DecodingScope) {
        let entries = (node.mapping ?? []).filter { !$0.isAuthorsOwn }
        let choice = entries.first { ["one_of", "by_language"].contains($0.key) }
        guard let choice else {
            guard let message = MessageTemplate(node, in: scope) else { return nil }
            self = .message(message)
            return
        }
        let others = entries.filter { $0.key != choice.key }
        for other in others {
            scope.error(
                .badValue, "`\(other.key)` cannot stand beside `\(choice.key)`", atKeyOf: other,
                help: "write it inside each message of `\(choice.key)`")
        }
        let content =
            choice.key == "one_of"
            ? ReplyContent(oneOf: choice.value, in: scope) : ReplyContent(byLanguage: choice.value, in: scope)
        guard let content, others.isEmpty else { return nil }
        self = content
    }

    private init?(oneOf node: RuleNode, in scope: DecodingScope) {
        guard let nodes = node.sequence else {
            scope.refuse("a list of messages", node, help: "write `one_of: [Hello, Hi]`")
            return nil
        }
        guard !nodes.isEmpty else {
            scope.error(.emptyList, "`one_of` holds no message", at: node, help: "write at least one")
            return nil
        }
        let contents = nodes.map { ReplyContent($0, in: scope) }
        let readable = contents.compactMap(\.self)
        guard readable.count == contents.count else { return nil }
        self = .oneOf(readable)
    }

    private init?(byLanguage node: RuleNode, in scope: DecodingScope) {
        guard let entries = node.mapping else {
            scope.refuse("a mapping of languages", node, help: "write `by_language: { pt: Olá, default: Hello }`")
            return nil
        }
        var contents: [LanguageTag: ReplyContent] = [:]
        var otherwise: ReplyContent?
        var isWhole = true
        for entry in entries {
            let content = ReplyContent(entry.value, in: scope)
            isWhole = isWhole && content != nil
            if entry.key == "default" {
                otherwise = content
            } else if let tag = LanguageTag(entry.key), contents[tag] == nil {
                contents[tag] = content
            } else {
                scope.badLanguage(entry)
                isWhole = false
            }
        }
        if !entries.contains(where: { $0.key == "default" }) {
            scope.missingDefault(node, among: entries)
            isWhole = false
        }
        guard isWhole, let otherwise else { return nil }
        self = .byLanguage(contents, otherwise: otherwise)
    }

    /// The message for this event.
    func message(for subject: Subject) -> MessageTemplate {
        switch self {
        case .message(let message): message
        case .oneOf(let contents):
            contents[Int(stableHash(of: subject.event.id) % UInt64(contents.count))].message(for: subject)
        case .byLanguage(let contents, let otherwise):
            (subject.languages.lazy.compactMap { contents[$0] }.first ?? otherwise).message(for: subject)
        }
    }

    var messages: [MessageTemplate] {
        switch self {
        case .message(let message): [message]
        case .oneOf(let contents): contents.flatMap(\.messages)
        case .byLanguage(let contents, let otherwise):
            otherwise.messages + contents.sorted { $0.key.text < $1.key.text }.flatMap(\.value.messages)
        }
    }
}

/// One message with its templates.
private struct MessageTemplate: Sendable {
    var text: Template
    var buttons: [Template] = []
    var file: Template?

    init?(_ node: RuleNode, in scope: DecodingScope) {
        guard node.mapping != nil else {
            guard node.sequence == nil else {
                scope.refuse("text or a mapping", node, help: "for one of several write `one_of: […]`")
                return nil
            }
            guard let text = Template(node, in: scope) else { return nil }
            self.text = text
            return
        }
        let keys = ["text", "buttons", "file", "one_of", "by_language"]
        guard let entries = scope.mapping(node, known: keys, required: ["text"], what: "`reply`") else { return nil }
        var isWhole = true
        let text = scope.template(entries["text"], isWhole: &isWhole)
        let file = scope.template(entries["file"], isWhole: &isWhole)
        var buttons: [Template] = []
        if let entry = entries["buttons"] {
            let read = scope.templates(entry.value, what: "buttons")
            isWhole = isWhole && read != nil
            buttons = read ?? []
        }
        guard isWhole, let text else { return nil }
        (self.text, self.buttons, self.file) = (text, buttons, file)
    }

    func rendered(_ subject: Subject) -> Reply {
        let file = file?.rendered(subject) ?? ""
        return Reply(
            text: text.rendered(subject), buttons: buttons.renderedTexts(subject), file: file.isEmpty ? nil : file)
    }

    var outline: Reply { Reply(text: text.source, buttons: buttons.sources, file: file?.source) }

    var literal: LiteralMessage {
        let file = file?.literal ?? ""
        return LiteralMessage(
            reply: Reply(
                text: text.literal, buttons: buttons.map(\.literal).filter { $0.contains { !$0.isWhitespace } },
                file: file.isEmpty ? nil : file),
            isWhole: ([text, self.file].compactMap(\.self) + buttons).allSatisfy(\.isConstant), at: text.at)
    }
}

/// A language as people and vendors write it: `pt`, `pt-BR`, `pt_br` for the same as `PT-br`.
private struct LanguageTag: Sendable, Hashable {
    /// In lower case, with hyphens.
    let text: String

    init?(_ written: String) {
        let text = String(written.lowercased().map { $0 == "_" ? "-" : $0 })
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isTag = parts.allSatisfy { part in
            (1...8).contains(part.utf8.count) && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
        guard isTag else { return nil }
        self.text = text
    }

    /// Itself, then without its last part, and so on: `zh-hant-tw`, `zh-hant`, `zh`.
    var withFallbacks: [LanguageTag] {
        let shorter = text.lastIndex(of: "-").flatMap { LanguageTag(String(text[..<$0])) }
        return [self] + (shorter?.withFallbacks ?? [])
    }
}

extension Subject {
    /// The contact's language and what it falls back to; empty when it is not known.
    fileprivate var languages: [LanguageTag] {
        let known = [state.variables["language"], event.contact?.attributes["language"]]
        let words = known.lazy.compactMap { $0?.text?.filter { !$0.isWhitespace } }
        return words.first { !$0.isEmpty }.flatMap(LanguageTag.init)?.withFallbacks ?? []
    }
}

extension DecodingScope {
    fileprivate func badLanguage(_ entry: RuleNode.Entry) {
        if LanguageTag(entry.key) == nil {
            error(
                .badValue, "'\(entry.key)' is no language", atKeyOf: entry,
                help: "write a code such as `pt`, `pt-BR` or `en`, or `default`")
        } else {
            error(
                .duplicateKey, "the language '\(entry.key)' stands here twice", atKeyOf: entry,
                help: "upper and lower case, `-` and `_` do not count")
        }
    }

    fileprivate func missingDefault(_ node: RuleNode, among entries: [RuleNode.Entry]) {
        let near = entries.first { nearest(to: $0.key, among: ["default"]) != nil }
        error(
            .missingKey, "`by_language` needs the key `default`", at: node,
            help: near.map { "did you mean 'default' by '\($0.key)'?" } ?? "add `default:` for every other language")
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every run.
private func stableHash(of text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
