package import Logging

/// Writes each log line as `level=… msg="…" key=value …`: one line whatever the values hold, which journald and people read.
/// Values are in the order of their keys.
package struct LogfmtHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let write: @Sendable (_ line: String) -> Void

    /// - Parameter write: takes one line with its line end.
    package init(label: String, level: Logger.Level = .info, write: @escaping @Sendable (_ line: String) -> Void) {
        self.label = label
        logLevel = level
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { _, new in new } }
        if let own = event.metadata { values.merge(own) { _, new in new } }
        if let error = event.error { values["error"] = "\(error)" }
        var line = "level=\(event.level.rawValue) msg=\(Self.quoted(event.message.description))"
        if label != "bellhop" { line += " source=\(Self.value(label))" }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            line += " \(Self.key(key))=\(Self.value(value.description))"
        }
        write(line + "\n")
    }

    /// Keys are the program's own; what could break the form is replaced all the same.
    private static func key(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.isPlain ? Character($0) : "_" })
    }

    /// Bare where it can be, else in quotes.
    static func value(_ text: String) -> String {
        !text.isEmpty && text.unicodeScalars.allSatisfy(\.isPlain) ? text : quoted(text)
    }

    /// In double quotes. Quotes, backslashes, and everything that could end a line, move a cursor or turn the direction of
    /// writing are escaped.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.isSafeInLine {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                }
            }
        }
        return result + "\""
    }
}

extension Unicode.Scalar {
    /// ASCII that needs no quotes.
    fileprivate var isPlain: Bool { value > 0x20 && value < 0x7f && self != "\"" && self != "\\" && self != "=" }

    fileprivate var isSafeInLine: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
