import Model
import Rules
import Testing

/// A scalar as it would be written in single quotes at the first column.
func quoted(_ text: String) -> RuleNode {
    RuleNode(.scalar(RuleNode.Scalar(text: text, style: .singleQuoted)), at: position(1))
}

/// What the regular expressions of a rule capture.
func captures(_ names: Set<String> = [], count: Int = 0) -> DecodingScope.CaptureNames {
    var captures = DecodingScope.CaptureNames()
    captures.names = names
    captures.count = count
    return captures
}

/// A scope in which a rule is being read.
func ruleScope(_ names: Set<String> = [], count: Int = 0, flows: Set<String> = []) -> DecodingScope {
    let scope = DecodingScope(flows: flows)
    scope.captures = captures(names, count: count)
    return scope
}

/// A template that must be free of errors.
func template(
    _ text: String, in scope: DecodingScope = ruleScope(["order"], count: 2), sourceLocation: SourceLocation = #_sourceLocation
) throws -> Template {
    let template = Template(quoted(text), in: scope, context: .value)
    #expect(scope.diagnostics == [], sourceLocation: sourceLocation)
    return try #require(template, sourceLocation: sourceLocation)
}

/// What is wrong with a template.
func templateErrors(_ text: String, in scope: DecodingScope = ruleScope()) -> [Diagnostic] {
    let template = Template(quoted(text), in: scope, context: .value)
    #expect(template == nil || scope.diagnostics.isEmpty)
    return scope.diagnostics
}

/// A customer's message with variables, captures and a payload.
func richSubject(_ text: String = "hello", variables: Value.Object = [:], raw: String = "{}") -> Subject {
    var event = Event.message(text)
    event.raw = Array(raw.utf8)
    event.details = ["flow": "f1", "context": ["SYSTEM.CHAT_ID": 7]]
    event.contact?.attributes["language"] = "pt-BR"
    let subject = subject(event, state: ConversationState(variables: variables))
    subject.rule = "refund"
    subject.captures.take(numbered: ["order 1234", "12"], names: [("order", "1234")], namedGroups: [])
    return subject
}
