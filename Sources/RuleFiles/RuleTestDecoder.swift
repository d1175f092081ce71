package import Model
package import Rules

/// The tests of a rules root, or the errors that stand against running any.
package struct LoadedTests: Sendable {
    package let tests: [RuleTest]
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    package let sources: [String: [String]]
    /// Each file's whole tree, as it is written.
    let roots: [RuleNode]

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// - Parameter flows: of the rules that the tests stand beside, so that a test cannot begin where there is no step; nil
    ///   when those could not be read.
    /// - Parameter vendors: those that events may come from besides `any`; nil where any word will do.
    package init(_ folder: RuleFolder, flows: [Flow]?, vendors: [VendorID]?) {
        let steps = flows.map { Dictionary($0.map { ($0.id, $0.steps.keys.sorted()) }) { first, _ in first } }
        var sources: [String: [String]] = [:]
        var diagnostics: [Diagnostic] = []
        var tests: [RuleTest] = []
        var roots: [RuleNode] = []
        for file in folder.tests {
            let document = YAMLDocument(file.bytes, file: file.path)
            sources[file.path] = document.lines
            diagnostics += document.diagnostics
            if document.diagnostics.contains(where: { $0.severity == .error }) { continue }
            if let root = document.root { roots.append(root) }
            let scope = DecodingScope(vendors: vendors)
            tests += RuleTestDecoder(file: file.path, scope, steps: steps).tests(document.root)
            diagnostics += scope.diagnostics
        }
        self.tests = tests
        self.roots = roots
        self.sources = sources
        self.diagnostics = diagnostics.sorted { ($0.at, $0.code.rawValue) < ($1.at, $1.code.rawValue) }
    }
}

/// Reads one test file.
struct RuleTestDecoder {
    private let file: String
    private let scope: DecodingScope
    /// By flow.
    private let steps: [String: [String]]?

    init(file: String, _ scope: DecodingScope, steps: [String: [String]]?) {
        self.file = file
        self.scope = scope
        self.steps = steps
    }

    func tests(_ root: RuleNode?) -> [RuleTest] {
        let start = RuleNode(.mapping([]), at: SourcePosition(file: file, line: 1, column: 1))
        let node = root.flatMap { $0.isBlank ? nil : $0 } ?? start
        guard let keys = scope.mapping(node, known: ["version", "tests"], required: ["tests"], what: "a test file") else {
            return []
        }
        RuleDocument.checkVersion(keys["version"], of: root, start: node.mapping?.isEmpty == false ? node : start, scope)
        guard let tests = keys["tests"] else { return [] }
        guard let nodes = tests.value.sequence else {
            let _: Bool? = scope.wrongType("a list of tests", tests.value)
            return []
        }
        return nodes.compactMap { test($0) }
    }

    private func test(_ node: RuleNode) -> RuleTest? {
        let known = ["name", "at", "given", "event", "expect", "steps"]
        guard let keys = scope.mapping(node, known: known, required: ["name"], what: "a test") else { return nil }
        let name = keys["name"].flatMap { scope.text($0.value) } ?? ""
        let steps = self.steps(keys, of: node)
        if !steps.isEmpty, steps.allSatisfy({ $0.expectation == nil }), keys["expect"] == nil,
            !TestStepDecoder.mentionsExpectation(node)
        {
            scope.error(.missingKey, "the test expects nothing, so it could never fail", at: node, help: "add `expect:`")
        }
        return RuleTest(
            name: name, at: node.at, startsAt: keys["at"].flatMap { instant($0.value) } ?? RuleTest.defaultStart,
            given: keys["given"].map { given($0.value) } ?? GivenState(), steps: steps)
    }

    private func steps(_ keys: [String: RuleNode.Entry], of node: RuleNode) -> [RuleTestStep] {
        let decoder = TestStepDecoder(scope)
        if let steps = keys["steps"] {
            for key in ["event", "expect"] {
                guard let entry = keys[key] else { continue }
                scope.error(
                    .unknownKey, "a test with `steps` has no `\(key)` of its own", atKeyOf: entry, help: "put it into a step")
            }
            guard let nodes = steps.value.sequence else {
                return scope.wrongType("a list of steps", steps.value) ?? []
            }
            if nodes.isEmpty { scope.error(.emptyList, "the test has no step", at: steps.value, help: "write at least one") }
            return nodes.compactMap { decoder.step($0) }
        }
        guard let event = keys["event"] else {
            let isMisspelt = (node.mapping ?? []).contains { entry in
                keys[entry.key] == nil && ["event", "steps"].contains(nearest(to: entry.key, among: ["event", "steps"]))
            }
            if isMisspelt { return [] }
            scope.error(.missingKey, "the test needs the key `event` or `steps`", at: node, help: "add `event: { text: … }`")
            return []
        }
        return [
            RuleTestStep(
                at: node.at, stimulus: decoder.event(event.value), conversation: nil,
                expectation: keys["expect"].flatMap { decoder.expectation($0.value) })
        ]
    }

    private func given(_ node: RuleNode) -> GivenState {
        var given = GivenState()
        guard let keys = scope.mapping(node, known: ["vars", "tags", "handler", "flow"], what: "`given`") else { return given }
        if let variables = keys["vars"] {
            guard variables.value.mapping != nil else { return scope.wrongType("a mapping", variables.value) ?? given }
            given.variables = variables.value.freeValue.object ?? [:]
        }
        given.tags = keys["tags"].flatMap { scope.words($0.value, mayBeEmpty: true) }?.map(\.text) ?? []
        given.handler = keys["handler"].flatMap { TestStepDecoder(scope).word($0.value, "handler") }
        given.flow = keys["flow"].flatMap { place($0.value) }
        return given
    }

    /// `FLOW/STEP`
    private func place(_ node: RuleNode) -> FlowPlace? {
        guard let text = scope.text(node) else { return nil }
        guard let place = FlowPlace(text) else {
            scope.error(.badValue, "'\(text)' is no place in a flow", at: node, help: "write `FLOW/STEP`")
            return nil
        }
        guard let steps else { return place }
        guard let known = steps[place.flow] else {
            scope.error(
                .unknownName, "there is no flow '\(place.flow)'", at: node,
                help: nearest(to: place.flow, among: steps.keys.sorted()).map { "did you mean '\($0)'?" })
            return nil
        }
        guard known.contains(place.step) else {
            scope.error(
                .unknownName, "the flow '\(place.flow)' has no step '\(place.step)'", at: node,
                help: nearest(to: place.step, among: known).map { "did you mean '\($0)'?" }
                    ?? "the steps are \(listed(known, "and"))")
            return nil
        }
        return place
    }

    private func instant(_ node: RuleNode) -> Instant? {
        guard let text = scope.text(node) else { return nil }
        guard let instant = Instant(iso8601: text) else {
            scope.error(
                .badTime, "'\(text)' is no time with a zone", at: node, help: "write it like 2026-11-20T22:10:00-03:00 or …Z")
            return nil
        }
        return instant
    }
}

extension RuleNode {
    /// A free value of tests: unquoted numbers, `true`, `false` and `null` are what they are in JSON, everything else is text.
    var freeValue: Value {
        switch content {
        case .sequence(let nodes): return .array(nodes.map(\.freeValue))
        case .mapping(let entries): return .object(Value.Object(entries.map { ($0.key, $0.value.freeValue) }))
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.text) }
            switch scalar.text {
            case "", "null", "~": return .null
            case "true": return true
            case "false": return false
            default: return RuleNode.number(scalar.text) ?? .string(scalar.text)
            }
        }
    }

    /// Numbers as JSON writes them: `007` and `+5511…` are text.
    private static func number(_ text: String) -> Value? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
        guard let first = digits.first, (0x30...0x39).contains(first), text.utf8.count - digits.count <= 1 else { return nil }
        if digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard first != 0x30 || digits.count == 1 else { return nil }
            return Int64(text).map(Value.integer)
        }
        let allowed = Set("0123456789.eE+-".utf8)
        guard digits.allSatisfy({ allowed.contains($0) }), first != 0x30 || digits.dropFirst().first == UInt8(ascii: "."),
            let number = Double(text), number.isFinite
        else { return nil }
        return .number(number)
    }
}
