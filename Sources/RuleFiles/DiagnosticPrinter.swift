import JSON
package import Model
package import Rules

/// Makes text of diagnostics: for people, for programs, and for annotations on a pull request.
package struct DiagnosticPrinter: Sendable {
    /// The lines of each file, for snippets; a file that is not among them is shown without.
    private let sources: [String: [String]]
    private let isColored: Bool

    package init(sources: [String: [String]], isColored: Bool = false) {
        self.sources = sources
        self.isColored = isColored
    }

    /// One finding as a compiler would show it: message, place, snippet with carets, help.
    package func text(_ diagnostic: Diagnostic) -> String {
        let places = [diagnostic.at] + diagnostic.related.map(\.at)
        let width = places.map { String($0.line).count }.max() ?? 1
        let gutter = String(repeating: " ", count: width)
        var lines = [headline(diagnostic), "\(gutter)--> \(diagnostic.at.text)"]
        if let source = line(at: diagnostic.at) {
            lines.append("\(gutter) |")
            lines.append("\(padded(diagnostic.at.line, width)) | \(source.cleaned)")
            lines.append("\(gutter) | \(carets(diagnostic, under: source))")
        }
        for related in diagnostic.related {
            lines.append("\(gutter)::: \(related.at.text)")
            let source = line(at: related.at)?.cleaned ?? ""
            let gap = source.isEmpty ? "" : "      "
            lines.append("\(padded(related.at.line, width)) | \(source)\(gap)(\(related.message))")
        }
        if let witness = diagnostic.witness { lines.append("\(gutter) = witness: \(witness.text)") }
        if let help = diagnostic.help { lines.append("\(gutter) = help: \(help)") }
        return lines.joined(separator: "\n")
    }

    /// All findings, with an empty line between, and a line that counts them.
    package func text(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { text($0) + "\n" }.joined(separator: "\n")
    }

    /// An array of `{code, severity, message, file, line, column, help, related}`.
    package static func json(_ diagnostics: [Diagnostic]) -> Value {
        .array(diagnostics.map(json))
    }

    package static func json(_ diagnostic: Diagnostic) -> Value {
        var object: Value.Object = [
            "code": .string(diagnostic.code.rawValue), "severity": .string(diagnostic.severity.rawValue),
            "message": .string(diagnostic.fullMessage), "file": .string(diagnostic.at.file),
            "line": .integer(Int64(diagnostic.at.line)), "column": .integer(Int64(diagnostic.at.column)),
            "help": .optional(diagnostic.help),
            "related": .array(
                diagnostic.related.map { related in
                    [
                        "file": .string(related.at.file), "line": .integer(Int64(related.at.line)),
                        "column": .integer(Int64(related.at.column)), "message": .string(related.message),
                    ]
                }),
        ]
        if let witness = diagnostic.witness { object["witness"] = witness.value }
        return .object(object)
    }

    /// A workflow command of GitHub Actions: one line.
    package static func github(_ diagnostic: Diagnostic) -> String {
        let witness = diagnostic.witness.map { "witness: \($0.text)" }
        let message = [diagnostic.fullMessage, witness, diagnostic.help.map { "help: \($0)" }].compactMap(\.self).joined(
            separator: "\n")
        let properties = [
            "file=\(escaped(diagnostic.at.file, isProperty: true))", "line=\(diagnostic.at.line)", "col=\(diagnostic.at.column)",
            "title=\(diagnostic.code.rawValue)",
        ]
        let word = diagnostic.severity == .note ? "notice" : diagnostic.severity.rawValue
        return "::\(word) \(properties.joined(separator: ","))::\(escaped(message, isProperty: false))"
    }

    private static func escaped(_ text: String, isProperty: Bool) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    // MARK: Parts

    private func headline(_ diagnostic: Diagnostic) -> String {
        let word = "\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]"
        guard isColored else { return "\(word): \(diagnostic.message)" }
        let color =
            switch diagnostic.severity {
            case .error: "\u{1B}[1;31m"
            case .warning: "\u{1B}[1;33m"
            case .note: "\u{1B}[1;36m"
            }
        return "\(color)\(word)\u{1B}[0m\u{1B}[1m: \(diagnostic.message)\u{1B}[0m"
    }

    private func line(at position: SourcePosition) -> String? {
        guard let lines = sources[position.file], lines.indices.contains(position.line - 1) else { return nil }
        return lines[position.line - 1]
    }

    private func padded(_ line: Int, _ width: Int) -> String {
        let digits = String(line)
        return String(repeating: " ", count: max(0, width - digits.count)) + digits
    }

    private func carets(_ diagnostic: Diagnostic, under source: String) -> String {
        let scalars = Array(source.unicodeScalars)
        let start = min(diagnostic.at.column - 1, scalars.count)
        let end = min(start + diagnostic.length, max(scalars.count, start + 1))
        let before = scalars[..<start].reduce(0) { $0 + $1.columns }
        let width = start < scalars.count ? scalars[start..<min(end, scalars.count)].reduce(0) { $0 + $1.columns } : 1
        let carets = String(repeating: " ", count: before) + String(repeating: "^", count: max(1, width))
        return diagnostic.label.map { "\(carets) \($0)" } ?? carets
    }
}

extension Diagnostic {
    /// Message and label in one line, for forms without a snippet.
    var fullMessage: String { label.map { "\(message): \($0)" } ?? message }
}

extension String {
    /// Control characters as one blank each, so that columns stay and nothing moves a terminal's cursor.
    fileprivate var cleaned: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension Unicode.Scalar {
    /// How many columns a terminal gives it.
    fileprivate var columns: Int {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            2
        default:
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: 0
            default: 1
            }
        }
    }
}
