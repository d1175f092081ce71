package import Model

/// `stop_flow`: the running flow ends.
package struct StopFlowAction: ActionTemplate {
    package static let kind = ActionKind.stopFlow
    package static let reference = Reference(
        key: "stop_flow", value: "`true`", meaning: "Ends the conversation's running flow, if there is one.",
        example: "stop_flow: true")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard scope.isTrue(value, what: "`stop_flow`") else { return nil }
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.stopFlow) }
    package var outline: Action { .stopFlow }
}
