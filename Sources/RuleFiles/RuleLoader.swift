package import Model
package import Rules

/// What loading a rules root gave: a rule set, or the errors that stand against it.
package struct LoadedRules: Sendable {
    /// Nil when there is an error anywhere: no rule of a broken set is used.
    package let ruleSet: RuleSet?
    /// Rules in file order, those of a broken set as far as they could be read.
    package let rules: [Rule]
    package let flows: [Flow]
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    /// The lines of each file, for snippets.
    package let sources: [String: [String]]
    /// Changes when any rules file changes.
    package let revision: String
    /// As they are written, those that could be read at all.
    let documents: [RuleDocument]
    /// Names of the variables that a rule, a flow or a test sets.
    let setVariables: Set<String>

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Reads the rules files of a root into one rule set: all or nothing, with every finding at once. The only way in: `check`,
/// `test`, `dry-run`, `serve` and reload all load through this.
package enum RuleLoader {
    /// - Parameter vendors: those that rules may name besides `any`; nil where any word will do.
    package static func load(_ folder: RuleFolder, vendors: [VendorID]?) -> LoadedRules {
        var sources: [String: [String]] = [:]
        var diagnostics = folder.diagnostics
        var documents: [RuleDocument] = []
        let scope = DecodingScope(vendors: vendors)
        for file in folder.rules {
            let document = YAMLDocument(file.bytes, file: file.path)
            sources[file.path] = document.lines
            diagnostics += document.diagnostics
            if document.diagnostics.contains(where: { $0.severity == .error }) { continue }
            documents.append(RuleDocument(document.root, file: file.path, in: scope))
        }
        for file in folder.tests {
            scope.setVariables.formUnion(TestVariables.names(in: file))
        }
        let content = RuleSetDecoder(documents, scope).decoded()
        diagnostics += scope.diagnostics
        diagnostics += VariableCheck.findings(in: scope)
        diagnostics.sort { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
        let revision = Revision.of(folder.rules)
        let isBroken = diagnostics.contains { $0.severity == .error }
        return LoadedRules(
            ruleSet: isBroken ? nil : RuleSet(content.rules, flows: content.flows, revision: revision), rules: content.rules,
            flows: content.flows, diagnostics: diagnostics, sources: sources, revision: revision, documents: documents,
            setVariables: scope.setVariables)
    }
}

/// One rules file, its top level told apart.
struct RuleDocument: Sendable {
    var file: String
    var root: RuleNode?
    var lists: [RuleNode.Entry] = []
    var schedules: [RuleNode.Entry] = []
    var rules: [RuleNode] = []
    var flows: [RuleNode] = []

    init(_ root: RuleNode?, file: String, in scope: DecodingScope) {
        self.file = file
        self.root = root
        let start = RuleNode(.mapping([]), at: SourcePosition(file: file, line: 1, column: 1))
        let keys =
            scope.mapping(
                root.flatMap { $0.isBlank ? nil : $0 } ?? start, known: ["version", "lists", "schedules", "rules", "flows"],
                what: "a rules file") ?? [:]
        guard root?.mapping != nil || root == nil || root?.isBlank == true else { return }
        RuleDocument.checkVersion(keys["version"], of: root, start: start, scope)
        lists = keys["lists"].flatMap { RuleDocument.names($0, scope) } ?? []
        schedules = keys["schedules"].flatMap { RuleDocument.names($0, scope) } ?? []
        rules = keys["rules"].flatMap { RuleDocument.elements($0, scope) } ?? []
        flows = keys["flows"].flatMap { RuleDocument.elements($0, scope) } ?? []
    }

    static func checkVersion(_ version: RuleNode.Entry?, of root: RuleNode?, start: RuleNode, _ scope: DecodingScope) {
        guard let version else {
            let isMisspelt = (root?.mapping ?? []).contains { nearest(to: $0.key, among: ["version"]) != nil }
            if isMisspelt { return }
            scope.error(
                .version, "the file does not say which version of the language it is written in", at: start,
                help: "begin it with `version: 1`")
            return
        }
        guard version.value.scalar?.text == "1" else {
            scope.error(.version, "this version of the language is not known", at: version.value, help: "write `version: 1`")
            return
        }
    }

    private static func names(_ entry: RuleNode.Entry, _ scope: DecodingScope) -> [RuleNode.Entry]? {
        if entry.value.isBlank { return [] }
        guard let entries = entry.value.mapping else {
            return scope.wrongType("a mapping of names", entry.value)
        }
        return entries
    }

    private static func elements(_ entry: RuleNode.Entry, _ scope: DecodingScope) -> [RuleNode]? {
        if entry.value.isBlank { return [] }
        guard let nodes = entry.value.sequence else {
            return scope.wrongType("a list", entry.value, help: "begin each with `- id:`")
        }
        return nodes
    }
}

/// Variables that somebody reads and nobody sets: probably misspelt.
private enum VariableCheck {
    /// A guess costs a look at every name: only the first findings have one.
    private static let guesses = 20

    static func findings(in scope: DecodingScope) -> [Diagnostic] {
        let known = scope.setVariables.sorted()
        let unset = scope.readVariables.filter { !scope.setVariables.contains($0.key) }.sorted { $0.value < $1.value }
        return unset.enumerated().map { index, variable in
            let guess = index < guesses ? nearest(to: variable.key, among: known) : nil
            return Diagnostic(
                .warning, .unsetVariable, "nothing sets the variable `\(variable.key)`", at: variable.value,
                help: guess.map { "did you mean `\($0)`?" }
                    ?? "set it with `set`, with `save` of an http action, or in a test's `given`")
        }
    }
}

/// A stable fingerprint of the files of a set: FNV-1a of their paths and bytes.
enum Revision {
    static func of(_ files: [RuleFolder.File]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        for file in files {
            add(file.relativePath.utf8)
            add(file.bytes)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
