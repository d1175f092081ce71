package import Model
import Mustache

/// What a template stands for, which decides what may be written there.
package enum TemplatePlace: Sendable, Hashable {
    /// Text for people: blank text is an error.
    case text
    /// A value that may be empty when quotes say so: a variable, a member of a body, a header.
    case value
}

/// A text of a rule with `{{names}}` in it.
///
/// Mustache, without partials, parents, blocks, changed delimiters and pragmas, and without the functions that the library
/// offers. Values are inserted as text: never escaped for HTML, never rendered again. An absent one is empty.
package struct Template: Sendable {
    /// As written.
    package let source: String
    package let at: SourcePosition
    private let form: Form
    /// The text that stands before the first tag; the whole text when there is none.
    package let constantPrefix: String
    /// Every piece of text that is no tag.
    let constantTexts: [String]

    private enum Form: Sendable {
        /// Nothing is to be filled in.
        case constant
        /// No sections: text and values one after the other, which need nothing of the library.
        case flat([TemplatePart])
        case sections(MustacheTemplate, TemplateTable)
    }

    /// Reports what is wrong at the node, and gives nil. Variables that the template reads are noted in the scope.
    package init?(_ node: RuleNode, in scope: DecodingScope, context place: TemplatePlace = .text) {
        guard let text = scope.templateSource(node, place) else { return nil }
        do throws(TemplateError) {
            try self.init(text, at: node.at, in: scope) { scope.report($0, at: node) }
        } catch {
            scope.report(error, at: node)
            return nil
        }
    }

    private init(
        _ source: String, at: SourcePosition, in scope: DecodingScope, report: (TemplateError) -> Void
    ) throws(TemplateError) {
        let parts = try TemplateSyntax.parts(of: source)
        var check = TemplateNameCheck(captures: scope.captures)
        check.check(parts)
        for name in check.variables where scope.readVariables[name] == nil { scope.readVariables[name] = at }
        if let last = check.errors.last {
            for error in check.errors.dropLast() { report(error) }
            throw last
        }
        self.source = source
        self.at = at
        form = try Template.form(of: parts, source: source)
        constantTexts = parts.flatMap(\.texts)
        constantPrefix = if case .text(let text)? = parts.first { text } else { "" }
    }

    /// True when every rendering gives the text as it is written.
    package var isConstant: Bool { if case .constant = form { true } else { false } }

    package func rendered(_ subject: Subject, encoding: TemplateEncoding = .plain) -> String {
        let context: TemplateContext
        let text: String
        switch form {
        case .constant: return source
        case .flat(let parts):
            context = TemplateContext(subject: subject, encoding: encoding)
            text = context.text(of: parts)
        case .sections(let mustache, let table):
            context = TemplateContext(subject: subject, table: table, encoding: encoding)
            text = mustache.render(TemplateRoot(context: context))
        }
        guard context.isOver || text.utf8.count > EventLimits.templateBytes else { return text }
        subject.excess = subject.excess ?? .template
        return ""
    }

    private static func form(of parts: [TemplatePart], source: String) throws(TemplateError) -> Form {
        if parts.isEmpty ? source.isEmpty : parts == [.text(source)] { return .constant }
        if parts.allSatisfy(\.isFlat) { return .flat(parts) }
        var table = TemplateTable()
        let normal = normalForm(parts, &table)
        do {
            return .sections(try MustacheTemplate(string: normal), table)
        } catch {
            throw TemplateError("the template cannot be read")
        }
    }

    /// As `TemplateContext` describes it.
    private static func normalForm(_ parts: [TemplatePart], _ table: inout TemplateTable) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += "{{{\(table.tag(for: piece))}}}"
            case .value(let name): text += "{{{\(table.tag(for: name))}}}"
            case .section(let name, let inverted, let parts):
                let tag = table.tag(for: name)
                text += "{{\(inverted ? "^" : "#")\(tag)}}\(normalForm(parts, &table)){{/\(tag)}}"
            }
        }
        return text
    }
}

extension TemplatePart {
    fileprivate var isFlat: Bool { if case .section = self { false } else { true } }

    fileprivate var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .value: []
        case .section(_, _, let parts): parts.flatMap(\.texts)
        }
    }
}

extension DecodingScope {
    /// The text of a scalar that is a template.
    fileprivate func templateSource(_ node: RuleNode, _ place: TemplatePlace) -> String? {
        if node.mapping != nil {
            return wrongType("text", node, help: "a text that begins with `{{` must stand in quotes")
        }
        guard let text = text(node) else { return nil }
        guard place == .value || text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            error(.blankText, "text is expected here, and it is blank", at: node, help: "write the text")
            return nil
        }
        return text
    }

    fileprivate func report(_ problem: TemplateError, at node: RuleNode) {
        error(.template, problem.message, at: node, help: problem.help)
    }
}
