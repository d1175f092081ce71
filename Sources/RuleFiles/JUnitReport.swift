import Model

/// Test results as JUnit XML: one testsuite a file, one testcase a test.
package enum JUnitReport {
    package static func xml(_ results: [RuleTestResult]) -> String {
        let files = Dictionary(grouping: results) { $0.test.at.file }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites tests=\"\(results.count)\" failures=\"\(results.count { !$0.passed })\">",
        ]
        for (file, results) in files.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "  <testsuite name=\"\(escaped(file))\" tests=\"\(results.count)\" failures=\"\(results.count { !$0.passed })\">")
            lines += results.flatMap { testcase($0) }
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func testcase(_ result: RuleTestResult) -> [String] {
        let at = result.test.at
        let opening =
            "    <testcase name=\"\(escaped(result.test.name))\" classname=\"\(escaped(at.file))\" file=\"\(escaped(at.file))\" "
            + "line=\"\(at.line)\""
        guard !result.passed else { return [opening + "/>"] }
        let failures = result.failures.map { failure in
            "      <failure message=\"\(escaped(firstLine(failure.message)))\">\(escaped("\(failure.at.text): \(failure.message)"))</failure>"
        }
        return [opening + ">"] + failures + ["    </testcase>"]
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix { $0 != "\n" })
    }

    /// Characters that XML 1.0 cannot hold are left out.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                let isXML = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                if isXML { result.unicodeScalars.append(scalar) }
            }
        }
    }
}
