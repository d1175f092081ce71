package import Model

/// `route`: a transfer.
package struct RouteAction: ActionTemplate {
    package static let kind = ActionKind.route
    package static let reference = Reference(
        key: "route", value: "`{ department: name or id }`, `{ team: .. }`, `{ agent: .. }` or `queue`",
        meaning: "Hands the conversation to a department, a team, an agent, or back to the queue.",
        example: "route: { department: billing }")

    private enum Target: Sendable {
        case department(Template)
        case team(Template)
        case agent(Template)
        case queue
    }

    private static let keys = ["department", "team", "agent"]
    private let target: Target

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let target = value.scalar == nil ? Self.target(value, in: scope) : Self.queue(value, in: scope) else { return nil }
        self.target = target
    }

    private static func queue(_ node: RuleNode, in scope: DecodingScope) -> Target? {
        guard let text = scope.text(node) else { return nil }
        guard text == "queue" else {
            let help = nearest(to: text, among: ["queue"]).map { "did you mean '\($0)'?" }
            scope.error(
                .badValue, "'\(text)' does not tell where to route to", at: node,
                help: help ?? "write `queue`, or `{ department: … }`, `{ team: … }`, `{ agent: … }`")
            return nil
        }
        return .queue
    }

    private static func target(_ node: RuleNode, in scope: DecodingScope) -> Target? {
        guard let entries = scope.mapping(node, known: keys, what: "`route`") else { return nil }
        let known = (node.mapping ?? []).filter { entries[$0.key] != nil }
        guard let entry = known.first else {
            if known.count == (node.mapping ?? []).count {
                scope.error(
                    .missingKey, "`route` does not tell where to", at: node,
                    help: "write one of `department:`, `team:`, `agent:`")
            }
            return nil
        }
        for other in known.dropFirst() {
            scope.error(
                .badValue, "`route` has one target, and '\(entry.key)' stands here already", atKeyOf: other,
                help: "write two actions, or leave one out")
        }
        let templates = known.map { Template($0.value, in: scope) }
        guard known.count == 1, let template = templates[0] else { return nil }
        return switch entry.key {
        case "department": .department(template)
        case "team": .team(template)
        default: .agent(template)
        }
    }

    package func rendered(_ subject: Subject) -> RenderedAction { .action(.route(filled { $0.rendered(subject) })) }
    package var outline: Action { .route(filled(\.source)) }

    private func filled(_ text: (Template) -> String) -> RouteTarget {
        switch target {
        case .department(let template): .department(text(template))
        case .team(let template): .team(text(template))
        case .agent(let template): .agent(text(template))
        case .queue: .queue
        }
    }
}
