import Model
import Rules

/// Reads all documents of a set together: names may be used in one file and defined in another.
struct RuleSetDecoder {
    private let documents: [RuleDocument]
    private let scope: DecodingScope

    init(_ documents: [RuleDocument], _ scope: DecodingScope) {
        self.documents = documents
        self.scope = scope
    }

    func decoded() -> (rules: [Rule], flows: [Flow]) {
        scope.lists = ListDecoder(documents.flatMap(\.lists), scope).decoded()
        scope.schedules = schedules()
        let flowIDs = ids(documents.flatMap(\.flows), what: "flow")
        scope.flows = Set(flowIDs.values)
        let ruleIDs = ids(documents.flatMap(\.rules), what: "rule")

        var decoder = RuleDecoder(scope)
        let rules = documents.flatMap(\.rules).compactMap { decoder.rule($0, id: ruleIDs[$0.at]) }
        let flowDecoder = FlowDecoder(scope, ruleCaptures: decoder.captures)
        let flows = documents.flatMap(\.flows).compactMap { flowDecoder.flow($0, id: flowIDs[$0.at]) }
        return (rules, flows)
    }

    private func schedules() -> [String: Schedule] {
        var places: [String: SourcePosition] = [:]
        var schedules: [String: Schedule] = [:]
        for entry in documents.flatMap(\.schedules) {
            guard isNew(entry, "schedule", &places) else { continue }
            schedules[entry.key] = Schedule(entry.value, name: entry.key, at: entry.keyAt, in: scope)
        }
        return schedules
    }

    private func isNew(_ entry: RuleNode.Entry, _ what: String, _ places: inout [String: SourcePosition]) -> Bool {
        guard let first = places[entry.key] else {
            places[entry.key] = entry.keyAt
            return true
        }
        scope.error(
            .duplicateID, "there are two \(what)s '\(entry.key)'", atKeyOf: entry, help: "give one of them another name",
            related: [Diagnostic.Related(at: first, message: "the first one")])
        return false
    }

    /// The ids of rules or flows, by the place of the whole; each bad or repeated one is reported.
    private func ids(_ nodes: [RuleNode], what: String) -> [SourcePosition: String] {
        var result: [SourcePosition: String] = [:]
        var places: [String: SourcePosition] = [:]
        for node in nodes {
            guard let entry = node.mapping?.first(where: { $0.key == "id" }) else { continue }
            guard let id = scope.text(entry.value), isID(id, at: entry.value) else { continue }
            if let first = places[id] {
                scope.error(
                    .duplicateID, "there are two \(what)s '\(id)'", at: entry.value, help: "give one of them another id",
                    related: [Diagnostic.Related(at: first, message: "the first one")])
            }
            places[id] = places[id] ?? entry.value.at
            result[node.at] = id
        }
        return result
    }

    private func isID(_ id: String, at node: RuleNode) -> Bool {
        let isFit = id.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): index > 0
            default: false
            }
        }
        if !isFit || id.isEmpty {
            scope.error(
                .badValue, "'\(id)' cannot be an id", at: node,
                help: "ids are of a-z, 0-9, `-` and `_`, and begin with a letter or a digit")
        }
        return isFit && !id.isEmpty
    }
}

/// Reads `lists:` and puts the words of the lists inside them in their place.
struct ListDecoder {
    private static let nestingLimit = 64
    /// Of one list, with those inside it.
    private static let wordLimit = 100_000

    private let scope: DecodingScope
    private var written: [String: [RuleNode]] = [:]

    init(_ entries: [RuleNode.Entry], _ scope: DecodingScope) {
        self.scope = scope
        var places: [String: SourcePosition] = [:]
        for entry in entries {
            if let first = places[entry.key] {
                scope.error(
                    .duplicateID, "there are two lists '\(entry.key)'", atKeyOf: entry, help: "give one of them another name",
                    related: [Diagnostic.Related(at: first, message: "the first one")])
                continue
            }
            places[entry.key] = entry.keyAt
            guard let nodes = entry.value.sequence else {
                let _: [RuleNode]? = scope.wrongType("a list of texts", entry.value, help: "write `\(entry.key): [one, two]`")
                written[entry.key] = []
                continue
            }
            written[entry.key] = nodes.filter { scope.text($0) != nil }
        }
    }

    func decoded() -> [String: [RuleNode]] {
        var done: [String: [RuleNode]] = [:]
        for name in written.keys.sorted() { _ = words(of: name, &done, within: []) }
        return done
    }

    private func words(of name: String, _ done: inout [String: [RuleNode]], within: [String]) -> [RuleNode] {
        if let known = done[name] { return known }
        var words: [RuleNode] = []
        guard within.count < Self.nestingLimit else {
            if let node = written[name]?.first {
                scope.error(
                    .tooLarge, "lists are nested more than \(Self.nestingLimit) deep", at: node, help: "write the words out")
            }
            return []
        }
        for node in written[name] ?? [] {
            guard let text = node.scalar?.text, text.utf8.first == UInt8(ascii: "$") else {
                words.append(node)
                continue
            }
            let inner = String(text.dropFirst())
            if inner == name || within.contains(inner) {
                scope.error(
                    .badValue, "the list '\(inner)' contains itself", at: node, help: "take `\(text)` out of one of the lists")
            } else if written[inner] == nil {
                scope.error(
                    .unknownName, "there is no list '\(inner)'", at: node,
                    help: nearest(to: inner, among: written.keys.sorted()).map { "did you mean '$\($0)'?" }
                        ?? "write '\\\(text)' for the text itself")
            } else {
                words += self.words(of: inner, &done, within: within + [name])
                if words.count > Self.wordLimit {
                    scope.error(
                        .tooLarge, "with the lists in it the list '\(name)' has more than 100,000 words", at: node,
                        help: "take some of the lists out")
                    done[name] = []
                    return []
                }
            }
        }
        done[name] = words
        return words
    }
}
