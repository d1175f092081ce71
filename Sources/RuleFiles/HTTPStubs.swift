package import Model
package import Rules

/// Answers of the user's own systems from a file: what `dry-run --http` takes in their place.
///
/// A list of answers as rule tests write them (`{ status, headers, json | text }` or `{ error }`), each with the `url` that
/// it is for (`*` stands for any text) and the `method` where one is wanted; or a mapping of URLs to answers. An answer
/// without a URL is for the next call that no other is for, and is used once; one with a URL as often as it is called. A
/// single answer that is no list is for every call.
package struct HTTPStubs: Sendable {
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    package let lines: [String]
    private var stubs: [Stub]

    private struct Stub: Sendable {
        var url: String?
        var method: String?
        var answer: Value
        /// For any number of calls.
        var isReusable: Bool
    }

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    package init(_ bytes: [UInt8], file: String) {
        let document = YAMLDocument(bytes, file: file)
        let scope = DecodingScope()
        lines = document.lines
        stubs = document.root.map { Self.stubs($0, scope) } ?? []
        if stubs.isEmpty, document.diagnostics.isEmpty, scope.diagnostics.isEmpty {
            scope.report(
                Diagnostic(
                    .error, .emptyList, "the file holds no answer", at: SourcePosition(file: file, line: 1, column: 1),
                    help: "write a list of answers, such as `- { url: \"https://erp.example.org/*\", status: 200 }`"))
        }
        diagnostics = (document.diagnostics + scope.diagnostics).sorted { ($0.at, $0.code.rawValue) < ($1.at, $1.code.rawValue) }
    }

    /// The answer for a call; nil when there is none for it, or none any more.
    package mutating func answer(to call: HTTPCall) -> Value? {
        let index =
            stubs.firstIndex { $0.url != nil && Self.isFor(call, $0) }
            ?? stubs.firstIndex { $0.url == nil && Self.isFor(call, $0) }
        guard let index else { return nil }
        let stub = stubs[index]
        if !stub.isReusable { stubs.remove(at: index) }
        return stub.answer
    }

    private static func isFor(_ call: HTTPCall, _ stub: Stub) -> Bool {
        if let method = stub.method, method.uppercased() != call.method.uppercased() { return false }
        return stub.url.map { isMatch(Array(call.url.utf8)[...], Array($0.utf8)[...]) } ?? true
    }

    /// A `*` stands for any bytes.
    private static func isMatch(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (text, pattern) = (text, pattern)
        var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while true {
            if let wanted = pattern.first, wanted == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (text, pattern)
            } else if let wanted = pattern.first, wanted == text.first {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if pattern.isEmpty, text.isEmpty {
                return true
            } else if let last = retry, !last.text.isEmpty {
                retry = (last.text.dropFirst(), last.pattern)
                (text, pattern) = (last.text.dropFirst(), last.pattern)
            } else {
                return false
            }
        }
    }

    // MARK: Reading

    private static let answerKeys = ["status", "headers", "json", "text", "error"]

    private static func stubs(_ root: RuleNode, _ scope: DecodingScope) -> [Stub] {
        if let nodes = root.sequence {
            return nodes.compactMap { stub($0, scope) }
        }
        guard let entries = root.mapping else {
            return scope.wrongType("a list of answers", root) ?? []
        }
        if entries.contains(where: { (answerKeys + ["url", "method"]).contains($0.key) }) {
            return stub(root, scope).map { [Stub(url: $0.url, method: $0.method, answer: $0.answer, isReusable: true)] } ?? []
        }
        return entries.compactMap { entry in
            TestStepDecoder(scope).answer(entry.value).map {
                Stub(url: entry.key, method: nil, answer: $0, isReusable: true)
            }
        }
    }

    private static func stub(_ node: RuleNode, _ scope: DecodingScope) -> Stub? {
        let own = ["url", "method"]
        guard let keys = scope.mapping(node, known: own + answerKeys, what: "an answer") else { return nil }
        let url = keys["url"].flatMap { scope.text($0.value) }
        let method = keys["method"].flatMap { scope.text($0.value) }
        let answer = RuleNode(.mapping((node.mapping ?? []).filter { !own.contains($0.key) }), at: node.at)
        return TestStepDecoder(scope).answer(answer).map {
            Stub(url: url, method: method, answer: $0, isReusable: url != nil)
        }
    }
}
