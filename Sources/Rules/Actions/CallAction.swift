package import Model

/// `call`: any other call of the vendor's API.
package struct CallAction: ActionTemplate {
    package static let kind = ActionKind.call
    package static let reference = Reference(
        key: "call", value: "`{ method, path, json }`",
        meaning: """
            Calls the vendor's API with the account's credentials, below its base URL. `method` is `POST` with `json`, else \
            `GET`, when it is left out. Values in `path` are percent-encoded as one segment.
            """,
        example: #"call: { method: PUT, path: "/chats/{{conversation.id}}/snooze", json: { minutes: 30 } }"#)

    private let method: String
    private let path: Template
    private let json: ValueTemplate?

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        let keys = ["method", "path", "json"]
        guard let entries = scope.mapping(value, known: keys, required: ["path"], what: "`call`") else { return nil }
        var isWhole = true
        let json = scope.json(entries["json"], isWhole: &isWhole)
        let method = scope.method(entries["method"], hasBody: json != nil, isWhole: &isWhole)
        let path = scope.template(entries["path"], isWhole: &isWhole)
        if let path, let entry = entries["path"] {
            isWhole = scope.isPath(path, at: entry.value) && isWhole
        }
        guard isWhole, let path else { return nil }
        (self.method, self.path, self.json) = (method, path, json)
    }

    package func rendered(_ subject: Subject) -> RenderedAction {
        .action(
            .call(
                VendorCall(
                    method: method, path: path.rendered(subject, encoding: .urlSegment), json: json?.rendered(subject))))
    }

    package var outline: Action { .call(VendorCall(method: method, path: path.source, json: json?.outline)) }
}
