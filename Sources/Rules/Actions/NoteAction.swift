package import Model

/// `note`: an internal note.
package struct NoteAction: ActionTemplate {
    package static let kind = ActionKind.note
    package static let reference = Reference(
        key: "note", value: "text", meaning: "Leaves a note that agents see and the customer does not.",
        example: #"note: "Asked for a refund: {{message.text}}""#)

    private let text: Template

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let text = Template(value, in: scope) else { return nil }
        self.text = text
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.note(text.rendered(subject))) }
    package var outline: Action { .note(text.source) }
}
