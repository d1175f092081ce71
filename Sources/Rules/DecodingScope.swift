package import Model

/// What decoders know and where they report: passed through the reading of one rule set.
///
/// Not Sendable: one load is one task.
package final class DecodingScope {
    /// Lists with the lists inside them replaced by their words, each with the place where it is written. Words are as written: escapes are not yet
    /// read.
    package var lists: [String: [RuleNode]]
    package var schedules: [String: Schedule]
    /// Ids of all flows of the set.
    package var flows: Set<String>
    /// Those that may be named, `any` among them; nil where any word will do.
    package let vendors: [VendorID]?
    /// Everything found so far, in no order.
    package private(set) var diagnostics: [Diagnostic] = []
    /// Variables that something sets (`set`, `save`, a test's `given`), with no place.
    package var setVariables: Set<String> = ["language"]
    /// Variables that something reads, each with one place.
    package var readVariables: [String: SourcePosition] = [:]
    /// Names of the captures that the rule being read can give, and the highest number; nil outside of a rule.
    package var captures: CaptureNames?

    package struct CaptureNames: Sendable, Hashable {
        package var names: Set<String> = []
        package var count: Int = 0
        package init() {}

        package mutating func formUnion(_ other: CaptureNames) {
            names.formUnion(other.names)
            count = max(count, other.count)
        }
    }

    package init(
        lists: [String: [RuleNode]] = [:], schedules: [String: Schedule] = [:], flows: Set<String> = [],
        vendors: [VendorID]? = nil
    ) {
        self.lists = lists
        self.schedules = schedules
        self.flows = flows
        self.vendors = vendors.map { $0 + [.any] }
    }

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    package func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    /// Reports an error at a node; the caret covers the node's text when it is a one-line scalar.
    package func error(
        _ code: DiagnosticCode, _ message: String, at node: RuleNode, label: String? = nil, help: String? = nil,
        related: [Diagnostic.Related] = []
    ) {
        report(
            Diagnostic(
                .error, code, message, at: node.at, length: DecodingScope.caretLength(of: node), label: label, help: help,
                related: related))
    }

    /// Reports an error at a key.
    package func error(
        _ code: DiagnosticCode, _ message: String, atKeyOf entry: RuleNode.Entry, label: String? = nil, help: String? = nil,
        related: [Diagnostic.Related] = []
    ) {
        report(
            Diagnostic(
                .error, code, message, at: entry.keyAt, length: entry.key.count, label: label, help: help, related: related))
    }

    /// How many characters a caret line covers under a node.
    package static func caretLength(of node: RuleNode) -> Int {
        guard case .scalar(let scalar) = node.content, !scalar.text.contains("\n") else { return 1 }
        switch scalar.style {
        case .plain: return max(1, scalar.text.count)
        case .singleQuoted, .doubleQuoted: return scalar.text.count + 2
        case .block: return 1
        }
    }
}
