package import Model

/// `contact`: attributes of the contact at the vendor.
package struct ContactAction: ActionTemplate {
    package static let kind = ActionKind.contact
    package static let reference = Reference(
        key: "contact", value: "`{ attribute: text }`",
        meaning: "Writes attributes of the contact at the vendor. Values are text, numbers too.",
        example: #"contact: { last_order: "{{vars.order}}" }"#)

    private let attributes: TextMapping

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let attributes = TextMapping(value, what: "attribute", in: scope) else { return nil }
        guard !attributes.isEmpty else {
            scope.error(
                .emptyList, "`contact` changes no attribute", at: value, help: "write `contact: { attribute: value }`")
            return nil
        }
        self.attributes = attributes
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.contact(attributes.rendered(subject))) }
    package var outline: Action { .contact(attributes.outline) }
}
