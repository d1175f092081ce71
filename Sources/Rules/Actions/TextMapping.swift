import Model

/// A mapping whose keys are the author's and whose values are texts: `headers`, `form`, `contact`. A number or a word such
/// as `true` is that text.
struct TextMapping: Sendable {
    private var entries: [(key: String, value: Template)] = []

    init() {}

    /// `what` is what stands before the colon: `header`. `checkKey` reports a key that cannot be.
    init?(
        _ node: RuleNode, what: String, in scope: DecodingScope, checkKey: (RuleNode.Entry) -> Bool = { _ in true }
    ) {
        guard let nodes = node.mapping else {
            scope.refuse("a mapping", node, help: "write `\(what): value` lines")
            return nil
        }
        var isWhole = true
        for entry in nodes {
            let isKeyGood = checkKey(entry)
            guard let value = scope.template(entry, .value, isWhole: &isWhole), isKeyGood else {
                isWhole = false
                continue
            }
            entries.append((entry.key, value))
        }
        guard isWhole else { return nil }
    }

    var isEmpty: Bool { entries.isEmpty }
    var keys: [String] { entries.map(\.key) }

    func rendered(_ subject: Subject) -> Value.Object {
        Value.Object(entries.map { ($0.key, .string($0.value.rendered(subject))) })
    }

    var outline: Value.Object { Value.Object(entries.map { ($0.key, .string($0.value.source)) }) }
}
