import Model
import Rules

/// Reads one rule.
struct RuleDecoder {
    private let scope: DecodingScope
    /// The captures of all rules read so far.
    private(set) var captures = DecodingScope.CaptureNames()

    private static let keys = [
        "id", "why", "on", "priority", "when", "do", "then", "once_per", "mode", "human", "interrupts",
    ]

    init(_ scope: DecodingScope) {
        self.scope = scope
    }

    /// - Parameter id: the rule's id, already checked; nil when it has none that can be used.
    mutating func rule(_ node: RuleNode, id: String?) -> Rule? {
        guard let keys = scope.mapping(node, known: RuleDecoder.keys, required: ["id", "do"], what: "a rule") else { return nil }
        let why = keys["why"].flatMap { scope.text($0.value) }
        let trigger = keys["on"].map { self.trigger($0.value) } ?? .kinds([.messageReceived])
        let priority = keys["priority"].flatMap { scope.integer($0.value) } ?? 0
        let when = conditions(keys["when"])
        scope.captures = when.reduce(into: DecodingScope.CaptureNames()) { $0.formUnion($1.captures) }
        captures.formUnion(scope.captures ?? DecodingScope.CaptureNames())
        let actions = keys["do"].flatMap { ActionCatalog.actions($0.value, in: scope) } ?? []
        scope.captures = nil
        let rule = Rule(
            id: id ?? "", at: node.at, why: why, trigger: trigger ?? .kinds([.messageReceived]), priority: priority, when: when,
            actions: actions, then: word(keys["then"]) ?? .stop, oncePer: keys["once_per"].map { cooldowns($0.value) } ?? [:],
            mode: word(keys["mode"]) ?? .live, actsBesideHuman: human(keys["human"]),
            interruptsFlow: interrupts(keys["interrupts"]))
        return id == nil ? nil : rule
    }

    private func conditions(_ entry: RuleNode.Entry?) -> [any Condition] {
        guard let entry, !entry.value.isBlank else { return [] }
        return ConditionCatalog.conditions(entry.value, in: scope) ?? []
    }

    // MARK: on

    private func trigger(_ node: RuleNode) -> Trigger? {
        if node.mapping != nil { return idleTrigger(node) }
        let kinds = (scope.words(node) ?? []).compactMap { kind($0) }
        return kinds.isEmpty ? nil : .kinds(kinds)
    }

    private func kind(_ word: WrittenWord) -> EventKind? {
        guard let kind = EventKind(rawValue: word.text) else {
            let known = EventKind.allCases.map(\.rawValue)
            scope.error(
                .unknownWord, "there is no event kind '\(word.text)'", at: word.node,
                help: nearest(to: word.text, among: known).map { "did you mean '\($0)'?" }
                    ?? "the kinds are \(listed(known.map { "`\($0)`" }, "and"))")
            return nil
        }
        guard kind != .conversationIdle else {
            scope.error(
                .badValue, "`conversation.idle` needs to be told how long the silence is", at: word.node,
                help: "write `on: { idle: 15m }`")
            return nil
        }
        return kind
    }

    private func idleTrigger(_ node: RuleNode) -> Trigger? {
        guard let keys = scope.mapping(node, known: ["idle", "since"], required: ["idle"], what: "a silence timer"),
            let idle = keys["idle"]
        else { return nil }
        let since: IdleSide? = word(keys["since"])
        guard let after = scope.duration(idle.value) else { return nil }
        return .idle(after: after, since: since ?? .any)
    }

    // MARK: Words

    /// One of the words of an enum; nil when the key is missing, or the word is none of them (reported).
    private func word<Word: RawRepresentable & CaseIterable>(_ entry: RuleNode.Entry?) -> Word? where Word.RawValue == String {
        guard let entry, let text = scope.text(entry.value) else { return nil }
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue)
            scope.error(
                .badValue, "`\(entry.key)` cannot be '\(text)'", at: entry.value,
                help: nearest(to: text, among: known).map { "did you mean '\($0)'?" }
                    ?? "it is \(listed(known.map { "`\($0)`" }))")
            return nil
        }
        return word
    }

    private enum HumanWord: String, CaseIterable { case silent, act }
    private enum InterruptsWord: String, CaseIterable { case flow }

    private func human(_ entry: RuleNode.Entry?) -> Bool {
        let word: HumanWord? = word(entry)
        return word == .act
    }

    private func interrupts(_ entry: RuleNode.Entry?) -> Bool {
        let word: InterruptsWord? = word(entry)
        return word == .flow
    }

    // MARK: once_per

    private func cooldowns(_ node: RuleNode) -> [CooldownScope: CooldownWindow] {
        guard let keys = scope.mapping(node, known: CooldownScope.allCases.map(\.rawValue), what: "`once_per`") else {
            return [:]
        }
        if node.mapping?.allSatisfy(\.isAuthorsOwn) == true {
            scope.error(.emptyList, "`once_per` says of nobody", at: node, help: "write `once_per: { conversation: 1h }`")
        }
        var windows: [CooldownScope: CooldownWindow] = [:]
        for (key, entry) in keys {
            guard let subject = CooldownScope(rawValue: key) else { continue }
            if entry.value.scalar?.text == "ever" {
                windows[subject] = .ever
            } else if let duration = scope.duration(entry.value) {
                windows[subject] = .duration(duration)
            }
        }
        return windows
    }
}
