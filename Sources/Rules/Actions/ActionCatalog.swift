import Model

/// Every action of the rule language. A new one is a file beside this and a line here.
package enum ActionCatalog {
    /// Rows of the reference, in the order in which it shows them.
    package static let references: [Reference] = types.map { $0.reference }
    package static let keys: [String] = types.map { $0.kind.rawValue }

    private static let types: [any ActionTemplate.Type] = [
        ReplyAction.self, NoteAction.self, RouteAction.self, TagAction.self, UntagAction.self, CloseAction.self,
        SetAction.self, ContactAction.self, StartAction.self, StopFlowAction.self, HTTPAction.self, CallAction.self,
    ]

    /// Reads the lines of a `do`, in order. Reports everything that is wrong; nil when a line cannot be read.
    package static func actions(_ lines: RuleNode, in scope: DecodingScope) -> [RuleAction]? {
        guard let nodes = lines.sequence else {
            return scope.wrongType("a list of actions", lines, help: "write each action as a line: `- reply: Hello`")
        }
        guard !nodes.isEmpty else {
            scope.error(.emptyList, "`do` holds no action", at: lines, help: "write at least one: `- reply: Hello`")
            return nil
        }
        let actions = nodes.map { action($0, in: scope) }
        let readable = actions.compactMap(\.self)
        return readable.count == actions.count ? readable : nil
    }

    /// Reads one line: one action, and how long to wait before it.
    private static func action(_ line: RuleNode, in scope: DecodingScope) -> RuleAction? {
        guard let entries = line.mapping?.filter({ !$0.isAuthorsOwn }) else {
            return scope.wrongType("an action", line, help: "write a key and a value: `reply: Hello`")
        }
        let delay = entries.first { $0.key == "delay" }
        let lines = entries.filter { $0.key != "delay" }
        let delayed = delay.map { scope.duration($0.value) }
        let read = lines.map { template($0, in: scope) }
        guard let first = lines.first else {
            scope.error(.missingKey, "the line has no action", at: line, help: "write a key and a value: `reply: Hello`")
            return nil
        }
        for extra in lines.dropFirst() {
            scope.error(
                .badValue, "a line has one action, and '\(first.key)' stands here already", atKeyOf: extra,
                help: "begin a line of its own with `- \(extra.key):`")
        }
        guard lines.count == 1, let template = read[0], delayed != .some(nil) else { return nil }
        if let delay, !template.outline.leavesBellhop {
            scope.report(
                Diagnostic(
                    .warning, .idleDelay, "`\(first.key)` sends nothing, so the delay does nothing", at: delay.keyAt,
                    length: delay.key.count, help: "take it away, or put it beside a `reply`"))
        }
        return RuleAction(template, at: first.keyAt, delay: delayed ?? nil)
    }

    /// Keys of a rule that authors write among its actions.
    private static let besideActions: Set<String> = ["then", "when", "once_per", "priority", "mode", "why", "human"]

    private static func template(_ entry: RuleNode.Entry, in scope: DecodingScope) -> (any ActionTemplate)? {
        guard let type = types.first(where: { $0.kind.rawValue == entry.key }) else {
            let help =
                besideActions.contains(entry.key)
                ? "`\(entry.key)` is a line of the rule itself: write it beside `do`, not under it"
                : nearest(to: entry.key, among: keys + ["delay"]).map { "did you mean '\($0)'?" }
                    ?? "actions are \(listed(keys.map { "`\($0)`" }, "and"))"
            scope.error(.unknownKey, "there is no action '\(entry.key)'", atKeyOf: entry, help: help)
            return nil
        }
        return type.init(entry.value, key: entry, in: scope)
    }
}
