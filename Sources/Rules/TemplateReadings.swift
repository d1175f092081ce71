/// The names that a template reads, for checks of rules as they are written.
package enum TemplateReadings {
    package struct Name: Sendable, Hashable {
        /// `contact`, `first_name`; empty for `{{.}}`.
        package var path: [String]
        /// As written: `contact.first_name`.
        package var source: String
        /// It is a condition of a section, or stands in one: the author thought of its absence.
        package var isGuarded: Bool
    }

    /// In the order written; none where the template cannot be read.
    package static func names(in source: String) -> [Name] {
        guard source.contains("{{"), let parts = try? TemplateSyntax.parts(of: source) else { return [] }
        let sections = parts.flatMap(\.sectionSources)
        return parts.flatMap { $0.names(isInSection: false) }.map { name in
            var name = name
            name.isGuarded = name.isGuarded || sections.contains(name.source)
            return name
        }
    }
}

extension TemplatePart {
    fileprivate func names(isInSection: Bool) -> [TemplateReadings.Name] {
        switch self {
        case .text: []
        case .value(let name): [TemplateReadings.Name(path: name.path, source: name.source, isGuarded: isInSection)]
        case .section(let name, _, let parts):
            [TemplateReadings.Name(path: name.path, source: name.source, isGuarded: true)]
                + parts.flatMap { $0.names(isInSection: true) }
        }
    }

    fileprivate var sectionSources: [String] {
        if case .section(let name, _, let parts) = self { [name.source] + parts.flatMap(\.sectionSources) } else { [] }
    }
}
