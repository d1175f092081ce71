/// The name in a tag: `contact.first_name`, `raw.context."SYSTEM.CHAT_ID"`, `.`.
struct TemplateName: Sendable, Hashable {
    /// Its parts; empty for `.`, the element that a section stands at.
    let path: [String]
    /// As written, for messages.
    let source: String

    init(_ tag: TemplateTag) throws(TemplateError) {
        source = tag.content
        path = tag.content == "." ? [] : try TemplateName.path(of: tag)
    }

    private static func path(of tag: TemplateTag) throws(TemplateError) -> [String] {
        var rest = tag.content.unicodeScalars[...]
        if rest.isEmpty {
            throw TemplateError("the tag `\(tag.source)` holds no name", help: "write a name: `{{contact.first_name}}`")
        }
        if rest.contains("("), !rest.contains("\"") {
            throw TemplateError(
                "a template cannot call a function, found `\(tag.source)`",
                help: "write the name alone: a value is inserted as it is")
        }
        var path: [String] = []
        while true {
            guard let part = part(&rest) else { throw unreadable(tag) }
            path.append(part)
            guard let separator = rest.popFirst() else { return path }
            guard separator == "." else { throw unreadable(tag) }
        }
    }

    /// Takes the next part off; nil when there is none.
    private static func part(_ rest: inout Substring.UnicodeScalarView) -> String? {
        if rest.first == "\"" { return quotedPart(&rest) }
        let part = rest.prefix(while: isNameScalar)
        rest = rest[part.endIndex...]
        return part.isEmpty ? nil : String(part)
    }

    private static func quotedPart(_ rest: inout Substring.UnicodeScalarView) -> String? {
        rest.removeFirst()
        var part = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(part)
            case "\\" where rest.first == "\"" || rest.first == "\\": part.append(rest.removeFirst())
            default: part.append(scalar)
            }
        }
        return nil
    }

    /// Everything else needs quotes.
    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "-", "$", "@", "a"..."z", "A"..."Z", "0"..."9": return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }

    private static func unreadable(_ tag: TemplateTag) -> TemplateError {
        TemplateError(
            "`\(tag.source)` holds no name that can be read",
            help: "names look like `contact.first_name`; a part with dots, blanks or signs is quoted: `raw.\"a.b\"`")
    }
}
