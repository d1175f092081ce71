package import Model

/// `set`: conversation variables.
package struct SetAction: ActionTemplate {
    package static let kind = ActionKind.set
    package static let reference = Reference(
        key: "set", value: "`{ variable: value }`",
        meaning: """
            Remembers values with the conversation; later actions and rules of the same event see them as `vars.…`. A plain \
            number, `true`, `false` or `null` is that value, everything else is text.
            """,
        example: #"set: { order: "{{match.order}}" }"#)

    /// Not empty.
    private let variables: ValueTemplate

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let entries = value.mapping else {
            scope.refuse("a mapping", value, help: "write `set: { variable: value }`")
            return nil
        }
        guard !entries.isEmpty else {
            scope.error(.emptyList, "`set` sets no variable", at: value, help: "write `set: { variable: value }`")
            return nil
        }
        let areNamesGood = entries.map { scope.setsVariable(of: $0) }.allSatisfy(\.self)
        guard let variables = ValueTemplate(value, numbers: .unchanged, in: scope), areNamesGood else { return nil }
        self.variables = variables
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.set(variables.rendered(subject).object ?? [:])) }
    package var outline: Action { .set(variables.outline.object ?? [:]) }
}
