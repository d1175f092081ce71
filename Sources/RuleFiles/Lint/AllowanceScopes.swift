import Model
import Rules

/// The rules, flows, steps, lists, schedules and tests of one file with where each begins and ends: what an allowance can be
/// written at.
struct AllowanceScopes: Sendable {
    /// One of them, with all that is written in it.
    struct Scope: Sendable, Hashable {
        /// Of its first character.
        let start: SourcePosition
        /// Of the first thing behind it; nil at the file's end.
        fileprivate(set) var end: SourcePosition?

        func contains(_ place: SourcePosition) -> Bool { start <= place && (end.map { place < $0 } ?? true) }
    }

    /// Outer ones before those in them.
    private var scopes: [Scope] = []
    /// Of every key and value, ascending.
    private var places: [SourcePosition] = []

    init(_ root: RuleNode) {
        visit(root, isScope: false, path: [])
        scopes.indices.forEach { index in
            let end = ends[index]
            scopes[index].end = end < places.count ? places[end] : nil
        }
    }

    /// The one that a comment speaks of: the one that begins right below a line of nothing else, otherwise the innermost that
    /// it stands in. One that is indented deeper than what follows belongs to what is before it.
    func scope(of comment: YAMLComments.Comment, lines: [String]) -> Scope? {
        let around = scopes.last { $0.contains(comment.at) }
        guard comment.isAlone, let following = places.first(where: { $0 > comment.at }),
            // A list begins at its first dash, and what is in it behind that.
            let below = scopes.first(where: { $0.start >= following && $0.start.line == following.line })
        else { return around }
        let indent = lines.indices.contains(following.line - 1) ? lines[following.line - 1].prefix { $0 == " " }.count : 0
        return comment.at.column > indent + 1 ? around ?? below : below
    }

    // MARK: Reading

    /// How many places there are before the end of each scope.
    private var ends: [Int] = []

    /// The keys whose elements, or whose entries, are scopes; the path from the root.
    private static let lists = [["rules"], ["flows"], ["tests"]]
    private static let mappings = [["lists"], ["schedules"], ["flows", "", "steps"]]

    private mutating func visit(_ node: RuleNode, isScope: Bool, path: [String]) {
        guard enter(node.at) else { return }
        within(node.at, isScope) { visitor in
            switch node.content {
            case .scalar: break
            case .sequence(let nodes):
                for inner in nodes { visitor.visit(inner, isScope: Self.lists.contains(path), path: path + [""]) }
            case .mapping(let entries):
                for entry in entries where visitor.enter(entry.keyAt) {
                    visitor.within(entry.keyAt, Self.mappings.contains(path)) {
                        $0.visit(entry.value, isScope: false, path: path.count < 3 ? path + [entry.key] : ["", "", "", ""])
                    }
                }
            }
        }
    }

    private mutating func within(_ start: SourcePosition, _ isScope: Bool, _ body: (inout AllowanceScopes) -> Void) {
        let index = scopes.count
        if isScope {
            scopes.append(Scope(start: start, end: nil))
            ends.append(0)
        }
        body(&self)
        if isScope { ends[index] = places.count }
    }

    /// False for what an alias stands for: that is written elsewhere.
    private mutating func enter(_ place: SourcePosition) -> Bool {
        guard let last = places.last else {
            places.append(place)
            return true
        }
        guard place >= last else { return false }
        if place > last { places.append(place) }
        return true
    }
}
