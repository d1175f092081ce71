import Model
import Rules

/// What lints look at: a rules folder that loads without an error, as it was understood and as it is written.
struct LintSubject: Sendable {
    /// In file order, those that are off too.
    let rules: [WrittenRule]
    /// In file order.
    let flows: [WrittenFlow]
    /// The rules and flows as they are decided by; `ruleSet.rules` are in the order tried.
    let ruleSet: RuleSet
    /// In file order, with `$list`s as they are written.
    let lists: [WrittenList]
    /// In file order.
    let schedules: [RuleNode.Entry]
    /// Each rules file's whole tree.
    let files: [RuleNode]
    /// Of all test files, in file order.
    let tests: [RuleTest]
    /// Each test file's whole tree.
    let testFiles: [RuleNode]
    /// The configured ones; none without a configuration.
    let accounts: [Account]
    /// Nil where nobody told: then no day is over.
    let now: Instant?
    /// Of every vendor.
    let profiles: [VendorID: VendorProfile]
    /// Names of the variables that a rule, a flow or a test sets.
    let setVariables: Set<String>
    /// What gets to which rule.
    let reach: RuleReach
    /// The lines of each rules file.
    let sources: [String: [String]]

    /// Nil when there is an error anywhere: what cannot be read cannot be judged.
    init?(
        rules loaded: LoadedRules, tests: LoadedTests, accounts: [Account], profiles: [VendorID: VendorProfile], now: Instant?
    ) {
        guard let ruleSet = loaded.ruleSet, !tests.hasErrors else { return nil }
        let documents = loaded.documents
        let nodes = Dictionary(documents.flatMap { $0.rules + $0.flows }.map { ($0.at, $0) }) { first, _ in first }
        rules = loaded.rules.compactMap { rule in nodes[rule.at].map { WrittenRule(rule: rule, node: $0) } }
        flows = loaded.flows.compactMap { flow in nodes[flow.at].map { WrittenFlow(flow: flow, node: $0) } }
        self.ruleSet = ruleSet
        lists = documents.flatMap(\.lists).map { WrittenList(name: $0.key, at: $0.keyAt, words: $0.value.sequence ?? []) }
        schedules = documents.flatMap(\.schedules)
        files = documents.compactMap(\.root)
        self.tests = tests.tests
        testFiles = tests.roots
        self.accounts = accounts
        self.now = now
        self.profiles = profiles
        setVariables = loaded.setVariables
        reach = RuleReach(ruleSet)
        sources = loaded.sources
    }

    /// Rules that a test expects to hold: whatever is proven of them, their author knows of an event.
    var expectedRules: Set<String> {
        Set(tests.flatMap(\.steps).compactMap(\.expectation).flatMap { ($0.rules ?? []) + ($0.observed ?? []) })
    }

    /// The line in which a place is.
    func line(at place: SourcePosition) -> String? {
        sources[place.file].flatMap { $0.indices.contains(place.line - 1) ? $0[place.line - 1] : nil }
    }

    func list(_ name: String) -> WrittenList? { lists.first { $0.name.utf8.elementsEqual(name.utf8) } }
}

/// A rule, and the mapping that it was read from.
struct WrittenRule: Sendable {
    let rule: Rule
    let node: RuleNode

    /// Where findings of the whole rule point: at its id.
    var idNode: RuleNode { node["id"] ?? node }
}

/// A flow, and the mapping that it was read from.
struct WrittenFlow: Sendable {
    let flow: Flow
    let node: RuleNode

    var idNode: RuleNode { node["id"] ?? node }
    /// In the order written.
    var steps: [RuleNode.Entry] { (node["steps"]?.mapping ?? []) }
}

/// A list under `lists:`, with `$list`s as they are written.
struct WrittenList: Sendable {
    let name: String
    let at: SourcePosition
    let words: [RuleNode]
}

extension RuleNode {
    /// How many characters a caret line covers under it.
    var caretLength: Int { DecodingScope.caretLength(of: self) }

    /// Itself and every node below, each before what is in it. What an alias stands for comes once for each alias.
    func visit(_ body: (RuleNode) -> Void) {
        body(self)
        switch content {
        case .scalar: break
        case .sequence(let nodes): for node in nodes { node.visit(body) }
        case .mapping(let entries): for entry in entries { entry.value.visit(body) }
        }
    }
}

extension Diagnostic {
    /// A warning at a node, with carets under its text.
    static func warning(
        _ code: DiagnosticCode, _ message: String, at node: RuleNode, label: String? = nil, help: String? = nil,
        related: [Related] = []
    ) -> Diagnostic {
        Diagnostic(
            .warning, code, message, at: node.at, length: node.caretLength, label: label, help: help, related: related)
    }

    /// A warning at a key, with carets under it.
    static func warning(
        _ code: DiagnosticCode, _ message: String, atKeyOf entry: RuleNode.Entry, label: String? = nil, help: String? = nil,
        related: [Related] = []
    ) -> Diagnostic {
        Diagnostic(
            .warning, code, message, at: entry.keyAt, length: entry.key.count, label: label, help: help, related: related)
    }
}
