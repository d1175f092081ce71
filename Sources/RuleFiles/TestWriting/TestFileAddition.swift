import Model
import Rules

/// A test file with one more test behind its last.
package struct TestFileAddition: Sendable {
    /// The whole file.
    package let text: String

    /// - Parameters:
    ///   - bytes: the file as it is; nil for a new one.
    ///   - path: as it is shown to people.
    package init(of test: WrittenTest, to bytes: [UInt8]?, path: String) throws(TestFileError) {
        guard let bytes else {
            text = test.text
            return
        }
        let document = YAMLDocument(bytes, file: path, notesEnds: true)
        if let error = document.diagnostics.first(where: { $0.severity == .error }) {
            throw TestFileError("\(error.at.text): \(error.message)")
        }
        guard let root = document.root, !root.isBlank else {
            text = test.text
            return
        }
        guard let tests = root.mapping?.first(where: { $0.key == "tests" }) else {
            throw TestFileError("\(path) has no `tests:`, so it is no test file")
        }
        guard let last = tests.value.sequence?.last, document.end(of: tests.value) == nil, let end = document.textEnd(of: last)
        else {
            throw TestFileError(
                "\(tests.value.at.text): the tests stand in brackets, where no block can be added; write them as lines that begin "
                    + "with `- name:`")
        }
        let lines = document.lines
        let indent = tests.value.at.column - 1
        // Behind a block of text, the end is the beginning of the next line.
        let lastLine = end.column == 1 ? end.line - 1 : end.line
        let below = Array(lines.prefix(lastLine)) + test.lines(indent: indent)
        var rest = Array(lines.dropFirst(lastLine))
        if rest.isEmpty { rest = [""] }
        // As the file has them.
        let lineEnd = String(decoding: bytes, as: UTF8.self).contains("\r\n") ? "\r\n" : "\n"
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? "\u{FEFF}" : ""
        text = mark + (below + rest).joined(separator: lineEnd)
        try check(document: document, path: path)
    }

    /// The tests before are the same, and there is one more.
    private func check(document: YAMLDocument, path: String) throws(TestFileError) {
        let after = YAMLDocument(Array(text.utf8), file: path)
        func tests(_ document: YAMLDocument) -> [RuleNode] {
            document.root?["tests"]?.sequence ?? []
        }
        let before = tests(document)
        guard after.diagnostics.allSatisfy({ $0.severity != .error }), tests(after).count == before.count + 1,
            Array(tests(after).prefix(before.count)) == before
        else { throw TestFileError("\(path) cannot be added to without changing what is there; use another file") }
    }
}

/// Why a test file cannot be edited.
package struct TestFileError: Error, Sendable, Hashable {
    package let message: String

    package init(_ message: String) { self.message = message }
}
