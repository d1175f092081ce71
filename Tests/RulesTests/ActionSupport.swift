import Model
import Rules
import Testing

/// Reads one line of a `do`, which must be free of errors.
func action(
    _ line: String, in scope: DecodingScope = ruleScope(["order"], count: 2, flows: ["order-status"]),
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> RuleAction {
    let actions = ActionCatalog.actions(node("[\(line)]"), in: scope)
    #expect(scope.diagnostics == [], sourceLocation: sourceLocation)
    return try #require(actions?.first, sourceLocation: sourceLocation)
}

/// What a line of a `do` comes to.
func rendered(_ line: String, _ subject: Subject = richSubject(), sourceLocation: SourceLocation = #_sourceLocation) throws
    -> RenderedAction
{
    try action(line, sourceLocation: sourceLocation).template.rendered(subject)
}

/// What is wrong with the lines of a `do`: codes and columns.
func actionFindings(
    _ lines: String, in scope: DecodingScope = ruleScope(flows: ["order-status", "refund"])
) -> [Finding] {
    _ = ActionCatalog.actions(node(lines), in: scope)
    return scope.diagnostics.sorted { $0.at < $1.at }.map(Finding.init)
}
