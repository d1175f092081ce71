package import Model
package import Rules

/// Findings as SARIF 2.1.0, which code hosts show beside the lines, with what their authors allow marked as suppressed.
///
/// Source: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.19 (tool component), 3.27 (result), 3.30
/// (region) and 3.35 (suppression).
package struct SARIFReport: Sendable {
    private let diagnostics: [Diagnostic]
    private let allowed: [Allowances.Allowed]
    private let version: String
    /// In the order in which they are told.
    private let codes: [DiagnosticCode]

    /// - Parameters:
    ///   - diagnostics: those that are to be told, in order.
    ///   - version: of the program.
    package init(_ diagnostics: [Diagnostic], allowed: [Allowances.Allowed], version: String) {
        self.diagnostics = diagnostics
        self.allowed = allowed
        self.version = version
        codes = Set((diagnostics + allowed.map(\.diagnostic)).map(\.code)).sorted { $0.rawValue < $1.rawValue }
    }

    package var value: Value {
        [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                [
                    "tool": [
                        "driver": [
                            "name": "bellhop", "version": .string(version), "rules": .array(codes.map(rule)),
                        ]
                    ],
                    "columnKind": "unicodeCodePoints",
                    "results": .array(
                        diagnostics.map { result($0, []) } + allowed.map { result($0.diagnostic, [suppression($0)]) }),
                ]
            ],
        ]
    }

    // MARK: Rules

    private func rule(_ code: DiagnosticCode) -> Value {
        var rule: Value.Object = [
            "id": .string(code.rawValue), "shortDescription": ["text": .string(code.summary)],
            "help": [
                "text": .string(LintGuide.text(code)), "markdown": .string(LintGuide.markdownHelp(code)),
            ],
        ]
        if let reference = LintCatalog.reference(code) { rule["fullDescription"] = ["text": .string(reference.meaning)] }
        let severity = (diagnostics + allowed.map(\.diagnostic)).first { $0.code == code }?.severity
        if let severity { rule["defaultConfiguration"] = ["level": .string(severity.rawValue)] }
        return .object(rule)
    }

    // MARK: Results

    private func result(_ diagnostic: Diagnostic, _ suppressions: [Value]) -> Value {
        let words = [diagnostic.fullMessage, diagnostic.help.map { "Help: \($0)" }].compactMap(\.self)
        var result: Value.Object = [
            "ruleId": .string(diagnostic.code.rawValue),
            "ruleIndex": .integer(Int64(codes.firstIndex(of: diagnostic.code) ?? 0)),
            "level": .string(diagnostic.severity.rawValue),
            "message": ["text": .string(words.joined(separator: ". "))],
            "locations": [location(diagnostic.at, length: diagnostic.length)],
            // Where some are suppressed, the others must say that they are not.
            "suppressions": .array(suppressions),
        ]
        if !diagnostic.related.isEmpty {
            result["relatedLocations"] = .array(
                diagnostic.related.enumerated().map { index, related in
                    var location = self.location(related.at, length: nil).object ?? [:]
                    location["id"] = .integer(Int64(index + 1))
                    location["message"] = ["text": .string(related.message)]
                    return .object(location)
                })
        }
        return .object(result)
    }

    private func suppression(_ allowed: Allowances.Allowed) -> Value {
        [
            "kind": "inSource", "status": "accepted", "justification": .string(allowed.reason),
            "location": location(allowed.at, length: nil),
        ]
    }

    private func location(_ place: SourcePosition, length: Int?) -> Value {
        var region: Value.Object = [
            "startLine": .integer(Int64(place.line)), "startColumn": .integer(Int64(place.column)),
        ]
        // The column behind the last character.
        if let length { region["endColumn"] = .integer(Int64(place.column + length)) }
        return [
            "physicalLocation": [
                "artifactLocation": ["uri": .string(Self.uri(place.file))], "region": .object(region),
            ]
        ]
    }

    /// A path as a URI reference: relative as it is, from the root with `file://`.
    static func uri(_ path: String) -> String {
        var path = path[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        let encoded = path.utf8.reduce(into: "") { uri, byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~/".utf8.contains(byte)
            if isPlain {
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                uri += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return path.hasPrefix("/") ? "file://" + encoded : encoded
    }
}
