import Matching
import Model
import Rules

/// What a `text:` or `field:` line asks of a text, as it is written: a mapping of matcher keys, or a word or list alone.
struct WrittenMatcher: Sendable {
    /// `any: [a, b]`, `regex: …`; of the short form of `text:` that is an `any`.
    struct Test: Sendable {
        let key: String
        let value: RuleNode

        /// One by one; `$list`s as they are written.
        var words: [RuleNode] { value.sequence ?? [value] }
    }

    /// The field's path; nil for the message's text.
    let field: String?
    let tests: [Test]
    let folding: Folding

    /// Of `text:`.
    init(text node: RuleNode) {
        self.init(node.mapping ?? [RuleNode.Entry(key: "any", keyAt: node.at, value: node)], of: nil)
    }

    /// Of a mapping of matcher keys.
    init(_ entries: [RuleNode.Entry], of field: String?) {
        self.field = field
        tests = entries.filter { !$0.isAuthorsOwn }.map { Test(key: $0.key, value: $0.value) }
        folding = Folding(
            caseExact: entries.contains { $0.key == "case" }, accentsExact: entries.contains { $0.key == "accents" })
    }
}

/// The lines of a `when`, as they are written, with those inside groups.
struct WrittenConditions: Sendable {
    /// Each line's one entry, outer ones before those in them.
    let entries: [RuleNode.Entry]

    /// - Parameter lines: the value of `when`; nil for none.
    init(_ lines: RuleNode?) {
        entries = (lines?.sequence ?? []).flatMap(Self.entries)
    }

    private static func entries(of line: RuleNode) -> [RuleNode.Entry] {
        (line.mapping ?? []).filter { !$0.isAuthorsOwn }.flatMap { entry in
            let isGroup = ["any", "all", "none"].contains(entry.key)
            return [entry] + (isGroup ? (entry.value.sequence ?? []).flatMap(entries) : [])
        }
    }

    /// Of texts and fields, with those inside `not`. A field's word or list alone is no matcher of text.
    var matchers: [WrittenMatcher] {
        entries.flatMap { entry -> [WrittenMatcher] in
            switch entry.key {
            case "text": return [WrittenMatcher(text: entry.value)]
            case "field":
                let paths = (entry.value.mapping ?? []).filter { !$0.isAuthorsOwn }
                return paths.flatMap { Self.matchers(of: $0.value, field: $0.key) }
            default: return []
            }
        }
    }

    private static func matchers(of node: RuleNode, field: String) -> [WrittenMatcher] {
        guard let entries = node.mapping else { return [] }
        return [WrittenMatcher(entries, of: field)] + (node["not"].map { matchers(of: $0, field: field) } ?? [])
    }
}

extension LintSubject {
    /// Of every rule, answer and branch.
    var conditions: [WrittenConditions] {
        rules.map { WrittenConditions($0.node["when"]) }
            + flows.flatMap { flow in flow.steps.flatMap { $0.value.linesOfStep } }.map { WrittenConditions($0) }
    }

    /// The keywords of every choice.
    var choiceKeywords: [RuleNode] {
        flows.flatMap { $0.steps.flatMap { ($0.value["choices"]?.sequence ?? []).compactMap { $0["keywords"] } } }
    }
}

extension RuleNode {
    /// The `when`s of a step's answers and branches.
    var linesOfStep: [RuleNode] {
        ["expect", "next"].flatMap { self[$0]?.sequence ?? [] }.compactMap { $0["when"] }
    }

    /// The name behind the `$` where this word stands for a list.
    var listName: String? {
        guard let text = scalar?.text, text.utf8.first == UInt8(ascii: "$") else { return nil }
        return String(text.dropFirst())
    }
}
