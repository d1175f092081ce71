package import Rules

/// The one way in which rule and test files are laid out: what `fmt` writes.
///
/// Two blanks for each level, lists below their key; one blank between tokens and none before `,` and `:`; blanks inside `{ }`;
/// one empty line at most, and one between rules, flows and tests. Comments stay where they are. Order, quotes and line breaks
/// stay as the author wrote them.
package enum RuleFormat {
    /// - Throws: where the file is no YAML, or the result would not say the same.
    package static func formatted(_ bytes: [UInt8], file: String) throws(RuleFormatError) -> [UInt8] {
        let document = YAMLDocument(bytes, file: file)
        guard !document.diagnostics.contains(where: { $0.severity == .error }) else {
            throw .unreadable(document.diagnostics.filter { $0.severity == .error }, lines: document.lines)
        }
        let text = normalized(bytes)
        guard var result = laidOut(text) else { return bytes }
        // What moves one thing may bring another into reach; more than once never happens, and never may.
        for _ in 0..<3 {
            guard let again = laidOut(result) else { throw .changed("it cannot be read any more") }
            if again == result { return try checked(result, against: document, file: file) }
            result = again
        }
        throw .changed("it does not come to rest")
    }

    /// Without a byte order mark, and with `\n` at the ends of lines.
    private static func normalized(_ bytes: [UInt8]) -> String {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard bytes.contains(0x0D) else { return String(decoding: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var wasReturn = false
        for byte in bytes {
            if byte == 0x0D {
                result.append(0x0A)
            } else if byte != 0x0A || !wasReturn {
                result.append(byte)
            }
            wasReturn = byte == 0x0D
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil for a text that is built of what nobody writes in rules: it stays as it is.
    private static func laidOut(_ text: String) -> String? {
        guard let tokens = YAMLTokens.tokens(of: text), !tokens.contains(where: { $0.kind == .key && $0.start < $0.end }) else {
            return nil
        }
        var layout = YAMLLayout(text, tokens)
        return layout.run()
    }

    private static func checked(
        _ result: String, against document: YAMLDocument, file: String
    ) throws(RuleFormatError) -> [UInt8] {
        let bytes = Array(result.utf8)
        let after = YAMLDocument(bytes, file: file)
        guard sameContent(document.root, after.root) else { throw .changed("its values would not be the same") }
        guard document.diagnostics.map(\.code) == after.diagnostics.map(\.code) else {
            throw .changed("other text would be cut off as a comment")
        }
        return bytes
    }

    private static func sameContent(_ left: RuleNode?, _ right: RuleNode?) -> Bool {
        guard let left, let right else { return (left == nil) == (right == nil) }
        switch (left.content, right.content) {
        case (.scalar(let left), .scalar(let right)):
            return left.text.utf8.elementsEqual(right.text.utf8) && left.style == right.style
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(sameContent)
        case (.mapping(let left), .mapping(let right)):
            return left.count == right.count
                && zip(left, right).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && sameContent($0.value, $1.value) }
        default: return false
        }
    }
}

/// Why a file was not formatted.
package enum RuleFormatError: Error, Sendable, Hashable {
    /// It is no YAML: what is wrong with it, and its lines for snippets.
    case unreadable([Diagnostic], lines: [String])
    /// The result would say something else: a defect.
    case changed(String)
}
