package import Model

/// `close`: the end of the conversation.
package struct CloseAction: ActionTemplate {
    package static let kind = ActionKind.close
    package static let reference = Reference(
        key: "close", value: "`true` or `{ comment: text, tags: [..] }`",
        meaning: "Ends the conversation, with a comment and tags where the vendor takes them.",
        example: "close: { comment: Solved by the bot }")

    private var comment: Template?
    private var tags: [Template] = []

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard value.mapping != nil else {
            guard scope.isTrue(value, what: "`close`") else { return nil }
            return
        }
        let keys = ["comment", "tags"]
        guard let entries = scope.mapping(value, known: keys, what: "`close`") else { return nil }
        if value.mapping?.isEmpty == true {
            scope.error(.missingKey, "`close` says nothing", at: value, help: "write `close: true`")
            return nil
        }
        var isWhole = true
        comment = scope.template(entries["comment"], isWhole: &isWhole)
        if let entry = entries["tags"] {
            guard let tags = scope.oneOrMoreTemplates(entry.value, what: "tags") else { return nil }
            self.tags = tags
        }
        guard isWhole else { return nil }
    }

    package func rendered(_ subject: Subject) -> RenderedAction {
        let comment = comment?.rendered(subject) ?? ""
        return .action(.close(Closing(comment: comment.isEmpty ? nil : comment, tags: tags.renderedTexts(subject))))
    }

    package var outline: Action { .close(Closing(comment: comment?.source, tags: tags.sources)) }
}
