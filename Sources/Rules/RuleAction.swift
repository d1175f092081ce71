package import Model

/// One line of a `do`: an action whose templates are not filled in yet.
///
/// To add one: a case in Model's `Action`, a file in `Actions/`, and its line in `ActionCatalog`; the compiler then lists
/// every vendor that must answer for it.
package protocol ActionTemplate: Sendable {
    static var reference: Reference { get }
    static var kind: ActionKind { get }

    /// Reads the value of the key; reports what is wrong and gives nil.
    init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope)

    /// Fills in the templates. `.suppressed` when what came out must not leave (a line break in a header).
    func rendered(_ subject: Subject) -> RenderedAction

    /// The action with every template left as it is written, for checks that only need its shape (capabilities).
    var outline: Action { get }
}

package enum RenderedAction: Sendable, Hashable {
    case action(Action)
    case suppressed(SuppressionReason, Action)
}

package struct RuleAction: Sendable {
    package var template: any ActionTemplate
    package var at: SourcePosition
    package var delay: Duration?

    package init(_ template: any ActionTemplate, at: SourcePosition, delay: Duration? = nil) {
        self.template = template
        self.at = at
        self.delay = delay
    }
}
