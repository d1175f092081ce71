package import Model

/// `start`: a flow begins.
package struct StartAction: ActionTemplate {
    package static let kind = ActionKind.start
    package static let reference = Reference(
        key: "start", value: "a flow's id",
        meaning: "Begins a flow in the conversation; one that runs already is replaced.", example: "start: order-status")

    private let flow: String

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let flow = scope.text(value) else { return nil }
        guard scope.flows.contains(flow) else {
            let known = scope.flows.sorted()
            scope.error(
                .unknownName, "there is no flow '\(flow)'", at: value,
                help: scope.suggestion(for: flow, among: known) ?? "define it under `flows:`")
            return nil
        }
        self.flow = flow
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.start(flow)) }
    package var outline: Action { .start(flow) }
}
