import Matching
import Model
import Rules

/// Reads one flow and checks that every step leads somewhere.
struct FlowDecoder {
    private let scope: DecodingScope
    /// What a step may take from the rule that started its flow.
    private let ruleCaptures: DecodingScope.CaptureNames

    init(_ scope: DecodingScope, ruleCaptures: DecodingScope.CaptureNames) {
        self.scope = scope
        self.ruleCaptures = ruleCaptures
    }

    func flow(_ node: RuleNode, id: String?) -> Flow? {
        let known = ["id", "why", "start", "expires", "steps"]
        guard let keys = scope.mapping(node, known: known, required: ["id", "start", "steps"], what: "a flow") else { return nil }
        _ = keys["why"].flatMap { scope.text($0.value) }
        let expires = keys["expires"].flatMap { scope.duration($0.value) }
        guard let entries = keys["steps"]?.value.mapping else {
            if let steps = keys["steps"] { let _: Flow? = scope.wrongType("a mapping of steps", steps.value) }
            return nil
        }
        if entries.isEmpty, let steps = keys["steps"] {
            scope.error(.badFlow, "the flow has no step", at: steps.value, help: "write at least one step")
        }
        let reader = FlowStepDecoder(scope, steps: entries, ruleCaptures: ruleCaptures)
        let steps = entries.compactMap { reader.step($0) }
        let start = keys["start"].flatMap { reader.target($0.value) }
        if let start { warnOfUnreachable(steps, start: start, entries: entries) }
        guard let id, let start else { return nil }
        return Flow(
            id: id, at: node.at, start: start, expires: expires,
            steps: Dictionary(steps.map { ($0.name, $0) }) { first, _ in first })
    }

    private func warnOfUnreachable(_ steps: [FlowStep], start: String, entries: [RuleNode.Entry]) {
        let byName = Dictionary(steps.map { ($0.name, $0) }) { first, _ in first }
        var reached: Set<String> = [start]
        var open = [start]
        while let name = open.popLast() {
            for target in byName[name]?.targets ?? [] where reached.insert(target).inserted { open.append(target) }
        }
        for entry in entries where !reached.contains(entry.key) {
            scope.report(
                Diagnostic(
                    .warning, .unreachableStep, "nothing leads to the step '\(entry.key)'", at: entry.keyAt,
                    length: entry.key.count, help: "name it in a `next`, or take it away"))
        }
    }
}

/// Reads the steps of one flow.
private struct FlowStepDecoder {
    private let scope: DecodingScope
    private let steps: [String]
    private var expectations: [SourcePosition: [FlowExpectation]] = [:]
    /// What a step may take from the rule that started the flow, or from the answer that led to it.
    private var captures: DecodingScope.CaptureNames

    init(_ scope: DecodingScope, steps: [RuleNode.Entry], ruleCaptures: DecodingScope.CaptureNames) {
        self.scope = scope
        self.steps = steps.map(\.key)
        captures = ruleCaptures
        // All of them before the first step is read: an answer on one step gives its captures to another.
        for step in steps {
            let entries = step.value.mapping?.filter { $0.key == "expect" } ?? []
            for entry in entries { expectations[entry.value.at] = expectations(entry.value) }
        }
        for expectation in expectations.values.joined() {
            for condition in expectation.when { captures.formUnion(condition.captures) }
        }
    }

    private static let keys = ["say", "do", "choices", "expect", "otherwise", "timeout", "next", "end"]
    private static let waysOn = ["expect", "choices", "next", "end"]

    func step(_ entry: RuleNode.Entry) -> FlowStep? {
        guard let keys = scope.mapping(entry.value, known: Self.keys, what: "a step") else { return nil }
        scope.captures = captures
        defer { scope.captures = nil }
        let expectations = keys["expect"].flatMap { self.expectations[$0.value.at] } ?? []
        let step = FlowStep(
            name: entry.key, at: entry.keyAt, say: keys["say"].flatMap { say($0) },
            actions: keys["do"].flatMap { ActionCatalog.actions($0.value, in: scope) } ?? [],
            choices: keys["choices"].map { choices($0.value) } ?? [], expectations: expectations,
            otherwise: keys["otherwise"].flatMap { otherwise($0.value, at: $0.keyAt) },
            timeout: keys["timeout"].flatMap { timeout($0.value, at: $0.keyAt) },
            next: keys["next"].map { branches($0.value) } ?? [], isEnd: keys["end"].flatMap { end($0) } ?? false)
        checkWayOn(entry, keys)
        return step
    }

    private func checkWayOn(_ entry: RuleNode.Entry, _ keys: [String: RuleNode.Entry]) {
        // A misspelt way on is an error already.
        let goesOn = (entry.value.mapping ?? []).contains { found in
            Self.waysOn.contains(found.key)
                || !Self.keys.contains(found.key) && nearest(to: found.key, among: Self.waysOn) != nil
        }
        if !goesOn {
            scope.error(
                .badFlow, "the step '\(entry.key)' has no way on", atKeyOf: entry,
                help: "give it `next`, `expect`, `choices` or `end: true`")
        }
        for key in ["otherwise", "timeout"] where keys["expect"] == nil && keys["choices"] == nil {
            guard let found = keys[key] else { continue }
            scope.error(
                .badFlow, "`\(key)` belongs to a step that waits for an answer", atKeyOf: found,
                help: "give the step `expect` or `choices`")
        }
    }

    /// The name of a step of this flow.
    func target(_ node: RuleNode) -> String? {
        guard let name = scope.text(node) else { return nil }
        guard steps.contains(name) else {
            if steps.isEmpty { return nil }
            scope.error(
                .unknownName, "the flow has no step '\(name)'", at: node,
                help: nearest(to: name, among: steps).map { "did you mean '\($0)'?" } ?? "the steps are \(listed(steps, "and"))")
            return nil
        }
        return name
    }

    private func say(_ entry: RuleNode.Entry) -> RuleAction? {
        ReplyAction(entry.value, key: entry, in: scope).map { RuleAction($0, at: entry.keyAt) }
    }

    private func set(_ entry: RuleNode.Entry?) -> (any ActionTemplate)? {
        entry.flatMap { SetAction($0.value, key: $0, in: scope) }
    }

    private func end(_ entry: RuleNode.Entry) -> Bool? {
        guard let flag = scope.flag(entry.value) else { return nil }
        if !flag { scope.error(.badValue, "`end` can only be `true`", at: entry.value, help: "leave the key out") }
        return flag
    }

    private func nodes(_ node: RuleNode, _ what: String) -> [RuleNode] {
        guard let nodes = node.sequence else {
            let _: Bool? = scope.wrongType("a list", node)
            return []
        }
        if nodes.isEmpty { scope.error(.emptyList, "\(what) is empty", at: node, help: "write at least one") }
        return nodes
    }

    // MARK: Answers

    private func choices(_ node: RuleNode) -> [FlowChoice] {
        var labels: [FoldedText: SourcePosition] = [:]
        return nodes(node, "`choices`").compactMap { choice($0, &labels) }
    }

    private func choice(_ node: RuleNode, _ labels: inout [FoldedText: SourcePosition]) -> FlowChoice? {
        let keys = scope.mapping(
            node, known: ["label", "keywords", "set", "next"], required: ["label", "next"], what: "a choice")
        guard let keys, let label = keys["label"] else { return nil }
        let text = scope.text(label.value)
        if let text { checkLabel(text, at: label.value, &labels) }
        let words = keys["keywords"].flatMap { scope.words($0.value, allowingLists: true) } ?? []
        let keywords = words.compactMap { keyword($0) }
        let set = set(keys["set"])
        let next = keys["next"].flatMap { target($0.value) }
        guard text != nil, let template = Template(label.value, in: scope), let next else { return nil }
        return FlowChoice(at: node.at, label: template, keywords: keywords, set: set, next: next)
    }

    private func checkLabel(_ text: String, at node: RuleNode, _ labels: inout [FoldedText: SourcePosition]) {
        let folded = FoldedText(text)
        if !folded.isEmpty, folded.string.allSatisfy(\.isNumber) {
            scope.error(
                .badFlow, "the label '\(text)' is all digits: it cannot be told from the number of a choice", at: node,
                help: "add a word to it")
        }
        if let first = labels[folded] {
            scope.error(
                .badFlow, "two choices of the step have the label '\(text)'", at: node, help: "give one of them another label",
                related: [Diagnostic.Related(at: first, message: "the first one")])
        }
        labels[folded] = labels[folded] ?? node.at
    }

    private func keyword(_ word: WrittenWord) -> Keyword? {
        do throws(KeywordError) {
            return try Keyword(word.text)
        } catch {
            scope.error(.badKeyword, error.message, at: word.node, help: error.help)
            return nil
        }
    }

    private func expectations(_ node: RuleNode) -> [FlowExpectation] {
        nodes(node, "`expect`").compactMap { expectation($0) }
    }

    private func expectation(_ node: RuleNode) -> FlowExpectation? {
        let keys = scope.mapping(node, known: ["when", "set", "next"], required: ["when", "next"], what: "an expectation")
        guard let keys else { return nil }
        let when = keys["when"].flatMap { ConditionCatalog.conditions($0.value, in: scope) }
        let outer = scope.captures
        scope.captures = (when ?? []).reduce(into: DecodingScope.CaptureNames()) { $0.formUnion($1.captures) }
        let set = set(keys["set"])
        scope.captures = outer
        let next = keys["next"].flatMap { target($0.value) }
        guard let when, let next else { return nil }
        return FlowExpectation(at: node.at, when: when, set: set, next: next)
    }

    private func otherwise(_ node: RuleNode, at: SourcePosition) -> FlowOtherwise? {
        guard let keys = scope.mapping(node, known: ["say", "times", "next"], what: "`otherwise`") else { return nil }
        let times = keys["times"].flatMap { scope.integer($0.value, in: 1...100) }
        let next = keys["next"].flatMap { target($0.value) }
        if keys["say"] == nil, keys["next"] == nil {
            scope.error(.missingKey, "`otherwise` neither says something nor goes on", at: node, help: "add `say:` or `next:`")
        }
        if keys["times"] != nil, keys["next"] == nil {
            scope.error(.missingKey, "`otherwise` does not say where to go after `times`", at: node, help: "add `next:`")
        }
        return FlowOtherwise(
            at: at, say: keys["say"].flatMap { say($0) }, times: times ?? (keys["say"] == nil ? 0 : 1), next: next,
            nextAt: keys["next"]?.keyAt)
    }

    private func timeout(_ node: RuleNode, at: SourcePosition) -> FlowTimeout? {
        let keys = scope.mapping(node, known: ["after", "next"], required: ["after", "next"], what: "`timeout`")
        guard let keys else { return nil }
        let after = keys["after"].flatMap { scope.duration($0.value) }
        let next = keys["next"].flatMap { target($0.value) }
        guard let after, let next else { return nil }
        return FlowTimeout(at: at, after: after, next: next)
    }

    // MARK: Going on

    private func branches(_ node: RuleNode) -> [FlowBranch] {
        if node.scalar != nil { return target(node).map { [FlowBranch(at: node.at, when: [], step: $0)] } ?? [] }
        return nodes(node, "`next`").compactMap { branch($0) }
    }

    private func branch(_ node: RuleNode) -> FlowBranch? {
        guard let keys = scope.mapping(node, known: ["when", "step"], required: ["step"], what: "a branch") else { return nil }
        let when = keys["when"].flatMap { ConditionCatalog.conditions($0.value, in: scope) } ?? []
        guard let step = keys["step"].flatMap({ target($0.value) }) else { return nil }
        return FlowBranch(at: node.at, when: when, step: step)
    }
}
