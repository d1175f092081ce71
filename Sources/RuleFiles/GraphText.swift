import Model

/// A flow's graph in the languages of programs that draw graphs.
extension FlowGraph {
    // MARK: DOT

    /// For Graphviz. Source: https://graphviz.org/doc/info/lang.html
    package var dot: String {
        var lines = [
            "digraph \(Self.quoted(flow)) {", "  rankdir=TB;", "  labelloc=t;", "  label=\(Self.quoted("\(flow)\n\(at.text)"));",
            "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];",
            "  edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        for (place, node) in nodes.enumerated() {
            let label = Self.quoted(([node.title] + node.lines).joined(separator: "\n"))
            lines.append("  n\(place) [label=\(label)\(Self.attributes(node.kind))];")
        }
        for edge in edges {
            var attributes = edge.label.isEmpty ? [] : ["label=\(Self.quoted(edge.label))"]
            if edge.kind == .failing { attributes.append("style=dashed") }
            let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append("  n\(edge.from) -> n\(edge.to)\(list);")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private static func attributes(_ kind: Kind) -> String {
        switch kind {
        case .step: ""
        case .entry: ", shape=ellipse, style=solid"
        case .flow: ", shape=component, style=solid"
        case .end: ", shape=doublecircle, style=solid"
        }
    }

    /// In quotes only the quote and the backslash mean something to the language; in a label also HTML's entities.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "&": quoted += "&amp;"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(scalar.isShown ? scalar : " ")
            }
        }
        return quoted + "\""
    }

    // MARK: Mermaid

    /// Source: https://mermaid.js.org/syntax/flowchart.html
    package var mermaid: String {
        var lines = ["flowchart TD"]
        for (place, node) in nodes.enumerated() {
            let label = "\"" + ([node.title] + node.lines).map(Self.escaped).joined(separator: "<br/>") + "\""
            let shape =
                switch node.kind {
                case .step: "[\(label)]"
                case .entry: "([\(label)])"
                case .flow: "[[\(label)]]"
                case .end: "((\(label)))"
                }
            lines.append("  n\(place)\(shape)")
        }
        for edge in edges {
            let arrow = edge.kind == .failing ? "-.->" : "-->"
            let label = edge.label.isEmpty ? "" : "|\"\(Self.escaped(edge.label))\"|"
            lines.append("  n\(edge.from) \(arrow)\(label) n\(edge.to)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Letters, digits and what means nothing to Mermaid, Markdown and HTML stand for themselves; the rest is a code.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ":", "!", "?", "/", "'", "(", ")":
                escaped.unicodeScalars.append(scalar)
            case _ where scalar.value >= 0xA0 && scalar.isShown: escaped.unicodeScalars.append(scalar)
            case _ where scalar.isShown: escaped += "#\(scalar.value);"
            default: escaped += " "
            }
        }
        return escaped
    }
}

extension Unicode.Scalar {
    /// False for control characters and for what turns the line around.
    fileprivate var isShown: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}
