package import Model
import Rules

/// A flow as a graph, as it is written: steps with what they say, and what leads from one to the next.
package struct FlowGraph: Sendable, Hashable {
    package var flow: String
    package var at: SourcePosition
    package var nodes: [Node] = []
    package var edges: [Edge] = []

    package struct Node: Sendable, Hashable {
        package var kind: Kind
        /// The name of the step, rule or flow.
        package var title: String
        /// What a step says and does, shortened.
        package var lines: [String]
    }

    package enum Kind: Sendable, Hashable {
        /// A rule, or another flow's step, that starts the flow.
        case entry
        case step
        /// Another flow, which a step starts.
        case flow
        case end
    }

    package struct Edge: Sendable, Hashable {
        /// Places in `nodes`.
        package var from: Int
        package var to: Int
        package var label: String
        package var kind: EdgeKind
    }

    package enum EdgeKind: Sendable, Hashable {
        /// What the customer writes, or a condition.
        case plain
        /// An answer that is not understood, or none in time.
        case failing
    }

    /// Nil where no file of the folder has such a flow.
    package init?(_ id: String, in folder: RuleFolder) {
        let roots = folder.rules.compactMap { YAMLDocument($0.bytes, file: $0.path).root }
        let flows = roots.flatMap { $0["flows"]?.sequence ?? [] }
        guard let found = flows.first(where: { $0["id"]?.scalar?.text == id }), let steps = found["steps"]?.mapping else {
            return nil
        }
        flow = id
        at = found.at
        var places: [String: Int] = [:]
        for step in steps {
            places[step.key] = nodes.count
            nodes.append(Node(kind: .step, title: step.key, lines: Self.lines(of: step.value)))
        }
        if let start = found["start"]?.scalar?.text, let place = places[start] {
            enter(place, roots, flows)
        }
        for step in steps { leave(step, places) }
    }

    /// The ids of the folder's flows, in the order of the files.
    package static func flows(in folder: RuleFolder) -> [String] {
        folder.rules.compactMap { YAMLDocument($0.bytes, file: $0.path).root }
            .flatMap { $0["flows"]?.sequence ?? [] }.compactMap { $0["id"]?.scalar?.text }
    }

    // MARK: Ways in

    private mutating func enter(_ start: Int, _ roots: [RuleNode], _ flows: [RuleNode]) {
        for rule in roots.flatMap({ $0["rules"]?.sequence ?? [] }) where Self.starts(rule["do"]).contains(flow) {
            let why = rule["why"]?.scalar.map { [Self.shortened($0.text)] } ?? []
            add(Node(kind: .entry, title: "rule \(rule["id"]?.scalar?.text ?? "")", lines: why), to: start)
        }
        for other in flows where other["id"]?.scalar?.text != flow {
            for step in other["steps"]?.mapping ?? [] where Self.starts(step.value["do"]).contains(flow) {
                add(Node(kind: .entry, title: "flow \(other["id"]?.scalar?.text ?? "")/\(step.key)", lines: []), to: start)
            }
        }
        if !nodes.contains(where: { $0.kind == .entry }) {
            add(Node(kind: .entry, title: "start", lines: ["no rule starts it"]), to: start)
        }
    }

    private mutating func add(_ entry: Node, to start: Int) {
        nodes.append(entry)
        edges.append(Edge(from: nodes.count - 1, to: start, label: "", kind: .plain))
    }

    /// The flows that a list of actions starts.
    private static func starts(_ actions: RuleNode?) -> [String] {
        (actions?.sequence ?? []).compactMap { $0["start"]?.scalar?.text }
    }

    // MARK: Ways on

    private mutating func leave(_ step: RuleNode.Entry, _ places: [String: Int]) {
        guard let from = places[step.key] else { return }
        func target(_ node: RuleNode?) -> Int? { node?.scalar.flatMap { places[$0.text] } }
        for started in Self.starts(step.value["do"]) {
            let to = flowNode(started)
            edges.append(Edge(from: from, to: to, label: "start", kind: .plain))
        }
        for (index, choice) in (step.value["choices"]?.sequence ?? []).enumerated() {
            guard let to = target(choice["next"]) else { continue }
            let keywords = choice["keywords"].map { " (\(Self.words(of: $0)))" } ?? ""
            let label = "\(index + 1). \(choice["label"]?.scalar?.text ?? "")"
            edges.append(Edge(from: from, to: to, label: Self.shortened(label) + Self.shortened(keywords), kind: .plain))
        }
        for expectation in step.value["expect"]?.sequence ?? [] {
            guard let to = target(expectation["next"]) else { continue }
            edges.append(Edge(from: from, to: to, label: Self.label(of: expectation["when"], none: "any answer"), kind: .plain))
        }
        if let otherwise = step.value["otherwise"] { miss(otherwise, from, target(otherwise["next"])) }
        if let timeout = step.value["timeout"], let to = target(timeout["next"]) {
            edges.append(Edge(from: from, to: to, label: "timeout \(timeout["after"]?.scalar?.text ?? "")", kind: .failing))
        }
        if let next = step.value["next"] { goOn(next, from, target) }
        if step.value["end"] != nil {
            let to = endNode()
            edges.append(Edge(from: from, to: to, label: "", kind: .plain))
        }
    }

    private mutating func miss(_ otherwise: RuleNode, _ from: Int, _ to: Int?) {
        let times = "otherwise ×\(otherwise["times"]?.scalar?.text ?? "1")"
        if let say = otherwise["say"].map(Self.speech) {
            edges.append(Edge(from: from, to: from, label: "\(times): \(Self.shortened(say))", kind: .failing))
        }
        if let to { edges.append(Edge(from: from, to: to, label: "after \(times)", kind: .failing)) }
    }

    private mutating func goOn(_ next: RuleNode, _ from: Int, _ target: (RuleNode?) -> Int?) {
        if let to = target(next) {
            edges.append(Edge(from: from, to: to, label: "", kind: .plain))
            return
        }
        let branches = next.sequence ?? []
        for branch in branches {
            guard let to = target(branch["step"]) else { continue }
            let label = Self.label(of: branch["when"], none: branches.count > 1 ? "else" : "")
            edges.append(Edge(from: from, to: to, label: label, kind: .plain))
        }
    }

    private mutating func endNode() -> Int {
        if let place = nodes.firstIndex(where: { $0.kind == .end }) { return place }
        nodes.append(Node(kind: .end, title: "end", lines: []))
        return nodes.count - 1
    }

    private mutating func flowNode(_ id: String) -> Int {
        let title = "flow \(id)"
        if let place = nodes.firstIndex(where: { $0.kind == .flow && $0.title == title }) { return place }
        nodes.append(Node(kind: .flow, title: title, lines: []))
        return nodes.count - 1
    }

    // MARK: Words

    private static func lines(of step: RuleNode) -> [String] {
        let say = step["say"].map { ["“\(shortened(speech($0)))”"] } ?? []
        return say
            + (step["do"]?.sequence ?? []).compactMap { action in
                action.mapping?.first { $0.key != "delay" && !$0.key.hasPrefix("x-") }.map {
                    shortened("\($0.key): \(words(of: $0.value))")
                }
            }
    }

    /// The text of a `say`: of several languages the default one, of several texts the first.
    private static func speech(_ say: RuleNode) -> String {
        if let text = say.scalar?.text { return text }
        if let text = say["text"] ?? say["one_of"]?.sequence?.first { return speech(text) }
        guard let languages = say["by_language"] else { return words(of: say) }
        return (languages["default"] ?? languages.mapping?.first?.value).map(speech) ?? ""
    }

    private static func label(of when: RuleNode?, none: String) -> String {
        let lines = (when?.sequence ?? []).map { words(of: $0) }
        return lines.isEmpty ? none : shortened(lines.joined(separator: " and "))
    }

    /// On one line, as one would write it, without brackets where it is clear.
    private static func words(of node: RuleNode) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.text
        case .sequence(let nodes): nodes.map { words(of: $0) }.joined(separator: ", ")
        case .mapping(let entries):
            entries.map { entry in
                entry.value.mapping != nil
                    ? "\(entry.key) { \(words(of: entry.value)) }" : "\(entry.key): \(words(of: entry.value))"
            }.joined(separator: ", ")
        }
    }

    private static let longest = 72

    /// On one line, and not too long for a picture.
    private static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let lead = text.first == " " ? " " : ""
        return lead + (line.count > longest ? line.prefix(longest - 1) + "…" : line)
    }
}
