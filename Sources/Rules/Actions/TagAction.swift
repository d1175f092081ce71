package import Model

/// `tag`: tags are added.
package struct TagAction: ActionTemplate {
    package static let kind = ActionKind.tag
    package static let reference = Reference(
        key: "tag", value: "a tag, a list, or `{ contact: [..] }`",
        meaning: "Adds tags to the conversation, or to the contact. One that comes out empty is left out.",
        example: "tag: [refund, vip]")

    private let tags: TagList

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let tags = TagList(value, what: "`tag`", in: scope) else { return nil }
        self.tags = tags
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.tag(tags.rendered(subject), of: tags.owner)) }
    package var outline: Action { .tag(tags.sources, of: tags.owner) }
}

/// `untag`: tags are taken away.
package struct UntagAction: ActionTemplate {
    package static let kind = ActionKind.untag
    package static let reference = Reference(
        key: "untag", value: "a tag, a list, or `{ contact: [..] }`",
        meaning: "Takes tags away from the conversation, or from the contact.",
        example: "untag: waiting")

    private let tags: TagList

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let tags = TagList(value, what: "`untag`", in: scope) else { return nil }
        self.tags = tags
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.untag(tags.rendered(subject), of: tags.owner)) }
    package var outline: Action { .untag(tags.sources, of: tags.owner) }
}

/// Tags, and whose they are.
private struct TagList: Sendable {
    let owner: TagOwner
    /// Not empty.
    private let tags: [Template]

    init?(_ node: RuleNode, what: String, in scope: DecodingScope) {
        guard node.mapping != nil else {
            guard let tags = scope.oneOrMoreTemplates(node, what: "tags") else { return nil }
            (owner, self.tags) = (.conversation, tags)
            return
        }
        guard let entry = scope.mapping(node, known: ["contact"], required: ["contact"], what: what)?["contact"],
            let tags = scope.oneOrMoreTemplates(entry.value, what: "tags")
        else { return nil }
        (owner, self.tags) = (.contact, tags)
    }

    var sources: [String] { tags.sources }

    /// Each once, in order.
    func rendered(_ subject: Subject) -> [String] {
        tags.renderedTexts(subject).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
