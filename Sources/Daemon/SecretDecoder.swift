import Model
import Rules

/// Reads references to secrets: `{ env: NAME }`, `{ file: PATH }`, `{ credential: NAME }`. A secret itself is refused.
struct SecretDecoder {
    private let scope: DecodingScope
    private let folder: String
    /// Secrets that stand where a reference must.
    private(set) var literals: [WrittenSecret] = []

    private static let keys = ["env", "file", "credential"]
    private static let help = "write `{ env: NAME }`, `{ file: PATH }` or `{ credential: NAME }`"

    init(_ scope: DecodingScope, folder: String) {
        self.scope = scope
        self.folder = folder
    }

    /// One reference or a list of them, at least one.
    mutating func list(_ node: RuleNode) -> [SecretReference] {
        guard let nodes = node.sequence else { return one(node).map { [$0] } ?? [] }
        guard !nodes.isEmpty else {
            scope.error(.emptyList, "the list is empty, so nothing would be authentic", at: node, help: Self.help)
            return []
        }
        var result: [SecretReference] = []
        for node in nodes {
            if let reference = one(node) { result.append(reference) }
        }
        return result
    }

    mutating func one(_ node: RuleNode) -> SecretReference? {
        if node.scalar != nil, !node.isBlank {
            literals.append(WrittenSecret(at: node.at))
            scope.report(
                Diagnostic(.error, .badValue, "a secret is never written into the configuration", at: node.at, help: Self.help))
            return nil
        }
        guard let entries = node.mapping else { return scope.wrongType("where the secret is kept", node, help: Self.help) }
        for entry in entries where !Self.keys.contains(entry.key) {
            if entry.value.scalar != nil { literals.append(WrittenSecret(at: entry.value.at)) }
        }
        guard let keys = scope.mapping(node, known: Self.keys, what: "a secret") else { return nil }
        guard keys.count == 1, let key = keys.values.first else {
            if keys.isEmpty, entries.contains(where: { !$0.isAuthorsOwn }) { return nil }
            scope.error(
                keys.isEmpty ? .missingKey : .badValue,
                keys.isEmpty ? "where the secret is kept is missing" : "a secret is kept in one place", at: node, help: Self.help)
            return nil
        }
        return reference(key, at: node.at)
    }

    private func reference(_ key: RuleNode.Entry, at: SourcePosition) -> SecretReference? {
        guard let text = scope.text(key.value) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            scope.error(.badValue, "a name is expected here", at: key.value, help: Self.help)
            return nil
        }
        switch key.key {
        case "env": return SecretReference(.environment(text), at: at)
        case "file": return SecretReference(.file(text.hasPrefix("/") ? text : folder + text), at: at)
        default:
            guard !text.contains("/"), text != ".." else {
                scope.error(
                    .badValue, "a credential is a name, not a path", at: key.value,
                    help: "write the name in the unit's LoadCredential=")
                return nil
            }
            return SecretReference(.credential(text), at: at)
        }
    }
}
