import Model

/// Readers of what several actions share.
extension DecodingScope {
    /// Reports a value of another kind than expected.
    func refuse(_ expected: String, _ node: RuleNode, help: String? = nil) {
        _ = wrongType(expected, node, help: help) as Void?
    }

    /// The template behind a key of a mapping; nil when the key is missing. `isWhole` becomes false when it cannot be read.
    func template(
        _ entry: RuleNode.Entry?, _ place: TemplatePlace = .text, isWhole: inout Bool
    ) -> Template? {
        guard let entry else { return nil }
        let template = Template(entry.value, in: self, context: place)
        if template == nil { isWhole = false }
        return template
    }

    /// A list of templates, not empty; `what` is what it is a list of: `tags`.
    func templates(_ node: RuleNode, what: String) -> [Template]? {
        guard let nodes = node.sequence else { return wrongType("a list of \(what)", node, help: "write `[…]`") }
        guard !nodes.isEmpty else {
            error(.emptyList, "the list of \(what) is empty", at: node, help: "write at least one, or leave the key out")
            return nil
        }
        let templates = nodes.map { Template($0, in: self) }
        let readable = templates.compactMap(\.self)
        return readable.count == templates.count ? readable : nil
    }

    /// One template or a list of them.
    func oneOrMoreTemplates(_ node: RuleNode, what: String) -> [Template]? {
        node.scalar == nil ? templates(node, what: what) : Template(node, in: self).map { [$0] }
    }

    /// Notes the variable that the key of an entry sets, or reports a name that cannot be one.
    func setsVariable(of entry: RuleNode.Entry) -> Bool {
        if VariableName.isValid(entry.key) {
            setVariables.insert(entry.key)
            return true
        }
        error(.badValue, VariableName.refusal(entry.key), atKeyOf: entry, help: VariableName.help)
        return false
    }

    /// The same for a name that is written as a value.
    func setsVariable(named name: String, at node: RuleNode) -> Bool {
        if VariableName.isValid(name) {
            setVariables.insert(name)
            return true
        }
        error(.badValue, VariableName.refusal(name), at: node, help: VariableName.help)
        return false
    }

    /// True for `true`; everything else is reported.
    func isTrue(_ node: RuleNode, what: String) -> Bool {
        guard let isTrue = flag(node) else { return false }
        if !isTrue {
            error(.badValue, "\(what) can only be `true`", at: node, help: "leave the line out")
        }
        return isTrue
    }

    /// The word of a scalar that is no template: `what` can be one of `allowed`.
    func word(_ node: RuleNode, among allowed: [String], what: String) -> String? {
        guard let text = text(node) else { return nil }
        if let word = allowed.first(where: { $0.lowercased() == text.lowercased() }) { return word }
        error(.badValue, "'\(text)' is no \(what)", at: node, help: suggestion(for: text, among: allowed))
        return nil
    }
}

/// Names of conversation variables.
package enum VariableName {
    /// Letters and digits of any script, `_` and `-`: what a name in a template or path can be without quotes.
    package static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }

    static func refusal(_ name: String) -> String { "'\(name)' cannot be the name of a variable" }
    static let help = "a name is made of letters, digits, `_` and `-`"
}

extension [Template] {
    /// Filled in; what comes out blank is left out.
    func renderedTexts(_ subject: Subject) -> [String] {
        map { $0.rendered(subject) }.filter { $0.contains { !$0.isWhitespace } }
    }

    var sources: [String] { map(\.source) }
}
