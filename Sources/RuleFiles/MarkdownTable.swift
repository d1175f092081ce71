import Model
package import Rules

/// Tables of the documentation that the code knows better than a person.
package enum MarkdownTable {
    package static func references(_ references: [Reference]) -> String {
        (["| key | value | meaning | example |", "|---|---|---|---|"]
            + references.map {
                "| `\($0.key)` | \(escaped($0.value)) | \(escaped($0.meaning)) | `\(escaped($0.example))` |"
            }).joined(separator: "\n")
    }

    package static func diagnostics() -> String {
        (["| code | meaning |", "|---|---|"]
            + DiagnosticCode.allCases.sorted { $0.rawValue < $1.rawValue }.map { "| \($0.rawValue) | \(escaped($0.summary)) |" })
            .joined(separator: "\n")
    }

    package static func eventKinds() -> String {
        EventKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    }

    static func escaped(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: " ").split(separator: "|", omittingEmptySubsequences: false)
            .joined(separator: "\\|")
    }
}
