/// A page of the manual in the language of man(7): requests on lines of their own, text between them.
struct Roff {
    private(set) var text: String

    /// - Parameter section: 1 for commands, 5 for files.
    init(title: String, section: Int, version: String) {
        text = ".TH \"\(Self.escaped(title.uppercased()))\" \(section) \"\" \"bellhop \(Self.escaped(version))\" \"Bellhop\"\n"
        // No hyphens and no stretched spaces: what stands in examples is copied.
        text += ".nh\n.ad l\n"
    }

    mutating func section(_ name: String) { text += ".SH \(Self.escaped(name))\n" }

    mutating func subsection(_ name: String) { text += ".SS \"\(Self.escaped(name))\"\n" }

    mutating func paragraph(_ words: String) { text += ".PP\n\(Self.line(words))\n" }

    /// Text right below a heading.
    mutating func plain(_ words: String) { text += "\(Self.line(words))\n" }

    /// What is described in bold, and its description below, moved in.
    mutating func item(_ term: String, _ description: String) {
        text += ".TP\n.B \(Self.line(term))\n\(Self.line(description.isEmpty ? " " : description))\n"
    }

    /// Lines as they are, in a typewriter's letters.
    mutating func example(_ lines: [String]) {
        text += ".PP\n.RS 4\n.nf\n"
        for line in lines { text += "\(Self.line(line))\n" }
        text += ".fi\n.RE\n"
    }

    /// One line of text. What would be taken for a request is not.
    private static func line(_ words: String) -> String {
        let words = escaped(words.replacing("\n", with: " "))
        return words.hasPrefix(".") || words.hasPrefix("'") ? "\\&\(words)" : words
    }

    /// A hyphen is a minus, so that options can be copied and searched for.
    static func escaped(_ words: String) -> String {
        words.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
    }
}
